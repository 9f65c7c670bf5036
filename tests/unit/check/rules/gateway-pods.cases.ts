import { expect } from '@jest/globals'
import { annotate, createDeployment, type Loose } from '../edge.ts'
import type { RuleCase } from './rules.cases.ts'

/** Cases of one rule. */
function of(code: string, ...cases: Omit<RuleCase, 'code'>[]): RuleCase[] {
  return cases.map(one => ({ code, ...one }))
}

function policy(source: Loose, selector = { istio: 'ingressgateway' }) {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'office', namespace: 'istio-system' },
    spec: { selector: { matchLabels: selector }, action: 'ALLOW', rules: [{ from: [{ source }] }] }
  }
}

/** The gateway's Deployment with that text as its proxy configuration. */
function configured(text: string) {
  const deployment = createDeployment({})
  deployment.spec.template.metadata.annotations['proxy.istio.io/config'] = text
  return deployment
}

function injected(labels: Record<string, string>, image = 'auto') {
  const deployment = createDeployment({})
  Object.assign(deployment.spec.template.metadata.labels, labels)
  Object.assign(deployment.spec.template, { spec: { containers: [{ name: 'istio-proxy', image }] } })
  return deployment
}

function namespace(labels: Record<string, string>) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system', labels } }
}

function networkPolicy(ingress: Loose, matchLabels: Record<string, string> = {}, name = 'walls') {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'istio-system' },
    spec: { podSelector: { matchLabels }, policyTypes: ['Ingress'], ingress }
  }
}

/** A VirtualService of the gateway that sends to a host. */
function route(host: string) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'istio-system' },
    spec: { hosts: ['*'], gateways: ['public'], http: [{ route: [{ destination: { host, port: { number: 80 } } }] }] }
  }
}

/** A VirtualService of the gateway and of sidecars whose route to a host only sidecars get. */
function routeOfSidecars(host: string) {
  const made: Loose = route(host)
  made.spec.gateways.push('mesh')
  made.spec.http[0].match = [{ gateways: ['mesh'] }]
  return made
}

function application(name: string, ofNamespace: string) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: ofNamespace },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] }
  }
}

function envoyFilter(context: string, labels: Record<string, string>, value = {}) {
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'patch', namespace: 'istio-system' },
    spec: {
      workloadSelector: { labels },
      configPatches: [{ applyTo: 'LISTENER', match: { context }, patch: { operation: 'MERGE', value } }]
    }
  }
}

/** A policy for the gateway that asks `opa`, and the mesh's configuration with some providers. */
function asking(providers?: string[], annotations: Loose = {}): Loose[] {
  const custom = {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'ask', namespace: 'istio-system', annotations },
    spec: { action: 'CUSTOM', provider: { name: 'opa' }, rules: [{}] }
  }
  const extensionProviders = providers?.map(name => ({ name, envoyExtAuthzGrpc: { service: 'opa.auth', port: 9191 } }))
  const mesh = JSON.stringify({ extensionProviders })
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'istio-system' } }
  return [custom, ...(providers ? [{ ...configMap, data: { mesh } }] : [])]
}

/** Rules about the gateway's pods: their proxies, policies and how they end. */
export const gatewayPodCases: RuleCase[] = [
  ...of(
    'POLICY_SEES_LOAD_BALANCER',
    {
      name: 'public addresses as ipBlocks',
      change: ({ more }) => {
        more.push(policy({ ipBlocks: ['203.0.113.0/24'] }))
      },
      finds: { expected: 'remoteIpBlocks', path: 'spec.rules.0.from.0.source.ipBlocks' }
    },
    {
      name: 'public addresses as notIpBlocks',
      change: ({ more }) => {
        more.push(policy({ notIpBlocks: ['198.51.100.7'] }))
      },
      finds: { expected: 'notRemoteIpBlocks' }
    },
    {
      name: 'remoteIpBlocks where the load balancer is trusted',
      change: ({ more }) => {
        more.push(
          policy({ remoteIpBlocks: ['203.0.113.0/24'] }),
          createDeployment({ gatewayTopology: { numTrustedProxies: 1 } })
        )
      }
    },
    {
      name: "the VPC's addresses",
      change: ({ more }) => {
        more.push(policy({ ipBlocks: ['10.0.0.0/16'] }))
      }
    },
    {
      name: 'everybody',
      change: ({ more }) => {
        more.push(policy({ ipBlocks: ['0.0.0.0/0'] }))
      }
    },
    {
      name: 'other pods',
      change: ({ more }) => {
        more.push(policy({ ipBlocks: ['203.0.113.0/24'] }, { istio: 'egressgateway' }))
      }
    }
  ),
  ...of(
    'TRUSTED_PROXIES_TOO_MANY',
    {
      name: 'two behind one load balancer',
      change: ({ more }) => {
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 2 } }))
      },
      finds: { object: 'Deployment istio-system/gateway', expected: 'numTrustedProxies: 1' }
    },
    {
      name: 'one',
      change: ({ more }) => {
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 1 } }))
      }
    },
    {
      name: 'two, and CloudFront alone reaches the load balancer',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'security-group-prefix-lists': 'pl-0a1b2c3d' })
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 2 } }))
      }
    },
    {
      name: 'two behind an internal load balancer',
      change: ({ ingress, more }) => {
        annotate(ingress, { scheme: 'internal' })
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 2 } }))
      }
    }
  ),
  ...of(
    'GRACE_PERIOD_SHORTER_THAN_DRAIN',
    {
      name: "a drain beyond Kubernetes's default",
      change: ({ more }) => {
        more.push(createDeployment({ terminationDrainDuration: '60s' }))
      },
      finds: { actual: '30', hint: expect.stringContaining('70') as never }
    },
    {
      name: 'a grace period that was set too short',
      change: ({ more }) => {
        const deployment = createDeployment({ terminationDrainDuration: '1m' })
        more.push(deployment)
        Object.assign(deployment.spec.template, { spec: { terminationGracePeriodSeconds: 45 } })
      },
      finds: { actual: '45', path: 'spec.template.spec.terminationGracePeriodSeconds' }
    },
    {
      name: 'a longer grace period',
      change: ({ more }) => {
        const deployment = createDeployment({ terminationDrainDuration: '40s' })
        more.push(deployment)
        Object.assign(deployment.spec.template, { spec: { terminationGracePeriodSeconds: 60 } })
      }
    },
    {
      name: 'defaults',
      change: ({ more }) => {
        more.push(createDeployment({}))
      }
    }
  ),
  ...of(
    'PROXY_CONFIG_REFUSED',
    {
      name: 'text that is no YAML',
      change: ({ more }) => {
        more.push(configured('gatewayTopology: {numTrustedProxies: 1'))
      },
      finds: { message: expect.stringContaining('is no YAML') as never }
    },
    {
      name: 'text alone',
      change: ({ more }) => {
        more.push(configured('numTrustedProxies'))
      },
      finds: { expected: 'a mapping' }
    },
    { name: 'no text', change: ({ more }) => void more.push(configured('')) }
  ),
  ...of(
    'PROXY_CONFIG_KEY_UNKNOWN',
    {
      name: 'a member of the topology that is like none of it',
      change: ({ more }) => {
        more.push(configured('gatewayTopology: {hops: 1}'))
      },
      finds: { expected: 'numTrustedProxies or forwardClientCertDetails or proxyProtocol' }
    },
    {
      name: 'a misspelt member of the topology',
      change: ({ more }) => {
        more.push(configured('gatewayTopology:\n  numTrustedProxy: 1'))
      },
      finds: { expected: 'gatewayTopology.numTrustedProxies', actual: 'gatewayTopology.numTrustedProxy' }
    },
    {
      name: 'a member of the topology outside of it',
      change: ({ more }) => {
        more.push(configured('{"numTrustedProxies": 1}'))
      },
      finds: { expected: 'gatewayTopology.numTrustedProxies' }
    },
    {
      name: 'names as the proto has them',
      change: ({ more }) => {
        more.push(configured('gateway_topology: {num_trusted_proxies: 1}'))
      }
    },
    {
      name: 'a key that is not like any other',
      change: ({ more }) => {
        more.push(configured('fileFlushInterval: 1s'))
      }
    }
  ),
  ...of(
    'PROXY_CONFIG_MISPLACED',
    {
      name: 'on the Service',
      change: ({ service }) => {
        service.metadata.annotations['proxy.istio.io/config'] = '{"gatewayTopology":{"numTrustedProxies":1}}'
      },
      finds: { object: 'Service istio-system/gateway' }
    },
    {
      name: 'on the Deployment itself',
      change: ({ more }) => {
        const deployment: Loose = createDeployment({})
        deployment.metadata.annotations = { 'proxy.istio.io/config': 'terminationDrainDuration: 30s' }
        more.push(deployment)
      },
      finds: { object: 'Deployment istio-system/gateway', path: 'metadata.annotations.proxy.istio.io/config' }
    },
    { name: 'on the pods', change: ({ more }) => void more.push(configured('terminationDrainDuration: 30s')) }
  ),
  ...of(
    'GATEWAY_NOT_INJECTED',
    {
      name: 'a namespace that forbids injection',
      change: ({ more }) => {
        more.push(injected({}), namespace({ 'istio-injection': 'disabled' }))
      },
      finds: { object: 'Namespace istio-system' }
    },
    {
      name: 'pods that forbid it',
      change: ({ more }) => {
        more.push(injected({ 'sidecar.istio.io/inject': 'false' }))
      },
      finds: { object: 'Deployment istio-system/gateway' }
    },
    {
      name: 'a namespace without labels',
      change: ({ more }) => {
        more.push(injected({ 'sidecar.istio.io/inject': 'true' }), namespace({}))
      }
    },
    {
      name: 'an image of its own',
      change: ({ more }) => {
        more.push(injected({}, 'docker.io/istio/proxyv2:1.31.0'), namespace({ 'istio-injection': 'disabled' }))
      }
    }
  ),
  ...of(
    'FORWARDED_FOR_WITHOUT_CLIENT',
    {
      name: "the client's port",
      change: ({ ingress, more }) => {
        annotate(ingress, { 'load-balancer-attributes': 'routing.http.xff_client_port.enabled=true' })
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 1 } }))
      },
      finds: { expected: 'routing.http.xff_client_port.enabled=false' }
    },
    {
      name: 'preserve among others',
      change: ({ ingress, more }) => {
        annotate(ingress, {
          'load-balancer-attributes':
            'idle_timeout.timeout_seconds=60, routing.http.xff_header_processing.mode=preserve'
        })
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 1 } }))
      },
      finds: { message: expect.stringContaining('whatever the client writes') as never }
    },
    {
      name: 'remove',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'load-balancer-attributes': 'routing.http.xff_header_processing.mode=remove' })
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 1 } }))
      },
      finds: { message: expect.stringContaining('removes X-Forwarded-For') as never }
    },
    {
      name: 'append',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'load-balancer-attributes': 'routing.http.xff_header_processing.mode=append' })
        more.push(createDeployment({ gatewayTopology: { numTrustedProxies: 1 } }))
      }
    },
    {
      name: 'a gateway that trusts nobody',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'load-balancer-attributes': 'routing.http.xff_client_port.enabled=true' })
        more.push(createDeployment({}))
      }
    }
  ),
  ...of(
    'NETWORK_POLICY_KEEPS_OUT',
    {
      name: 'pods of the namespace alone',
      change: ({ more }) => {
        more.push(networkPolicy([{ from: [{ podSelector: {} }] }]))
      },
      finds: { object: 'NetworkPolicy istio-system/walls', path: 'spec.ingress' }
    },
    {
      name: 'nobody',
      change: ({ more }) => {
        more.push(networkPolicy(undefined))
      },
      finds: { actual: 'nobody' }
    },
    {
      name: 'another port',
      change: ({ more }) => {
        more.push(networkPolicy([{ ports: [{ port: 8080 }] }]))
      },
      finds: { message: expect.stringContaining('port 8443') as never }
    },
    {
      name: 'addresses of the VPC to a range of ports',
      change: ({ more }) => {
        more.push(
          networkPolicy([{ from: [{ ipBlock: { cidr: '10.0.0.0/16' } }], ports: [{ port: 8000, endPort: 9000 }] }])
        )
      }
    },
    {
      name: 'everybody by a second policy',
      change: ({ more }) => {
        more.push(networkPolicy([{ from: [{ podSelector: {} }] }]), networkPolicy([{}], {}, 'gates'))
      }
    },
    {
      name: 'other pods',
      change: ({ more }) => {
        more.push(networkPolicy([], { app: 'database' }))
      }
    }
  ),
  ...of(
    'ROUTE_DESTINATION_NOT_THERE',
    {
      name: "a short name in the gateway's namespace",
      change: ({ more }) => {
        more.push(route('web'), application('web', 'shop'))
      },
      finds: { expected: 'web.shop.svc.cluster.local', actual: 'web' }
    },
    {
      name: 'a misspelt name',
      change: ({ more }) => {
        more.push(route('checkuot.shop.svc.cluster.local'), application('checkout', 'shop'))
      },
      finds: { expected: 'checkout.shop.svc.cluster.local' }
    },
    {
      name: 'the full name',
      change: ({ more }) => {
        more.push(route('web.shop.svc.cluster.local'), application('web', 'shop'))
      }
    },
    {
      name: 'a route that sidecars and the gateway get',
      change: ({ more }) => {
        const made = routeOfSidecars('checkuot.shop.svc.cluster.local')
        made.spec.http[0].match.push({ uri: { prefix: '/pay' } })
        more.push(made, application('checkout', 'shop'))
      },
      finds: { expected: 'checkout.shop.svc.cluster.local' }
    },
    {
      name: 'a route that only sidecars get',
      change: ({ more }) => {
        more.push(routeOfSidecars('checkuot.shop.svc.cluster.local'), application('checkout', 'shop'))
      }
    },
    {
      name: 'a name that differs in its number',
      change: ({ more }) => {
        more.push(route('checkout-v1.shop.svc.cluster.local'), application('checkout-v2', 'shop'))
      }
    },
    {
      name: 'a Service of other files',
      change: ({ more }) => {
        more.push(route('orders.shop.svc.cluster.local'), application('web', 'shop'))
      }
    },
    {
      name: 'a host outside the cluster',
      change: ({ more }) => {
        more.push(route('web.example.com'), application('web', 'shop'))
      }
    }
  ),
  ...of(
    'GATEWAY_FILTER_NOT_EVALUATED',
    {
      name: 'a policy that asks somebody else',
      change: ({ more }) => {
        more.push(...asking(['opa']))
      },
      finds: { severity: 'info', object: 'AuthorizationPolicy istio-system/ask', path: 'spec.provider.name' }
    },
    {
      name: 'one that asks whom the objects do not tell',
      change: ({ more }) => {
        more.push(...asking())
      },
      finds: { severity: 'info', message: expect.stringContaining('which is not among the objects') as never }
    },
    {
      name: 'one that asks whom the mesh does not define',
      change: ({ more }) => {
        more.push(...asking(['opal']))
      },
      finds: { severity: 'error', expected: 'opal', actual: 'opa', hint: 'did you mean opal?' }
    },
    {
      name: 'one that asks on trial',
      change: ({ more }) => {
        more.push(...asking([], { 'istio.io/dry-run': 'true' }))
      }
    },
    {
      name: 'a gateway with a load balancer of its own',
      change: edge => {
        edge.ingress = undefined
        Object.assign(edge.service.spec, { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' })
        edge.more.push(envoyFilter('GATEWAY', { istio: 'ingressgateway' }))
      },
      finds: { severity: 'info', object: 'EnvoyFilter istio-system/patch' }
    },
    {
      name: 'an EnvoyFilter of the gateway',
      change: ({ more }) => {
        more.push(envoyFilter('GATEWAY', { istio: 'ingressgateway' }))
      },
      finds: { severity: 'info', object: 'EnvoyFilter istio-system/patch' }
    },
    {
      name: 'an EnvoyFilter of other pods',
      change: ({ more }) => {
        more.push(envoyFilter('GATEWAY', { istio: 'egressgateway' }))
      }
    },
    {
      name: 'an EnvoyFilter of sidecars',
      change: ({ more }) => {
        more.push(envoyFilter('SIDECAR_INBOUND', {}))
      }
    },
    {
      name: 'an EnvoyFilter that adds the PROXY protocol alone',
      change: ({ more }) => {
        const name = 'envoy.filters.listener.proxy_protocol'
        more.push(envoyFilter('GATEWAY', { istio: 'ingressgateway' }, { listener_filters: [{ name }] }))
      }
    }
  ),
  ...of(
    'GATEWAY_CREDENTIAL_MISSING',
    {
      name: 'a credential of another namespace',
      change: ({ gateway }) => {
        gateway.spec.servers[0].tls.credentialName = 'certificates/edge'
      },
      finds: { expected: 'istio-system/edge', actual: 'certificates/edge' }
    },
    {
      name: "a credential of the pods' own namespace",
      change: ({ gateway }) => {
        gateway.spec.servers[0].tls.credentialName = 'istio-system/edge'
      }
    }
  ),
  ...of(
    'READINESS_GATE_MISSING',
    {
      name: 'a namespace without the label',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'target-type': 'ip' })
        more.push(namespace({}))
      },
      finds: { severity: 'info', object: 'Namespace istio-system' }
    },
    {
      name: 'a namespace with the label',
      change: ({ ingress, more }) => {
        annotate(ingress, { 'target-type': 'ip' })
        more.push(namespace({ 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' }))
      }
    },
    {
      name: 'nodes as targets',
      change: ({ more }) => {
        more.push(namespace({}))
      }
    },
    { name: 'a namespace of other files', change: ({ ingress }) => annotate(ingress, { 'target-type': 'ip' }) }
  )
]
