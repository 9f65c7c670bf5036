/**
 * Every mistake that the controller refuses, with its own words.
 *
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import type { KubernetesObject } from '../../../../src/resources/index.ts'
import {
  type Annotations,
  actionIngress,
  backendOf,
  classParams,
  environment,
  errorOf,
  ingress,
  ingressClass,
  path,
  secret,
  service
} from '../objects.ts'

interface Case {
  mistake: string
  objects: KubernetesObject[]
  error: string
}

function annotation(name: string): string {
  return `alb.ingress.kubernetes.io/${name}`
}

/** A case about annotations of the Ingress alone. */
function on(mistake: string, annotations: Annotations, error: string): Case {
  return {
    mistake,
    objects: [ingress(annotations)],
    error
  }
}

function own(error: string): string {
  return `ingress: ns/web: ${error}`
}
function ports(text: string, error: string): Case {
  return on(`listen-ports ${text}`, { 'listen-ports': text }, own(error))
}
function withAction(action: unknown, error: string): Case {
  return {
    mistake: `action ${typeof action === 'string' ? action : JSON.stringify(action)}`,
    objects: [actionIngress(action)],
    error: own(error)
  }
}
function withConditions(conditions: unknown, error: string, spec = {}): Case {
  return {
    mistake: `conditions ${JSON.stringify(conditions)}`,
    objects: [ingress({ 'conditions.gw': JSON.stringify(conditions) }, spec)],
    error: own(error)
  }
}
function withTransforms(transforms: unknown, error: string): Case {
  return on(`transforms ${JSON.stringify(transforms)}`, { 'transforms.gw': JSON.stringify(transforms) }, own(error))
}
const secure = { 'certificate-arn': 'arn:aws:acm:us-west-2:1:certificate/a' }
function twoTargets(...targetGroups: unknown[]) {
  return { type: 'forward', forwardConfig: { targetGroups } }
}
function invalidNumber(name: string, text: string, bits: 32 | 64): string {
  return `failed to parse int${bits} annotation, ${annotation(name)}: ${text}: strconv.ParseInt: parsing "${text}": invalid syntax`
}

const targetGroups: Case[] = [
  {
    mistake: 'instance targets of a ClusterIP Service',
    objects: [ingress(), service({}, { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 8080 }] })],
    error: own(
      "TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'"
    )
  },
  {
    mistake: 'IP targets with the target port 0',
    objects: [ingress({ 'target-type': 'ip' }), service({}, { ports: [{ name: 'http', port: 80, targetPort: 0 }] })],
    error: own('TargetGroup port is empty. Are you using the correct service type?')
  },
  {
    mistake: 'a port number that the Service lacks',
    objects: [
      ingress({}, { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: backendOf('gw', 8080) }] } }] })
    ],
    error: own('unable to find port 8080 on service ns/gw')
  },
  on(
    'a health check port that the Service lacks',
    { 'healthcheck-port': 'status' },
    own('failed to resolve healthCheckPort: unable to find port status on service ns/gw')
  ),
  on(
    'an empty health check port',
    { 'healthcheck-port': '' },
    own('failed to resolve healthCheckPort: unable to find port  on service ns/gw')
  ),
  {
    mistake: 'a named health check port whose target port is a name',
    objects: [
      ingress({ 'target-type': 'ip', 'healthcheck-port': 'status-port' }),
      service(
        {},
        {
          ports: [
            { name: 'http', port: 80, targetPort: 8080 },
            { name: 'status-port', port: 15021, targetPort: 'status' }
          ]
        }
      )
    ],
    error: own("cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port")
  },
  on('target type', { 'target-type': 'pod' }, own('unknown targetType: pod')),
  on(
    'backend protocol in lower case',
    { 'backend-protocol': 'http' },
    own('backend protocol must be within [HTTP, HTTPS]: http')
  ),
  on(
    'protocol version in lower case',
    { 'backend-protocol-version': 'http2' },
    own('backend protocol version must be within [HTTP1, HTTP2, GRPC]: http2')
  ),
  on(
    'health check protocol',
    { 'healthcheck-protocol': 'TCP' },
    own('healthCheckProtocol must be within [HTTP, HTTPS]')
  ),
  on(
    'a number with a unit',
    { 'healthcheck-interval-seconds': '15s' },
    own(invalidNumber('healthcheck-interval-seconds', '15s', 32))
  ),
  on(
    'a number out of range',
    { 'healthy-threshold-count': '2147483648' },
    own(
      `failed to parse int32 annotation, ${annotation('healthy-threshold-count')}: 2147483648: strconv.ParseInt: parsing "2147483648": value out of range`
    )
  ),
  on(
    'target group attributes',
    { 'target-group-attributes': 'a:1' },
    own(`failed to parse stringMap annotation, ${annotation('target-group-attributes')}: a:1`)
  ),
  on(
    'a control port for instance targets',
    { 'target-control-port.gw.http': '3000' },
    own('target control port is not supported for instance target target group')
  ),
  {
    mistake: 'an IPv6 Service behind an IPv4 load balancer',
    objects: [ingress(), service({}, { ipFamilies: ['IPv6'] })],
    error: own('unsupported IPv6 configuration, lb not dual-stack')
  },
  {
    mistake: 'a backend that is no Service',
    objects: [
      ingress(
        {},
        {
          rules: [
            {
              http: { paths: [{ path: '/', pathType: 'Prefix', backend: { resource: { kind: 'Bucket', name: 'b' } } }] }
            }
          ]
        }
      )
    ],
    error: own('missing required "service" field')
  }
]

const loadBalancer: Case[] = [
  on('scheme with an underscore', { scheme: 'internet_facing' }, 'unknown scheme: internet_facing'),
  on('scheme with a space in front', { scheme: ' internal' }, 'unknown scheme:  internal'),
  on('IP address type', { 'ip-address-type': 'ipv6' }, 'unknown IPAddressType: ipv6'),
  on(
    'a boolean that is none',
    { 'shield-advanced-protection': 'yes' },
    `failed to parse bool annotation, ${annotation('shield-advanced-protection')}: yes: strconv.ParseBool: parsing "yes": invalid syntax`
  ),
  on(
    'attributes',
    { 'load-balancer-attributes': 'idle_timeout.timeout_seconds:60' },
    `failed to parse stringMap annotation, ${annotation('load-balancer-attributes')}: idle_timeout.timeout_seconds:60`
  ),
  on(
    'a name of 33 characters',
    { 'load-balancer-name': 'a'.repeat(33) },
    'load balancer name cannot be longer than 32 characters'
  ),
  on(
    'capacity under another key',
    { 'minimum-load-balancer-capacity': 'Units=5' },
    'invalid key to set the capacity: Units, Expected key: CapacityUnits'
  ),
  on(
    'an empty address pool',
    { 'customer-owned-ipv4-pool': '' },
    'cannot use empty value for customer-owned-ipv4-pool annotation, ingress: ns/web'
  ),
  on('a web ACL that is not there', { 'wafv2-acl-name': 'nosuch' }, "couldn't find WAFv2 WebACL with name: nosuch"),
  on('tags without a value', { tags: 'a' }, `failed to parse stringMap annotation, ${annotation('tags')}: a`)
]

const listeners: Case[] = [
  ports('80,443', "failed to parse listen-ports configuration: `80,443`: invalid character ',' after top-level value"),
  ports(
    '{"HTTP":80}',
    'failed to parse listen-ports configuration: `{"HTTP":80}`: json: cannot unmarshal object into Go value of type []map[string]int32'
  ),
  ports(
    '[{"HTTP":"80"}]',
    'failed to parse listen-ports configuration: `[{"HTTP":"80"}]`: json: cannot unmarshal string into Go value of type int32'
  ),
  ports('[]', 'empty listen-ports configuration: `[]`'),
  ports('null', 'empty listen-ports configuration: `null`'),
  ports('', 'failed to parse listen-ports configuration: ``: unexpected end of JSON input'),
  ports('[{"http":80}]', 'listen protocol must be within [HTTP, HTTPS]: http'),
  ports('[{"HTTP":0}]', 'listen port must be within [1, 65535]: 0'),
  ports('[{"HTTP":65536}]', 'listen port must be within [1, 65535]: 65536'),
  on(
    'a redirect to a port without a listener',
    { 'ssl-redirect': '443' },
    'listener does not exist for SSLRedirect port: 443'
  ),
  on('a redirect to an HTTP listener', { 'ssl-redirect': '80' }, 'listener protocol non-SSL for SSLRedirect port: 80'),
  on('a redirect to no number', { 'ssl-redirect': 'https' }, own(invalidNumber('ssl-redirect', 'https', 32))),
  on(
    'a CIDR without a prefix',
    { 'inbound-cidrs': '10.0.0.1' },
    own('invalid inbound-cidrs settings on Ingress: ns/web: invalid CIDR address: 10.0.0.1')
  ),
  {
    mistake: 'a host without a certificate',
    objects: [
      ingress(
        { 'listen-ports': '[{"HTTPS":443}]' },
        { rules: [{ host: 'a.b.example.com', http: { paths: [path('/')] } }] }
      )
    ],
    error: own('no certificate found for host: a.b.example.com')
  },
  ...(
    [
      [
        '[{"port":443,"mode":"strict"}]',
        'mutualAuthentication mode value must be among [off, passthrough, verify] for port 443 : strict'
      ],
      [
        '[{"port":443,"mode":"verify"}]',
        'trustStore is required when mutualAuthentication mode is verify for port 443'
      ],
      ['[{"port":443}]', 'mutualAuthentication mode cannot be empty for port 443'],
      ['[{"mode":"off"}]', 'listen port must be within [1, 65535]: 0'],
      [
        '[{"port":443,"mode":"off","trustStore":"a"}]',
        'Mutual Authentication mode off does not support trustStore for port 443'
      ],
      [
        '[{"port":443,"mode":"passthrough","ignoreClientCertificateExpiry":true}]',
        'Mutual Authentication mode passthrough does not support ignoring client certificate expiry for port 443'
      ],
      ['[{"port":443,"mode":"verify","trustStore":"nosuch"}]', "couldn't find TrustStores with names [nosuch]"],
      ['[]', 'empty mutualAuthentication configuration from ingress annotation: `[]`'],
      [
        '{}',
        'failed to parse mutualAuthentication configuration from ingress annotation: `{}`: json: cannot unmarshal object into Go value of type []ingress.MutualAuthenticationConfig'
      ]
    ] as const
  ).map(([text, error]) =>
    on(`mutual-authentication ${text}`, { 'mutual-authentication': text, ...secure }, own(error))
  ),
  {
    mistake: 'two default backends',
    objects: ['a', 'b'].map(name => ingress({ 'group.name': 'g' }, { defaultBackend: backendOf('gw') }, name)),
    error: 'multiple ingress defined default backend: [ns/a ns/b]'
  }
]

const rules: Case[] = [
  {
    mistake: 'a wildcard in an exact path',
    objects: [ingress({}, { rules: [{ http: { paths: [path('/*', 'Exact')] } }] })],
    error: own("exact path shouldn't contain wildcards: /*")
  },
  {
    mistake: 'a wildcard in a prefix',
    objects: [ingress({}, { rules: [{ http: { paths: [path('/a?')] } }] })],
    error: own("prefix path shouldn't contain wildcards: /a?")
  },
  withAction(
    '{bad',
    `failed to parse json annotation, ${annotation('actions.x')}: {bad: invalid character 'b' looking for beginning of object key string`
  ),
  withAction(
    '{"type":"fixed-response","fixedResponseConfig":{"statusCode":503}}',
    `failed to parse json annotation, ${annotation('actions.x')}: {"type":"fixed-response","fixedResponseConfig":{"statusCode":503}}: json: cannot unmarshal number into Go struct field FixedResponseActionConfig.fixedResponseConfig.statusCode of type string`
  ),
  withAction({ type: 'proxy' }, 'unknown action type: proxy'),
  withAction({ type: 'redirect', redirectConfig: {} }, 'invalid RedirectConfig: statusCode is required'),
  withAction({ type: 'redirect' }, 'missing RedirectConfig'),
  withAction({ type: 'fixed-response' }, 'missing FixedResponseConfig'),
  withAction(
    { type: 'fixed-response', fixedResponseConfig: {} },
    'invalid FixedResponseConfig: statusCode is required'
  ),
  withAction({ type: 'forward' }, 'missing ForwardConfig or TargetGroupARN/TargetGroupName'),
  withAction(
    { type: 'forward', targetGroupARN: 'arn:a', forwardConfig: {} },
    'either ForwardConfig or TargetGroupARN/TargetGroupName can be specified'
  ),
  withAction(
    twoTargets({ serviceName: 'gw', servicePort: 80, weight: 1 }, { serviceName: 'gw', servicePort: 80 }),
    'invalid ForwardConfig: weight must be set when route to multiple target groups'
  ),
  withAction(twoTargets({ serviceName: 'gw' }), 'invalid ForwardConfig: invalid TargetGroupTuple: missing servicePort'),
  withAction(
    twoTargets({ serviceName: 'gw', servicePort: 80, targetGroupARN: 'arn:a' }),
    'invalid ForwardConfig: invalid TargetGroupTuple: either serviceName or targetGroupARN/targetGroupName can be specified'
  ),
  withAction(
    twoTargets({ weight: 1 }),
    'invalid ForwardConfig: invalid TargetGroupTuple: missing serviceName or targetGroupARN/targetGroupName'
  ),
  withAction(
    twoTargets({ serviceName: 'zz', servicePort: 80, weight: 1 }, { serviceName: 'gw', servicePort: 80, weight: 1 }),
    'Service "zz" not found'
  ),
  ...[
    ['host-header', 'hostHeaderConfig'],
    ['path-pattern', 'pathPatternConfig'],
    ['http-header', 'httpHeaderConfig'],
    ['http-request-method', 'httpRequestMethodConfig'],
    ['query-string', 'queryStringConfig'],
    ['source-ip', 'sourceIPConfig']
  ].map(([field, config]) => withConditions([{ field }], `missing ${config}`)),
  withConditions(
    [{ field: 'host-header', hostHeaderConfig: {} }],
    'invalid hostHeaderConfig: values or regexValues must be specified'
  ),
  withConditions(
    [{ field: 'path-pattern', pathPatternConfig: {} }],
    'invalid pathPatternConfig: values or regexValues must be specified'
  ),
  withConditions(
    [{ field: 'http-header', httpHeaderConfig: { httpHeaderName: 'A', values: ['a'], regexValues: ['b'] } }],
    'invalid httpHeaderConfig: precisely one of values and regexValues can be specified'
  ),
  withConditions(
    [{ field: 'http-request-method', httpRequestMethodConfig: {} }],
    'invalid httpRequestMethodConfig: values cannot be empty'
  ),
  withConditions(
    [{ field: 'query-string', queryStringConfig: {} }],
    'invalid queryStringConfig: Values cannot be empty'
  ),
  withConditions(
    [{ field: 'query-string', queryStringConfig: { values: [{ key: 'a' }] } }],
    'invalid queryStringConfig: value cannot be empty'
  ),
  withConditions(
    [{ field: 'source-ip', sourceIPConfig: { values: [] } }],
    'invalid sourceIPConfig: values cannot be empty'
  ),
  withConditions(
    [{ field: 'host-header', hostHeaderConfig: { regexValues: ['^a$'] } }],
    'host condition must specify exactly one of Values and RegexValues, got both Values [a.com] and RegexValues [^a$]',
    { rules: [{ host: 'a.com', http: { paths: [path('/')] } }] }
  ),
  withConditions(
    [{ field: 'path-pattern', pathPatternConfig: { regexValues: ['^/a$'] } }],
    'path condition must specify exactly one of Values and RegexValues, got both Values [/*] and RegexValues [^/a$]'
  ),
  withConditions(
    { field: 'x' },
    `failed to parse json annotation, ${annotation('conditions.gw')}: {"field":"x"}: json: cannot unmarshal object into Go value of type []ingress.RuleCondition`
  ),
  withTransforms([{ type: 'rewrite' }], 'unknown transform type: rewrite'),
  withTransforms([{ type: 'url-rewrite' }], 'missing urlRewriteConfig'),
  withTransforms([{ type: 'url-rewrite', urlRewriteConfig: {} }], 'urlRewriteConfig.rewrites cannot be empty'),
  withTransforms([{ type: 'host-header-rewrite' }], 'missing hostHeaderRewriteConfig'),
  withTransforms(
    [{ type: 'host-header-rewrite', hostHeaderRewriteConfig: { rewrites: [] } }],
    'hostHeaderRewriteConfig.rewrites cannot be empty'
  )
]

const oidc = JSON.stringify({
  issuer: 'i',
  authorizationEndpoint: 'a',
  tokenEndpoint: 't',
  userInfoEndpoint: 'u',
  secretName: 's'
})
const authentication: Case[] = [
  on('authentication type', { 'auth-type': 'basic' }, own('unknown authType: basic')),
  on('OIDC without a provider', { 'auth-type': 'oidc', ...secure }, own('missing IDPConfigOIDC')),
  on('Cognito without a pool', { 'auth-type': 'cognito', ...secure }, own('missing IDPConfigCognito')),
  on(
    'a Secret that is not there',
    { 'auth-type': 'oidc', 'auth-idp-oidc': oidc, ...secure },
    own('secrets "s" not found')
  ),
  {
    mistake: 'a Secret without clientID',
    objects: [ingress({ 'auth-type': 'oidc', 'auth-idp-oidc': oidc, ...secure }), secret({ clientSecret: 'b' })],
    error: own('missing clientID, secret: ns/s')
  },
  {
    mistake: 'a Secret without clientSecret',
    objects: [ingress({ 'auth-type': 'oidc', 'auth-idp-oidc': oidc, ...secure }), secret({ clientId: 'a' })],
    error: own('missing clientSecret, secret: ns/s')
  },
  on(
    'a session timeout with a unit',
    { 'auth-session-timeout': '7d' },
    own(invalidNumber('auth-session-timeout', '7d', 64))
  ),
  {
    mistake: 'authentication and a token',
    objects: [
      ingress({
        'auth-type': 'cognito',
        'auth-idp-cognito': '{"userPoolARN":"a","userPoolClientID":"b","userPoolDomain":"c"}',
        'jwt-validation': '{"jwksEndpoint":"https://a","issuer":"b"}',
        ...secure
      })
    ],
    error: own("authentication and jwt validation can't both be configured")
  },
  on(
    'a token without keys',
    { 'jwt-validation': '{"issuer":"a"}', ...secure },
    own('jwksEndpoint is a required field for jwt validation')
  ),
  on(
    'a token without issuer',
    { 'jwt-validation': '{"jwksEndpoint":"a"}', ...secure },
    own('issuer is a required field for jwt validation')
  )
]

const nlb = { 'enable-frontend-nlb': 'true' }
const frontend: Case[] = [
  on(
    'addresses for an internal NLB',
    { ...nlb, 'frontend-nlb-eip-allocations': 'eipalloc-1,eipalloc-2' },
    'EIP allocations can only be set for internet facing load balancers'
  ),
  on(
    'one address for two subnets',
    { ...nlb, 'frontend-nlb-scheme': 'internet-facing', 'frontend-nlb-eip-allocations': 'eipalloc-1' },
    'count of EIP allocations (1) and subnets (2) must match'
  ),
  on(
    'a port mapping of no number',
    { ...nlb, 'frontend-nlb-listener-port-mapping': 'x=80' },
    'failed to compute listenPort config for ingress: ns/web: invalid NLB listener port: x'
  ),
  on(
    'a port mapping to no number',
    { ...nlb, 'frontend-nlb-listener-port-mapping': '80=x' },
    'failed to compute listenPort config for ingress: ns/web: invalid ALB listener port: x'
  ),
  on('its scheme', { ...nlb, 'frontend-nlb-scheme': 'public' }, 'unknown scheme: public'),
  {
    mistake: 'members that map one port to two',
    objects: ['443', '8443'].map((port, index) =>
      ingress(
        {
          ...nlb,
          'group.name': 'g',
          'listen-ports': `[{"HTTP":${port}}]`,
          'frontend-nlb-listener-port-mapping': `80=${port}`
        },
        {},
        `web-${index}`
      )
    ),
    error: 'failed to merge NLB listenPort config for port: 80: conflicting Target Port, config 2: 8443, previous: 443'
  }
]

function member(name: string, annotations: Annotations) {
  return ingress({ 'group.name': 'g', ...annotations }, {}, name)
}
function conflict(a: Annotations, b: Annotations, error: string): Case {
  return {
    mistake: `${JSON.stringify(a)} and ${JSON.stringify(b)}`,
    objects: [member('a', a), member('b', b)],
    error
  }
}
function listenOn(protocol: string, port: number): Annotations {
  return { 'listen-ports': `[{"${protocol}":${port}}]` }
}

const conflicts: Case[] = [
  conflict(
    { scheme: 'internal' },
    { scheme: 'internet-facing' },
    'conflicting scheme: map[internal:{} internet-facing:{}]'
  ),
  conflict(
    { 'load-balancer-name': 'y' },
    { 'load-balancer-name': 'x' },
    'conflicting load balancer name: map[x:{} y:{}]'
  ),
  conflict(
    { 'ip-address-type': 'ipv4' },
    { 'ip-address-type': 'dualstack' },
    'conflicting IPAddressType: [dualstack ipv4]'
  ),
  conflict(
    { subnets: 'subnet-1,subnet-2' },
    { subnets: 'subnet-3,subnet-4' },
    'conflicting subnets: [subnet-1 subnet-2] | [subnet-3 subnet-4]'
  ),
  conflict({ 'security-groups': 'sg-1' }, { 'security-groups': 'sg-2' }, 'conflicting securityGroups: [sg-1] | [sg-2]'),
  conflict(
    { 'security-groups': 'sg-1,sg-2' },
    { 'security-groups': 'sg-2,sg-1' },
    'conflicting securityGroups: [sg-1 sg-2] | [sg-2 sg-1]'
  ),
  conflict(
    listenOn('HTTP', 443),
    { ...listenOn('HTTPS', 443), ...secure },
    'failed to merge listenPort config for port: 443: conflicting protocol, ns/a: HTTP | ns/b: HTTPS'
  ),
  conflict(
    { 'inbound-cidrs': '10.0.0.0/8' },
    { 'inbound-cidrs': '10.1.0.0/16' },
    'failed to merge listenPort config for port: 80: conflicting inbound-cidrs, ns/a: [10.0.0.0/8], [] | ns/b: [10.1.0.0/16], []'
  ),
  conflict(
    { 'security-group-prefix-lists': 'pl-1' },
    { 'security-group-prefix-lists': 'pl-2' },
    'failed to merge listenPort config for port: 80: conflicting inbound-prefix-lists, ns/a: [pl-1] | ns/b: [pl-2]'
  ),
  conflict(
    { ...secure, 'ssl-policy': 'P1' },
    { ...secure, 'ssl-policy': 'P2' },
    'failed to merge listenPort config for port: 443: conflicting sslPolicy, ns/a: P1 | ns/b: P2'
  ),
  conflict({ 'ssl-redirect': '8443' }, { 'ssl-redirect': '443' }, 'conflicting sslRedirect port: [443 8443]'),
  conflict({ tags: 'A=1' }, { tags: 'A=2' }, 'conflicting tag A: 1 | 2'),
  conflict(
    { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=60' },
    { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=61' },
    'conflicting load balancer attributes idle_timeout.timeout_seconds: 60 | 61'
  ),
  conflict(
    { 'listener-attributes.HTTP-80': 'routing.http.response.server.enabled=true' },
    { 'listener-attributes.HTTP-80': 'routing.http.response.server.enabled=false' },
    'conflicting listener attributes routing.http.response.server.enabled: true | false for ingress ns/b'
  ),
  conflict({ 'wafv2-acl-arn': 'y' }, { 'wafv2-acl-arn': 'x' }, 'conflicting WAFv2 WebACL ARNs: [x y]'),
  conflict({ 'wafv2-acl-name': 'y' }, { 'wafv2-acl-name': 'x' }, 'conflicting WAFv2 WebACL names: [x y]'),
  conflict({ 'waf-acl-id': 'y' }, { 'web-acl-id': 'x' }, 'conflicting WAFClassic WebACL IDs: [x y]'),
  conflict(
    { 'shield-advanced-protection': 'true' },
    { 'shield-advanced-protection': 'false' },
    'conflicting enable shield advanced protection'
  ),
  conflict(
    { 'security-groups': 'sg-1', 'manage-backend-security-group-rules': 'true' },
    { 'manage-backend-security-group-rules': 'false' },
    'conflicting manage backend security group rules settings'
  ),
  conflict(
    { 'customer-owned-ipv4-pool': 'b' },
    { 'customer-owned-ipv4-pool': 'a' },
    'conflicting CustomerOwnedIPv4Pool: [a b]'
  ),
  conflict({ 'ipam-ipv4-pool-id': 'a' }, { 'ipam-ipv4-pool-id': 'b' }, 'conflicting ipv4 ipam pools a: b'),
  conflict(
    { 'minimum-load-balancer-capacity': 'CapacityUnits=1' },
    { 'minimum-load-balancer-capacity': 'CapacityUnits=2' },
    'conflicting capacity reservation CapacityUnits: 1 | 2'
  ),
  conflict(
    { 'enable-frontend-nlb': 'true' },
    { 'enable-frontend-nlb': 'false' },
    'conflicting enable frontend NLB values'
  ),
  conflict(
    { ...nlb, 'frontend-nlb-tags': 'a=1' },
    { 'frontend-nlb-tags': 'a=2' },
    'conflicting frontend NLB tags: map[a:1] | map[a:2]'
  )
]

function inClass(params: KubernetesObject[], className = 'params'): KubernetesObject[] {
  return [ingress(), ingressClass(className), ...params]
}
const loading: Case[] = [
  on(
    'a group name in capitals',
    { 'group.name': 'Edge' },
    "invalid ingress group: groupName must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
  ),
  on(
    'a group name of 64 characters',
    { 'group.name': 'a'.repeat(64) },
    'invalid ingress group: groupName must be no more than 63 characters'
  ),
  on(
    'a group order of no number',
    { 'group.order': 'first' },
    `failed to load Ingress group order for ingress: ns/web: ${invalidNumber('group.order', 'first', 32)}`
  ),
  on(
    'a group order out of range',
    { 'group.order': '1001' },
    'explicit Ingress group order must be within [-1000:1000], Ingress: ns/web, order: 1001'
  ),
  {
    mistake: 'a class that is not there',
    objects: [ingress({}, { ingressClassName: 'nosuch' })],
    error: 'invalid ingress class: IngressClass.networking.k8s.io "nosuch" not found'
  },
  {
    mistake: 'parameters that are not there',
    objects: inClass([]),
    error: 'invalid ingress class: IngressClassParams.elbv2.k8s.aws "params" not found'
  },
  {
    mistake: 'a namespace that the class is not for',
    objects: inClass([
      classParams({ namespaceSelector: { matchLabels: { team: 'a' } } }),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } }
    ]),
    error: 'invalid ingress class: namespaceSelector of IngressClassParams params mismatch'
  },
  {
    mistake: 'a namespace that is not there',
    objects: inClass([classParams({ namespaceSelector: {} })]),
    error: 'invalid ingress class: Namespace "ns" not found'
  },
  {
    mistake: 'parameters of another kind',
    objects: [
      ingress(),
      { ...ingressClass(), spec: { controller: 'ingress.k8s.aws/alb', parameters: { kind: 'ConfigMap', name: 'a' } } }
    ],
    error: 'invalid ingress class: IngressClass alb references unknown parameters'
  },
  {
    mistake: 'two default classes',
    objects: [
      { ...ingress(), spec: {} },
      ...['a', 'b'].map(name => ({
        ...ingressClass(),
        metadata: { name, annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } }
      }))
    ],
    error: 'multiple default IngressClasses found'
  },
  {
    mistake: 'a broken class on an Ingress that carries the finalizer of a group',
    objects: [
      member('a', {}),
      {
        ...ingress({}, { ingressClassName: 'nosuch' }, 'b'),
        metadata: { name: 'b', namespace: 'ns', finalizers: ['group.ingress.k8s.aws/g'] }
      }
    ],
    error:
      'Ingress: ns/b: Ingress has invalid IngressClass configuration: invalid ingress class: IngressClass.networking.k8s.io "nosuch" not found'
  },
  {
    mistake: 'a protected Ingress that is being deleted',
    objects: [
      {
        ...ingress({ 'load-balancer-attributes': 'deletion_protection.enabled=true' }),
        metadata: {
          ...ingress({ 'load-balancer-attributes': 'deletion_protection.enabled=true' }).metadata,
          deletionTimestamp: '2026-01-01T00:00:00Z',
          finalizers: ['ingress.k8s.aws/resources']
        }
      }
    ],
    error: 'deletion_protection is enabled, cannot delete the ingress: web'
  }
]

describe.each([
  { part: 'target groups', cases: targetGroups },
  { part: 'load balancer', cases: loadBalancer },
  { part: 'listeners', cases: listeners },
  { part: 'rules', cases: rules },
  { part: 'authentication', cases: authentication },
  { part: 'frontend NLB', cases: frontend },
  { part: 'conflicts in a group', cases: conflicts },
  { part: 'loading of a group', cases: loading }
])('$part', ({ cases }) => {
  test.each(cases)('$mistake', ({ objects, error }) => {
    expect(errorOf(objects)).toBe(error)
  })
})

describe("the controller's flags", () => {
  function withFlags(flags: Partial<typeof environment.controller>) {
    return {
      ...environment,
      controller: { ...environment.controller, ...flags }
    }
  }
  test.each<{ flag: string; flags: Partial<typeof environment.controller>; annotations: Annotations; error: string }>([
    {
      flag: 'backend security group off',
      flags: { enableBackendSecurityGroup: false },
      annotations: { 'security-groups': 'sg-1', 'manage-backend-security-group-rules': 'true' },
      error: 'backendSG feature is required to manage worker node SG rules when frontendSG manually specified'
    },
    {
      flag: 'external managed tags',
      flags: { externalManagedTags: ['owner'] },
      annotations: { tags: 'owner=me' },
      error: 'failed build tags for Ingress ns/web: external managed tag key owner cannot be specified'
    },
    {
      flag: 'IP targets off',
      flags: { featureGates: { ...environment.controller.featureGates, EnableIPTargetType: false } },
      annotations: { 'target-type': 'ip' },
      error: own('unsupported targetType: ip when EnableIPTargetType is false')
    }
  ])('$flag', ({ flags, annotations, error }) => {
    expect(errorOf([ingress(annotations)], withFlags(flags))).toBe(error)
  })

  test.each([
    {
      name: 'nosuch',
      port: 80,
      flags: { tolerateNonExistentBackendService: false },
      error: 'Service "nosuch" not found'
    },
    {
      name: 'nosuch',
      port: 'use-annotation',
      flags: { tolerateNonExistentBackendAction: false },
      error: 'missing actions.nosuch configuration'
    }
  ])('a backend that is not there, not tolerated: $error', ({ name, port, flags, error }) => {
    const backend = backendOf(name, port)
    const objects = [ingress({}, { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] })]
    expect(errorOf(objects, withFlags(flags))).toBe(own(error))
  })
})
