import { expect } from '@jest/globals'
import { annotate, createIngress, type Edge, path } from '../edge.ts'
import type { RuleCase } from './rules.cases.ts'

const code = 'API_SERVER_REFUSES'

/** One refusal: what is done to the edge, and the server's words. */
function refused(name: string, words: string, change: (edge: Edge) => void): RuleCase {
  return { code, name, change, finds: { severity: 'error', message: expect.stringContaining(words) as never } }
}

function taken(name: string, change: (edge: Edge) => void): RuleCase {
  return { code, name, change }
}

const pathField = 'spec.rules[0].http.paths[0]'

const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges'

/** The gateway's Service as one with a load balancer of its own, inside. */
function balance({ service }: Edge, spec: object, ranges?: string): void {
  Object.assign(service.spec, { type: 'LoadBalancer', loadBalancerClass: 'service.k8s.aws/nlb' }, spec)
  Object.assign(service.metadata.annotations, {
    'service.beta.kubernetes.io/aws-load-balancer-target-group-attributes': 'preserve_client_ip.enabled=false',
    'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal',
    ...(ranges !== undefined && { [rangesAnnotation]: ranges })
  })
}

const sourceRanges: RuleCase[] = [
  refused(
    'an address for a range',
    'spec.LoadBalancerSourceRanges[1]: Invalid value: "203.0.113.7": must be a valid CIDR value',
    edge => balance(edge, { loadBalancerSourceRanges: ['10.0.0.0/8', '203.0.113.7'] })
  ),
  refused('an address for a range, in the annotation', `${rangesAnnotation}: Invalid value: "203.0.113.7"`, edge =>
    balance(edge, {}, '10.0.0.0/8, 203.0.113.7')
  ),
  refused('a mask that is too long', 'Invalid value: "10.0.0.0/33"', edge => balance(edge, {}, '10.0.0.0/33')),
  refused('ranges without a load balancer', `${rangesAnnotation}: Forbidden`, ({ service }) => {
    service.metadata.annotations[rangesAnnotation] = '10.0.0.0/8'
  }),
  taken('ranges with spaces and bits beyond the mask', edge =>
    balance(edge, { loadBalancerSourceRanges: [' 10.0.0.1/8 ', '010.0.0.0/8'] })
  ),
  taken('an annotation that the field overrides', edge =>
    balance(edge, { loadBalancerSourceRanges: ['10.0.0.0/8'] }, '203.0.113.7')
  )
]

const ingresses: RuleCase[] = [
  refused('no pathType', `${pathField}.pathType: Required value: pathType must be specified`, ({ ingress }) => {
    delete ingress.spec.rules[0].http.paths[0].pathType
  }),
  refused('no pathType, twice, which is one cause', `, and spec.rules[1].http.paths[0].pathType too`, ({ ingress }) => {
    ingress.spec.rules.unshift({ host: 'a.example.com', http: { paths: [path('/a', 'gateway', 443)] } })
    for (const rule of ingress.spec.rules) {
      delete rule.http.paths[0].pathType
    }
  }),
  refused('a pathType of no kind', 'Unsupported value: "prefix": supported values: "Exact"', ({ ingress }) => {
    ingress.spec.rules[0].http.paths[0].pathType = 'prefix'
  }),
  refused(
    'a path without slash',
    `${pathField}.path: Invalid value: "api": must be an absolute path`,
    ({ ingress }) => {
      ingress.spec.rules[0].http.paths[0].path = 'api'
    }
  ),
  refused(
    'a pattern without slash, of a type that takes none',
    `${pathField}.path: Invalid value: "*": must be an absolute path`,
    ({ ingress }) => {
      ingress.spec.rules[0].http.paths[0].path = '*'
    }
  ),
  refused('a path with two slashes', "must not contain '//'", ({ ingress }) => {
    ingress.spec.rules[0].http.paths[0].path = '/a//b'
  }),
  refused('a port by name and number', 'cannot set both port name & port number', ({ ingress }) => {
    ingress.spec.rules[0].http.paths[0].backend.service.port.name = 'https'
  }),
  refused(
    'a port by neither',
    `${pathField}.backend: Required value: port name or number is required`,
    ({ ingress }) => {
      ingress.spec.rules[0].http.paths[0].backend.service.port = {}
    }
  ),
  refused('a number as the name of a port', 'must contain at least one letter (a-z)', ({ ingress }) => {
    ingress.spec.rules[0].http.paths[0].backend.service.port = { name: '443' }
  }),
  refused('a backend of nothing', `${pathField}.backend: Invalid value: "": resource or service`, ({ ingress }) => {
    ingress.spec.rules[0].http.paths[0].backend = {}
  }),
  refused('a host in upper case', 'spec.rules[0].host: Invalid value: "Shop.example.com"', ({ ingress }) => {
    ingress.spec.rules[0].host = 'Shop.example.com'
  }),
  refused('a host with a port', 'Invalid value: "shop.example.com:8080"', ({ ingress }) => {
    ingress.spec.rules[0].host = 'shop.example.com:8080'
  }),
  refused('an address as host', 'must be a DNS name, not an IP address', ({ ingress }) => {
    ingress.spec.rules[0].host = '10.0.0.1'
  }),
  refused('two stars in a host', "a wildcard DNS-1123 subdomain must start with '*.'", ({ ingress }) => {
    ingress.spec.rules[0].host = '*.*.example.com'
  }),
  refused('a host of TLS in upper case', 'spec.tls[0].hosts[0]: Invalid value', ({ ingress }) => {
    ingress.spec.tls = [{ hosts: ['Shop.example.com'] }]
  }),
  refused('no rules', 'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified', ({ more }) => {
    more.push(createIngress('empty', {}, []))
  }),
  refused('a rule without paths', 'spec.rules[1].http.paths: Required value', ({ ingress }) => {
    ingress.spec.rules.push({ host: 'a.example.com', http: { paths: [] } })
  }),
  refused('the fields of v1beta1', 'unknown field "spec.rules[0].http.paths[0].backend.serviceName"', ({ ingress }) => {
    ingress.spec.backend = { serviceName: 'gateway', servicePort: 443 }
    ingress.spec.rules = [{ http: { paths: [{ path: '/*', backend: { serviceName: 'gateway', servicePort: 443 } }] } }]
  }),
  refused('a misspelt field', 'strict decoding error: unknown field "spec.ingressClasName"', ({ ingress }) => {
    ingress.spec.ingressClasName = 'alb'
  }),
  refused('two classes', 'must match `ingressClassName` when both are specified', ({ ingress }) => {
    ingress.metadata.annotations['kubernetes.io/ingress.class'] = 'nginx'
  }),
  refused('a class without a controller', 'spec.controller: Required value', ({ more }) => {
    more.push({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'alb' }, spec: {} })
  }),
  taken('an empty path that the controller reads', ({ ingress }) => {
    ingress.spec.rules[0].http.paths[0] = { ...path('', 'gateway', 443), pathType: 'ImplementationSpecific' }
  }),
  taken('one class, said twice', ({ ingress }) => {
    ingress.metadata.annotations['kubernetes.io/ingress.class'] = 'alb'
  }),
  taken('a wildcard host', ({ ingress }) => {
    ingress.spec.rules[0].host = '*.shop.example.com'
  }),
  taken('a star in a path of the controller', ({ ingress }) => {
    ingress.spec.rules[0].http.paths[0] = { ...path('/a/*', 'gateway', 443), pathType: 'ImplementationSpecific' }
  }),
  taken('a default backend alone', ({ ingress }) => {
    ingress.spec = { ingressClassName: 'alb', defaultBackend: path('/', 'gateway', 443).backend }
  }),
  taken('an Ingress of a version that is gone', ({ ingress }) => {
    ingress.apiVersion = 'networking.k8s.io/v1beta1'
    delete ingress.spec.rules[0].http.paths[0].pathType
  })
]

const services: RuleCase[] = [
  refused(
    'a node port out of range',
    'spec.ports[1].nodePort: Invalid value: 8080: provided port is not',
    ({ service }) => {
      service.spec.ports[1].nodePort = 8080
    }
  ),
  refused(
    'a node port of ClusterIP',
    "Forbidden: may not be used when `type` is 'ClusterIP'",
    ({ ingress, service }) => {
      annotate(ingress, { 'target-type': 'ip' })
      service.spec.type = 'ClusterIP'
    }
  ),
  refused('several ports and one without name', 'spec.ports[1].name: Required value', ({ service }) => {
    delete service.spec.ports[1].name
  }),
  refused('one name twice', 'spec.ports[1].name: Duplicate value: "https"', ({ service }) => {
    service.spec.ports[1].name = 'https'
    service.spec.ports.reverse()
  }),
  refused('one port twice', 'spec.ports[2]: Duplicate value: "TCP/80"', ({ service }) => {
    service.spec.ports[2].port = 80
  }),
  refused('a port with underscores in its name', 'a lowercase RFC 1123 label', ({ service }) => {
    service.spec.ports[1].name = 'http_2'
  }),
  refused(
    'a quoted target port',
    'spec.ports[1].targetPort: Invalid value: "8080": must contain at least one letter',
    ({ service }) => {
      service.spec.ports[1].targetPort = '8080'
    }
  ),
  refused(
    'a protocol in lower case',
    'Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
    ({ service }) => {
      service.spec.ports[1].protocol = 'tcp'
    }
  ),
  refused('a type of no kind', 'spec.type: Unsupported value: "Nodeport"', ({ service }) => {
    service.spec.type = 'Nodeport'
  }),
  refused(
    'a traffic policy of ClusterIP',
    'may only be set for externally-accessible services',
    ({ ingress, service }) => {
      annotate(ingress, { 'target-type': 'ip' })
      service.spec.type = 'ClusterIP'
      service.spec.externalTrafficPolicy = 'Local'
      for (const port of service.spec.ports) {
        delete port.nodePort
      }
    }
  ),
  refused('no ports', 'spec.ports: Required value', ({ more }) => {
    more.push({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'none' }, spec: { selector: { app: 'a' } } })
  }),
  refused('a name that begins with a digit', 'a DNS-1035 label must consist of', ({ more }) => {
    more.push({ apiVersion: 'v1', kind: 'Service', metadata: { name: '2048' }, spec: { ports: [{ port: 80 }] } })
  }),
  taken('a headless Service without ports', ({ more }) => {
    more.push({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'none' }, spec: { clusterIP: 'None' } })
  }),
  taken('one port over TCP and UDP', ({ more }) => {
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' }
    ]
    more.push({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'dns' }, spec: { ports } })
  }),
  taken('a Service of Knative, which is another kind', ({ more }) => {
    more.push({
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: 'a' },
      spec: { template: {} }
    })
  })
]

const duplicates: RuleCase[] = [
  {
    code: 'DUPLICATE_KEY',
    name: 'an annotation that is written twice',
    change: () => {},
    rewrite: text =>
      text.replace('"annotations":{', '"annotations":{\n"alb.ingress.kubernetes.io/scheme":"internal",\n'),
    finds: { severity: 'warning', line: 3, actual: 'internet-facing' }
  },
  { code: 'DUPLICATE_KEY', name: 'every key once', change: () => {} }
]

/** The first object of a list once more, ahead of the list, and a little different. */
function twice(change: (object: { metadata: { labels?: object } }) => void): (text: string) => string {
  return text => {
    const list = JSON.parse(text) as { items: { metadata: { labels?: object } }[] }
    const first = structuredClone(list.items[0]!)
    change(first)
    return JSON.stringify({ ...list, items: [first, ...list.items] })
  }
}

const definitions: RuleCase[] = [
  {
    code: 'OBJECT_DEFINED_TWICE',
    name: 'a document that was copied',
    change: () => {},
    rewrite: twice(object => {
      object.metadata.labels = { copy: 'first' }
    }),
    finds: { severity: 'warning', actual: 'another on line 1' }
  },
  { code: 'OBJECT_DEFINED_TWICE', name: 'the same document twice', change: () => {}, rewrite: twice(() => {}) }
]

const variables: RuleCase[] = [
  {
    code: 'VARIABLE_NOT_REPLACED',
    name: 'variables of envsubst and Flux, told once a file, and not what they lead to',
    change: ({ ingress, service }) => {
      ingress.spec.rules[0].host = '*.${domain}'
      annotate(ingress, { scheme: '${SCHEME:=internal}', 'certificate-arn': '${CERTIFICATE}' })
      service.metadata.labels = { env: '${env}' }
    },
    finds: {
      actual: '${SCHEME}',
      message: expect.stringContaining('${SCHEME}, ${CERTIFICATE}, ${domain}, ${env} in Ingress') as never,
      hint: expect.stringContaining('envsubst < edge.json') as never
    }
  },
  {
    code: 'VARIABLE_NOT_REPLACED',
    name: 'what the load balancer replaces, and a note of another tool',
    change: ({ ingress }) => {
      ingress.metadata.annotations['nginx.ingress.kubernetes.io/configuration-snippet'] = 'return 301 ${host};'
      const redirectConfig = { host: '#{host}', path: '/#{path}', protocol: 'HTTPS', statusCode: 'HTTP_301' }
      annotate(ingress, { 'actions.to': JSON.stringify({ type: 'redirect', redirectConfig }) })
    }
  },
  ...['API_SERVER_REFUSES', 'MODEL_NOT_BUILT', 'ANNOTATION_VALUE_REFUSED'].map(code => ({
    code,
    name: 'a text that something is to replace',
    change: ({ ingress }: Edge) => {
      ingress.spec.rules[0].host = '${HOST}'
      annotate(ingress, { scheme: '${SCHEME}', 'certificate-arn': '${CERTIFICATE}' })
    }
  }))
]

function params(spec: Record<string, unknown>) {
  return { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'IngressClassParams', metadata: { name: 'alb' }, spec }
}

function binding(name: string, spec: Record<string, unknown> = {}) {
  return {
    apiVersion: 'elbv2.k8s.aws/v1beta1',
    kind: 'TargetGroupBinding',
    metadata: { name, namespace: 'istio-system' },
    spec: {
      serviceRef: { name: 'gateway', port: 443 },
      targetGroupARN: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/edge/0123456789abcdef',
      ...spec
    }
  }
}

function route(apiVersion: string, kind: string) {
  return {
    apiVersion,
    kind,
    metadata: { name: 'web', namespace: 'istio-system' },
    spec: { parentRefs: [{ name: 'other' }], rules: [{ backendRefs: [{ name: 'gateway', port: 443 }] }] }
  }
}

const unknownKeys: RuleCase[] = [
  refused(
    'misspelt parameters of a class',
    'unknown field "spec.certificateARN", unknown field "spec.inboundCidrs"',
    ({ more }) => {
      more.push(params({ certificateARN: [], inboundCidrs: ['10.0.0.0/8'] }))
    }
  ),
  taken('parameters of a class', ({ more }) => {
    more.push(params({ certificateArn: [], inboundCIDRs: ['10.0.0.0/8'], group: { name: 'a' } }))
  }),
  refused('a scheme of parameters that is none', 'spec.scheme: Unsupported value: "public"', ({ more }) => {
    more.push(params({ scheme: 'public' }))
  }),
  refused('both spellings of prefix lists', "cannot specify both 'prefixListsIDs' and", ({ more }) => {
    more.push(params({ prefixListsIDs: ['pl-1'], PrefixListsIDs: ['pl-2'] }))
  }),
  refused(
    'an address in the ranges of parameters',
    `webhook refuses IngressClassParams alb: spec.inboundCIDRs[1]: Invalid value: "2001:db8::1": Could not be parsed as a CIDR (did you mean "2001:db8::1/64")`,
    ({ more }) => {
      more.push(params({ inboundCIDRs: ['10.0.0.0/8', '2001:db8::1'] }))
    }
  ),
  refused(
    'subnets of parameters by their IDs and their tags',
    'spec.subnets.tags: Forbidden: may not have both `ids` and `tags` set',
    ({ more }) => {
      more.push(params({ subnets: { ids: ['subnet-0a1b2c3d'], tags: { tier: ['public'] } } }))
    }
  ),
  taken('parameters of EKS Auto Mode, which have another definition', ({ more }) => {
    more.push({ ...params({ scheme: 'internal', subnets: {} }), apiVersion: 'eks.amazonaws.com/v1' })
  }),
  refused('a protocol in small letters', 'spec.targetGroupProtocol: Unsupported value: "tcp"', ({ more }) => {
    more.push(binding('b', { targetGroupProtocol: 'tcp' }))
  }),
  refused('a choice of nodes for pods', 'cannot set NodeSelector when TargetType is ip', ({ more }) => {
    more.push(binding('b', { targetType: 'ip', nodeSelector: { matchLabels: { pool: 'edge' } } }))
  }),
  refused('a binding of no target group', 'must provide either TargetGroupARN or TargetGroupName', ({ more }) => {
    more.push(binding('b', { targetGroupARN: undefined }))
  }),
  refused('a target group that another binding has', 'already bound to following', ({ more }) => {
    more.push(binding('a'), binding('b'))
  }),
  taken('bindings that share a target group, and a choice of nodes', ({ more }) => {
    const shared = { multiClusterTargetGroup: true, targetType: 'instance' }
    more.push(binding('a', shared), binding('b', { ...shared, nodeSelector: { matchLabels: { pool: 'edge' } } }))
  }),
  refused('a version of a route that is gone', 'version "gateway.networking.k8s.io/v1alpha2"', ({ more }) => {
    more.push(route('gateway.networking.k8s.io/v1alpha2', 'HTTPRoute'))
  }),
  taken('a route of a version that the channel for experiments serves', ({ more }) => {
    more.push(route('gateway.networking.k8s.io/v1alpha2', 'TCPRoute'))
  }),
  taken('a route of v1beta1', ({ more }) => {
    more.push(route('gateway.networking.k8s.io/v1beta1', 'HTTPRoute'))
  }),
  {
    code: 'ANNOTATION_KEY_UNKNOWN',
    name: 'a URI in a redirect',
    change: ({ ingress }) =>
      annotate(ingress, {
        'actions.away': '{"type":"redirect","redirectConfig":{"URI":"https://#{host}/","statusCode":"HTTP_301"}}'
      }),
    finds: { severity: 'warning', actual: 'URI', message: expect.stringContaining('redirectConfig.URI') as never }
  },
  {
    code: 'ANNOTATION_KEY_UNKNOWN',
    name: 'a misspelt member of a condition',
    change: ({ ingress }) =>
      annotate(ingress, {
        'conditions.gateway': '[{"field":"host-header","hostHeaderConfigs":{"values":["a.example.com"]}}]'
      }),
    finds: { expected: 'hostHeaderConfig' }
  },
  {
    code: 'ANNOTATION_KEY_UNKNOWN',
    name: 'members in another case, which Go takes',
    change: ({ ingress }) =>
      annotate(ingress, {
        'actions.away': '{"Type":"redirect","RedirectConfig":{"Port":"443","StatusCode":"HTTP_301"}}'
      })
  },
  {
    code: 'ANNOTATION_UNKNOWN',
    name: 'a misspelt prefix',
    change: ({ ingress }) => {
      ingress.metadata.annotations['alb.ingress.kuberentes.io/wafv2-acl-arn'] =
        'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/edge/0a1b2c3d-1111-4222-8333-444455556666'
    },
    finds: {
      expected: 'alb.ingress.kubernetes.io/wafv2-acl-arn',
      message: expect.stringContaining('no web ACL guards') as never
    }
  },
  {
    code: 'ANNOTATION_UNKNOWN',
    name: 'group for group.name',
    change: ({ ingress }) => annotate(ingress, { group: 'edge' }),
    finds: { expected: 'alb.ingress.kubernetes.io/group.name' }
  },
  ...['nginx.ingress.kubernetes.io/scheme', 'nlb.ingress.kubernetes.io/scheme', 'ingress.kubernetes.io/scheme'].map(
    (name): RuleCase => ({
      code: 'ANNOTATION_UNKNOWN',
      name: `an annotation of another controller, ${name}`,
      change: ({ ingress }) => {
        ingress.metadata.annotations[name] = 'x'
      }
    })
  )
]

/** Cases of what the API server refuses, and of keys that it never sees. */
export const apiServerCases: RuleCase[] = [
  ...ingresses,
  ...services,
  ...duplicates,
  ...definitions,
  ...sourceRanges,
  ...variables,
  ...unknownKeys
]
