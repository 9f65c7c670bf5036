import { expect } from '@jest/globals'
import { annotate, createDeployment, createIngress, type Edge, type Loose, path } from '../edge.ts'
import type { RuleCase } from './rules.cases.ts'

/** Cases of one rule. */
function of(code: string, ...cases: Omit<RuleCase, 'code'>[]): RuleCase[] {
  return cases.map(one => ({ code, ...one }))
}

/** A further Istio Gateway of the same pods, with a server on the TLS port. */
function tlsGateway(name: string, hosts: string[], selector: Loose = { istio: 'ingressgateway' }) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'istio-system' },
    spec: {
      selector,
      servers: [
        {
          port: { number: 443, name: 'https', protocol: 'HTTPS' },
          hosts,
          tls: { mode: 'SIMPLE', credentialName: 'edge-certificate' }
        }
      ]
    }
  }
}

function virtualService(name: string, host: string, gateways: string[]) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'istio-system' },
    spec: { hosts: [host], gateways, http: [{ route: [{ destination: { host: 'web.shop.svc.cluster.local' } }] }] }
  }
}

/** A Gateway of the Gateway API behind the Ingress instead of Istio's own. */
function useGatewayAPI(edge: Edge, listener: Loose, ...routes: Loose[]): void {
  delete edge.gateway
  delete edge.service
  annotate(edge.ingress, { 'backend-protocol': listener.protocol === 'HTTPS' ? 'HTTPS' : undefined })
  edge.ingress.spec.rules = [{ http: { paths: [path('/', 'public-istio', listener.port)] } }]
  edge.more.push(
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: {
        name: 'public',
        namespace: 'istio-system',
        annotations: { 'networking.istio.io/service-type': 'NodePort' }
      },
      spec: { gatewayClassName: 'istio', listeners: [listener] }
    },
    ...routes
  )
}

/** A VirtualService of the edge's Gateway with routes to Services of these names, each for its match. */
function ordered(name: string, routes: [service: string, match?: Loose[]][], spec: Loose = {}): Loose {
  const http = routes.map(([service, match]) => ({
    ...(match && { match }),
    route: [{ destination: { host: `${service}.shop.svc.cluster.local` } }]
  }))
  const { metadata, ...rest } = virtualService(name, 'shop.example.com', ['istio-system/public'])
  return { ...rest, metadata, spec: { ...rest.spec, http, ...spec } }
}

const everyPath = [{ uri: { prefix: '/' } }]
const api = [{ uri: { prefix: '/api' } }]

/** A VirtualService that delegates all of a host, and the delegate. */
function delegating(to: Loose, delegate: Loose): Loose[] {
  const root = { ...virtualService('root', 'shop.example.com', ['istio-system/public']) }
  const match = [{ uri: { prefix: '/a' } }]
  const web = [{ destination: { host: 'web.shop.svc.cluster.local' } }]
  return [
    { ...root, spec: { ...root.spec, http: [{ match, delegate: to }, { route: web }] } },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'part', namespace: 'team' },
      spec: { http: [{ route: web }], ...delegate }
    }
  ]
}

const plainListener = { name: 'http', port: 80, protocol: 'HTTP' }
const secureListener = { name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'edge' }] } }
const foreignListener = { ...secureListener, tls: { certificateRefs: [{ name: 'edge', namespace: 'certificates' }] } }
const forAll = { allowedRoutes: { namespaces: { from: 'All' } } }

function httpRoute(name: string, namespace: string, parent: Loose = {}, backend: Loose = { name: 'web', port: 80 }) {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace },
    spec: {
      parentRefs: [{ name: 'public', namespace: 'istio-system', ...parent }],
      hostnames: [`${name}.example.com`],
      rules: [{ backendRefs: [backend] }]
    }
  }
}

function application(namespace: string) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }
  }
}

function peerAuthentication(name: string, namespace: string, spec: Loose) {
  return { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', metadata: { name, namespace }, spec }
}

function namespace(name: string, labels: Loose) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

/** An Ingress that sends to pods of an application, and what of the mesh is for them. */
function sendToPods({ more }: Edge, ...objects: Loose[]): void {
  more.push(
    createIngress('shop', { 'target-type': 'ip' }, [{ http: { paths: [path('/', 'web', 80)] } }], 'shop'),
    application('shop'),
    ...objects
  )
}

function deployment(annotations: Loose, labels: Loose = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { template: { metadata: { labels: { app: 'web', ...labels }, annotations } } }
  }
}

const strict = { mtls: { mode: 'STRICT' } }

function policy(spec: Loose, ofNamespace = 'istio-system') {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'walls', namespace: ofNamespace },
    spec
  }
}

/** Rules about what the gateway listens on and whom it lets through, and about the pods of the mesh behind an Ingress. */
/** What makes pods with some labels, and listens on the gateway's ports. */
function workload(labels: Record<string, string>, name: string): Loose {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'istio-system' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'proxy', image: 'auto', ports: [{ name: 'https', containerPort: 8443 }] }] }
      }
    }
  }
}

export const gatewayRouteCases: RuleCase[] = [
  ...of(
    'API_SERVER_REFUSES',
    {
      name: 'retries in a route of a Gateway of Istio, which reads them where they are known',
      change: edge => {
        const route = httpRoute('shop', 'istio-system')
        Object.assign(route.spec.rules[0]!, { retry: { attempts: 2 } })
        useGatewayAPI(edge, plainListener, route)
      },
      finds: { hint: expect.stringContaining('Istio reads it') as never, actual: 'retry' }
    },
    {
      name: 'retries in a route of a Gateway of others',
      change: edge => {
        const route = httpRoute('shop', 'istio-system', { name: 'others' })
        Object.assign(route.spec.rules[0]!, { retry: { attempts: 2 } })
        useGatewayAPI(edge, plainListener, route)
      },
      finds: { hint: expect.stringContaining('remove it: nobody would read it') as never }
    }
  ),
  ...of(
    'GATEWAY_CREDENTIAL_MISSING',
    {
      name: 'a listener whose certificate no ReferenceGrant lets it have',
      change: edge => useGatewayAPI(edge, { ...foreignListener, ...forAll }, httpRoute('shop', 'shop')),
      finds: {
        object: 'Gateway istio-system/public',
        path: 'spec.listeners.0.tls.certificateRefs.0',
        actual: 'certificates/edge',
        message: expect.stringContaining('nothing listens on port 443 of Service istio-system/public-istio') as never,
        hint: expect.stringContaining('add a ReferenceGrant to namespace certificates') as never
      }
    },
    {
      name: 'a listener whose certificate a ReferenceGrant lets it have',
      change: edge =>
        useGatewayAPI(edge, { ...foreignListener, ...forAll }, httpRoute('shop', 'shop'), {
          apiVersion: 'gateway.networking.k8s.io/v1beta1',
          kind: 'ReferenceGrant',
          metadata: { name: 'edge', namespace: 'certificates' },
          spec: {
            from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'istio-system' }],
            to: [{ group: '', kind: 'Secret' }]
          }
        })
    }
  ),
  ...of(
    'GATEWAY_SELECTS_NO_POD',
    {
      name: 'another value of the label',
      change: edge => {
        edge.gateway.spec.selector = { istio: 'ingress' }
      },
      finds: {
        object: 'Gateway istio-system/public',
        path: 'spec.selector',
        expected: 'istio: ingressgateway',
        actual: 'istio: ingress'
      }
    },
    {
      name: 'another label',
      change: edge => {
        edge.gateway.spec.selector = { app: 'gateway' }
      },
      finds: { expected: 'istio: ingressgateway' }
    },
    {
      name: 'of several Gateways the one that is most like it',
      change: edge => {
        edge.gateway.spec.selector = { istio: 'ingress' }
        edge.more.push(tlsGateway('internal', ['*'], { app: 'internalgateway' }))
      },
      finds: { object: 'Gateway istio-system/public' }
    },
    {
      name: 'a Gateway of other pods beside one of these',
      change: ({ more }) => {
        more.push(tlsGateway('egress', ['*'], { istio: 'egressgateway' }))
      }
    },
    {
      name: 'a Gateway of the egress gateway, which stands in no file, alone',
      change: edge => {
        edge.gateway.spec.selector = { istio: 'egressgateway' }
      }
    },
    {
      name: 'a Gateway of the egress gateway of a chart beside one for another port',
      change: edge => {
        edge.gateway.spec.servers[0].port.number = 8080
        edge.more.push(tlsGateway('egress', ['*'], { istio: 'egress' }))
      }
    },
    {
      name: 'a label of the pods that their Service does not ask for',
      change: edge => {
        edge.gateway.spec.selector = { app: 'edge' }
        const made = createDeployment({ terminationDrainDuration: '60s' })
        made.spec.template.metadata.labels.app = 'edge'
        edge.more.push(made)
      }
    }
  ),
  ...of(
    'GATEWAY_SERVER_MISSING',
    {
      name: 'a port without a server',
      change: ({ ingress }) => {
        annotate(ingress, { 'backend-protocol': undefined })
        ingress.spec.rules[0].http.paths[0].backend.service.port.number = 80
      },
      finds: { object: 'Ingress istio-system/edge', expected: '443 (HTTPS)', actual: '80' }
    },
    {
      name: 'a refused Gateway with a server for another port',
      change: edge => {
        Object.assign(edge.gateway.spec.servers[0], {
          hosts: [],
          port: { number: 8080, name: 'web', protocol: 'HTTP' }
        })
      },
      finds: { actual: '443' }
    },
    {
      name: 'a Gateway that Istio refuses',
      change: edge => {
        edge.gateway.spec.servers[0].hosts = []
      }
    },
    {
      name: 'a Gateway that the API server refuses',
      change: edge => {
        edge.gateway.spec.servers[0].tls.mode = 'simple'
      }
    },
    {
      name: 'a Gateway with a variable that something is to replace',
      change: edge => {
        edge.gateway.spec.servers[0].hosts = ['*.${DOMAIN}']
      }
    },
    {
      name: 'a server by the port of the pods',
      change: edge => {
        edge.gateway.spec.servers[0].port.number = 8443
      }
    },
    {
      name: 'a Gateway for which no pods are',
      change: edge => {
        edge.gateway.spec.selector = { istio: 'ingress' }
      }
    },
    {
      name: 'no Gateway but one of the egress gateway',
      change: edge => {
        edge.gateway.spec.selector = { istio: 'egressgateway' }
      }
    },
    {
      name: 'no Gateway at all, which stands elsewhere',
      change: edge => {
        delete edge.gateway
      }
    }
  ),
  ...of(
    'GATEWAY_SERVER_LEFT_OUT',
    {
      name: 'a second Gateway for every host, with a route of its own',
      change: ({ more }) => {
        more.push(tlsGateway('shop', ['*']), virtualService('shop', 'shop.example.com', ['shop']))
      },
      finds: {
        severity: 'error',
        object: 'Gateway istio-system/shop',
        message: expect.stringContaining('shop.example.com gets 404') as never
      }
    },
    {
      name: 'a second Gateway for every host, without routes',
      change: ({ more }) => {
        more.push(tlsGateway('shop', ['*']), virtualService('shop', 'shop.example.com', ['shop', 'public']))
      },
      finds: { severity: 'warning' }
    },
    {
      name: 'a second Gateway for another host',
      change: ({ more }) => {
        more.push(tlsGateway('shop', ['shop.example.com']), virtualService('shop', 'shop.example.com', ['shop']))
      }
    },
    {
      name: 'a second Gateway of other pods',
      change: ({ more }) => {
        more.push(tlsGateway('shop', ['*'], { istio: 'shop' }))
      }
    }
  ),
  ...of(
    'GATEWAY_NEEDS_NEWER_TLS',
    {
      name: 'a policy without TLS 1.3 in front',
      change: edge => {
        annotate(edge.ingress, { 'ssl-policy': 'ELBSecurityPolicy-TLS-1-2-2017-01' })
        edge.gateway.spec.servers[0].tls.minProtocolVersion = 'TLSV1_3'
      },
      finds: { path: 'spec.servers.0.tls.minProtocolVersion', expected: 'TLSV1_2' }
    },
    {
      name: 'a policy with TLS 1.3 in front',
      change: edge => {
        annotate(edge.ingress, { 'ssl-policy': 'ELBSecurityPolicy-TLS13-1-2-2021-06' })
        edge.gateway.spec.servers[0].tls.minProtocolVersion = 'TLSV1_3'
      }
    },
    {
      name: 'TLS 1.2 and newer',
      change: edge => {
        annotate(edge.ingress, { 'ssl-policy': 'ELBSecurityPolicy-TLS-1-2-2017-01' })
        edge.gateway.spec.servers[0].tls.minProtocolVersion = 'TLSV1_2'
      }
    }
  ),
  ...of(
    'GATEWAY_HOSTS_NEED_SNI',
    {
      name: 'a listener with a hostname',
      change: edge =>
        useGatewayAPI(edge, { ...secureListener, ...forAll, hostname: 'shop.example.com' }, httpRoute('shop', 'shop')),
      finds: { object: 'Gateway istio-system/public', path: 'spec.listeners.0.hostname', actual: 'shop.example.com' }
    },
    {
      name: 'a listener without a hostname',
      change: edge => useGatewayAPI(edge, { ...secureListener, ...forAll }, httpRoute('shop', 'shop'))
    },
    {
      name: 'a plain listener with a hostname',
      change: edge =>
        useGatewayAPI(edge, { ...plainListener, ...forAll, hostname: 'shop.example.com' }, httpRoute('shop', 'shop'))
    }
  ),
  ...of(
    'ROUTE_NOT_ATTACHED',
    {
      name: 'routes of other namespaces, where the Gateway takes its own alone',
      change: edge => useGatewayAPI(edge, plainListener, httpRoute('shop', 'shop'), httpRoute('pay', 'pay')),
      finds: {
        object: 'Gateway istio-system/public',
        expected: 'from: All',
        actual: 'from: Same',
        message: expect.stringMatching(/HTTPRoute shop\/shop.*shop\.example\.com/) as never
      }
    },
    {
      name: 'a listener that takes routes of no such kind',
      change: edge => {
        const allowedRoutes = { ...forAll.allowedRoutes, kinds: [{ kind: 'GRPCRoute' }] }
        useGatewayAPI(edge, { ...plainListener, allowedRoutes }, httpRoute('shop', 'shop'))
      },
      finds: { hint: 'add kind: HTTPRoute to allowedRoutes.kinds of the listener http' }
    },
    {
      name: 'a listener of another name',
      change: edge => useGatewayAPI(edge, plainListener, httpRoute('shop', 'istio-system', { sectionName: 'web' })),
      finds: { object: 'HTTPRoute istio-system/shop', path: 'spec.parentRefs.0' }
    },
    {
      name: 'another port',
      change: edge => useGatewayAPI(edge, plainListener, httpRoute('shop', 'istio-system', { port: 8080 })),
      finds: { hint: expect.stringContaining('parentRefs[0].port: 80') as never }
    },
    {
      name: 'a name that the listener is not for',
      change: edge =>
        useGatewayAPI(edge, { ...plainListener, hostname: '*.example.org' }, httpRoute('shop', 'istio-system')),
      finds: { message: expect.stringContaining('http is for *.example.org') as never }
    },
    {
      name: 'a Namespace that the selector does not choose',
      change: edge =>
        useGatewayAPI(
          edge,
          {
            ...plainListener,
            allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { edge: 'yes' } } } }
          },
          httpRoute('shop', 'shop'),
          namespace('shop', {})
        ),
      finds: { actual: 'from: Selector' }
    },
    {
      name: 'a Namespace that is not among the objects',
      change: edge =>
        useGatewayAPI(
          edge,
          {
            ...plainListener,
            allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { edge: 'yes' } } } }
          },
          httpRoute('shop', 'shop')
        )
    },
    {
      name: 'routes of every namespace',
      change: edge => useGatewayAPI(edge, { ...plainListener, ...forAll }, httpRoute('shop', 'shop'))
    },
    {
      name: 'a Gateway of another file',
      change: ({ more }) => {
        more.push(httpRoute('shop', 'shop'))
      }
    }
  ),
  ...of(
    'ROUTE_DESTINATION_NOT_THERE',
    {
      name: 'a delegate of another namespace',
      change: ({ more }) => more.push(...delegating({ name: 'part' }, {})),
      finds: { object: 'VirtualService istio-system/root', expected: 'team/part', actual: 'istio-system/part' }
    },
    {
      name: 'a misspelt delegate',
      change: ({ more }) => more.push(...delegating({ name: 'patr', namespace: 'team' }, {})),
      finds: { path: 'spec.http.0.delegate.name', expected: 'team/part' }
    },
    {
      name: 'a delegate with hosts of its own',
      change: ({ more }) =>
        more.push(...delegating({ name: 'part', namespace: 'team' }, { hosts: ['shop.example.com'] })),
      finds: { object: 'VirtualService team/part', path: 'spec.hosts' }
    },
    {
      name: 'a delegate that is not exported',
      change: ({ more }) => more.push(...delegating({ name: 'part', namespace: 'team' }, { exportTo: ['.'] })),
      finds: { object: 'VirtualService team/part', path: 'spec.exportTo' }
    },
    {
      name: 'a delegate that is exported to the namespace',
      change: ({ more }) =>
        more.push(...delegating({ name: 'part', namespace: 'team' }, { exportTo: ['istio-system'] }))
    },
    {
      name: 'a delegate of other files',
      change: ({ more }) => more.push(...delegating({ name: 'orders', namespace: 'team' }, {}))
    },
    {
      name: 'an HTTPRoute to a Service of another namespace',
      change: edge => useGatewayAPI(edge, plainListener, httpRoute('shop', 'istio-system'), application('shop')),
      finds: { path: 'spec.rules.0.backendRefs.0.name', expected: 'shop/web', actual: 'istio-system/web' }
    },
    {
      name: 'an HTTPRoute to a Service that is there',
      change: edge =>
        useGatewayAPI(edge, { ...plainListener, ...forAll }, httpRoute('shop', 'shop'), application('shop'))
    },
    {
      name: 'an HTTPRoute of which no other Service tells',
      change: edge => useGatewayAPI(edge, { ...plainListener, ...forAll }, httpRoute('shop', 'shop'))
    }
  ),
  ...of(
    'SECOND_FRONT_DOOR',
    {
      name: 'a Gateway of the Gateway API with the default type of Service',
      change: edge => {
        useGatewayAPI(edge, plainListener, httpRoute('shop', 'istio-system'))
        delete edge.more[0].metadata.annotations['networking.istio.io/service-type']
      },
      finds: {
        object: 'Gateway istio-system/public',
        hint: expect.stringContaining('networking.istio.io/service-type: NodePort') as never
      }
    },
    {
      name: 'a Gateway of the Gateway API with a type of its own',
      change: edge => useGatewayAPI(edge, plainListener, httpRoute('shop', 'istio-system'))
    }
  ),
  ...of(
    'PODS_DEMAND_MUTUAL_TLS',
    {
      name: 'of the namespace, with sidecars',
      change: edge =>
        sendToPods(
          edge,
          peerAuthentication('default', 'shop', strict),
          namespace('shop', { 'istio-injection': 'enabled' })
        ),
      finds: { severity: 'error', object: 'PeerAuthentication shop/default', path: 'spec.mtls.mode' }
    },
    {
      name: 'of the mesh, ambient',
      change: edge =>
        sendToPods(
          edge,
          peerAuthentication('default', 'istio-system', strict),
          namespace('shop', { 'istio.io/dataplane-mode': 'ambient' })
        ),
      finds: { severity: 'error', message: expect.stringContaining('ztunnel') as never }
    },
    {
      name: 'of the pods, which no object gives a sidecar',
      change: edge =>
        sendToPods(edge, peerAuthentication('web', 'shop', { selector: { matchLabels: { app: 'web' } }, ...strict })),
      finds: { severity: 'warning', hint: expect.stringContaining('let port 8080 be PERMISSIVE') as never }
    },
    {
      name: 'a port that is permissive',
      change: edge =>
        sendToPods(
          edge,
          peerAuthentication('web', 'shop', {
            selector: { matchLabels: { app: 'web' } },
            ...strict,
            portLevelMtls: { 8080: { mode: 'PERMISSIVE' } }
          }),
          namespace('shop', { 'istio-injection': 'enabled' })
        )
    },
    {
      name: 'a port that goes around the sidecar',
      change: edge =>
        sendToPods(
          edge,
          peerAuthentication('default', 'shop', strict),
          namespace('shop', { 'istio-injection': 'enabled' }),
          deployment({ 'traffic.sidecar.istio.io/excludeInboundPorts': '8080' })
        )
    },
    {
      name: 'pods out of the mesh',
      change: edge =>
        sendToPods(
          edge,
          peerAuthentication('default', 'istio-system', strict),
          namespace('shop', { 'istio.io/dataplane-mode': 'ambient' }),
          deployment({}, { 'istio.io/dataplane-mode': 'none' })
        )
    },
    {
      name: 'a namespace without sidecars',
      change: edge => sendToPods(edge, peerAuthentication('default', 'istio-system', strict), namespace('shop', {}))
    },
    {
      name: 'the ingress gateway itself',
      change: ({ more }) => {
        more.push(peerAuthentication('default', 'istio-system', strict))
      }
    }
  ),
  ...of(
    'RULE_SHADOWED',
    {
      name: 'a route behind one for every path',
      change: ({ more }) => {
        more.push(
          ordered('web', [
            ['web', everyPath],
            ['api', api]
          ])
        )
      },
      finds: {
        object: 'VirtualService istio-system/web',
        path: 'spec.http.1',
        hint: expect.stringContaining('move it before VirtualService istio-system/web http[0]') as never
      }
    },
    {
      name: 'a route behind one for a prefix of it, with more to ask for',
      change: ({ more }) => {
        const asks = [{ uri: { exact: '/api/v2' }, method: { exact: 'GET' }, headers: { 'x-beta': { exact: 'on' } } }]
        more.push(
          ordered('web', [['api', [{ uri: { prefix: '/api' }, headers: { 'x-beta': {} } }]], ['beta', asks], ['web']])
        )
      },
      finds: { path: 'spec.http.1' }
    },
    {
      name: 'two routes for the same',
      change: ({ more }) => {
        more.push(ordered('web', [['api', api], ['old', api], ['web']]))
      },
      finds: { path: 'spec.http.1', hint: expect.stringContaining('remove one of the two') as never }
    },
    {
      name: 'two VirtualServices whose routes take every request of one host',
      change: ({ more }) => {
        more.push(ordered('blue', [['blue']]), ordered('green', [['green', everyPath]]))
      },
      finds: {
        object: 'VirtualService istio-system/green',
        message: expect.stringContaining('for shop.example.com: the route of the older VirtualService') as never
      }
    },
    {
      name: 'the more specific route first',
      change: ({ more }) => {
        more.push(
          ordered('web', [
            ['api', api],
            ['web', everyPath]
          ])
        )
      }
    },
    {
      name: 'a header, a method, a parameter or a port more on the earlier one',
      change: ({ more }) => {
        const asks = [
          { headers: { end: { exact: 'jason' } } },
          { method: { exact: 'POST' } },
          { queryParams: { v: { exact: '2' } } },
          { withoutHeaders: { cookie: {} } },
          { port: 80 },
          { gateways: ['mesh'] },
          { sourceLabels: { app: 'web' } }
        ]
        more.push(ordered('web', [...asks.map((one): [string, Loose[]] => ['beta', [one]]), ['web']]))
      }
    },
    {
      name: 'a prefix behind its own exact path, and a case that the earlier one heeds',
      change: ({ more }) => {
        const loose = [{ uri: { prefix: '/API' }, ignoreUriCase: true }]
        more.push(
          ordered('web', [
            ['one', [{ uri: { exact: '/api' } }]],
            ['two', [{ uri: { prefix: '/API' } }]],
            ['web', loose]
          ])
        )
      }
    },
    {
      name: 'one of several matches that is taken',
      change: ({ more }) => {
        more.push(
          ordered('web', [
            ['api', api],
            ['web', [...api, { uri: { prefix: '/web' } }]]
          ])
        )
      }
    },
    {
      name: 'a route to the same as the one that takes its requests',
      change: ({ more }) => {
        more.push(
          ordered('web', [
            ['web', everyPath],
            ['web', api]
          ])
        )
      }
    },
    {
      name: 'VirtualServices for sidecars, for other paths, and for other namespaces',
      change: ({ more }) => {
        more.push(
          ordered('mesh', [['web'], ['api', api]], { gateways: ['mesh'] }),
          ordered('one', [['one', api]]),
          ordered('two', [['two', [{ uri: { prefix: '/two' } }]]]),
          ordered('three', [['three', api]], { exportTo: ['.'] })
        )
      }
    }
  ),
  ...of(
    'POLICY_DENIES_EVERYTHING',
    {
      name: 'everybody is denied behind a Network Load Balancer',
      change: edge => {
        edge.ingress = undefined
        Object.assign(edge.service.spec, { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' })
        edge.more.push(policy({ action: 'DENY', rules: [{}] }))
      },
      finds: { severity: 'error', message: expect.stringContaining('through Service istio-system/gateway') as never }
    },
    {
      name: 'rules under a misspelt key, of which the API server tells',
      change: ({ more }) => {
        more.push(policy({ rule: [{}] }))
      }
    },
    {
      name: 'everybody is denied',
      change: ({ more }) => {
        more.push(policy({ action: 'DENY', rules: [{}] }))
      },
      finds: { severity: 'error', path: 'spec.rules' }
    },
    {
      name: 'everybody without an identity is denied',
      change: ({ more }) => {
        more.push(policy({ action: 'DENY', rules: [{ from: [{ source: { notPrincipals: ['*'] } }] }] }))
      },
      finds: { severity: 'error' }
    },
    {
      name: 'nobody is allowed',
      change: ({ more }) => {
        more.push(policy({}))
      },
      finds: { severity: 'warning', path: 'spec' }
    },
    {
      name: 'callers of the mesh are allowed alone',
      change: ({ more }) => {
        more.push(policy({ rules: [{ from: [{ source: { namespaces: ['shop'] } }] }] }))
      },
      finds: { severity: 'warning' }
    },
    {
      name: 'another port is allowed alone',
      change: ({ more }) => {
        more.push(policy({ rules: [{ to: [{ operation: { ports: ['8080'] } }] }] }))
      },
      finds: { severity: 'warning' }
    },
    {
      name: 'nobody is allowed in the mesh, and clients of a host are at the gateway',
      change: ({ more }) => {
        const allowed = policy({
          selector: { matchLabels: { istio: 'ingressgateway' } },
          rules: [{ to: [{ operation: { hosts: ['shop.example.com'] } }] }]
        })
        allowed.metadata.name = 'clients'
        more.push(policy({}), allowed)
      }
    },
    {
      name: 'tokens are asked for',
      change: ({ more }) => {
        more.push(policy({ action: 'DENY', rules: [{ from: [{ source: { notRequestPrincipals: ['*'] } }] }] }))
      }
    },
    {
      name: 'nobody is allowed in another namespace',
      change: ({ more }) => {
        more.push(policy({}, 'shop'))
      }
    }
  ),
  ...of(
    'POLICY_SEES_LOAD_BALANCER',
    {
      name: 'remoteIpBlocks where nobody is trusted',
      change: ({ more }) => {
        more.push(
          policy({ rules: [{ from: [{ source: { remoteIpBlocks: ['203.0.113.0/24'] } }] }] }),
          createDeployment({ gatewayTopology: { numTrustedProxies: 0 }, terminationDrainDuration: '60s' })
        )
      },
      finds: { expected: 'numTrustedProxies: 1', actual: 'numTrustedProxies: 0' }
    },
    {
      name: 'remoteIpBlocks where nothing tells who is trusted',
      change: ({ more }) => {
        more.push(policy({ rules: [{ from: [{ source: { remoteIpBlocks: ['203.0.113.0/24'] } }] }] }))
      },
      finds: { actual: 'not known', path: 'spec.rules.0.from.0.source.remoteIpBlocks' }
    },
    {
      name: 'a condition on the connection',
      change: ({ more }) => {
        more.push(policy({ rules: [{ when: [{ key: 'source.ip', values: ['203.0.113.0/24'] }] }] }))
      },
      finds: { expected: 'remote.ip', path: 'spec.rules.0.when.0.key' }
    }
  ),
  ...of(
    'SERVICE_SELECTS_NO_POD',
    {
      name: 'a Deployment of its name with another label',
      change: edge => {
        edge.service.spec.selector = { istio: 'gateway' }
        const made = createDeployment({ terminationDrainDuration: '60s' }, { replicas: 2 })
        edge.more.push({
          ...made,
          spec: { ...made.spec, template: { ...made.spec.template, spec: { terminationGracePeriodSeconds: 90 } } }
        })
      },
      finds: { path: 'spec.selector.istio', expected: 'istio: ingressgateway', actual: 'istio: gateway' }
    },
    {
      name: 'the label that it has',
      change: edge => edge.more.push(createDeployment({ terminationDrainDuration: '60s' }, { replicas: 2 }))
    },
    {
      name: 'two that can be meant',
      change: edge => {
        edge.more.push(workload({ istio: 'ingressgateway-a' }, 'one'), workload({ istio: 'ingressgateway-b' }, 'two'))
      }
    },
    {
      name: 'another application with the same port',
      change: edge => {
        edge.more.push(workload({ istio: 'shop' }, 'shop'))
      }
    }
  ),
  ...of(
    'TARGET_PORT_NOT_IN_PODS',
    {
      name: 'a name that no container has',
      change: edge => {
        edge.service.spec.ports[2].targetPort = 'tls'
        edge.more.push(workload({ istio: 'ingressgateway' }, 'gateway'))
      },
      finds: { path: 'spec.ports.2.targetPort', actual: 'tls', expected: 'https' }
    },
    {
      name: 'the name that one has',
      change: edge => {
        edge.service.spec.ports[2].targetPort = 'https'
        edge.more.push(workload({ istio: 'ingressgateway' }, 'gateway'))
      }
    },
    {
      name: 'a name of pods that are not among the objects',
      change: edge => {
        edge.service.spec.ports[2].targetPort = 'tls'
      }
    }
  ),
  ...of(
    'SERVICE_WITHOUT_PODS',
    {
      name: 'a gateway that is scaled to none',
      change: ({ more }) => {
        more.push(createDeployment({ terminationDrainDuration: '60s' }, { replicas: 0 }))
      },
      finds: { object: 'Deployment istio-system/gateway', path: 'spec.replicas' }
    },
    {
      name: 'an autoscaler that sets the number',
      change: ({ more }) => {
        more.push(createDeployment({ terminationDrainDuration: '60s' }, { replicas: 0 }), {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'gateway', namespace: 'istio-system' },
          spec: { scaleTargetRef: { kind: 'Deployment', name: 'gateway' } }
        })
      }
    },
    {
      name: 'as many as there are by default',
      change: ({ more }) => {
        more.push(createDeployment({ terminationDrainDuration: '60s' }))
      }
    }
  ),
  ...of(
    'GATEWAY_REACHES_NOTHING',
    {
      name: 'a port that the Service does not have',
      change: ({ more }) => {
        const route = virtualService('shop', 'shop.example.com', ['public'])
        Object.assign(route.spec.http[0]!.route[0]!.destination, { port: { number: 8080 } })
        more.push(application('shop'), route)
      },
      finds: {
        message: expect.stringContaining('has no port 8080') as never,
        hint: 'send to a port that it has: 80'
      }
    },
    ...(
      [
        ['a host with its namespace alone', 'web.shop', 'write the host in full: web.shop.svc.cluster.local'],
        ['a host of no ServiceEntry', 'partner.test', expect.stringContaining('add a ServiceEntry for partner.test')],
        ['a host of a ServiceEntry that is kept', 'kept.test', 'export it to namespace istio-system (spec.exportTo)']
      ] as const
    ).map(([name, host, hint]) => ({
      name,
      change: ({ more }: Edge) => {
        const route = virtualService('shop', 'shop.example.com', ['public'])
        route.spec.http[0]!.route[0]!.destination.host = host
        more.push(application('shop'), route, {
          apiVersion: 'networking.istio.io/v1',
          kind: 'ServiceEntry',
          metadata: { name: 'kept', namespace: 'shop' },
          spec: { hosts: ['kept.test'], exportTo: ['.'], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }] }
        })
      },
      finds: { hint: hint as never }
    })),
    {
      name: 'a backend that no ReferenceGrant lets the route use',
      change: edge => {
        const backend = { name: 'web', namespace: 'shop', port: 80 }
        useGatewayAPI(edge, plainListener, httpRoute('shop', 'istio-system', {}, backend), application('shop'))
      },
      finds: { hint: expect.stringContaining('add a ReferenceGrant') as never }
    },
    {
      name: 'a port that it has',
      change: ({ more }) => {
        more.push(application('shop'), virtualService('shop', 'shop.example.com', ['public']))
      }
    },
    {
      name: 'an answer that the route has itself',
      change: ({ more }) => {
        const route = virtualService('shop', 'shop.example.com', ['public'])
        Object.assign(route.spec, { http: [{ directResponse: { status: 503 } }] })
        more.push(route)
      }
    }
  ),
  ...of('TLS_TO_PLAIN_HTTP_PORT', {
    name: 'the status port',
    change: ({ ingress }) => {
      ingress.spec.rules[0].http.paths.unshift(path('/healthz/ready', 'gateway', 15021, 'Exact'))
    },
    finds: { hint: expect.stringContaining('leave the path out') as never }
  })
]
