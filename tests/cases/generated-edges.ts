/**
 * Edges as people write them, each with some of the mistakes that they make: an Ingress, the gateway's Service and Deployment,
 * Gateways, VirtualServices and applications.
 */

import fc from 'fast-check'

/** What one generated edge is made of; every choice but the first is one that somebody made wrong. */
export interface EdgeSketch {
  targetType: 'instance' | 'ip'
  serviceType: 'NodePort' | 'ClusterIP'
  hasStatusPort: boolean
  hasDeployment: boolean
  hasNamespaceMistake: boolean
  listeners: ('HTTP' | 'HTTPS')[]
  redirects: boolean
  port: 443 | 80
  backendProtocol: 'HTTPS' | 'HTTP' | undefined
  version: 'HTTP1' | 'HTTP2' | 'GRPC'
  healthCheckPort: string | undefined
  healthCheckPath: string | undefined
  healthCheckProtocol: 'HTTP' | 'HTTPS' | undefined
  successCodes: string | undefined
  hosts: string[]
  paths: string[]
  action: 'none' | 'fixed-response' | 'redirect to a listener' | 'redirect to nowhere' | 'missing'
  servers: { port: 443 | 80; hosts: string[]; mode: 'SIMPLE' | 'MUTUAL' | 'PASSTHROUGH'; redirects: boolean }[]
  selects: boolean
  proxyConfig: { trusted: 0 | 1; proxyProtocol: boolean } | undefined
  virtualServices: {
    hosts: string[]
    paths: string[]
    bound: boolean
    answer: 'route' | 'redirect to HTTPS' | 'misspelt Service' | 'port of nobody' | 'direct response'
  }[]
}

/** Mostly the first, which is right. */
function mostly<Value>(right: Value, ...wrong: Value[]): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 8, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) })
}

const hosts = fc.constantFrom<string[][]>(
  ['*'],
  ['shop.example.com'],
  ['*.example.com'],
  ['shop.example.com', 'api.example.com']
)

export const edgeSketches: fc.Arbitrary<EdgeSketch> = fc.record({
  targetType: fc.constantFrom<EdgeSketch['targetType'][]>('instance', 'ip'),
  serviceType: mostly<EdgeSketch['serviceType']>('NodePort', 'ClusterIP'),
  hasStatusPort: mostly(true, false),
  hasDeployment: fc.boolean(),
  hasNamespaceMistake: mostly(false, true),
  listeners: fc.constantFrom<EdgeSketch['listeners'][]>(['HTTP', 'HTTPS'], ['HTTPS'], ['HTTP']),
  redirects: fc.boolean(),
  port: fc.constantFrom<(443 | 80)[]>(443, 80),
  backendProtocol: fc.constantFrom<EdgeSketch['backendProtocol'][]>('HTTPS', 'HTTP', undefined),
  version: mostly<EdgeSketch['version']>('HTTP1', 'HTTP2', 'GRPC'),
  healthCheckPort: mostly<string | undefined>('status-port', undefined, 'traffic-port', '15021', '30621', '30999'),
  healthCheckPath: mostly<string | undefined>('/healthz/ready', undefined, '/', '/healthy'),
  healthCheckProtocol: mostly<'HTTP' | 'HTTPS' | undefined>('HTTP', undefined, 'HTTPS'),
  successCodes: mostly<string | undefined>(undefined, '200-399', '404', '200,404'),
  hosts: fc.constantFrom<string[][]>(
    [],
    ['shop.example.com'],
    ['*.example.com'],
    ['shop.example.com', 'api.example.com']
  ),
  paths: fc.constantFrom<string[][]>(['/'], ['/api'], ['/api', '/']),
  action: mostly<EdgeSketch['action']>(
    'none',
    'fixed-response',
    'redirect to a listener',
    'redirect to nowhere',
    'missing'
  ),
  servers: fc.array(
    fc.record({
      port: fc.constantFrom<(443 | 80)[]>(443, 80),
      hosts: mostly<string[]>(['*'], ['shop.example.com'], ['*.example.com']),
      mode: mostly<EdgeSketch['servers'][number]['mode']>('SIMPLE', 'MUTUAL', 'PASSTHROUGH'),
      redirects: mostly(false, true)
    }),
    { maxLength: 2 }
  ),
  selects: mostly(true, false),
  proxyConfig: fc.option(fc.record({ trusted: fc.constantFrom<(0 | 1)[]>(0, 1), proxyProtocol: mostly(false, true) }), {
    nil: undefined
  }),
  virtualServices: fc.array(
    fc.record({
      hosts,
      paths: fc.constantFrom<string[][]>([], ['/api'], ['/api', '/']),
      bound: mostly(true, false),
      answer: mostly<EdgeSketch['virtualServices'][number]['answer']>(
        'route',
        'redirect to HTTPS',
        'misspelt Service',
        'port of nobody',
        'direct response'
      )
    }),
    { maxLength: 2 }
  )
})

const prefix = 'alb.ingress.kubernetes.io/'
const namespace = 'istio-system'
const labels = { istio: 'ingressgateway' }

function withoutUndefined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

function redirectTo(port: number): string {
  return JSON.stringify({
    type: 'redirect',
    redirectConfig: { protocol: 'HTTPS', port: String(port), statusCode: 'HTTP_301' }
  })
}

const actions: Record<EdgeSketch['action'], string | undefined> = {
  none: undefined,
  missing: undefined,
  'fixed-response': JSON.stringify({
    type: 'fixed-response',
    fixedResponseConfig: { statusCode: '200', contentType: 'text/plain' }
  }),
  'redirect to a listener': redirectTo(443),
  'redirect to nowhere': redirectTo(9443)
}

function ingressOf(sketch: EdgeSketch) {
  const { action, listeners, hosts: names, paths, port } = sketch
  const annotations = {
    scheme: 'internet-facing',
    'target-type': sketch.targetType,
    'listen-ports': JSON.stringify(listeners.map(protocol => ({ [protocol]: protocol === 'HTTP' ? 80 : 443 }))),
    'certificate-arn': listeners.includes('HTTPS')
      ? 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666'
      : undefined,
    'ssl-redirect': sketch.redirects && listeners.includes('HTTPS') ? '443' : undefined,
    'backend-protocol': sketch.backendProtocol,
    'backend-protocol-version': sketch.version === 'HTTP1' ? undefined : sketch.version,
    'healthcheck-port': sketch.healthCheckPort,
    'healthcheck-path': sketch.healthCheckPath,
    'healthcheck-protocol': sketch.healthCheckProtocol,
    'success-codes': sketch.successCodes,
    'actions.extra': actions[action]
  }
  const extra =
    action === 'none'
      ? []
      : [
          {
            path: '/extra',
            pathType: 'Exact',
            backend: { service: { name: 'extra', port: { name: 'use-annotation' } } }
          }
        ]
  const http = {
    paths: [
      ...extra,
      ...paths.map(path => ({
        path,
        pathType: 'Prefix',
        backend: { service: { name: 'gateway', port: { number: port } } }
      }))
    ]
  }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'edge',
      namespace: sketch.hasNamespaceMistake ? 'shop' : namespace,
      annotations: Object.fromEntries(
        Object.entries(withoutUndefined(annotations)).map(([name, value]) => [prefix + name, value])
      )
    },
    spec: {
      ingressClassName: 'alb',
      rules: names.length === 0 ? [{ http }] : names.map(host => ({ host, http }))
    }
  }
}

function serviceOf({ serviceType, hasStatusPort }: EdgeSketch) {
  const ports = [
    { name: 'status-port', port: 15021, targetPort: 15021, nodePort: 30621 },
    { name: 'http2', port: 80, targetPort: 8080, nodePort: 31565 },
    { name: 'https', port: 443, targetPort: 8443, nodePort: 31804 }
  ]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'gateway', namespace },
    spec: {
      type: serviceType,
      selector: labels,
      ports: ports
        .slice(hasStatusPort ? 0 : 1)
        .map(({ nodePort, ...port }) => (serviceType === 'NodePort' ? { ...port, nodePort } : port))
    }
  }
}

function deploymentOf({ proxyConfig }: EdgeSketch) {
  const text =
    proxyConfig &&
    JSON.stringify({
      gatewayTopology: {
        numTrustedProxies: proxyConfig.trusted,
        ...(proxyConfig.proxyProtocol && { proxyProtocol: {} })
      }
    })
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'gateway', namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(text && { annotations: { 'proxy.istio.io/config': text } }) },
        spec: { containers: [{ name: 'istio-proxy', image: 'auto' }] }
      }
    }
  }
}

function gatewaysOf({ servers, selects }: EdgeSketch) {
  return servers.map(({ port, hosts: names, mode, redirects }, index) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: `public-${index}`, namespace },
    spec: {
      selector: selects ? labels : { istio: 'other' },
      servers: [
        port === 443
          ? {
              port: { number: 443, name: 'https', protocol: mode === 'PASSTHROUGH' ? 'TLS' : 'HTTPS' },
              hosts: names,
              tls: { mode, ...(mode !== 'PASSTHROUGH' && { credentialName: 'edge' }) }
            }
          : {
              port: { number: 80, name: 'http', protocol: 'HTTP' },
              hosts: names,
              ...(redirects && { tls: { httpsRedirect: true } })
            }
      ]
    }
  }))
}

function virtualServicesOf({ virtualServices, servers }: EdgeSketch) {
  return virtualServices.map(({ hosts: names, paths, bound, answer }, index) => {
    const destination = { host: 'web.shop.svc.cluster.local', port: { number: 80 } }
    const does = {
      route: { route: [{ destination }] },
      'misspelt Service': { route: [{ destination: { ...destination, host: 'wbe.shop.svc.cluster.local' } }] },
      'port of nobody': { route: [{ destination: { ...destination, port: { number: 8081 } } }] },
      'redirect to HTTPS': { redirect: { scheme: 'https' } },
      'direct response': { directResponse: { status: 200 } }
    }[answer]
    return {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: `routes-${index}`, namespace },
      spec: {
        hosts: names,
        gateways: bound ? servers.map((_, server) => `public-${server}`) : ['nothing'],
        http: [{ ...(paths.length > 0 && { match: paths.map(path => ({ uri: { prefix: path } })) }), ...does }]
      }
    }
  })
}

/** Of the edge as text of one file. */
export function textOf(sketch: EdgeSketch): string {
  return JSON.stringify({ kind: 'List', apiVersion: 'v1', items: objectsOf(sketch) })
}

const application = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }
}

function objectsOf(sketch: EdgeSketch): unknown[] {
  return [
    ingressOf(sketch),
    serviceOf(sketch),
    ...(sketch.hasDeployment ? [deploymentOf(sketch)] : []),
    ...gatewaysOf(sketch),
    ...virtualServicesOf(sketch),
    application
  ]
}

function coversHost(wildcard: string, host: string): boolean {
  return wildcard.startsWith('*.') && host.endsWith(wildcard.slice(1))
}

/**
 * The hosts that an edge is meant for. A wildcard of an Ingress or a Gateway lets names through; which of them there are,
 * VirtualServices say where some do.
 */
export function hostsOf({ hosts: names, port, servers: all, virtualServices }: EdgeSketch): string[] {
  const servers = all.filter(one => one.port === port)
  const taken = servers.flatMap(one => one.hosts)
  // A host that no server takes is not one that the edge is for, whatever VirtualServices are bound to it.
  const routed = virtualServices
    .flatMap(one => one.hosts)
    .filter(host => taken.length === 0 || taken.some(one => one === '*' || one === host || coversHost(one, host)))
  const loose = [...names, ...servers.flatMap(one => one.hosts)].filter(
    host => !host.startsWith('*.') || !routed.some(one => one.endsWith(host.slice(1)))
  )
  const named = new Set([...routed, ...loose].map(host => host.replace('*.', 'www.')))
  named.delete('*')
  return [...named]
}

/** The paths that anything of a generated edge is for. */
export const namedPaths = ['/', '/api', '/extra']
