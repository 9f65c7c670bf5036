import { describe, expect, test } from '@jest/globals'
import { annotation, conflict, mistakeOn, testMistakes } from '../mistakes.ts'
import { backendOf, ingress, member, on, type SettingCase, service, specOf, withParams } from '../objects.ts'

const loadBalancer = 'AWS::ElasticLoadBalancingV2::LoadBalancer'

const targetGroup = 'AWS::ElasticLoadBalancingV2::TargetGroup'

describe('load balancer', () => {
  const cases: SettingCase[] = [
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

describe('mistakes', () => {
  testMistakes([
    mistakeOn('scheme with an underscore', { scheme: 'internet_facing' }, 'unknown scheme: internet_facing'),
    mistakeOn('scheme with a space in front', { scheme: ' internal' }, 'unknown scheme:  internal'),
    mistakeOn('IP address type', { 'ip-address-type': 'ipv6' }, 'unknown IPAddressType: ipv6'),
    mistakeOn(
      'attributes',
      { 'load-balancer-attributes': 'idle_timeout.timeout_seconds:60' },
      `failed to parse stringMap annotation, ${annotation('load-balancer-attributes')}: idle_timeout.timeout_seconds:60`
    ),
    mistakeOn(
      'a name of 33 characters',
      { 'load-balancer-name': 'a'.repeat(33) },
      'load balancer name cannot be longer than 32 characters'
    ),
    mistakeOn(
      'an empty address pool',
      { 'customer-owned-ipv4-pool': '' },
      'cannot use empty value for customer-owned-ipv4-pool annotation, ingress: ns/web'
    ),
    conflict(
      { scheme: 'internal' },
      { scheme: 'internet-facing' },
      'conflicting scheme: map[internal:{} internet-facing:{}]'
    ),
    conflict(
      { 'load-balancer-name': 'y' },
      { 'load-balancer-name': 'x' },
      'conflicting load balancer name: map[x:{} y:{}]'
    ),
    conflict(
      { 'ip-address-type': 'ipv4' },
      { 'ip-address-type': 'dualstack' },
      'conflicting IPAddressType: [dualstack ipv4]'
    ),
    conflict(
      { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=60' },
      { 'load-balancer-attributes': 'idle_timeout.timeout_seconds=61' },
      'conflicting load balancer attributes idle_timeout.timeout_seconds: 60 | 61'
    ),
    conflict(
      { 'customer-owned-ipv4-pool': 'b' },
      { 'customer-owned-ipv4-pool': 'a' },
      'conflicting CustomerOwnedIPv4Pool: [a b]'
    ),
    conflict({ 'ipam-ipv4-pool-id': 'a' }, { 'ipam-ipv4-pool-id': 'b' }, 'conflicting ipv4 ipam pools a: b')
  ])
})
