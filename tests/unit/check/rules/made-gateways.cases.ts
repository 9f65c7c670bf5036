import { expect } from '@jest/globals'
import { createDeployment, type Edge, type Loose } from '../edge.ts'
import type { RuleCase } from './rules.cases.ts'

/** Cases of one rule. */
function of(code: string, ...cases: Omit<RuleCase, 'code'>[]): RuleCase[] {
  return cases.map(one => ({ code, ...one }))
}

/** A text with a part in it, as a case's finding takes it. */
function containing(text: string): string {
  return expect.stringContaining(text) as unknown as string
}

const prefix = 'service.beta.kubernetes.io/aws-load-balancer-'
const managed = { [`${prefix}type`]: 'external', [`${prefix}nlb-target-type`]: 'ip' }
const facing = { ...managed, [`${prefix}scheme`]: 'internet-facing' }
const http = { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }
const passing = { ...http, name: 'tls', port: 443, protocol: 'TLS', tls: { mode: 'Passthrough' } }
const ending = { ...passing, tls: { mode: 'Terminate', certificateRefs: [{ name: 'edge-certificate' }] } }

/** Replaces the edge by a Gateway of the Gateway API, to whose Service, which Istio makes, a Network Load Balancer leads. */
function make(edge: Edge, listeners: Loose[], ...more: Loose[]): Loose {
  delete edge.ingress
  delete edge.gateway
  delete edge.service
  const gateway: Loose = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'infra' },
    spec: { gatewayClassName: 'istio', infrastructure: { annotations: { ...facing } }, listeners }
  }
  edge.more.push(gateway, ...more)
  return gateway
}

function route(kind: string, hostnames?: string[], parent: Loose = {}): Loose {
  return {
    apiVersion: `gateway.networking.k8s.io/${kind === 'TCPRoute' || kind === 'TLSRoute' ? 'v1alpha2' : 'v1'}`,
    kind,
    metadata: { name: 'shop', namespace: 'shop' },
    spec: {
      parentRefs: [{ name: 'public', namespace: 'infra', ...parent }],
      ...(hostnames && { hostnames }),
      rules: [{ backendRefs: [{ name: 'shop', port: 80 }] }]
    }
  }
}

const host = ['shop.example.com']
const readsProxy = '{"gatewayTopology": {"proxyProtocol": {}}}'

function parameters(service: Loose): Loose {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'public', namespace: 'infra' },
    data: { service: JSON.stringify(service) }
  }
}

/** A ListenerSet of another team with one listener, which takes the team's own routes. */
function listenerSet(listener: Loose = {}): Loose {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ListenerSet',
    metadata: { name: 'team', namespace: 'shop' },
    spec: {
      parentRef: { name: 'public', namespace: 'infra' },
      listeners: [{ name: 'team', port: 8080, protocol: 'HTTP', hostname: 'team.example.com', ...listener }]
    }
  }
}

function ofSet(kind: string, hostnames: string[]): Loose {
  return route(kind, hostnames, { kind: 'ListenerSet', name: 'team', namespace: 'shop' })
}

/** A Gateway that takes the ListenerSets of some namespaces, with more beside it. */
function takeSets(edge: Edge, from: string, ...more: Loose[]): void {
  make(edge, [http], ...more).spec.allowedListeners = { namespaces: { from } }
}

/** A Gateway of the AWS Load Balancer Controller with a Network Load Balancer, in front of the edge's gateway. */
function leadByGateway(edge: Edge, attributes: Loose[]): void {
  edge.ingress = undefined
  const apiVersion = 'gateway.networking.k8s.io/v1'
  const namespace = 'istio-system'
  edge.more.push(
    { apiVersion, kind: 'GatewayClass', metadata: { name: 'nlb' }, spec: { controllerName: 'gateway.k8s.aws/nlb' } },
    {
      apiVersion,
      kind: 'Gateway',
      metadata: { name: 'front', namespace },
      spec: { gatewayClassName: 'nlb', listeners: [{ name: 'https', port: 443, protocol: 'TCP' }] }
    },
    {
      apiVersion: 'gateway.k8s.aws/v1beta1',
      kind: 'TargetGroupConfiguration',
      metadata: { name: 'front', namespace },
      spec: {
        targetReference: { name: 'gateway' },
        defaultConfiguration: { targetType: 'ip', targetGroupAttributes: attributes }
      }
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1alpha2',
      kind: 'TCPRoute',
      metadata: { name: 'front', namespace },
      spec: { parentRefs: [{ name: 'front' }], rules: [{ backendRefs: [{ name: 'gateway', port: 443 }] }] }
    }
  )
}

const sendsProxy = [{ key: 'proxy_protocol_v2.enabled', value: 'true' }]

/** Cases of Gateways of the Gateway API whose Service Istio makes. */
export const madeGatewayCases: RuleCase[] = [
  ...of(
    'ROUTE_NOT_ATTACHED',
    {
      name: 'a TCPRoute for TLS that is passed through',
      change: edge => make(edge, [passing], route('TCPRoute')),
      finds: {
        message: containing('tls takes no TCPRoute (protocol TLS, mode Passthrough); what it routes gets no answer'),
        hint: containing('or write a TLSRoute for tls')
      }
    },
    {
      name: 'a TCPRoute that names one of several listeners, none of which takes it',
      change: edge => make(edge, [http, passing], route('TCPRoute', undefined, { sectionName: 'tls' })),
      finds: { hint: containing('or write a TLSRoute for tls') }
    },
    {
      name: 'an HTTPRoute for TLS that is passed through',
      change: edge => make(edge, [passing], route('HTTPRoute', host)),
      finds: { hint: containing('HTTPS with tls.mode: Terminate') }
    },
    {
      name: 'kinds that the protocol does not take, though the listener names them',
      change: edge =>
        make(
          edge,
          [{ ...passing, allowedRoutes: { ...passing.allowedRoutes, kinds: [{ kind: 'TCPRoute' }] } }],
          route('TCPRoute')
        ),
      finds: { hint: containing('give the Gateway a listener for a TCPRoute') }
    },
    {
      name: 'a TLSRoute for TLS that is passed through',
      change: edge => make(edge, [passing], route('TLSRoute', host))
    },
    { name: 'a TCPRoute where TLS ends', change: edge => make(edge, [ending], route('TCPRoute')) },
    { name: 'a TLSRoute where TLS ends', change: edge => make(edge, [ending], route('TLSRoute', host)) }
  ),
  ...of(
    'HEALTH_CHECK_FAILS',
    {
      name: 'a listener of TLS without a route, which gives no answer either: told once',
      change: edge => make(edge, [passing]),
      finds: { hint: 'attach a TLSRoute to Gateway infra/public listener tls' }
    },
    { name: 'one with a route', change: edge => make(edge, [passing], route('TLSRoute', host)) }
  ),
  ...of('TARGET_GIVES_NO_ANSWER', {
    name: 'server names that only a TLSRoute has',
    change: edge => make(edge, [passing], route('TLSRoute', host))
  }),
  ...of(
    'PROXY_PROTOCOL_NOT_READ',
    {
      name: 'a Gateway whose pods are not told',
      change: edge => {
        const { spec } = make(edge, [http], route('HTTPRoute', host))
        spec.infrastructure.annotations[`${prefix}proxy-protocol`] = '*'
      },
      finds: {
        severity: 'error',
        hint: containing('in spec.infrastructure.annotations of Gateway infra/public')
      }
    },
    {
      name: 'a Network Load Balancer of a Gateway before pods that are not told',
      change: edge => {
        leadByGateway(edge, sendsProxy)
        edge.more.push(createDeployment({}))
      },
      finds: {
        object: 'Gateway istio-system/front',
        path: 'spec.listeners.0',
        severity: 'error',
        hint: containing('or take proxy_protocol_v2.enabled out of its TargetGroupConfiguration')
      }
    },
    {
      name: 'one before pods that are told',
      change: edge => {
        leadByGateway(edge, sendsProxy)
        edge.more.push(createDeployment({ gatewayTopology: { proxyProtocol: {} } }))
      }
    },
    {
      name: 'one that sends none',
      change: edge => {
        leadByGateway(edge, [])
        edge.more.push(createDeployment({}))
      }
    },
    {
      name: 'one whose pods are told as the hint says',
      change: edge => {
        const { spec } = make(edge, [http], route('HTTPRoute', host))
        Object.assign(spec.infrastructure.annotations, {
          [`${prefix}proxy-protocol`]: '*',
          'proxy.istio.io/config': readsProxy
        })
      }
    }
  ),
  ...of(
    'STATUS_PORT_PUBLIC',
    {
      name: 'of a Service that Istio makes',
      change: edge => make(edge, [http], route('HTTPRoute', host)),
      finds: { severity: 'info', hint: containing('$patch: delete') }
    },
    {
      name: 'taken out by the parameters',
      change: edge => {
        const service = { spec: { ports: [{ port: 15021, $patch: 'delete' }] } }
        const { spec } = make(edge, [http], route('HTTPRoute', host), parameters(service))
        spec.infrastructure.parametersRef = { group: '', kind: 'ConfigMap', name: 'public' }
      }
    },
    {
      name: 'security groups of its own',
      change: edge => {
        const { spec } = make(edge, [http], route('HTTPRoute', host))
        Object.assign(spec.infrastructure.annotations, {
          [`${prefix}security-groups`]: 'sg-0123456789abcdef0',
          [`${prefix}manage-backend-security-group-rules`]: 'true'
        })
      }
    }
  ),
  ...of(
    'SCHEME_NOT_SAID',
    {
      name: "annotations of the Gateway itself, beside its infrastructure's, which nobody copies",
      change: edge => {
        const gateway = make(edge, [http], route('HTTPRoute', host))
        gateway.metadata.annotations = facing
        gateway.spec.infrastructure.annotations = managed
      },
      finds: { object: 'Service infra/public-istio' }
    },
    {
      name: 'annotations of the Gateway itself, which Istio copies',
      change: edge => {
        const gateway = make(edge, [http], route('HTTPRoute', host))
        gateway.metadata.annotations = facing
        delete gateway.spec.infrastructure
      }
    }
  ),
  ...of(
    'GATEWAY_LISTENER_REFUSED',
    {
      name: 'a protocol in small letters',
      change: edge => make(edge, [{ ...http, protocol: 'http' }], route('HTTPRoute', host)),
      finds: { path: 'spec.listeners.0.protocol', expected: 'HTTP', actual: 'http', hint: 'write protocol: HTTP' }
    },
    {
      name: 'a protocol that Istio does not serve',
      change: edge => make(edge, [http, { name: 'dns', port: 53, protocol: 'UDP' }], route('HTTPRoute', host)),
      finds: { path: 'spec.listeners.1.protocol', actual: 'UDP' }
    },
    {
      name: 'a ListenerSet, and a Gateway that takes none',
      change: edge => make(edge, [http], listenerSet()),
      finds: {
        object: 'ListenerSet shop/team',
        expected: 'from: All',
        actual: 'from: None',
        hint: containing('set spec.allowedListeners.namespaces.from: All on Gateway infra/public')
      }
    },
    {
      name: 'a ListenerSet of another namespace than the one that the Gateway takes them of',
      change: edge => takeSets(edge, 'Same', listenerSet()),
      finds: { actual: 'from: Same' }
    },
    {
      name: 'a listener of a ListenerSet whose place the Gateway has',
      change: edge => takeSets(edge, 'All', listenerSet({ port: 80, hostname: undefined })),
      finds: { object: 'ListenerSet shop/team', path: 'spec.listeners.0', actual: 'Conflicted' }
    },
    {
      name: 'a ListenerSet that the Gateway takes, with another host on its port',
      change: edge =>
        takeSets(edge, 'All', listenerSet({ port: 80 }), route('HTTPRoute', host), {
          ...ofSet('HTTPRoute', ['team.example.com']),
          metadata: { name: 'team', namespace: 'shop' }
        })
    }
  ),
  ...of(
    'ROUTE_NOT_ATTACHED',
    {
      name: 'a route for another host than that of its ListenerSet',
      change: edge => takeSets(edge, 'All', listenerSet(), ofSet('HTTPRoute', ['other.example.com'])),
      finds: { message: containing('no listener of ListenerSet shop/team takes HTTPRoute shop/shop') }
    },
    {
      name: 'a route of a ListenerSet for its host',
      change: edge => takeSets(edge, 'All', listenerSet(), ofSet('HTTPRoute', ['team.example.com']))
    }
  )
]
