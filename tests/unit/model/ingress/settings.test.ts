/**
 * Every annotation that shapes a plan, with its default and what IngressClassParams, the Service and other members make of it.
 *
 * @module
 */
import { describe, expect, test } from '@jest/globals'
import { buildPlan, planToJSON, type StackResources } from '../../../../src/model/index.ts'
import { type IngressClassParams, type KubernetesObject, Resources } from '../../../../src/resources/index.ts'
import {
  type Annotations,
  backendOf,
  classParams,
  environment,
  ingress,
  ingressClass,
  path,
  planOf,
  service,
  stackOf
} from '../objects.ts'

/** The spec of a resource; by default the first of its type. */
// biome-ignore lint/suspicious/noExplicitAny: the cases look at specs of every type.
function specOf(objects: KubernetesObject[], type: keyof StackResources, id?: string): any {
  const resources = stackOf(objects).resources[type] as Record<string, { spec: unknown }> | undefined
  return (id === undefined ? Object.values(resources ?? {})[0] : resources?.[id])?.spec
}

const loadBalancer = 'AWS::ElasticLoadBalancingV2::LoadBalancer'
const listener = 'AWS::ElasticLoadBalancingV2::Listener'
const targetGroup = 'AWS::ElasticLoadBalancingV2::TargetGroup'
const binding = 'K8S::ElasticLoadBalancingV2::TargetGroupBinding'
const securityGroup = 'AWS::EC2::SecurityGroup'

function member(name: string, annotations: Annotations) {
  return ingress({ 'group.name': 'g', ...annotations }, {}, name)
}
function withParams(spec: IngressClassParams['spec'], ...ingresses: KubernetesObject[]) {
  return [ingressClass('params'), classParams(spec), ...(ingresses.length > 0 ? ingresses : [ingress()])]
}
function certificate(name: string): string {
  return `arn:aws:acm:us-west-2:111122223333:certificate/${name}`
}

interface Case {
  name: string
  objects: KubernetesObject[]
  want: Record<string, unknown>
}
function on(name: string, annotations: Annotations, want: Record<string, unknown>): Case {
  return {
    name,
    objects: [ingress(annotations)],
    want
  }
}

describe('load balancer', () => {
  const cases: Case[] = [
    on(
      'defaults',
      {},
      {
        type: 'application',
        scheme: 'internal',
        ipAddressType: 'ipv4',
        subnetMapping: [{ subnetID: 'subnet-a' }, { subnetID: 'subnet-b' }],
        securityGroups: [
          { $ref: '#/resources/AWS::EC2::SecurityGroup/ManagedLBSecurityGroup/status/groupID' },
          'sg-auto'
        ]
      }
    ),
    on('load-balancer-name', { 'load-balancer-name': 'edge' }, { name: 'edge' }),
    on('scheme', { scheme: 'internet-facing' }, { scheme: 'internet-facing' }),
    on(
      'ip-address-type',
      { 'ip-address-type': 'dualstack-without-public-ipv4' },
      { ipAddressType: 'dualstack-without-public-ipv4' }
    ),
    on(
      'subnets keep their order',
      { subnets: 'subnet-2, subnet-1' },
      { subnetMapping: [{ subnetID: 'subnet-2' }, { subnetID: 'subnet-1' }] }
    ),
    on('security-groups alone', { 'security-groups': 'sg-2,sg-1' }, { securityGroups: ['sg-2', 'sg-1'] }),
    on(
      'security-groups with managed rules',
      { 'security-groups': 'sg-1', 'manage-backend-security-group-rules': 'true' },
      { securityGroups: ['sg-1', 'sg-auto'] }
    ),
    on(
      'customer-owned-ipv4-pool',
      { 'customer-owned-ipv4-pool': 'ipv4pool-1' },
      { customerOwnedIPv4Pool: 'ipv4pool-1' }
    ),
    on('ipam-ipv4-pool-id', { 'ipam-ipv4-pool-id': 'ipam-pool-1' }, { ipv4IPAMPool: 'ipam-pool-1' }),
    on(
      'minimum-load-balancer-capacity',
      { 'minimum-load-balancer-capacity': 'CapacityUnits=3000' },
      { minimumLoadBalancerCapacity: { capacityUnits: 3000 } }
    ),
    on('tags', { tags: 'b=2,a=1\\,2' }, { tags: { a: '1,2', b: '2' } }),
    on(
      'load-balancer-attributes',
      { 'load-balancer-attributes': 'b=2,a=1' },
      {
        loadBalancerAttributes: [
          { key: 'a', value: '1' },
          { key: 'b', value: '2' }
        ]
      }
    ),
    {
      name: 'the name of an explicit group',
      objects: [ingress({ 'group.name': 'my-team.awesome-group' })],
      want: { name: 'k8s-myteamawesomegrou-95d242c824' }
    },
    {
      name: 'members that agree, and one that says nothing',
      objects: [
        member('a', { scheme: 'internet-facing' }),
        member('b', {}),
        member('c', { scheme: 'internet-facing' })
      ],
      want: { scheme: 'internet-facing' }
    },
    {
      name: 'subnets in another order are the same',
      objects: [member('a', { subnets: 'subnet-1,subnet-2' }), member('b', { subnets: 'subnet-2,subnet-1' })],
      want: { subnetMapping: [{ subnetID: 'subnet-1' }, { subnetID: 'subnet-2' }] }
    },
    {
      name: 'attributes and tags of all members',
      objects: [
        member('a', { 'load-balancer-attributes': 'a=1', tags: 'x=1' }),
        member('b', { 'load-balancer-attributes': 'a=1,b=2', tags: 'y=2' })
      ],
      want: {
        loadBalancerAttributes: [
          { key: 'a', value: '1' },
          { key: 'b', value: '2' }
        ],
        tags: { x: '1', y: '2' }
      }
    },
    {
      name: 'IngressClassParams win',
      objects: withParams(
        {
          loadBalancerName: 'platform',
          scheme: 'internet-facing',
          ipAddressType: 'dualstack',
          subnets: { ids: ['subnet-9', 'subnet-8'] },
          tags: [{ key: 'a', value: 'class' }],
          loadBalancerAttributes: [{ key: 'a', value: 'class' }],
          minimumLoadBalancerCapacity: { capacityUnits: 7 },
          ipamConfiguration: { ipv4IPAMPoolId: 'ipam-pool-9' }
        },
        ingress({
          'load-balancer-name': 'own',
          scheme: 'internal',
          'ip-address-type': 'ipv4',
          tags: 'a=own,b=own',
          'load-balancer-attributes': 'a=own,b=own',
          'minimum-load-balancer-capacity': 'CapacityUnits=1',
          'ipam-ipv4-pool-id': 'ipam-pool-1'
        })
      ),
      want: {
        name: 'platform',
        scheme: 'internet-facing',
        ipAddressType: 'dualstack',
        subnetMapping: [{ subnetID: 'subnet-9' }, { subnetID: 'subnet-8' }],
        tags: { a: 'class', b: 'own' },
        loadBalancerAttributes: [
          { key: 'a', value: 'class' },
          { key: 'b', value: 'own' }
        ],
        minimumLoadBalancerCapacity: { capacityUnits: 7 },
        ipv4IPAMPool: 'ipam-pool-9'
      }
    }
  ]
  test.each(cases)('$name', ({ objects, want }) => {
    expect(specOf(objects, loadBalancer, 'LoadBalancer')).toMatchObject(want)
  })

  test('names are those of the controller', () => {
    const named = { ...ingress({}, {}, 'ing-1'), metadata: { name: 'ing-1', namespace: 'ns-1' } }
    const inNamespace = service({}, { ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 32768 }] }, 'svc-1')
    inNamespace.metadata.namespace = 'ns-1'
    named.spec!.rules![0]!.http!.paths[0]!.backend = backendOf('svc-1')
    expect(specOf([named, inNamespace], loadBalancer).name).toBe('k8s-ns1-ing1-b7e914000d')
    expect(specOf([named, inNamespace], targetGroup).name).toBe('k8s-ns1-svc1-9889425938')
  })
})

describe('security group', () => {
  function ranges(objects: KubernetesObject[]): unknown {
    return specOf(objects, securityGroup)?.ingress.map(
      ({ fromPort, ipRanges = [], ipv6Ranges = [], prefixLists = [] }: Record<string, Record<string, string>[]>) => [
        fromPort,
        ...[...ipRanges, ...ipv6Ranges, ...prefixLists].flatMap(peer => Object.values(peer))
      ]
    )
  }
  test.each([
    { name: 'open to all', annotations: {}, want: [[80, '0.0.0.0/0']] },
    {
      name: 'dualstack',
      annotations: { 'ip-address-type': 'dualstack' },
      want: [
        [80, '0.0.0.0/0'],
        [80, '::/0']
      ]
    },
    {
      name: 'inbound-cidrs, sorted',
      annotations: { 'inbound-cidrs': '10.1.0.0/16, 10.0.0.0/16' },
      want: [
        [80, '10.0.0.0/16'],
        [80, '10.1.0.0/16']
      ]
    },
    {
      name: 'IPv6 CIDRs count only for dualstack',
      annotations: { 'inbound-cidrs': '10.0.0.0/8,2001:db8::/32' },
      want: [[80, '10.0.0.0/8']]
    },
    {
      name: 'a prefix list suppresses the default',
      annotations: { 'security-group-prefix-lists': 'pl-1' },
      want: [[80, 'pl-1']]
    },
    {
      name: 'both',
      annotations: { 'inbound-cidrs': '10.0.0.0/8', 'security-group-prefix-lists': 'pl-1' },
      want: [
        [80, '10.0.0.0/8'],
        [80, 'pl-1']
      ]
    },
    { name: 'none of its own with security-groups', annotations: { 'security-groups': 'sg-1' }, want: undefined }
  ])('$name', ({ annotations, want }) => {
    expect(ranges([ingress(annotations as Annotations)])).toEqual(want)
  })

  test('inbound-cidrs of one member hold for the ports that it listens on', () => {
    const objects = [
      member('a', { 'listen-ports': '[{"HTTP":80},{"HTTP":8080}]' }),
      member('b', { 'listen-ports': '[{"HTTP":8080}]', 'inbound-cidrs': '10.0.0.0/8' })
    ]
    expect(ranges(objects)).toEqual([
      [80, '0.0.0.0/0'],
      [8080, '10.0.0.0/8']
    ])
  })
})

describe('listeners', () => {
  function portsOf(objects: KubernetesObject[]): string[] {
    return Object.values(stackOf(objects).resources[listener] ?? {}).map(({ spec }) => `${spec.protocol}:${spec.port}`)
  }
  const both = { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]', 'certificate-arn': 'arn:c' }

  test.each([
    { name: 'HTTP by default', objects: [ingress()], want: ['HTTP:80'] },
    { name: 'HTTPS with a certificate', objects: [ingress({ 'certificate-arn': 'arn:c' })], want: ['HTTPS:443'] },
    {
      name: 'HTTPS with a certificate of the class',
      objects: withParams({ certificateArn: ['arn:c'] }),
      want: ['HTTPS:443']
    },
    { name: 'two in one object', objects: [ingress({ 'listen-ports': '[{"HTTP":80,"HTTP":81}]' })], want: ['HTTP:81'] },
    {
      name: 'a port given twice',
      objects: [ingress({ 'listen-ports': '[{"HTTPS":80},{"HTTP":80}]' })],
      want: ['HTTP:80']
    },
    {
      name: 'those of all members',
      objects: [member('a', { 'listen-ports': '[{"HTTP":80}]' }), member('b', both)],
      want: ['HTTP:80', 'HTTPS:443']
    }
  ])('$name', ({ objects, want }) => {
    expect(portsOf(objects)).toEqual(want)
  })

  test.each([
    { name: 'one', objects: [ingress({ 'certificate-arn': 'arn:a' })], want: ['arn:a'] },
    { name: 'in order', objects: [ingress({ 'certificate-arn': 'arn:b, arn:a' })], want: ['arn:b', 'arn:a'] },
    {
      name: 'of all members, the default one again',
      objects: [member('a', { 'certificate-arn': 'arn:1,arn:2' }), member('b', { 'certificate-arn': 'arn:1,arn:3' })],
      want: ['arn:1', 'arn:2', 'arn:1', 'arn:3']
    },
    {
      name: 'found by host, all that match, sorted',
      objects: [
        ingress(
          { 'listen-ports': '[{"HTTPS":443}]' },
          { rules: [{ host: 'shop.example.com', http: { paths: [path('/')] } }] }
        )
      ],
      want: [certificate('c1-wild-example-com'), certificate('c3-shop-example-com')]
    },
    {
      name: 'found by the hosts of tls',
      objects: [
        ingress(
          { 'listen-ports': '[{"HTTPS":443}]' },
          { tls: [{ hosts: ['example.com'] }, { hosts: ['a.eu.example.com'] }] }
        )
      ],
      want: [certificate('c2-apex-example-com'), certificate('c4-wild-eu-example-com')]
    },
    { name: 'none without a host', objects: [ingress({ 'listen-ports': '[{"HTTPS":443}]' })], want: undefined }
  ])('certificates: $name', ({ objects, want }) => {
    const certificates = specOf(objects, listener).certificates as { certificateARN: string }[] | undefined
    expect(certificates?.map(({ certificateARN }) => certificateARN)).toEqual(want)
  })

  test.each([
    { name: 'default policy', annotations: {}, want: 'ELBSecurityPolicy-2016-08' },
    {
      name: 'ssl-policy',
      annotations: { 'ssl-policy': 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
      want: 'ELBSecurityPolicy-TLS13-1-2-2021-06'
    }
  ])('$name, for HTTPS alone', ({ annotations, want }) => {
    const objects = [ingress({ ...both, ...annotations } as Annotations)]
    expect(specOf(objects, listener, '443').sslPolicy).toBe(want)
    expect(specOf(objects, listener, '80')).not.toHaveProperty('sslPolicy')
  })

  test('listener-attributes are for one protocol and port', () => {
    const objects = [
      ingress({
        ...both,
        'listener-attributes.HTTPS-443': 'a=1',
        'listener-attributes.HTTPS-80': 'a=2',
        'listener-attributes.http-80': 'a=3'
      })
    ]
    expect(specOf(objects, listener, '443').listenerAttributes).toEqual([{ Key: 'a', Value: '1' }])
    expect(specOf(objects, listener, '80')).not.toHaveProperty('listenerAttributes')
  })

  test('listener attributes of IngressClassParams win key by key', () => {
    const listeners = [{ protocol: 'HTTP', port: 80, listenerAttributes: [{ key: 'a', value: 'class' }] }]
    const objects = withParams({ listeners }, ingress({ 'listener-attributes.HTTP-80': 'a=own,b=own' }))
    expect(specOf(objects, listener).listenerAttributes).toEqual([
      { Key: 'a', Value: 'class' },
      { Key: 'b', Value: 'own' }
    ])
  })

  test.each([
    { mode: { mode: 'off' }, want: { mode: 'off', trustStoreArn: '' } },
    { mode: { mode: 'passthrough' }, want: { mode: 'passthrough', trustStoreArn: '' } },
    {
      mode: { mode: 'verify', trustStore: 'arn:t' },
      want: { mode: 'verify', trustStoreArn: 'arn:t', ignoreClientCertificateExpiry: false }
    },
    {
      mode: {
        mode: 'verify',
        trustStore: 'partners',
        ignoreClientCertificateExpiry: true,
        advertiseTrustStoreCaNames: 'on'
      },
      want: {
        mode: 'verify',
        trustStoreArn: 'arn:aws:elasticloadbalancing:us-west-2:111122223333:truststore/partners/fedcba9876543210',
        ignoreClientCertificateExpiry: true,
        advertiseTrustStoreCaNames: 'on'
      }
    }
  ])('mutual-authentication $mode', ({ mode, want }) => {
    const objects = [
      ingress({
        ...both,
        'mutual-authentication': JSON.stringify([
          { port: 443, ...mode },
          { port: 80, mode: 'off' }
        ])
      })
    ]
    expect(specOf(objects, listener, '443').mutualAuthentication).toEqual(want)
    expect(specOf(objects, listener, '80')).not.toHaveProperty('mutualAuthentication')
  })

  describe('ssl-redirect', () => {
    const redirect = { type: 'redirect', redirectConfig: { port: '443', protocol: 'HTTPS', statusCode: 'HTTP_301' } }

    test('empties every HTTP listener of the group, and leaves HTTPS alone', () => {
      const objects = [
        member('a', { ...both, 'ssl-redirect': '443' }),
        member('b', { 'listen-ports': '[{"HTTP":8080}]' })
      ]
      for (const port of ['80', '8080']) {
        expect(specOf(objects, listener, port).defaultActions).toEqual([redirect])
      }
      const rules = Object.keys(stackOf(objects).resources['AWS::ElasticLoadBalancingV2::ListenerRule'] ?? {})
      expect(rules).toEqual(['443:1'])
    })

    test('of IngressClassParams wins; one that is no number is none at all', () => {
      function objects(sslRedirectPort: string) {
        return withParams({ sslRedirectPort }, ingress({ ...both, 'ssl-redirect': '8443' }))
      }
      expect(specOf(objects('443'), listener, '80').defaultActions).toEqual([redirect])
      expect(specOf(objects('https'), listener, '80').defaultActions[0].type).toBe('fixed-response')
    })
  })

  test('the default backend of the one member that has one, on the ports that it listens on', () => {
    const objects = [
      ingress(
        { 'group.name': 'g', 'listen-ports': '[{"HTTP":80}]' },
        { defaultBackend: backendOf('gw'), rules: [] },
        'a'
      ),
      member('b', { 'listen-ports': '[{"HTTP":80},{"HTTP":8080}]' })
    ]
    expect(specOf(objects, listener, '80').defaultActions[0].type).toBe('forward')
    expect(specOf(objects, listener, '8080').defaultActions).toEqual([
      { type: 'fixed-response', fixedResponseConfig: { contentType: 'text/plain', statusCode: '404' } }
    ])
  })
})

describe('target group', () => {
  function healthCheck(fields: Record<string, unknown>) {
    return { healthCheckConfig: expect.objectContaining(fields) }
  }
  const ip = { 'target-type': 'ip' }
  const cases: (Case & { serviceAnnotations?: Annotations })[] = [
    on(
      'defaults',
      {},
      {
        targetType: 'instance',
        port: 30080,
        protocol: 'HTTP',
        protocolVersion: 'HTTP1',
        ipAddressType: 'ipv4',
        healthCheckConfig: {
          port: 'traffic-port',
          protocol: 'HTTP',
          path: '/',
          matcher: { httpCode: '200' },
          intervalSeconds: 15,
          timeoutSeconds: 5,
          healthyThresholdCount: 2,
          unhealthyThresholdCount: 2
        }
      }
    ),
    on('target-type ip', ip, { targetType: 'ip', port: 8080 }),
    on(
      'backend-protocol flips the health check too',
      { 'backend-protocol': 'HTTPS' },
      { protocol: 'HTTPS', ...healthCheck({ protocol: 'HTTPS' }) }
    ),
    on(
      'healthcheck-protocol holds it',
      { 'backend-protocol': 'HTTPS', 'healthcheck-protocol': 'HTTP' },
      { protocol: 'HTTPS', ...healthCheck({ protocol: 'HTTP' }) }
    ),
    on(
      'GRPC has other defaults',
      { 'backend-protocol-version': 'GRPC' },
      { protocolVersion: 'GRPC', ...healthCheck({ path: '/AWS.ALB/healthcheck', matcher: { grpcCode: '12' } }) }
    ),
    on(
      'success-codes of GRPC',
      { 'backend-protocol-version': 'GRPC', 'success-codes': '0' },
      healthCheck({ matcher: { grpcCode: '0' } })
    ),
    on(
      'a health check port by number is taken as it is',
      { 'healthcheck-port': '15021' },
      healthCheck({ port: 15021 })
    ),
    on('a number out of every range too', { 'healthcheck-port': '99999' }, healthCheck({ port: 99999 })),
    on(
      'a health check port by name is a node port',
      { 'healthcheck-port': 'status-port' },
      healthCheck({ port: 30021 })
    ),
    on(
      'for IP targets it is the target port',
      { ...ip, 'healthcheck-port': 'status-port' },
      healthCheck({ port: 15021 })
    ),
    on('traffic-port', { 'healthcheck-port': 'traffic-port' }, healthCheck({ port: 'traffic-port' })),
    on(
      'empty values count',
      { 'healthcheck-path': '', 'success-codes': '' },
      healthCheck({ path: '', matcher: { httpCode: '' } })
    ),
    on(
      'every number of the health check',
      {
        'healthcheck-interval-seconds': '+7',
        'healthcheck-timeout-seconds': '03',
        'healthy-threshold-count': '4',
        'unhealthy-threshold-count': '5'
      },
      healthCheck({ intervalSeconds: 7, timeoutSeconds: 3, healthyThresholdCount: 4, unhealthyThresholdCount: 5 })
    ),
    on(
      'target-group-attributes',
      { 'target-group-attributes': 'stickiness.enabled=true' },
      { targetGroupAttributes: [{ key: 'stickiness.enabled', value: 'true' }] }
    ),
    on('a control port', { ...ip, 'target-control-port.gw.http': '3000' }, { targetControlPort: 3000 }),
    on('a control port of another Service', { ...ip, 'target-control-port.other.http': '3000' }, { targetType: 'ip' }),
    {
      name: 'the Service beats the Ingress',
      objects: [
        ingress({ ...ip, 'backend-protocol': 'HTTP', 'healthcheck-path': '/ingress', tags: 'a=ingress,b=ingress' }),
        service({
          'target-type': 'instance',
          'backend-protocol': 'HTTPS',
          'healthcheck-path': '/service',
          tags: 'a=service'
        })
      ],
      want: {
        targetType: 'instance',
        protocol: 'HTTPS',
        tags: { a: 'service', b: 'ingress' },
        ...healthCheck({ path: '/service' })
      }
    },
    {
      name: 'a map of the Service replaces that of the Ingress',
      objects: [ingress({ 'target-group-attributes': 'a=1,b=2' }), service({ 'target-group-attributes': 'a=3' })],
      want: { targetGroupAttributes: [{ key: 'a', value: '3' }] }
    },
    {
      name: 'IngressClassParams beat both',
      objects: [
        ...withParams({ targetType: 'ip', tags: [{ key: 'a', value: 'class' }] }),
        service({ 'target-type': 'instance', tags: 'a=service' })
      ],
      want: { targetType: 'ip', tags: { a: 'class' } }
    },
    {
      name: 'IP targets of a port with a named target',
      objects: [ingress(ip), service({}, { ports: [{ name: 'http', port: 80, targetPort: 'web' }] })],
      want: { port: 1 }
    },
    {
      name: 'an IPv6 Service behind dualstack',
      objects: [ingress({ 'ip-address-type': 'dualstack' }), service({}, { ipFamilies: ['IPv6'] })],
      want: { ipAddressType: 'ipv6' }
    }
  ]
  test.each(cases)('$name', ({ objects, want }) => {
    expect(specOf(objects, targetGroup)).toMatchObject(want)
  })

  test('a port by name and by number makes two', () => {
    const paths = [
      { ...path('/a'), backend: backendOf('gw', 'http') },
      { ...path('/b'), backend: backendOf('gw', 80) },
      { ...path('/c'), backend: backendOf('gw', 'http') }
    ]
    const groups = stackOf([ingress({}, { rules: [{ http: { paths } }] })]).resources[targetGroup]!
    expect(Object.keys(groups)).toEqual(['ns/web-gw:http', 'ns/web-gw:80'])
  })

  test('a node port changes the name in the model', () => {
    const names = [30080, 31080].map(
      nodePort =>
        specOf(
          [ingress(), service({}, { ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort }] })],
          targetGroup
        ).name
    )
    expect(names[0]).not.toBe(names[1])
  })
})

describe('target group binding', () => {
  function template(objects: KubernetesObject[]) {
    return specOf(objects, binding).template
  }
  function portsOf(objects: KubernetesObject[]): unknown {
    return template(objects).spec.networking?.ingress.map(
      ({ ports }: { ports: { port?: unknown }[] }) => ports[0]!.port
    )
  }

  test.each([
    { name: 'the node port', annotations: {}, want: [30080] },
    { name: 'and that of the health check', annotations: { 'healthcheck-port': 'status-port' }, want: [30080, 30021] },
    { name: 'a number as it is', annotations: { 'healthcheck-port': '15021' }, want: [30080, 15021] },
    { name: 'the target port of IP targets', annotations: { 'target-type': 'ip' }, want: [8080] },
    { name: 'nothing where no rules are managed', annotations: { 'security-groups': 'sg-1' }, want: undefined }
  ])('lets in $name', ({ annotations, want }) => {
    expect(portsOf([ingress(annotations as Annotations)])).toEqual(want)
  })

  test('target-node-labels are for instance targets', () => {
    const labels = { 'target-node-labels': 'edge=yes,zone=a' }
    expect(template([ingress(labels)]).spec.nodeSelector).toEqual({ matchLabels: { edge: 'yes', zone: 'a' } })
    expect(template([ingress({ ...labels, 'target-type': 'ip' })]).spec).not.toHaveProperty('nodeSelector')
  })

  test.each([
    { ingress: 'true', service: 'false', want: true },
    { ingress: 'false', service: 'true', want: true },
    { ingress: undefined, service: 'true', want: true },
    { ingress: 'false', service: undefined, want: undefined }
  ])('multi-cluster-target-group: $ingress on the Ingress, $service on the Service', ({ want, ...values }) => {
    function annotation(value: string | undefined): Annotations {
      return value ? { 'multi-cluster-target-group': value } : {}
    }
    const { spec } = template([ingress(annotation(values.ingress)), service(annotation(values.service))])
    expect(spec.multiClusterTargetGroup).toBe(want)
  })
})

describe('add-ons', () => {
  const webACL = 'AWS::WAFv2::WebACLAssociation'
  const edge = 'arn:aws:wafv2:us-west-2:111122223333:regional/webacl/edge-acl/5d1c0000-0000-4000-8000-00000000ed9e'
  test.each([
    { name: 'none without an annotation', objects: [ingress()], want: undefined },
    { name: 'by ARN', objects: [ingress({ 'wafv2-acl-arn': 'arn:acl' })], want: 'arn:acl' },
    { name: 'none takes away', objects: [ingress({ 'wafv2-acl-arn': 'none' })], want: '' },
    { name: 'by name', objects: [ingress({ 'wafv2-acl-name': 'edge-acl' })], want: edge },
    {
      name: 'a name beats every ARN',
      objects: [member('a', { 'wafv2-acl-arn': 'arn:acl' }), member('b', { 'wafv2-acl-name': 'edge-acl' })],
      want: edge
    },
    { name: 'of the class', objects: withParams({ wafv2AclName: 'edge-acl' }), want: edge }
  ])('web ACL: $name', ({ objects, want }) => {
    expect(specOf(objects, webACL)?.webACLARN).toBe(want)
  })

  test('a classic web ACL under its old name', () => {
    expect(specOf([ingress({ 'web-acl-id': 'acl-1' })], 'AWS::WAFRegional::WebACLAssociation').webACLID).toBe('acl-1')
  })

  test.each([
    { value: 'true', want: true },
    { value: 'F', want: false }
  ])('shield-advanced-protection $value', ({ value, want }) => {
    expect(specOf([ingress({ 'shield-advanced-protection': value })], 'AWS::Shield::Protection').enabled).toBe(want)
  })
})

describe('frontend NLB', () => {
  const nlb = { 'enable-frontend-nlb': 'true' }

  test('takes over from the ALB what is not its own', () => {
    const objects = [ingress({ ...nlb, 'ip-address-type': 'dualstack', 'security-groups': 'sg-1', tags: 'a=1' })]
    expect(specOf(objects, loadBalancer, 'FrontendNlb')).toMatchObject({
      name: `${specOf(objects, loadBalancer, 'LoadBalancer').name.slice(0, 28)}-nlb`,
      type: 'network',
      scheme: 'internal',
      ipAddressType: 'dualstack',
      securityGroups: ['sg-1'],
      tags: { a: '1' }
    })
  })

  test('its own tags are all it has', () => {
    const objects = [ingress({ ...nlb, tags: 'a=1', 'frontend-nlb-tags': 'b=2' })]
    expect(specOf(objects, loadBalancer, 'FrontendNlb').tags).toEqual({ b: '2' })
  })

  test('every member gives it the ports that it listens on', () => {
    const objects = [
      member('a', {
        ...nlb,
        'listen-ports': '[{"HTTP":80}]',
        'frontend-nlb-listener-port-mapping': '8000=80,9000=8080'
      }),
      member('b', { 'listen-ports': '[{"HTTP":8080}]' })
    ]
    const { TargetGroups } = stackOf(objects).resources.FrontendNLBTargetGroup!.FrontendNLBTargetGroup!
    // Port 8080 is not one of a's: its mapping is passed over.
    expect(Object.values(TargetGroups).map(({ Port, TargetPort }) => [Port, TargetPort])).toEqual([
      [8000, 80],
      [8080, 8080]
    ])
  })
})

describe('group', () => {
  test('members are in the order of group.order, then of their names', () => {
    const objects = [
      member('c', {}),
      member('b', { 'group.order': '-5' }),
      member('a', { 'group.order': '10' }),
      member('d', { 'group.order': '-5' })
    ]
    expect(planOf(objects).members).toEqual(['ns/b', 'ns/d', 'ns/c', 'ns/a'])
  })

  test('the group of IngressClassParams beats the annotation', () => {
    expect(planOf(withParams({ group: { name: 'platform' } }, ingress({ 'group.name': 'own' }))).id).toBe('platform')
  })

  test.each([
    { value: 'alb', isOwned: true },
    { value: 'nginx', isOwned: false }
  ])('kubernetes.io/ingress.class $value beats the class', ({ value, isOwned }) => {
    const annotated = ingress({}, { ingressClassName: isOwned ? 'nosuch' : 'alb' })
    annotated.metadata.annotations = { 'kubernetes.io/ingress.class': value }
    const { groups, unloadable } = buildPlan(new Resources([ingressClass(), service(), annotated]), environment)
    expect(groups.map(({ id }) => id)).toEqual(isOwned ? ['ns/web'] : [])
    expect(unloadable).toEqual([])
  })

  test('one that the last member is leaving is not shown beside others, alone it is', () => {
    const leaving = ingress({}, {}, 'leaving')
    leaving.metadata = {
      ...leaving.metadata,
      deletionTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['ingress.k8s.aws/resources']
    }
    function json(objects: KubernetesObject[]) {
      return planToJSON(buildPlan(new Resources([ingressClass(), service(), ...objects]), environment))
    }
    expect(json([leaving, ingress()])).toMatchObject({ stack: { id: 'ns/web' } })
    expect(json([leaving])).toEqual({
      stack: {
        id: 'ns/leaving',
        resources: { FrontendNLBTargetGroup: { FrontendNLBTargetGroup: { TargetGroups: {} } } }
      }
    })
  })
})
