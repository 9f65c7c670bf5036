/** A server's first lines, which a mistake follows. */
export const server = `selector: {istio: ingressgateway}
servers:
- hosts: ['*']
  port: {number: 443, name: https, protocol: HTTPS}`

/** A route's first lines. */
export const route = `hosts: [shop.test]
gateways: [edge]
http:
- route: [{destination: {host: web}}]`

export const envoyFilter = `configPatches:
- applyTo: HTTP_FILTER`

interface Mistake {
  kind: string
  /** What stands above, and the line with the mistake. */
  above: string
  line: string
  /** In the finding's words. */
  words: string
  /** The line as the edit makes it; none where no one thing was surely meant. */
  mended?: string
}

function mistake(kind: string, above: string, line: string, words: string, mended?: string): Mistake {
  return { kind, above, line, words, ...(mended !== undefined && { mended }) }
}

function unknown(kind: string, above: string, line: string, field: string, mended: string): Mistake {
  return mistake(kind, above, line, `unknown field "${field}"`, mended)
}

export const mistakes = [
  unknown(
    'VirtualService',
    route,
    '  match: [{uri: {prefx: /api}}]',
    'spec.http[0].match[0].uri.prefx',
    '  match: [{uri: {prefix: /api}}]'
  ),
  unknown(
    'VirtualService',
    route,
    '  match: [{uir: {prefix: /api}}]',
    'spec.http[0].match[0].uir',
    '  match: [{uri: {prefix: /api}}]'
  ),
  unknown(
    'VirtualService',
    route,
    '  match: [{headers: {x-a: {exct: b}}}]',
    'spec.http[0].match[0].headers.x-a.exct',
    '  match: [{headers: {x-a: {exact: b}}}]'
  ),
  unknown(
    'VirtualService',
    route,
    '  match: [{ignore_uri_case: true}]',
    'spec.http[0].match[0].ignore_uri_case',
    '  match: [{ignoreUriCase: true}]'
  ),
  unknown('VirtualService', route, '  timout: 5s', 'spec.http[0].timout', '  timeout: 5s'),
  unknown(
    'VirtualService',
    route,
    '  retries: {attempts: 3, perTryTimeOut: 2s}',
    'spec.http[0].retries.perTryTimeOut',
    '  retries: {attempts: 3, perTryTimeout: 2s}'
  ),
  unknown('VirtualService', route, '  rewrites: {uri: /}', 'spec.http[0].rewrites', '  rewrite: {uri: /}'),
  unknown(
    'VirtualService',
    route,
    '  corsPolicy: {allowOrigns: [{exact: a}]}',
    'spec.http[0].corsPolicy.allowOrigns',
    '  corsPolicy: {allowOrigins: [{exact: a}]}'
  ),
  unknown(
    'VirtualService',
    route,
    '  headers: {request: {sets: {a: b}}}',
    'spec.http[0].headers.request.sets',
    '  headers: {request: {set: {a: b}}}'
  ),
  unknown('VirtualService', route, 'exportsTo: ["."]', 'spec.exportsTo', 'exportTo: ["."]'),
  mistake('VirtualService', route, '  websocketUpgrade: true', 'unknown field "spec.http[0].websocketUpgrade"'),
  mistake('VirtualService', route, '  timeout: 5', 'spec.http.0.timeout must be a string'),
  mistake('VirtualService', route, '  timeout: 5 s', '5 s is no duration'),
  mistake('VirtualService', route, '  retries: {attempts: 3, perTryTimeout: fast}', 'fast is no duration'),
  mistake(
    'VirtualService',
    route,
    '  fault: {abort: {httpStatus: 500, grpcStatus: UNAVAILABLE}}',
    'the fault has both httpStatus and grpcStatus'
  ),
  mistake(
    'VirtualService',
    route,
    '  corsPolicy: {unmatchedPreflights: FORWARDS}',
    'Unsupported value: "FORWARDS"',
    '  corsPolicy: {unmatchedPreflights: FORWARD}'
  ),
  unknown(
    'Gateway',
    server,
    '  tls: {mode: SIMPLE, credentialname: a}',
    'spec.servers[0].tls.credentialname',
    '  tls: {mode: SIMPLE, credentialName: a}'
  ),
  mistake(
    'Gateway',
    server,
    '  tls: {mode: SIMPEL, credentialName: a}',
    'spec.servers[0].tls.mode: Unsupported value: "SIMPEL"',
    '  tls: {mode: SIMPLE, credentialName: a}'
  ),
  mistake(
    'Gateway',
    server,
    '  tls: {mode: SIMPLE, credentialName: a, minProtocolVersion: TLS1_2}',
    'minProtocolVersion: Unsupported value: "TLS1_2"',
    '  tls: {mode: SIMPLE, credentialName: a, minProtocolVersion: TLSV1_2}'
  ),
  unknown(
    'DestinationRule',
    'host: web',
    'trafficPolicy: {tls: {mod: ISTIO_MUTUAL}}',
    'spec.trafficPolicy.tls.mod',
    'trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}'
  ),
  mistake(
    'DestinationRule',
    'host: web',
    'trafficPolicy: {tls: {mode: ISTIO_MUTAL}}',
    'Unsupported value: "ISTIO_MUTAL"',
    'trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}'
  ),
  unknown(
    'DestinationRule',
    'host: web',
    'trafficPolicy: {loadBalancer: {simpel: RANDOM}}',
    'spec.trafficPolicy.loadBalancer.simpel',
    'trafficPolicy: {loadBalancer: {simple: RANDOM}}'
  ),
  mistake(
    'DestinationRule',
    'host: web',
    'trafficPolicy: {loadBalancer: {simple: ROUND_ROBBIN}}',
    'Unsupported value: "ROUND_ROBBIN"',
    'trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}'
  ),
  mistake(
    'DestinationRule',
    'host: web',
    'trafficPolicy: {loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true}}}',
    'Found 2 valid alternatives'
  ),
  unknown(
    'DestinationRule',
    'host: web',
    'trafficPolicy: {outlierDetection: {consecutiveErors: 5}}',
    'spec.trafficPolicy.outlierDetection.consecutiveErors',
    'trafficPolicy: {outlierDetection: {consecutiveErrors: 5}}'
  ),
  mistake(
    'DestinationRule',
    'host: web',
    'trafficPolicy: {loadBalancer: {warmup: {duration: 0s}}}',
    'must be a valid duration greater than 1ms'
  ),
  mistake(
    'DestinationRule',
    'host: web',
    'trafficPolicy: {connectionPool: {tcp: {maxConnections: 3000000000}}}',
    'less than or equal to 2147483647'
  ),
  unknown(
    'DestinationRule',
    'host: web',
    'subsets: [{name: v1, lables: {version: v1}}]',
    'spec.subsets[0].lables',
    'subsets: [{name: v1, labels: {version: v1}}]'
  ),
  unknown(
    'ServiceEntry',
    'hosts: [api.test]\nresolution: DNS',
    'ports: [{number: 443, name: tls, protocl: TLS}]',
    'spec.ports[0].protocl',
    'ports: [{number: 443, name: tls, protocol: TLS}]'
  ),
  mistake('ServiceEntry', 'hosts: [api.test]', 'resolution: DSN', 'Unsupported value: "DSN"', 'resolution: DNS'),
  mistake(
    'ServiceEntry',
    'hosts: [api.test]\nresolution: DNS',
    'ports: [{number: 443, name: tls, protocol: TLS, targetPort: 70000}]',
    'port must be between 1-65535'
  ),
  unknown('WorkloadEntry', 'address: 10.0.0.7', 'lables: {app: web}', 'spec.lables', 'labels: {app: web}'),
  mistake(
    'WorkloadEntry',
    'network: a',
    'address: "unix://run/a.sock"',
    'UDS must be an absolute path or abstract socket'
  ),
  unknown(
    'WorkloadGroup',
    'template: {serviceAccount: a}',
    'probe: {httpGet: {port: 80, pth: /}}',
    'spec.probe.httpGet.pth',
    'probe: {httpGet: {port: 80, path: /}}'
  ),
  mistake(
    'Sidecar',
    'egress: [{hosts: ["./*"]}]',
    'outboundTrafficPolicy: {mode: REGISTRY}',
    'Unsupported value: "REGISTRY"'
  ),
  unknown(
    'EnvoyFilter',
    envoyFilter,
    '  match: {contxt: GATEWAY}',
    'spec.configPatches[0].match.contxt',
    '  match: {context: GATEWAY}'
  ),
  mistake(
    'EnvoyFilter',
    envoyFilter,
    '  patch: {operation: INSERT_BEFOR, value: {name: a}}',
    'Unsupported value: "INSERT_BEFOR"',
    '  patch: {operation: INSERT_BEFORE, value: {name: a}}'
  ),
  unknown(
    'AuthorizationPolicy',
    'action: DENY',
    'rules: [{form: [{source: {namespaces: [a]}}]}]',
    'spec.rules[0].form',
    'rules: [{from: [{source: {namespaces: [a]}}]}]'
  ),
  unknown(
    'AuthorizationPolicy',
    'action: ALLOW',
    'rules: [{to: [{operation: {paths: [/a], method: [GET]}}]}]',
    'spec.rules[0].to[0].operation.method',
    'rules: [{to: [{operation: {paths: [/a], methods: [GET]}}]}]'
  ),
  mistake('AuthorizationPolicy', 'rules: [{}]', 'action: DENNY', 'Unsupported value: "DENNY"', 'action: DENY'),
  unknown(
    'RequestAuthentication',
    'selector: {matchLabels: {app: web}}',
    'jwtRules: [{issuer: a, jwkUri: "https://a.test/k"}]',
    'spec.jwtRules[0].jwkUri',
    'jwtRules: [{issuer: a, jwksUri: "https://a.test/k"}]'
  ),
  mistake(
    'RequestAuthentication',
    'selector: {matchLabels: {app: web}}',
    'jwtRules: [{issuer: a, jwksUri: "ftp://a.test/k"}]',
    'url must have scheme http:// or https://'
  ),
  mistake(
    'PeerAuthentication',
    'selector: {matchLabels: {app: web}}',
    'mtls: {mode: STRIKT}',
    'Unsupported value: "STRIKT"',
    'mtls: {mode: STRICT}'
  ),
  unknown(
    'Telemetry',
    'metrics: [{providers: [{name: prometheus}]}]',
    'acessLogging: [{disabled: true}]',
    'spec.acessLogging',
    'accessLogging: [{disabled: true}]'
  ),
  mistake(
    'WasmPlugin',
    'selector: {matchLabels: {app: web}}',
    'url: "ftp://a.test/a.wasm"',
    'url must have schema one of'
  ),
  unknown('WasmPlugin', 'url: "oci://a.test/a"', 'phse: AUTHN', 'spec.phse', 'phase: AUTHN'),
  unknown('ProxyConfig', 'selector: {matchLabels: {app: web}}', 'concurency: 2', 'spec.concurency', 'concurrency: 2')
]
