import { expect, test } from '@jest/globals'
import { assumeMissing, isAssumed, parseManifests } from '../../../src/resources/index.ts'

const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec:
  gatewayClassName: aws
  infrastructure: { parametersRef: { group: gateway.k8s.aws, kind: LoadBalancerConfiguration, name: edge } }
  listeners: [{ name: LISTENER, port: 80, protocol: PROTOCOL }]
`

function withListener(protocol: string): string {
  return gateway.replace('PROTOCOL', protocol).replace('LISTENER', protocol.toLowerCase())
}

function controllersOf(text: string): unknown[] {
  const { resources } = assumeMissing(parseManifests([{ text, file: 'gateway.yaml' }]))
  return resources.list('GatewayClass').map(({ spec }) => (spec as { controllerName: string }).controllerName)
}

test.each([
  ['HTTP', 'gateway.k8s.aws/alb'],
  ['HTTPS', 'gateway.k8s.aws/alb'],
  ['TCP', 'gateway.k8s.aws/nlb'],
  ['TLS', 'gateway.k8s.aws/nlb']
])('a Gateway with a LoadBalancerConfiguration and a listener of %s gets a class of %s', (protocol, controller) => {
  expect(controllersOf(withListener(protocol))).toEqual([controller])
})

test.each([
  ['whose parameters are another’s', withListener('HTTP').replace('gateway.k8s.aws', 'example.com')],
  [
    'whose class may be any of those that are there',
    `${withListener('HTTP')}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: { name: istio }\nspec: { controllerName: istio.io/gateway-controller }\n`
  ]
])('none is assumed for a Gateway %s', (_, text) => {
  expect(controllersOf(text)).not.toContain('gateway.k8s.aws/alb')
})

test('the OIDC client that a ListenerRuleConfiguration names is assumed once, and told', () => {
  const configuration = `
apiVersion: gateway.k8s.aws/v1
kind: ListenerRuleConfiguration
metadata: { name: NAME, namespace: infra }
spec: { actions: [{ type: authenticate-oidc, authenticateOIDCConfig: { issuer: i, authorizationEndpoint: a, tokenEndpoint: t, userInfoEndpoint: u, secret: { name: client } } }] }
`
  const text = ['one', 'two'].map(name => configuration.replace('NAME', name)).join('---')
  const { resources, assumptions } = assumeMissing(parseManifests([{ text, file: 'rules.yaml' }]))
  expect(resources.list('Secret').map(({ metadata }) => metadata)).toEqual([{ name: 'client', namespace: 'infra' }])
  expect(assumptions).toEqual([
    'Secret infra/client with clientID and clientSecret, as ListenerRuleConfiguration infra/one names it'
  ])
})

test.each([
  ['the node port that its health check was given', '32111', 'instance', 32_111],
  ['none for a port of pods', '15021', 'instance', undefined],
  ['none where pods are the targets', '32111', 'ip', undefined]
])('a Service that stands elsewhere is assumed with %s', (_, port, targetType, nodePort) => {
  const text = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
  namespace: istio-system
  annotations: { alb.ingress.kubernetes.io/healthcheck-port: "${port}", alb.ingress.kubernetes.io/target-type: ${targetType} }
spec:
  ingressClassName: alb
  defaultBackend: { service: { name: istio-ingressgateway, port: { number: 80 } } }
`
  const { resources, assumptions } = assumeMissing(parseManifests([{ text, file: 'edge.yaml' }]))
  const [service] = resources.list('Service')
  const statusPort = service?.spec?.ports?.find(({ name }) => name === 'status-port')
  expect(statusPort?.nodePort === 32_111).toBe(nodePort === 32_111)
  expect(assumptions.join()).toContain(nodePort ? 'status-port at node port 32111' : 'with status-port, http2, https')
})

test.each([
  ['of a Gateway of the controller', 'gateway.k8s.aws/alb', true],
  ['of another Gateway: not', 'istio.io/gateway-controller', false]
])('a Service that stands elsewhere is assumed for a route %s', (_, controllerName, isAssumed) => {
  const text = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: edge }
spec: { controllerName: ${controllerName} }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: edge, listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec: { parentRefs: [{ name: edge }], rules: [{ backendRefs: [{ name: web, port: 8080 }] }] }
`
  const { resources } = assumeMissing(parseManifests([{ text, file: 'edge.yaml' }]))
  expect(resources.find('Service', 'web', 'shop') !== undefined).toBe(isAssumed)
})

const selecting = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec:
  gatewayClassName: istio
  listeners:
    - name: http
      port: 80
      protocol: HTTP
      allowedRoutes: { namespaces: { from: FROM, selector: SELECTOR } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, namespace: shop }
spec: { parentRefs: [{ name: PARENT, namespace: infra }] }
`

function namespacesOf(from: string, selector: string, { parent = 'edge', more = '' } = {}) {
  const text = selecting.replace('FROM', from).replace('SELECTOR', selector).replace('PARENT', parent) + more
  const { resources, assumptions } = assumeMissing(parseManifests([{ text, file: 'gateway.yaml' }]))
  return {
    labels: resources.list('Namespace').map(({ metadata }) => metadata.labels),
    told: assumptions.filter(one => one.startsWith('Namespace'))
  }
}

const named = { 'kubernetes.io/metadata.name': 'shop' }

test.each([
  ['a label', '{ matchLabels: { edge: "true" } }', { ...named, edge: 'true' }],
  [
    'one of several values',
    '{ matchExpressions: [{ key: team, operator: In, values: [a, b] }] }',
    { ...named, team: 'a' }
  ],
  ['a label of any value', '{ matchExpressions: [{ key: team, operator: Exists }] }', { ...named, team: '' }],
  ['no label', '{ matchExpressions: [{ key: team, operator: DoesNotExist }] }', named],
  ['the name of another', '{ matchLabels: { kubernetes.io/metadata.name: other } }', named]
])('a Namespace that is not among the objects has what a Gateway selects by: %s', (_, selector, labels) => {
  expect(namespacesOf('Selector', selector)).toEqual({
    labels: [labels],
    told: [expect.stringContaining('Gateway infra/edge selects by')]
  })
})

test.each([
  ['that is there', 'Selector', { more: '---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n' }, [named]],
  ['whose routes all Gateways take', 'All', {}, []],
  ['whose route names another Gateway', 'Selector', { parent: 'other' }, []]
] as const)('nothing is assumed of a Namespace %s', (_, from, options, labels) => {
  expect(namespacesOf(from, '{ matchLabels: { edge: "true" } }', options)).toEqual({ labels, told: [] })
})

test('a Namespace that is not among the objects has what a listener of a ListenerSet selects by', () => {
  const more = `---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: more, namespace: infra }
spec:
  parentRef: { name: edge }
  listeners:
    - { name: alt, port: 8080, protocol: HTTP, allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { team: a } } } } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: cart, namespace: cart }
spec: { parentRefs: [{ kind: ListenerSet, name: more, namespace: infra }] }
`
  expect(namespacesOf('All', '{}', { more })).toEqual({
    labels: [{ 'kubernetes.io/metadata.name': 'cart', team: 'a' }],
    told: [expect.stringContaining('ListenerSet infra/more selects by')]
  })
})

test('a Namespace that is not among the objects has what the parameters of a class select by', () => {
  const text = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: edge }
spec: { controller: ingress.k8s.aws/alb, parameters: { apiGroup: elbv2.k8s.aws, kind: IngressClassParams, name: edge } }
---
apiVersion: elbv2.k8s.aws/v1beta1
kind: IngressClassParams
metadata: { name: edge }
spec: { namespaceSelector: { matchLabels: { team: web } } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec: { ingressClassName: edge, defaultBackend: { service: { name: shop, port: { number: 80 } } } }
`
  const { resources } = assumeMissing(parseManifests([{ text, file: 'class.yaml' }]))
  expect(resources.list('Namespace').map(({ metadata }) => metadata.labels)).toEqual([{ ...named, team: 'web' }])
})

test.each([
  ['number: 80', ['status-port', 'http2', 'https'], undefined],
  ['name: http', ['status-port', 'http', 'https'], "Istio's own has status-port, http2, https"],
  ['name: https-main', ['status-port', 'http2', 'https-main'], "Istio's own has status-port, http2, https"],
  ['number: 8080', ['status-port', 'http2', 'https', 'port-8080'], "Istio's own has status-port, http2, https"]
])('Istio’s gateway that is not among the objects has the port that an Ingress names: %s', (port, names, told) => {
  const text = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: edge, namespace: istio-system }
spec: { ingressClassName: alb, defaultBackend: { service: { name: istio-ingressgateway, port: { ${port} } } } }
`
  const { resources, assumptions } = assumeMissing(parseManifests([{ text, file: 'edge.yaml' }]))
  const [service] = resources.list('Service')
  expect(service!.spec!.ports!.map(({ name }) => name)).toEqual(names)
  expect(assumptions.find(one => one.startsWith('Service'))?.split('; ')[1]).toBe(told)
})

function servicesOf(actions: string, service: string, more = '') {
  const text = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop, annotations: { alb.ingress.kubernetes.io/actions.split: '${actions}' } }
spec: { ingressClassName: alb, defaultBackend: { service: ${service} } }
${more}`
  const { resources } = assumeMissing(parseManifests([{ text, file: 'web.yaml' }]))
  return resources.list('Service').map(({ metadata, spec }) => [metadata.name, spec?.ports?.map(({ port }) => port)])
}

const split = '{ name: split, port: { name: use-annotation } }'

function forward(...targets: object[]): string {
  return JSON.stringify({ Type: 'forward', ForwardConfig: { TargetGroups: targets } })
}

function serviceNamed(name: string, namespace = 'shop'): string {
  return `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { ports: [{ port: 80 }] }
`
}

test.each<[string, string, string, string, unknown[]]>([
  [
    'that an action forwards to',
    forward(
      { ServiceName: 'blue', ServicePort: '80', Weight: 1 },
      { ServiceName: 'green', ServicePort: 8080, Weight: 1 }
    ),
    split,
    '',
    [
      ['blue', [80]],
      ['green', [8080]]
    ]
  ],
  [
    'beside another of its namespace',
    '{}',
    '{ name: api, port: { number: 80 } }',
    serviceNamed('web'),
    [
      ['web', [80]],
      ['api', [80]]
    ]
  ],
  [
    'but none of another namespace',
    '{}',
    '{ name: api, port: { number: 80 } }',
    serviceNamed('api', 'other'),
    [['api', [80]]]
  ],
  [
    'but none that is misspelt',
    '{}',
    '{ name: fronted, port: { number: 80 } }',
    serviceNamed('frontend'),
    [['frontend', [80]]]
  ],
  ['but none of an action that cannot be read', '{', split, '', []],
  ['but none of an action by ARN', '{"type":"forward","targetGroupARN":"arn:x"}', split, '', []]
])('a Service is assumed %s', (_, actions, service, more, services) => {
  expect(servicesOf(actions, service, more)).toEqual(services)
})

/** The ports of the Service `b` that is assumed for an Ingress with these backends and annotations. */
function assumedPorts(backends: object[], annotations: Record<string, string> = {}): unknown {
  const paths = backends.map((port, index) => ({
    path: `/${index}`,
    pathType: 'Prefix',
    backend: { service: { name: 'b', port } }
  }))
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'a', annotations },
    spec: { ingressClassName: 'alb', rules: [{ http: { paths } }] }
  }
  const { resources } = assumeMissing(parseManifests([{ text: JSON.stringify(ingress), file: 'a.json' }]))
  const [service] = resources.list('Service')
  expect(isAssumed(service!)).toBe(true)
  return service?.spec?.ports?.map(({ name, port, nodePort }) =>
    nodePort === 30_100 ? `${name} ${port} ${nodePort}` : `${name} ${port}`
  )
}

const healthCheckPort = 'alb.ingress.kubernetes.io/healthcheck-port'

test.each<[string, object[], Record<string, string>, string[]]>([
  ['a number', [{ number: 8080 }], {}, ['port-8080 8080']],
  ['two names', [{ name: 'http' }, { name: 'grpc' }, { name: 'http' }], {}, ['http 80', 'grpc 8080']],
  ['a name and the number that it has by custom', [{ name: 'http' }, { number: 80 }], {}, ['http 80']],
  ['a name and a number', [{ name: 'web' }, { number: 80 }], {}, ['web 8080', 'port-80 80']],
  [
    'a health check by name, which is of no gateway',
    [{ number: 80 }],
    { [healthCheckPort]: 'management' },
    ['port-80 80', 'management 8081']
  ],
  ['a status port', [{ number: 80 }], { [healthCheckPort]: 'status-port' }, ['port-80 80', 'status-port 15021']],
  ['a node port', [{ number: 80 }], { [healthCheckPort]: '30100' }, ['port-80 80', 'health 8081 30100']],
  [
    'a node port that tells whether a gateway is ready',
    [{ number: 80 }],
    { [healthCheckPort]: '30100', 'alb.ingress.kubernetes.io/healthcheck-path': '/healthz/ready' },
    ['port-80 80', 'status-port 15021 30100']
  ]
])('a Service is assumed with the ports that are asked for: %s', (_what, backends, annotations, ports) => {
  expect(assumedPorts(backends, annotations)).toEqual(ports)
})
