/** What others' bytes look like where they are right: the fuzzed ones begin as these. */

import { data, fields, flags, frame, lastRemembered, remembered, reset, settings, window } from './http2-frames.ts'

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

/** Headers of the PROXY protocol, of either version, each as its bytes. */
export const proxyHeaders = [
  'PROXY TCP4 192.0.2.1 198.51.100.2 40000 443\r\n',
  'PROXY TCP6 2001:db8::1 2001:db8::2 40000 443\r\n',
  'PROXY UNKNOWN\r\n',
  '\r\n\r\n\0\r\nQUIT\n\x20\x11\0\0',
  '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\x9c\x40\x01\xbb',
  `\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24${'\x20\x01\x0d\xb8'.repeat(8)}\x9c\x40\x01\xbb`
]

/** Bodies of calls: the query protocol, EC2's, and JSON by its target. */
export const queries = [
  'Action=CreateLoadBalancer&Version=2015-12-01&Name=edge&Subnets.member.1=subnet-a&Subnets.member.2=subnet-b&Type=application',
  'Action=CreateRule&Version=2015-12-01&ListenerArn=a&Priority=1&Conditions.member.1.Field=path-pattern&Conditions.member.1.PathPatternConfig.Values.member.1=%2Fa&Actions.member.1.Type=forward',
  'Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=80&IpPermissions.1.ToPort=80&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0',
  'Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=tag-key&Filter.1.Value.1=kubernetes.io%2Frole%2Felb&MaxResults=5',
  'Action=GetCallerIdentity&Version=2011-06-15'
]
export const jsonCalls: [target: string, body: string][] = [
  [
    'CertificateManager.ListCertificates',
    '{"CertificateStatuses":["ISSUED"],"MaxItems":10,"Includes":{"keyTypes":["RSA_2048"]}}'
  ],
  [
    'ResourceGroupsTaggingAPI_20170126.GetResources',
    '{"TagFilters":[{"Key":"a","Values":["b"]}],"ResourceTypeFilters":["elasticloadbalancing:loadbalancer"]}'
  ],
  ['AWSWAF_20190729.AssociateWebACL', '{"WebACLArn":"arn:aws:wafv2:a","ResourceArn":"arn:aws:elasticloadbalancing:a"}']
]

/** Answers of the query protocol, with their action. */
export const answers: [service: 'elbv2' | 'ec2' | 'sts', action: string, xml: string][] = [
  [
    'elbv2',
    'DescribeLoadBalancers',
    '<DescribeLoadBalancersResponse xmlns="a"><DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerName>e&amp;&#x41;</LoadBalancerName><CreatedTime>2026-11-28T22:21:54Z</CreatedTime><State><Code>active</Code></State></member></LoadBalancers></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>'
  ],
  [
    'ec2',
    'DescribeSubnets',
    '<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-1</subnetId><availableIpAddressCount>8</availableIpAddressCount><mapPublicIpOnLaunch>true</mapPublicIpOnLaunch></item></subnetSet></DescribeSubnetsResponse>'
  ],
  [
    'sts',
    'GetCallerIdentity',
    '<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>slow &lt;down&gt;</Message></Error></ErrorResponse>'
  ]
]

export const environments = [
  'accountID: "123456789012"\nregion: us-west-2\nvpcID: vpc-1\nsubnets:\n  - {id: subnet-a, zone: us-west-2a, cidr: 10.0.0.0/24, public: true}\ncertificates:\n  - {arn: "arn:aws:acm:us-west-2:123456789012:certificate/a", domains: [a.test, "*.a.test"]}\n'
]

export const assignments = ['a.b[0]=1,c={x,y},d\\.e=z', 'a[1][2].b=null,c=', '{"a":{"b":[1]}}']
export const orders = ['{"method":"GET","url":"https://a.test/x?y","headers":[["A","b"]],"client":"127.0.0.2"}']
export const lines = ['GET https://a.test:8443/x?y=z', 'https://[::1]/a', 'POST http://a.test']
export const cookies = [
  'AWSALB=abc; AWSALBTG="x"; a=b; ;c',
  'a=b;a=c; __proto__=x',
  'AWSALBAPP-0=_remove_; AWSELBAuthSessionCookie-0=x'
]

function latin1(...list: Buffer[]): string {
  return Buffer.concat(list).toString('latin1')
}

const status200 = Buffer.of(0x88)

/** Blocks of fields of HTTP/2. */
export const blocks = [
  latin1(status200, fields([['content-length', '5']]), remembered('x', 'y'), lastRemembered),
  latin1(Buffer.from('488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff', 'hex')),
  latin1(Buffer.from('203fe11f88', 'hex'), remembered('set-cookie', 'a'.repeat(300)), Buffer.of(0x7f, 0, 1, 98))
]

/** Frames of a server of HTTP/2. */
export const serverFrames = [
  latin1(settings([[3, 100]]), frame('settings', 1, 0), frame('headers', 4, 1, status200), data(1, 'hello', true)),
  latin1(
    settings(),
    frame('headers', 0, 1, status200),
    frame('continuation', flags.endHeaders, 1, remembered('x', 'y')),
    frame('data', flags.padded, 1, Buffer.from('\x03hi\0\0\0')),
    frame('headers', 37, 1, Buffer.concat([Buffer.alloc(5), lastRemembered]))
  ),
  latin1(
    settings(),
    window(0, 100),
    frame('ping', 0, 0, Buffer.alloc(8)),
    reset(1),
    frame('goAway', 0, 0, Buffer.alloc(8))
  )
]
