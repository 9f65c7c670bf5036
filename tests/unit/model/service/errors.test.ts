/** What the controller refuses of a Service, in its words and in the order in which it finds it (LBC: pkg/service). */
import { expect, test } from '@jest/globals'
import type { Service } from '../../../../src/resources/index.ts'
import { account, planOf, service } from './objects.ts'

const bool = 'failed to parse bool annotation, service.beta.kubernetes.io/aws-load-balancer'
const internetFacing = { scheme: 'internet-facing' }
const dualstack = { 'ip-address-type': 'dualstack' }
const nat = { ...dualstack, 'enable-prefix-for-ipv6-source-nat': 'on' }
const certificate = { 'ssl-cert': 'arn:one' }
const merged = { 'enable-tcp-udp-listener': 'true' }

function ports(...given: [port: number, protocol: string][]) {
  return {
    ports: given.map(([port, protocol]) => ({
      name: protocol.toLowerCase(),
      port,
      protocol,
      targetPort: port,
      nodePort: 31000
    }))
  }
}

function action(value: unknown, key = '/actions.TCP-80') {
  return { [key]: typeof value === 'string' ? value : JSON.stringify(value) }
}

function forward(...targetGroups: object[]) {
  return action({ type: 'forward', forwardConfig: { baseServiceWeight: 1, targetGroups } })
}

const tuple = 'invalid ForwardConfig: invalid TargetGroupTuple: '

test.each<[expected: string, ...services: Service[]]>([
  ['unknown scheme: public', service({ scheme: 'public' })],
  [
    `${bool}-internal: 0.0.0.0/0: strconv.ParseBool: parsing "0.0.0.0/0": invalid syntax`,
    service({ internal: '0.0.0.0/0' })
  ],
  [
    'unknown IPAddressType: dualstack-without-public-ipv4',
    service({ 'ip-address-type': 'dualstack-without-public-ipv4' })
  ],
  // What comes first is told first.
  ['unknown scheme: public', service({ scheme: 'public', 'ip-address-type': 'ipv6' })],
  ['unable to resolve at least one subnet', service({ subnets: ' , ' })],
  [
    'multiple subnets in same Availability Zone us-west-2a: [subnet-a subnet-a]',
    service({ subnets: 'subnet-a,subnet-a' })
  ],
  [
    "Invalid enable-prefix-for-ipv6-source-nat value: yes. Valid values are ['on', 'off'].",
    service({ 'enable-prefix-for-ipv6-source-nat': 'yes' })
  ],
  [
    'enable-prefix-for-ipv6-source-nat annotation is only applicable to Network Load Balancers using Dualstack IP address type.',
    service({ 'enable-prefix-for-ipv6-source-nat': 'on' })
  ],
  [
    "invalid dns_record.client_routing_policy set in annotation aws-load-balancer-attributes: got 'any' expected one of ['any_availability_zone', 'partial_availability_zone_affinity', 'availability_zone_affinity']",
    service({ attributes: 'dns_record.client_routing_policy=any' })
  ],
  [
    'failed to parse stringMap annotation, service.beta.kubernetes.io/aws-load-balancer-attributes: a',
    service({ attributes: 'a' })
  ],
  [
    `${bool}-access-log-enabled: yes: strconv.ParseBool: parsing "yes": invalid syntax`,
    service({ 'access-log-enabled': 'yes' })
  ],
  [
    'invalid key to set the capacity: Units, Expected key: CapacityUnits',
    service({ 'minimum-load-balancer-capacity': 'Units=1' })
  ],
  [
    'invalid value to set the capacity: many: strconv.ParseInt: parsing "many": invalid syntax',
    service({ 'minimum-load-balancer-capacity': 'CapacityUnits=many' })
  ],
  [
    'unsupported v6 cidr 2001:db8::/32 when lb is not dualstack',
    service({}, { loadBalancerSourceRanges: ['10.0.0.0/8', '2001:db8::/32'] })
  ],
  [
    'EIP allocations can only be set for internet facing load balancers',
    service({ 'eip-allocations': 'eipalloc-1,eipalloc-2' })
  ],
  [
    'count of EIP allocations (1) and subnets (2) must match',
    service({ ...internetFacing, 'eip-allocations': 'eipalloc-1' })
  ],
  [
    'private IPv4 addresses can only be set for internal load balancers',
    service({ ...internetFacing, 'private-ipv4-addresses': '10.0.0.9,10.0.1.9' })
  ],
  ['count of private IPv4 addresses (1) and subnets (2) must match', service({ 'private-ipv4-addresses': '10.0.0.9' })],
  [
    'private IPv4 addresses must be valid IP address: 10.0.0.256',
    service({ 'private-ipv4-addresses': '10.0.0.256,10.0.1.9' })
  ],
  [
    'private IPv4 addresses must be valid IPv4 address: 2001:db8::1',
    service({ 'private-ipv4-addresses': '2001:db8::1,10.0.1.9' })
  ],
  [
    'expect one private IPv4 address configured for subnet: subnet-a',
    service({ 'private-ipv4-addresses': '10.0.1.8,10.0.1.9' })
  ],
  // Every listed subnet that is not in aws.yaml has the block of the entry for all.
  [
    'expect one private IPv4 address configured for subnet: subnet-1',
    service({ subnets: 'subnet-1,subnet-2', 'private-ipv4-addresses': '10.0.0.8,10.0.0.9' })
  ],
  [
    'IPv6 addresses can only be set for dualstack load balancers',
    service({ 'ipv6-addresses': '2600:1f14:f8c:2700::10' })
  ],
  [
    'IPv6 addresses must be valid IPv6 address: 10.0.0.1',
    service({ ...dualstack, 'ipv6-addresses': '10.0.0.1,10.0.0.2' })
  ],
  [
    'expect one IPv6 address configured for subnet: subnet-b',
    service({ ...dualstack, 'ipv6-addresses': '2600:1f14:f8c:2700::10,2600:1f14:f8c:2702::10' })
  ],
  [
    'source-nat-ipv6-prefixes annotation can only be set for Network Load Balancers using Dualstack IP address type.',
    service({ 'source-nat-ipv6-prefixes': 'auto_assigned' })
  ],
  [
    'source-nat-ipv6-prefixes annotation is only applicable if enable-prefix-for-ipv6-source-nat annotation is set to on.',
    service({ ...dualstack, 'source-nat-ipv6-prefixes': 'auto_assigned' })
  ],
  [
    'Number of values in source-nat-ipv6-prefixes (1) must match the number of subnets (2).',
    service({ ...nat, 'source-nat-ipv6-prefixes': 'auto_assigned' })
  ],
  [
    'Invalid value in source-nat-ipv6-prefixes: 2600::. ',
    service({ ...nat, 'source-nat-ipv6-prefixes': '2600::,auto_assigned' })
  ],
  [
    'Invalid value in source-nat-ipv6-prefixes: 2600::/64. Prefix length must be 80, but 64 is specified.',
    service({ ...nat, 'source-nat-ipv6-prefixes': '2600::/64,auto_assigned' })
  ],
  [
    'Invalid value in source-nat-ipv6-prefixes: 2600::/80. Value must be within subnet CIDR range: [2600:1f14:f8c:2700::/64].',
    service({ ...nat, 'source-nat-ipv6-prefixes': '2600::/80,auto_assigned' })
  ],
  ['load balancer name cannot be longer than 32 characters', service({ name: 'a'.repeat(33) })],
  [
    'Invalid value for securityGroupsInboundRulesOnPrivateLink status: yes, value must be one of [on, off]',
    service({ 'inbound-sg-rules-on-private-link-traffic': 'yes' })
  ],
  ['Unused port in ssl-ports annotation [8443 *]', service({ 'ssl-ports': '443,8443,*' })],
  ['Unsupported QUIC upgrade for protocol TCP', service({ 'quic-enabled-ports': '443' })],
  [
    'Unsupported QUIC upgrade for protocol TLS',
    service({ ...certificate, 'ssl-ports': '443', 'quic-enabled-ports': 'https' })
  ],
  [
    'invalid ALPN policy h2, policy must be one of [None, HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred]',
    service({ ...certificate, 'alpn-policy': 'h2' })
  ],
  [
    'can only merge two ports, not 3 ([{Name:tcp Protocol:TCP AppProtocol:<nil> Port:53 TargetPort:{Type:0 IntVal:53 StrVal:} NodePort:31000} {Name:udp Protocol:UDP AppProtocol:<nil> Port:53 TargetPort:{Type:0 IntVal:53 StrVal:} NodePort:31000} {Name:sctp Protocol:SCTP AppProtocol:<nil> Port:53 TargetPort:{Type:0 IntVal:53 StrVal:} NodePort:31000}])',
    service(merged, ports([53, 'TCP'], [53, 'UDP'], [53, 'SCTP']))
  ],
  ['unsupported protocol for merging: SCTP', service(merged, ports([53, 'TCP'], [53, 'SCTP']))],
  ["protocols can't match for merging: TCP", service(merged, ports([53, 'TCP'], [53, 'TCP']))],
  ['unsupported health check protocol udp', service({ 'healthcheck-protocol': 'udp' })],
  [
    'failed to resolve healthCheckPort: unable to find port status on service ns/gw',
    service({ 'healthcheck-port': 'status' })
  ],
  [
    'failed to parse int32 annotation, service.beta.kubernetes.io/aws-load-balancer-healthcheck-interval: 10s: strconv.ParseInt: parsing "10s": invalid syntax',
    service({ 'healthcheck-interval': '10s' })
  ],
  [
    'failed to parse attribute preserve_client_ip.enabled=no: strconv.ParseBool: parsing "no": invalid syntax',
    service({ 'target-group-attributes.443': 'preserve_client_ip.enabled=no' })
  ],
  [
    'invalid port number in proxy-protocol-per-target-group: https',
    service({ 'proxy-protocol-per-target-group': '80, https' })
  ],
  [
    'invalid value true for Load Balancer proxy protocol v2 annotation, only value currently supported is *',
    service({ 'proxy-protocol': 'true' })
  ],
  ['unsupported IPv6 configuration, lb not dual-stack', service({}, { ipFamilies: ['IPv4', 'IPv6'] })],
  [
    "TargetGroup port is empty. When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'",
    service({}, { ports: [{ port: 80, targetPort: 8080 }] })
  ],
  [
    'TargetGroup port is empty. Are you using the correct service type?',
    service({ 'nlb-target-type': 'ip' }, { ports: [{ port: 80, targetPort: 0 }] })
  ],
  [
    'unable to support instance target type with an unallocated NodePort',
    service({}, { allocateLoadBalancerNodePorts: false, ports: [{ port: 80, targetPort: 8080 }] })
  ],
  [
    `${bool}-multi-cluster-target-group: x: strconv.ParseBool: parsing "x": invalid syntax`,
    service({ 'multi-cluster-target-group': 'x' })
  ],
  ['unknown action type: redirect', service(action({ type: 'redirect' }))],
  [`${tuple}precisely one of targetGroupARN and serviceName can be specified`, service(forward({ weight: 1 }))],
  [`${tuple}missing servicePort`, service(forward({ serviceName: 'canary' }))],
  [
    `${tuple}target group weight must be between 0 and 999`,
    service(forward({ targetGroupARN: 'arn:a', weight: 1000 }))
  ],
  [
    'invalid ForwardConfig: weight must be set when routing to multiple target groups',
    service(forward({ targetGroupARN: 'arn:a', weight: 1 }, { targetGroupARN: 'arn:b' }))
  ],
  [
    'failed to parse json annotation, service.beta.kubernetes.io/actions.TCP-80: {"type":1}: json: cannot unmarshal number into Go struct field Action.type of type service.ActionType',
    service(action('{"type":1}'))
  ],
  ['Service "canary" not found', service(forward({ serviceName: 'canary', servicePort: 80 }))],
  [
    'unable to find port 81 on service ns/canary',
    service(forward({ serviceName: 'canary', servicePort: 81 })),
    service({}, { type: 'NodePort' }, 'canary')
  ]
])('%s', (expected, ...services) => {
  expect(planOf(services).error).toBe(expected.trim())
})

test.each<[expected: string, yaml: string, Service]>([
  [
    'backendSG feature is required to manage worker node SG rules when frontendSG is manually specified',
    'controller: { enableBackendSecurityGroup: false }',
    service({ 'security-groups': 'sg-1', 'manage-backend-security-group-rules': 'true' })
  ],
  [
    'external managed tag key team cannot be specified on Service',
    'controller: { externalManagedTags: [team] }',
    service({ 'additional-resource-tags': 'team=a' })
  ],
  [
    'unsupported targetType: ip when EnableIPTargetType is false',
    'controller: { featureGates: { EnableIPTargetType: false } }',
    service({ 'nlb-target-type': 'ip' })
  ]
])('%s, with %s', (expected, yaml, given) => {
  expect(planOf([given], account(yaml)).error).toBe(expected)
})

test('where the build breaks off, no event tells it', () => {
  const { error, errorHasEvent } = planOf([service(action({ type: 'forward' }))])
  expect(error).toBe('panic: runtime error: invalid memory address or nil pointer dereference [recovered]')
  expect(errorHasEvent).toBe(false)
})

test('what is to be taken away and is protected stays', () => {
  const gone = service({ attributes: 'deletion_protection.enabled=true' })
  const metadata = {
    ...gone.metadata,
    deletionTimestamp: '2026-01-01T00:00:00Z',
    finalizers: ['service.k8s.aws/resources']
  }
  expect(planOf([{ ...gone, metadata }]).error).toBe('deletion_protection is enabled, cannot delete the service: gw')
})
