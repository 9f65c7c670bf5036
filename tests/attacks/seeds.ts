/** What others' bytes look like where they are right: the fuzzed ones begin as these. */

export const heads = [
  'GET / HTTP/1.1\r\nHost: app.test\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n',
  'POST /orders?a=b HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n\r\nhello',
  'POST http://app.test/x HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'GET /chat HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
  'OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'GET /old\r\n'
]

export const responses = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nok',
  'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
  'HTTP/1.0 301 Moved\r\nLocation: /x\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'
]

/** Values of annotations, JSON as Go reads it among them. */
export const annotations = [
  '[{"HTTP":80},{"HTTPS":443}]',
  '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"s","servicePort":"80","weight":20}],"targetGroupStickinessConfig":{"enabled":true,"durationSeconds":200}}}',
  '{"type":"redirect","redirectConfig":{"host":"#{host}","path":"/#{path}","port":"443","protocol":"HTTPS","query":"#{query}","statusCode":"HTTP_301"}}',
  '{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"503","messageBody":"busy"}}',
  '[{"field":"path-pattern","pathPatternConfig":{"values":["/a/*"],"regexValues":["^/(a|b)+$"]}},{"field":"source-ip","sourceIpConfig":{"values":["10.0.0.0/8"]}}]',
  '[{"type":"url-rewrite","urlRewriteConfig":{"rewrites":[{"regex":"^/(.*)$","replace":"/x/$1"}]}}]',
  '{"issuer":"https://i","authorizationEndpoint":"https://i/a","tokenEndpoint":"https://i/t","userInfoEndpoint":"https://i/u","secretName":"s"}',
  'idle_timeout.timeout_seconds=60,deletion_protection.enabled=true',
  'stickiness.enabled=true,stickiness.lb_cookie.duration_seconds=60',
  'subnet-1, subnet-2',
  '200-299,404',
  'traffic-port'
]
