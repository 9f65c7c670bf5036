import { expect } from '@jest/globals'
import { annotate, createDeployment, type Edge, type Loose } from '../edge.ts'
import type { RuleCase } from './rules.cases.ts'

/** Cases of one rule. */
function of(code: string, ...cases: Omit<RuleCase, 'code'>[]): RuleCase[] {
  return cases.map(one => ({ code, ...one }))
}

function virtualService(spec: Loose, namespace = 'istio-system') {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace },
    spec: {
      hosts: ['*'],
      gateways: ['istio-system/public'],
      http: [{ route: [{ destination: { host: 'web' } }] }],
      ...spec
    }
  }
}

/** TLS for one host passed through, from a Network Load Balancer on. */
function passThrough(edge: Edge): void {
  edge.ingress = undefined
  Object.assign(edge.service.spec, { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' })
  const port = { number: 443, name: 'tls', protocol: 'TLS' }
  edge.gateway.spec.servers = [{ port, hosts: ['shop.example.com'], tls: { mode: 'PASSTHROUGH' } }]
}

const toWeb = [{ destination: { host: 'web' } }]
/** The routes of a VirtualService by the server name of connections. */
const passed = {
  hosts: ['shop.example.com'],
  http: undefined,
  tls: [{ match: [{ sniHosts: ['shop.example.com'] }], route: toWeb }]
}

function onPort(port: number): Loose {
  return { hosts: ['shop.example.com'], http: [{ match: [{ port }], route: toWeb }, { route: toWeb }] }
}

/** A second Gateway for the same pods, whose name stands behind that of the edge's own. */
function secondGateway(server: Loose, selector = { istio: 'ingressgateway' }) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'second', namespace: 'istio-system' },
    spec: {
      selector,
      servers: [
        {
          port: { number: 443, name: 'https', protocol: 'HTTPS' },
          hosts: ['shop.example.com'],
          tls: { mode: 'SIMPLE', credentialName: 'edge-certificate' },
          ...server
        }
      ]
    }
  }
}

function waiting(timeout: string) {
  return virtualService({ http: [{ timeout, route: [{ destination: { host: 'web' } }] }] })
}

function budget(selector: Record<string, string>) {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'gateway', namespace: 'istio-system' },
    spec: { maxUnavailable: 1, selector: { matchLabels: selector } }
  }
}

function scaler(minReplicas?: number) {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'gateway', namespace: 'istio-system' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'gateway' },
      ...(minReplicas && { minReplicas }),
      maxReplicas: 5
    }
  }
}

/** A VirtualService whose entries take requests by prefixes, all rewritten to one path. */
function rewritten(entries: string[][], uri: string) {
  return virtualService({
    http: entries.map(prefixes => ({
      match: prefixes.map(prefix => ({ uri: { prefix } })),
      rewrite: { uri },
      route: [{ destination: { host: 'cart.shop.svc.cluster.local' } }]
    }))
  })
}

/** Cases of rules on what Gateways and VirtualServices make of one another, and of the gateway's pods. */
export const gatewayRoutingCases: RuleCase[] = [
  ...of(
    'GATEWAY_SERVER_LEFT_OUT',
    {
      name: 'a second server for every host',
      change: ({ more }) => more.push(secondGateway({ hosts: ['shop.example.com', '*'] })),
      finds: { object: 'Gateway istio-system/second', path: 'spec.servers.0' }
    },
    { name: 'a second server for a host of its own', change: ({ more }) => more.push(secondGateway({})) },
    {
      name: 'another server of the same Gateway for one host of two',
      change: edge => {
        const [server] = edge.gateway.spec.servers
        const port = { ...server.port, name: 'https-www' }
        edge.gateway.spec.servers.push({ ...server, port, hosts: ['*', 'www.example.com'] })
        edge.more.push(virtualService({ hosts: ['www.example.com'] }))
      },
      finds: {
        severity: 'warning',
        path: 'spec.servers.1',
        message: expect.stringContaining('a server before it has the host * too') as never,
        hint: 'give each host to one server of the port'
      }
    },
    {
      name: 'one server name under two namespaces, which Envoy refuses',
      change: ({ more }) =>
        more.push(secondGateway({ hosts: ['shop/a.example.com'] }), {
          ...secondGateway({ hosts: ['a.example.com'] }),
          metadata: { name: 'third', namespace: 'istio-system' }
        }),
      finds: {
        severity: 'error',
        object: 'Gateway istio-system/third',
        path: 'spec.servers.0',
        hint: expect.stringContaining('leave a.example.com to one server') as never
      }
    },
    {
      name: 'behind a Network Load Balancer',
      change: edge => {
        edge.ingress = undefined
        edge.service.spec.type = 'LoadBalancer'
        edge.service.spec.loadBalancerClass = 'service.k8s.aws/nlb'
        edge.gateway.spec.servers[0].hosts = ['shop.example.com']
        edge.more.push(
          secondGateway({ hosts: ['shop.example.com', 'www.example.com'] }),
          virtualService({ hosts: ['www.example.com'], gateways: ['istio-system/second'] })
        )
      },
      finds: {
        severity: 'error',
        object: 'Gateway istio-system/second',
        message: expect.stringContaining('www.example.com gets no answer behind Service istio-system/gateway') as never
      }
    },
    {
      name: 'the same host on the plain port',
      change: ({ more }) => {
        more.push({
          ...secondGateway({}),
          spec: {
            selector: { istio: 'ingressgateway' },
            servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }]
          }
        })
      }
    }
  ),
  ...of(
    'REWRITE_DOUBLES_SLASH',
    {
      name: 'a prefix without a slash that becomes one',
      change: ({ more }) => more.push(rewritten([['/cart']], '/')),
      finds: { path: 'spec.http.0.rewrite.uri', message: expect.stringContaining('/cart/x becomes //x') as never }
    },
    {
      name: 'two prefixes of one entry',
      change: ({ more }) => more.push(rewritten([['/cart', '/basket/']], '/')),
      finds: { actual: 'prefix: /cart, rewrite: /' }
    },
    {
      name: 'the prefix with its slash before',
      change: ({ more }) => more.push(rewritten([['/cart/', '/cart']], '/'))
    },
    { name: 'the same in an entry before', change: ({ more }) => more.push(rewritten([['/cart/'], ['/cart']], '/')) },
    { name: 'another prefix without a slash', change: ({ more }) => more.push(rewritten([['/cart']], '/basket')) },
    { name: 'a prefix that is a slash itself', change: ({ more }) => more.push(rewritten([['/']], '/v2/')) }
  ),
  ...of(
    'VIRTUAL_SERVICE_HOST_NOT_SERVED',
    {
      name: 'a host that the Gateway has not',
      change: ({ gateway, more }) => {
        gateway.spec.servers[0].hosts = ['*.example.com']
        more.push(virtualService({ hosts: ['shop.example.org'] }))
      },
      finds: { expected: '*.example.com', actual: 'shop.example.org' }
    },
    {
      name: 'a host of another namespace',
      change: ({ gateway, more }) => {
        gateway.spec.servers[0].hosts = ['shop/*']
        more.push(virtualService({ hosts: ['shop.example.com'] }, 'team'))
      },
      finds: { object: 'VirtualService team/web' }
    },
    {
      name: 'one host of two, on a gateway that passes TLS through',
      change: edge => {
        passThrough(edge)
        edge.more.push(virtualService({ ...passed, hosts: ['shop.example.com', 'old.example.com'] }))
      },
      finds: { path: 'spec.hosts.1', actual: 'old.example.com' }
    },
    {
      name: 'tls routes for a server that ends TLS',
      change: ({ more }) => {
        more.push(virtualService(passed))
      },
      finds: {
        path: 'spec.tls',
        actual: 'HTTPS:443 (SIMPLE)',
        hint: expect.stringContaining('write them under spec.http') as never
      }
    },
    {
      name: 'http routes for a server that passes TLS through',
      change: edge => {
        passThrough(edge)
        edge.more.push(virtualService({ hosts: ['shop.example.com'] }))
      },
      finds: { path: 'spec.http', hint: expect.stringContaining('let the server end TLS') as never }
    },
    {
      name: 'a port that no server has',
      change: ({ more }) => {
        more.push(virtualService(onPort(8443)))
      },
      finds: { path: 'spec.http.0.match.0.port', expected: '443', actual: '8443' }
    },
    {
      name: 'the port of a server',
      change: ({ more }) => {
        more.push(virtualService(onPort(443)))
      }
    },
    {
      name: 'tls routes for a server that passes TLS through',
      change: edge => {
        passThrough(edge)
        edge.more.push(virtualService(passed))
      }
    },
    {
      name: 'a port and routes for sidecars too',
      change: ({ more }) => {
        more.push(virtualService({ ...onPort(8443), tls: passed.tls, gateways: ['mesh', 'public'] }))
      }
    },
    {
      name: 'a host of the mesh beside the one of the Gateway',
      change: ({ gateway, more }) => {
        gateway.spec.servers[0].hosts = ['shop.example.com', '*.example.org']
        more.push(virtualService({ hosts: ['shop.example.com', 'web.shop.svc.cluster.local'] }))
      }
    },
    {
      name: 'one of two Gateways has it',
      change: ({ gateway, more }) => {
        gateway.spec.servers[0].hosts = ['*.example.com']
        more.push(
          secondGateway({ hosts: ['shop.example.org'] }),
          virtualService({ hosts: ['shop.example.org'], gateways: ['public', 'second'] })
        )
      }
    },
    {
      name: 'one of its Gateways stands in other files',
      change: ({ gateway, more }) => {
        gateway.spec.servers[0].hosts = ['*.example.com']
        more.push(virtualService({ hosts: ['shop.example.org'], gateways: ['public', 'elsewhere/other'] }))
      }
    },
    { name: 'every host', change: ({ more }) => more.push(virtualService({ hosts: ['shop.example.org'] })) },
    {
      name: 'exported to its own namespace alone, which is not that of the pods',
      change: ({ more }) => more.push(virtualService({ hosts: ['shop.example.org'], exportTo: ['.'] }, 'shop')),
      finds: { path: 'spec.exportTo', expected: 'istio-system', actual: '.' }
    },
    {
      name: 'exported to its own namespace, which is that of the pods',
      change: ({ more }) => more.push(virtualService({ hosts: ['shop.example.org'], exportTo: ['.'] }))
    },
    {
      name: 'exported to the namespace of the pods',
      change: ({ more }) =>
        more.push(virtualService({ hosts: ['shop.example.org'], exportTo: ['.', 'istio-system'] }, 'shop'))
    },
    {
      name: 'a Gateway by the old way to write its namespace',
      change: ({ more }) =>
        more.push(
          virtualService({ hosts: ['shop.example.org'], gateways: ['public.istio-system.svc.cluster.local'] }, 'shop')
        )
    }
  ),
  ...of(
    'ROUTE_TIMEOUT_ABOVE_IDLE_TIMEOUT',
    {
      name: 'longer than the default',
      change: ({ more }) => more.push(waiting('2m')),
      finds: { expected: 'at most 60s', actual: '2m' }
    },
    {
      name: 'longer than what is set',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=30' })
        more.push(waiting('45s'))
      },
      finds: { expected: 'at most 30s' }
    },
    {
      name: 'as long as what is set',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=120' })
        more.push(waiting('120s'))
      }
    },
    {
      name: 'a route of another Gateway',
      change: ({ more }) =>
        more.push({ ...waiting('2m'), spec: { ...waiting('2m').spec, gateways: ['mesh'], hosts: ['web'] } })
    }
  ),
  ...of(
    'GATEWAY_WITHOUT_SPARE',
    {
      name: 'one replica',
      change: ({ more }) => more.push(createDeployment({}, { replicas: 1 })),
      finds: { severity: 'info', object: 'Deployment istio-system/gateway' }
    },
    {
      name: 'an autoscaler that starts with one',
      change: ({ more }) => more.push(createDeployment({}, { replicas: 3 }), scaler()),
      finds: { object: 'Deployment istio-system/gateway' }
    },
    {
      name: 'a Deployment that says nothing',
      change: ({ more }) => more.push({ ...createDeployment({}, {}), spec: undefined })
    },
    { name: 'two replicas', change: ({ more }) => more.push(createDeployment({}, { replicas: 2 })) },
    {
      name: 'one replica with a budget',
      change: ({ more }) => more.push(createDeployment({}, { replicas: 1 }), budget({ istio: 'ingressgateway' }))
    },
    {
      name: 'an autoscaler that starts with two',
      change: ({ more }) => more.push(createDeployment({}, { replicas: 1 }), scaler(2))
    }
  )
]
