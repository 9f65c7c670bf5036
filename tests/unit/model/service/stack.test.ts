/** What annotations make of a Service's stack (LBC: pkg/service; the whole stacks are in tests/cases/lbc-service). */
import { describe, expect, test } from '@jest/globals'
import { buildPlan, planToJSON } from '../../../../src/model/index.ts'
import { Resources, type Service } from '../../../../src/resources/index.ts'
import { account, classless, planOf, service, specs } from './objects.ts'

const loadBalancers = 'AWS::ElasticLoadBalancingV2::LoadBalancer'
const listeners = 'AWS::ElasticLoadBalancingV2::Listener'
const targetGroups = 'AWS::ElasticLoadBalancingV2::TargetGroup'
const bindings = 'K8S::ElasticLoadBalancingV2::TargetGroupBinding'
const withoutGroups = { 'disable-nlb-sg': 'true' }

function networking(given: Service, id = 'ns/gw:80') {
  return specs(planOf([given]), bindings)[id]?.template.spec.networking
}

function attributesOf(given: Service, id = 'ns/gw:80') {
  const { targetGroupAttributes } = specs(planOf([given]), targetGroups)[id]
  return Object.fromEntries(targetGroupAttributes.map(({ key, value }: { key: string; value: string }) => [key, value]))
}

describe('whose a Service is', () => {
  test.each<[by: string | undefined, Service]>([
    ['controller', service()],
    [undefined, service({}, { loadBalancerClass: 'other' })],
    // A class decides, whatever the annotation says.
    [undefined, service({ type: 'nlb-ip' }, { loadBalancerClass: 'other' })],
    ['controller', classless({ type: 'nlb-ip' })],
    ['controller', classless({ type: 'external', 'nlb-target-type': 'instance' })],
    [undefined, classless({ type: 'external' })],
    [undefined, classless({ type: 'external', 'nlb-target-type': 'pod' })],
    ['cloud provider', classless({ type: 'nlb' })],
    ['cloud provider', classless({ type: 'NLB' })],
    ['cloud provider', classless()],
    ['controller', service({}, { type: 'NodePort' })],
    [undefined, classless({}, { type: 'NodePort' })]
  ])('%s', (by, given) => {
    expect(planOf([given])?.by).toBe(by)
  })
})

describe('who may reach targets without security groups of the load balancer', () => {
  function from(...cidrs: string[]) {
    return cidrs.map(cidr => ({ ipBlock: { cidr } }))
  }
  const tcp = [{ protocol: 'TCP', port: 31080 }]
  test.each<[what: string, Service, ingress: unknown]>([
    ['clients of the VPC, as it is internal', service(withoutGroups), [{ from: from('10.0.0.0/16'), ports: tcp }]],
    [
      'clients of ranges, and the checks of the load balancer',
      service(withoutGroups, { loadBalancerSourceRanges: ['10.9.0.0/16'] }),
      [
        { from: from('10.9.0.0/16'), ports: tcp },
        { from: from('10.0.0.0/24', '10.0.1.0/24'), ports: tcp }
      ]
    ],
    [
      'everybody, of a public one',
      service({ ...withoutGroups, scheme: 'internet-facing' }),
      [{ from: from('0.0.0.0/0'), ports: tcp }]
    ],
    [
      'the load balancer alone, where it does not keep client addresses: ranges do nothing',
      service(
        { ...withoutGroups, 'target-group-attributes': 'preserve_client_ip.enabled=false' },
        {
          loadBalancerSourceRanges: ['10.9.0.0/16']
        }
      ),
      [{ from: from('10.0.0.0/24', '10.0.1.0/24'), ports: tcp }]
    ],
    [
      'a health check on a port of its own',
      service({ ...withoutGroups, 'healthcheck-port': '31021' }),
      [
        { from: from('10.0.0.0/16'), ports: tcp },
        { from: from('10.0.0.0/24', '10.0.1.0/24'), ports: [{ protocol: 'TCP', port: 31021 }] }
      ]
    ],
    ['nobody is let in', service({ ...withoutGroups, 'manage-backend-security-group-rules': 'false' }), undefined]
  ])('%s', (_what, given, ingress) => {
    expect(networking(given)).toEqual(ingress && { ingress })
    expect(specs(planOf([given]), loadBalancers).LoadBalancer.securityGroups).toBeUndefined()
  })
})

describe('which ports the load balancer may reach', () => {
  const udp = { ports: [{ name: 'dns', protocol: 'UDP', port: 80, targetPort: 53, nodePort: 31080 }] }
  test.each<[what: string, Service, ports: unknown]>([
    ['TCP', service(), [{ protocol: 'TCP', port: 31080 }]],
    [
      'a named target port',
      service({ 'nlb-target-type': 'ip' }, { ports: [{ port: 80, targetPort: 'http' }] }),
      [{ protocol: 'TCP', port: 'http' }]
    ],
    [
      'UDP, which is checked by TCP',
      service({}, udp),
      [
        { protocol: 'UDP', port: 31080 },
        { protocol: 'TCP', port: 31080 }
      ]
    ],
    [
      'UDP that is checked elsewhere',
      service({ 'healthcheck-port': '31021' }, udp),
      [
        { protocol: 'UDP', port: 31080 },
        { protocol: 'TCP', port: 31021 }
      ]
    ],
    [
      'SCTP, which nothing is opened for',
      service({}, { ports: [{ protocol: 'SCTP', port: 80, nodePort: 31080 }] }),
      null
    ]
  ])('%s', (_what, given, ports) => {
    expect(networking(given)).toEqual({ ingress: [{ from: [{ securityGroup: { groupID: 'sg-auto' } }], ports }] })
  })

  test('every port, where rules are not restricted', () => {
    const plan = planOf([service({}, udp)], account('controller: { disableRestrictedSecurityGroupRules: true }'))
    expect(specs(plan, bindings)['ns/gw:80'].template.spec.networking.ingress[0].ports).toEqual([
      { protocol: 'TCP' },
      { protocol: 'UDP' }
    ])
  })
})

describe('attributes of target groups', () => {
  test.each<[what: string, Record<string, string>, expected: Record<string, string>]>([
    ['PROXY protocol is always said', {}, { 'proxy_protocol_v2.enabled': 'false' }],
    [
      'everywhere',
      { 'proxy-protocol': '*', 'proxy-protocol-per-target-group': '443' },
      { 'proxy_protocol_v2.enabled': 'true' }
    ],
    [
      'by port, which beats the attribute',
      { 'proxy-protocol-per-target-group': '443,', 'target-group-attributes': 'proxy_protocol_v2.enabled=true' },
      { 'proxy_protocol_v2.enabled': 'false' }
    ],
    ['080 is no port', { 'proxy-protocol-per-target-group': '080' }, { 'proxy_protocol_v2.enabled': 'false' }],
    [
      'an empty value of a port yields',
      { 'target-group-attributes': 'a=1,b=2', 'target-group-attributes.80': 'a=,b=3' },
      { a: '1', b: '3', 'proxy_protocol_v2.enabled': 'false' }
    ],
    ['an empty one leaves it to AWS', { 'target-group-attributes': 'a=,proxy_protocol_v2.enabled=' }, { a: '' }]
  ])('%s', (_what, annotations, expected) => {
    expect(attributesOf(service(annotations))).toEqual(expected)
  })
})

describe('listeners', () => {
  const certificate = { 'ssl-cert': 'arn:one,arn:two' }
  function protocolsOf(given: Service) {
    const plan = planOf([given])
    return Object.entries(specs(plan, listeners)).map(([id, { protocol }]) => [
      id,
      protocol,
      specs(plan, targetGroups)[`ns/gw:${id}`].protocol
    ])
  }
  const dns = {
    ports: [
      { name: 'tcp', protocol: 'TCP', port: 53, targetPort: 53, nodePort: 31053 },
      { name: 'udp', protocol: 'UDP', port: 53, targetPort: 53, nodePort: 31054 }
    ]
  }
  test.each<[what: string, Service, unknown]>([
    [
      'TLS on every port',
      service(certificate),
      [
        ['80', 'TLS', 'TCP'],
        ['443', 'TLS', 'TCP']
      ]
    ],
    [
      'TLS on one, to TLS',
      service({ ...certificate, 'ssl-ports': 'https', 'backend-protocol': 'ssl' }),
      [
        ['80', 'TCP', 'TCP'],
        ['443', 'TLS', 'TLS']
      ]
    ],
    [
      'https is not ssl',
      service({ ...certificate, 'backend-protocol': 'https' }),
      [
        ['80', 'TLS', 'TCP'],
        ['443', 'TLS', 'TCP']
      ]
    ],
    // Of two ports with one number the first has the listener and the target group.
    ['two protocols of one port', service({}, dns), [['53', 'TCP', 'TCP']]],
    ['the other way round', service({}, { ports: dns.ports.toReversed() }), [['53', 'UDP', 'UDP']]],
    ['merged', service({ 'enable-tcp-udp-listener': 'true' }, dns), [['53', 'TCP_UDP', 'TCP_UDP']]],
    ['no boolean merges nothing', service({ 'enable-tcp-udp-listener': 'yes' }, dns), [['53', 'TCP', 'TCP']]],
    [
      'QUIC',
      service({ 'enable-tcp-udp-listener': 'true', 'quic-enabled-ports': '53' }, dns),
      [['53', 'TCP_QUIC', 'TCP_QUIC']]
    ]
  ])('%s', (_what, given, expected) => {
    expect(protocolsOf(given)).toEqual(expected)
  })

  test('weighted target groups', () => {
    const forwardConfig = {
      baseServiceWeight: 90,
      targetGroups: [
        { serviceName: 'canary', servicePort: 'http', weight: 10, decrypt: true },
        { targetGroupARN: 'arn:outside', weight: 0 }
      ],
      targetGroupStickinessConfig: { enabled: true }
    }
    const given = service({ ...certificate, '/actions.TLS-80': JSON.stringify({ type: 'forward', forwardConfig }) })
    const canary = service(
      {},
      { type: 'NodePort', ports: [{ name: 'http', port: 8000, targetPort: 80, nodePort: 32000 }] },
      'canary'
    )
    const plan = planOf([given, canary])
    expect(specs(plan, listeners)['80'].defaultActions).toMatchObject([
      {
        forwardConfig: {
          targetGroups: [{ weight: 90 }, { weight: 10 }, { targetGroupARN: 'arn:outside', weight: 0 }],
          targetGroupStickinessConfig: { enabled: true }
        }
      }
    ])
    expect(Object.keys(specs(plan, targetGroups))).toEqual(['ns/gw:80', 'ns/canary:8000', 'ns/gw:443'])
    expect(specs(plan, targetGroups)['ns/canary:8000']).toMatchObject({ protocol: 'TCP', port: 32000 })
  })
})

test('a managed group lets in ranges, routers and prefix lists, port by port', () => {
  const given = service({
    'ip-address-type': 'dualstack',
    'security-group-prefix-lists': 'pl-1',
    'enable-icmp-for-path-mtu-discovery': 'on',
    '/load-balancer-source-ranges': '10.0.0.0/8,2001:db8::/32'
  })
  const { ingress } = specs(planOf([given]), 'AWS::EC2::SecurityGroup').ManagedLBSecurityGroup
  expect(ingress.slice(0, 5)).toEqual([
    { ipProtocol: 'tcp', fromPort: 80, toPort: 80, ipRanges: [{ cidrIP: '10.0.0.0/8' }] },
    { ipProtocol: 'icmp', fromPort: 3, toPort: 4, ipRanges: [{ cidrIP: '10.0.0.0/8' }] },
    { ipProtocol: 'tcp', fromPort: 80, toPort: 80, ipv6Ranges: [{ cidrIPv6: '2001:db8::/32' }] },
    { ipProtocol: 'icmpv6', fromPort: 2, toPort: 0, ipv6Ranges: [{ cidrIPv6: '2001:db8::/32' }] },
    { ipProtocol: 'tcp', fromPort: 80, toPort: 80, prefixLists: [{ listID: 'pl-1' }] }
  ])
  expect(ingress).toHaveLength(10)
})

test('where every value comes from', () => {
  const plan = planOf([service({ scheme: 'internet-facing' })])
  expect(plan.explanations).toContainEqual({
    resource: 'LoadBalancer',
    field: 'scheme',
    value: 'internet-facing',
    object: 'Service ns/gw',
    key: 'service.beta.kubernetes.io/aws-load-balancer-scheme'
  })
})

test('a Service that is taken away has an empty stack beside which others count', () => {
  const metadata = {
    ...service().metadata,
    deletionTimestamp: '2026-01-01T00:00:00Z',
    finalizers: ['service.k8s.aws/resources']
  }
  const gone = { ...service(), metadata }
  expect(planToJSON(buildPlan(new Resources([gone]), account()))).toEqual({ stack: { id: 'ns/gw', resources: {} } })
  const both = planToJSON(buildPlan(new Resources([gone, service({}, {}, 'other')]), account()))
  expect(both.stack).toMatchObject({ id: 'ns/other' })
})
