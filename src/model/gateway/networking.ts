/**
 * What may reach the targets of a load balancer (LBC: pkg/gateway/model/model_build_target_group_binding_network.go).
 *
 * @module
 */
import { trafficPort } from '../build/health-check-port.ts'
import { parseBool } from '../go/strconv.ts'
import { ModelError } from '../model-error.ts'
import type { NetworkingIngress, NetworkingPort, TargetGroupSpec } from '../stack/stack.ts'
import type { GatewayTask } from './task.ts'

const udpProtocols: readonly string[] = ['UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC']

/** `intstr.IntOrString.IntValue`: a name is 0. */
function intValue(port: number | string): number {
  return typeof port === 'number' ? port : /^[+-]?\d+$/.test(port) ? Number(port) : 0
}

/** From the security group of the load balancer (LBC: standardBuilder). */
function fromSecurityGroup(
  { backendSecurityGroup, environment }: GatewayTask,
  { protocol, healthCheckConfig }: TargetGroupSpec,
  targetPort: number | string
): { ingress: NetworkingIngress[] } | undefined {
  if (backendSecurityGroup === undefined) {
    return undefined
  }
  const from = [{ securityGroup: { groupID: backendSecurityGroup } }]
  const isUDP = udpProtocols.includes(protocol)
  if (environment.controller.disableRestrictedSecurityGroupRules) {
    const ports: NetworkingPort[] = [{ protocol: 'TCP' }, ...(isUDP ? [{ protocol: 'UDP' } as const] : [])]
    return { ingress: [{ from, ports }] }
  }
  const { port } = healthCheckConfig
  const ports: NetworkingPort[] = [{ protocol: isUDP ? 'UDP' : 'TCP', port: targetPort }]
  if (isUDP || (typeof port === 'number' && port !== intValue(targetPort))) {
    ports.push({ protocol: 'TCP', port: port === trafficPort ? targetPort : port })
  }
  return { ingress: ports.map(one => ({ from, ports: [one] })) }
}

/** Whether targets see the client's address (LBC: getPreserveClientIP). */
function preservesClientAddress({ protocol, targetType, targetGroupAttributes = [] }: TargetGroupSpec): boolean {
  if (udpProtocols.includes(protocol)) {
    return true
  }
  const attribute = targetGroupAttributes.find(({ key }) => key === 'preserve_client_ip.enabled')
  if (!attribute) {
    return targetType === 'instance'
  }
  try {
    return parseBool(attribute.value)
  } catch (error) {
    if (error instanceof ModelError) {
      return false
    }
    throw error
  }
}

/** Everybody, or the VPC where the load balancer is internal (LBC: getDefaultIPSourceRanges). */
function defaultSources({ environment, loadBalancer }: GatewayTask, { ipAddressType }: TargetGroupSpec): string[] {
  const isIPv6 = ipAddressType === 'ipv6'
  if (loadBalancer!.scheme === 'internal') {
    return isIPv6 ? environment.vpcIPv6CIDRs : environment.vpcCIDRs
  }
  return [isIPv6 ? '::/0' : '0.0.0.0/0']
}

function peers(cidrs: string[]): NetworkingIngress['from'] {
  return cidrs.length > 0 ? cidrs.map(cidr => ({ ipBlock: { cidr } })) : null
}

function trafficPorts({ protocol }: TargetGroupSpec, port: number | string): NetworkingPort[] {
  if (protocol === 'TCP_UDP' || protocol === 'TCP_QUIC') {
    return [
      { protocol: 'TCP', port },
      { protocol: 'UDP', port }
    ]
  }
  return [{ protocol: udpProtocols.includes(protocol) ? 'UDP' : 'TCP', port }]
}

/** By blocks of addresses, where a Network Load Balancer has no security groups (LBC: nlbNoSecurityGroups). */
function fromBlocks(
  task: GatewayTask,
  spec: TargetGroupSpec,
  targetPort: number | string
): { ingress: NetworkingIngress[] } {
  const subnetCIDRs = task.subnets.flatMap(({ cidr, ipv6CIDRs = [] }) =>
    spec.ipAddressType === 'ipv4' ? (cidr ?? []) : ipv6CIDRs
  )
  const isPreserved = preservesClientAddress(spec)
  const given = task.configuration.spec.sourceRanges ?? []
  const usesDefault = isPreserved && given.length === 0
  const sources = usesDefault ? defaultSources(task, spec) : isPreserved ? given : subnetCIDRs
  const { port } = spec.healthCheckConfig
  const isTrafficPort = port === trafficPort || port === intValue(targetPort)
  const isCovered =
    !udpProtocols.includes(spec.protocol) &&
    isTrafficPort &&
    (!isPreserved || usesDefault || sources.includes('0.0.0.0/0') || sources.includes('::/0'))
  const checks =
    isCovered || subnetCIDRs.length === 0
      ? []
      : [
          {
            from: peers(subnetCIDRs),
            ports: [{ protocol: 'TCP', port: port === trafficPort ? targetPort : port } as const]
          }
        ]
  return { ingress: [{ from: peers(sources), ports: trafficPorts(spec, targetPort) }, ...checks] }
}

/** LBC: buildTargetGroupBindingNetworking. */
export function buildNetworking(
  task: GatewayTask,
  spec: TargetGroupSpec,
  targetPort: number | string
): { ingress: NetworkingIngress[] } | undefined {
  return (task.loadBalancer!.securityGroups ?? []).length === 0
    ? fromBlocks(task, spec, targetPort)
    : fromSecurityGroup(task, spec, targetPort)
}
