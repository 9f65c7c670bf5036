import { expect } from '@jest/globals'
import type { Edge, Loose } from '../edge.ts'
import type { RuleCase } from './rules.cases.ts'

const gatewayAPI = 'gateway.networking.k8s.io/v1'
const configurationAPI = 'gateway.k8s.aws/v1'

/** Objects of a well-made Gateway before the edge's Service; a case changes one thing of them. */
interface Objects {
  gatewayClass: Loose
  gateway: Loose
  route: Loose
  targetGroups: Loose
  more: Loose[]
}

/** A ListenerSet of the Gateway, which lets it in: one listener, for HTTP on 8080. */
function addListenerSet({ gateway, more }: Objects, name: string): void {
  gateway.spec.allowedListeners = { namespaces: { from: 'Same' } }
  more.push({
    apiVersion: gatewayAPI,
    kind: 'ListenerSet',
    metadata: { name, namespace: 'istio-system' },
    spec: { parentRef: { name: 'alb' }, listeners: [{ name: 'shop', protocol: 'HTTP', port: 8080 }] }
  })
}

function createObjects(): Objects {
  const namespace = 'istio-system'
  return {
    gatewayClass: {
      apiVersion: gatewayAPI,
      kind: 'GatewayClass',
      metadata: { name: 'aws-alb' },
      spec: { controllerName: 'gateway.k8s.aws/alb' }
    },
    gateway: {
      apiVersion: gatewayAPI,
      kind: 'Gateway',
      metadata: { name: 'alb', namespace },
      spec: { gatewayClassName: 'aws-alb', listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] }
    },
    route: {
      apiVersion: gatewayAPI,
      kind: 'HTTPRoute',
      metadata: { name: 'all', namespace },
      spec: { parentRefs: [{ name: 'alb' }], rules: [{ backendRefs: [{ name: 'gateway', port: 443 }] }] }
    },
    targetGroups: {
      apiVersion: configurationAPI,
      kind: 'TargetGroupConfiguration',
      metadata: { name: 'gateway', namespace },
      spec: {
        targetReference: { name: 'gateway' },
        defaultConfiguration: {
          protocol: 'HTTPS',
          healthCheckConfig: {
            healthCheckProtocol: 'HTTP',
            healthCheckPort: 'status-port',
            healthCheckPath: '/healthz/ready'
          }
        }
      }
    },
    more: []
  }
}

/** A case: the change is of the Gateway's objects, which stand beside the edge's. */
function gatewayCase(
  code: string,
  name: string,
  change: (objects: Objects, edge: Edge) => void,
  finds?: RuleCase['finds']
): RuleCase {
  return {
    code,
    name,
    change(edge) {
      const objects = createObjects()
      change(objects, edge)
      const { more, ...others } = objects
      edge.more.push(...Object.values(others), ...more)
    },
    ...(finds && { finds })
  }
}

function containing(text: string): never {
  return expect.stringContaining(text) as never
}

function configure(objects: Objects, spec: Loose): void {
  objects.gateway.spec.infrastructure = {
    parametersRef: { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'alb' }
  }
  objects.more.push({
    apiVersion: configurationAPI,
    kind: 'LoadBalancerConfiguration',
    metadata: { name: 'alb', namespace: 'istio-system' },
    spec
  })
}

const certificate = 'arn:aws:acm:us-west-2:111122223333:certificate/0a1b2c3d'

function addHTTPS(objects: Objects, spec: Loose = {}): void {
  objects.gateway.spec.listeners.push({ name: 'https', protocol: 'HTTPS', port: 443 })
  configure(objects, {
    listenerConfigurations: [{ protocolPort: 'HTTPS:443', defaultCertificate: certificate }],
    ...spec
  })
}

function authenticate(objects: Objects): void {
  objects.route.spec.rules[0].filters = [
    {
      type: 'ExtensionRef',
      extensionRef: { group: 'gateway.k8s.aws', kind: 'ListenerRuleConfiguration', name: 'login' }
    }
  ]
  objects.more.push({
    apiVersion: configurationAPI,
    kind: 'ListenerRuleConfiguration',
    metadata: { name: 'login', namespace: 'istio-system' },
    spec: {
      actions: [
        {
          type: 'authenticate-cognito',
          authenticateCognitoConfig: { userPoolArn: 'arn:pool', userPoolClientId: 'client', userPoolDomain: 'login' }
        }
      ]
    }
  })
}

function grpcRoute({ route }: Objects): Loose {
  return {
    ...route,
    kind: 'GRPCRoute',
    metadata: { name: 'calls', namespace: 'istio-system' },
    spec: { ...route.spec, parentRefs: [{ name: 'alb', sectionName: 'https' }], hostnames: ['calls.example.com'] }
  }
}

/** Another route of one match, younger than the first. */
function secondRoute({ route }: Objects, match: Loose): Loose {
  return {
    ...route,
    metadata: { name: 'second', namespace: 'istio-system', creationTimestamp: '2026-01-03T00:00:00Z' },
    spec: { ...route.spec, rules: [{ ...route.spec.rules[0], matches: [match] }] }
  }
}

/** Mistakes around Gateways of the AWS Load Balancer Controller, and what is near them and right. */
export const gatewayCases: RuleCase[] = [
  gatewayCase(
    'MODEL_NOT_BUILT',
    'a Gateway whose configuration is not there',
    objects => {
      objects.gateway.spec.infrastructure = {
        parametersRef: { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'gone' }
      }
    },
    { message: containing('Gateway istio-system/alb: LoadBalancerConfiguration.gateway.k8s.aws "gone" not found') }
  ),
  ...(
    [
      ['of another namespace', 'other', 'edge', 'put LoadBalancerConfiguration other/edge into istio-system'],
      ['whose name is misspelt', 'istio-system', 'edges', 'did you mean edges?']
    ] as const
  ).map(([what, namespace, name, hint]) =>
    gatewayCase(
      'MODEL_NOT_BUILT',
      `a Gateway with a configuration ${what}`,
      ({ gateway, more }) => {
        gateway.spec.infrastructure = {
          parametersRef: { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'edge' }
        }
        const metadata = { name, namespace }
        more.push({ apiVersion: 'gateway.k8s.aws/v1beta1', kind: 'LoadBalancerConfiguration', metadata, spec: {} })
      },
      { hint: containing(hint) }
    )
  ),
  gatewayCase(
    'MODEL_NOT_BUILT',
    'a Service without node ports, by instance targets',
    ({ route, targetGroups, more }) => {
      route.spec.rules[0].backendRefs = [{ name: 'inside', port: 80 }]
      targetGroups.spec.targetReference.name = 'inside'
      targetGroups.spec.defaultConfiguration = {}
      const metadata = { name: 'inside', namespace: 'istio-system' }
      more.push({ apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'ClusterIP', ports: [{ port: 80 }] } })
    },
    {
      object: 'Service istio-system/inside',
      path: containing('spec.type'),
      hint: containing('targetType: ip in a TargetGroupConfiguration')
    }
  ),
  gatewayCase(
    'MODEL_NOT_BUILT',
    'a Service without node ports, by a type of targets that is written',
    ({ route, targetGroups, more }) => {
      route.spec.rules[0].backendRefs = [{ name: 'inside', port: 80 }]
      targetGroups.spec.targetReference.name = 'inside'
      targetGroups.spec.defaultConfiguration = { targetType: 'instance' }
      const metadata = { name: 'inside', namespace: 'istio-system' }
      more.push({ apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None', ports: [{ port: 80 }] } })
    },
    {
      object: 'TargetGroupConfiguration istio-system/gateway',
      path: containing('spec.defaultConfiguration.targetType')
    }
  ),
  gatewayCase('MODEL_NOT_BUILT', 'a Gateway with a configuration', objects =>
    configure(objects, { scheme: 'internet-facing' })
  ),
  ...(
    [
      ['a backend without a name', 'backendRefs[0].name: Required value', { backendRefs: [{ port: 80 }] }],
      [
        'a path of a type that is an Ingress’s',
        'matches[0].path.type: Unsupported value: "Prefix": supported values: "Exact", "PathPrefix", "RegularExpression"',
        { matches: [{ path: { type: 'Prefix', value: '/' } }] }
      ],
      [
        'a weight below 0',
        'weight in body should be greater than or equal to 0',
        { backendRefs: [{ name: 'istio-ingressgateway', port: 80, weight: -1 }] }
      ],
      [
        'a status code of no redirect',
        'Unsupported value: "200": supported values: "301", "302", "303", "307", "308"',
        { filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 200 } }] }
      ],
      [
        'a field that rules do not have',
        'strict decoding error: unknown field "spec.rules[0].path"',
        { path: { type: 'PathPrefix', value: '/' } }
      ],
      [
        'a redirect beside backends',
        'spec.rules[0]: Invalid value: RequestRedirect filter must not be used together with backendRefs',
        { filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'other.test' } }] }
      ]
    ] as const
  ).map(([name, words, rule]) =>
    gatewayCase(
      'API_SERVER_REFUSES',
      name,
      ({ route }) => {
        route.spec.rules[0] = { ...route.spec.rules[0], ...rule }
      },
      { message: containing(words), object: 'HTTPRoute istio-system/all' }
    )
  ),
  gatewayCase(
    'API_SERVER_REFUSES',
    'a scheme of no load balancer',
    objects => configure(objects, { scheme: 'public' }),
    {
      message: containing('spec.scheme: Unsupported value: "public": supported values: "internal", "internet-facing"')
    }
  ),
  gatewayCase(
    'API_SERVER_REFUSES',
    'a field by another name',
    objects => configure(objects, { loadbalancerName: 'edge' }),
    { message: containing('unknown field "spec.loadbalancerName"'), hint: 'did you mean loadBalancerName?' }
  ),
  gatewayCase('API_SERVER_REFUSES', 'names that are for whoever writes them', objects =>
    configure(objects, { tags: { loadbalancerName: 'edge' } })
  ),
  gatewayCase('API_SERVER_REFUSES', 'values that the definitions fill in', ({ route }) => {
    route.spec.rules[0] = { backendRefs: route.spec.rules[0].backendRefs, matches: [{ path: { value: '/' } }] }
  }),
  gatewayCase(
    'ROUTE_FILTER_UNSUPPORTED',
    'headers that the load balancer is to set',
    ({ route }) => {
      route.spec.rules[0].filters = [
        { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x', value: 'y' }] } }
      ]
    },
    { actual: 'RequestHeaderModifier', object: 'HTTPRoute istio-system/all' }
  ),
  gatewayCase('ROUTE_FILTER_UNSUPPORTED', 'a redirect', ({ route }) => {
    route.spec.rules[0] = { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }] }
  }),
  gatewayCase('ROUTE_FILTER_UNSUPPORTED', 'on a Gateway of Istio, which knows it', ({ route, gatewayClass }) => {
    gatewayClass.spec.controllerName = 'istio.io/gateway-controller'
    route.spec.rules[0].filters = [{ type: 'RequestHeaderModifier' }]
  }),
  gatewayCase(
    'GATEWAY_LISTENER_REFUSED',
    'a listener of another layer',
    ({ gateway }) => gateway.spec.listeners.push({ name: 'tcp', protocol: 'TCP', port: 9000 }),
    { actual: 'UnsupportedProtocol', message: containing('Unsupported protocol TCP for listener tcp') }
  ),
  gatewayCase('GATEWAY_LISTENER_REFUSED', 'two hostnames on one port', ({ gateway }) => {
    gateway.spec.listeners[0].hostname = 'a.example.com'
    gateway.spec.listeners.push({ name: 'other', protocol: 'HTTP', port: 80, hostname: 'b.example.com' })
  }),
  gatewayCase(
    'ROUTE_NOT_ACCEPTED',
    'hostnames that have nothing in common',
    ({ gateway, route }) => {
      gateway.spec.listeners[0].hostname = '*.example.com'
      route.spec.hostnames = ['example.org']
    },
    { actual: 'NoMatchingListenerHostname', hint: containing('hostname') }
  ),
  gatewayCase(
    'ROUTE_NOT_ACCEPTED',
    'a listener that a ListenerSet does not have, beside a Gateway of its name',
    objects => {
      addListenerSet(objects, 'alb')
      objects.route.spec.parentRefs.push({ kind: 'ListenerSet', name: 'alb', sectionName: 'web' })
    },
    {
      path: containing('spec.parentRefs.1'),
      message: containing('is not accepted by ListenerSet istio-system/alb ('),
      expected: 'a listener that takes it: shop (port 8080)',
      hint: 'name a listener of it: shop (port 8080)'
    }
  ),
  gatewayCase('ROUTE_NOT_ACCEPTED', 'a listener of a ListenerSet', objects => {
    addListenerSet(objects, 'shops')
    objects.route.spec.parentRefs.push({ kind: 'ListenerSet', name: 'shops', sectionName: 'shop' })
  }),
  gatewayCase('ROUTE_NOT_ACCEPTED', "a hostname that the listener's covers", ({ gateway, route }) => {
    gateway.spec.listeners[0].hostname = '*.example.com'
    route.spec.hostnames = ['shop.example.com']
  }),
  gatewayCase('ROUTE_NOT_ACCEPTED', "a route of Istio's Gateway beside it", ({ route }) => {
    route.spec.parentRefs = [{ name: 'mesh-edge' }]
  }),
  ...[
    ['', 'a name of letters, digits and hyphens'],
    ['shop_web', 'a name of letters, digits and hyphens'],
    ['-shop', 'a name without a hyphen first or last'],
    ['a'.repeat(33), 'a name of at most 32 characters']
  ].map(([actual, expected]) =>
    gatewayCase(
      'ANNOTATION_VALUE_REFUSED',
      `a target group called "${actual}"`,
      ({ targetGroups }) => {
        targetGroups.spec.defaultConfiguration.targetGroupName = actual
      },
      {
        object: 'TargetGroupConfiguration istio-system/gateway',
        path: containing('spec.defaultConfiguration.targetGroupName'),
        actual: actual!,
        expected: expected!
      }
    )
  ),
  gatewayCase(
    'HEALTH_CHECK_TIMEOUT_NOT_BELOW_INTERVAL',
    "a Gateway's interval as short as the default time-out",
    ({ targetGroups }) => {
      targetGroups.spec.defaultConfiguration.healthCheckConfig.healthCheckInterval = 5
    },
    {
      object: 'TargetGroupConfiguration istio-system/gateway',
      path: containing('healthCheckConfig'),
      hint: 'set healthCheckTimeout: 4, or raise healthCheckInterval'
    }
  ),
  ...[
    ['an entry for a port that the Gateway has not', 'HTTPS:8443'],
    ['an entry for the other protocol', 'HTTPS:80']
  ].map(([name, protocolPort]) =>
    gatewayCase(
      'LISTENER_ANNOTATION_UNUSED',
      name!,
      ({ gateway, more }) => {
        gateway.spec.infrastructure = {
          parametersRef: { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'edge' }
        }
        more.push({
          apiVersion: configurationAPI,
          kind: 'LoadBalancerConfiguration',
          metadata: { name: 'edge', namespace: 'istio-system' },
          spec: { listenerConfigurations: [{ protocolPort: 'HTTP:80' }, { protocolPort }] }
        })
      },
      { actual: protocolPort!, expected: 'HTTP:80' }
    )
  ),
  gatewayCase('LISTENER_ANNOTATION_UNUSED', 'an entry of a configuration that no Gateway names', ({ more }) => {
    more.push({
      apiVersion: configurationAPI,
      kind: 'LoadBalancerConfiguration',
      metadata: { name: 'edge', namespace: 'istio-system' },
      spec: { listenerConfigurations: [{ protocolPort: 'HTTPS:8443' }] }
    })
  }),
  gatewayCase(
    'ANNOTATION_VALUE_REFUSED',
    'target groups of two routes that are both called shop',
    ({ targetGroups, route, more }) => {
      targetGroups.spec.defaultConfiguration.targetGroupName = 'shop'
      const [rule] = route.spec.rules
      more.push({
        ...route,
        metadata: { ...route.metadata, name: 'other' },
        spec: { ...route.spec, rules: [{ ...rule, matches: [{ path: { type: 'PathPrefix', value: '/other' } }] }] }
      })
    },
    { actual: 'shop', expected: 'a name of its own for each target group, or none' }
  ),
  gatewayCase('ANNOTATION_VALUE_REFUSED', 'a target group called shop', ({ targetGroups }) => {
    targetGroups.spec.defaultConfiguration.targetGroupName = 'shop'
  }),
  gatewayCase(
    'ROUTE_REFERENCE_NOT_RESOLVED',
    'another namespace without a grant',
    ({ route }) => {
      route.metadata.namespace = 'shop'
      route.spec.parentRefs[0].namespace = 'istio-system'
      route.spec.rules[0].backendRefs[0].namespace = 'istio-system'
    },
    undefined
  ),
  gatewayCase(
    'ROUTE_REFERENCE_NOT_RESOLVED',
    'another namespace without a grant, on a listener that takes it',
    ({ gateway, route }) => {
      gateway.spec.listeners[0].allowedRoutes = { namespaces: { from: 'All' } }
      route.metadata.namespace = 'shop'
      route.spec.parentRefs[0].namespace = 'istio-system'
      route.spec.rules[0].backendRefs[0].namespace = 'istio-system'
    },
    { message: containing('RefNotPermitted'), hint: containing('ReferenceGrant') }
  ),
  gatewayCase(
    'AUTHENTICATION_SKIPPED_ON_HTTP',
    'a route on both listeners',
    objects => {
      addHTTPS(objects)
      authenticate(objects)
    },
    { message: containing('authenticates on HTTPS alone') }
  ),
  gatewayCase('AUTHENTICATION_SKIPPED_ON_HTTP', 'a route on the HTTPS listener', objects => {
    addHTTPS(objects)
    authenticate(objects)
    objects.route.spec.parentRefs[0].sectionName = 'https'
  }),
  gatewayCase(
    'GATEWAY_PROTOCOL_VERSION_IGNORED',
    'HTTP/2 behind an HTTP listener',
    ({ targetGroups }) => {
      targetGroups.spec.defaultConfiguration.protocolVersion = 'HTTP2'
    },
    { expected: 'HTTP2', actual: 'HTTP1', object: 'TargetGroupConfiguration istio-system/gateway' }
  ),
  gatewayCase('GATEWAY_PROTOCOL_VERSION_IGNORED', 'HTTP/2 behind an HTTPS listener', objects => {
    addHTTPS(objects)
    objects.route.spec.parentRefs[0].sectionName = 'https'
    objects.targetGroups.spec.defaultConfiguration.protocolVersion = 'HTTP2'
  }),
  gatewayCase(
    'GATEWAY_LISTENER_WITHOUT_ROUTES',
    'a listener that no route names',
    objects => {
      addHTTPS(objects)
      objects.route.spec.parentRefs[0].sectionName = 'http'
    },
    { message: containing('no listener on port 443') }
  ),
  gatewayCase('GATEWAY_LISTENER_WITHOUT_ROUTES', 'two listeners and a route for both', objects => addHTTPS(objects)),
  gatewayCase(
    'GATEWAY_CERTIFICATE_REFS_IGNORED',
    'a Secret as the certificate',
    objects => {
      addHTTPS(objects)
      objects.gateway.spec.listeners[1].tls = { certificateRefs: [{ name: 'tls' }] }
    },
    { hint: containing('defaultCertificate') }
  ),
  gatewayCase('GATEWAY_CERTIFICATE_REFS_IGNORED', 'a certificate in the configuration', objects => addHTTPS(objects)),
  gatewayCase(
    'GATEWAY_PREFIX_LISTS_ADD',
    'prefix lists alone',
    objects => configure(objects, { securityGroupPrefixes: ['pl-0a1b2c3d'] }),
    { actual: '0.0.0.0/0', hint: containing('sourceRanges: []') }
  ),
  gatewayCase('GATEWAY_PREFIX_LISTS_ADD', 'prefix lists with ranges', objects =>
    configure(objects, { securityGroupPrefixes: ['pl-0a1b2c3d'], sourceRanges: [] })
  ),
  gatewayCase(
    'GATEWAY_TAGS_NOT_PASSED_ON',
    'tags of the load balancer',
    objects => configure(objects, { tags: { team: 'edge' } }),
    { severity: 'info', message: containing('do not reach target groups') }
  ),
  gatewayCase('GATEWAY_TAGS_NOT_PASSED_ON', 'the same tags for target groups', objects => {
    configure(objects, { tags: { team: 'edge' } })
    objects.targetGroups.spec.defaultConfiguration.tags = { team: 'edge' }
  }),
  gatewayCase('GATEWAY_PROTOCOL_VERSION_IGNORED', 'a version for routes of another kind', objects => {
    objects.targetGroups.spec.routeConfigurations = [
      { routeIdentifier: { kind: 'GRPCRoute' }, targetGroupProps: { protocolVersion: 'HTTP2' } }
    ]
  }),
  gatewayCase(
    'GATEWAY_PROTOCOL_VERSION_IGNORED',
    'a version for this route',
    objects => {
      objects.targetGroups.spec.routeConfigurations = [
        {
          routeIdentifier: { kind: 'HTTPRoute', namespace: 'istio-system', name: 'all' },
          targetGroupProps: { protocolVersion: 'HTTP2' }
        }
      ]
    },
    { path: 'spec.routeConfigurations.0.targetGroupProps.protocolVersion', actual: 'HTTP1' }
  ),
  gatewayCase(
    'GRPC_WITH_HTTP_HEALTH_CHECK',
    "a GRPCRoute behind the HTTPRoutes' health check",
    objects => {
      addHTTPS(objects)
      objects.more.push(grpcRoute(objects))
    },
    {
      object: 'TargetGroupConfiguration istio-system/gateway',
      actual: '/healthz/ready',
      message: containing('Service istio-system/gateway is gRPC')
    }
  ),
  gatewayCase('GRPC_WITH_HTTP_HEALTH_CHECK', 'a GRPCRoute whose targets speak HTTP/2', objects => {
    addHTTPS(objects)
    objects.more.push(grpcRoute(objects))
    objects.targetGroups.spec.routeConfigurations = [
      { routeIdentifier: { kind: 'GRPCRoute' }, targetGroupProps: { protocolVersion: 'HTTP2' } }
    ]
  }),
  gatewayCase(
    'RULE_SHADOWED',
    'the match of another route',
    objects => {
      objects.route.metadata.creationTimestamp = '2026-01-02T00:00:00Z'
      objects.more.push(secondRoute(objects, { path: { value: '/' } }))
    },
    {
      object: 'HTTPRoute istio-system/second',
      path: 'spec.rules.0.matches.0',
      hint: containing('remove one of the two')
    }
  ),
  gatewayCase('RULE_SHADOWED', 'a longer path of another route', objects => {
    objects.more.push(secondRoute(objects, { path: { value: '/api' } }))
  }),
  gatewayCase(
    'RULE_CONDITION_REFUSED',
    'a path longer than AWS takes',
    objects => {
      objects.route.spec.rules[0].matches = [{ path: { type: 'Exact', value: `/${'a'.repeat(128)}` } }]
    },
    { object: 'HTTPRoute istio-system/all', path: 'spec.rules.0.matches.0', hint: containing('event on the Gateway') }
  ),
  gatewayCase('RULE_CONDITION_REFUSED', 'a path as long as AWS takes', objects => {
    objects.route.spec.rules[0].matches = [{ path: { type: 'Exact', value: `/${'a'.repeat(127)}` } }]
  })
]
