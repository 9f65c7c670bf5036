import type { Service, ServicePort } from '../../resources/index.ts'
import { namespaceOf } from '../build/cluster-objects.ts'
import { trafficPort } from '../build/health-check-port.ts'
import { targetPortOf } from '../build/service-port.ts'
import { objectOf } from '../build/tags.ts'
import { addResource } from '../build/task.ts'
import { parseIntOrString } from '../go/strconv.ts'
import { targetGroupARN } from '../stack/names.ts'
import type {
  NetworkingIngress,
  NetworkingPort,
  NetworkProtocol,
  TargetGroupBindingSpec,
  TargetGroupSpec,
  Token
} from '../stack/stack.ts'
import { readBool, readStringMap } from './annotations.ts'
import { sourceRanges } from './security-groups.ts'
import type { ServiceTask } from './task.ts'

const everyone = { ipv4: ['0.0.0.0/0'], ipv6: ['::/0'] }

/** What a binding binds. */
interface BoundTargetGroup {
  id: string
  spec: TargetGroupSpec
  service: Service
  servicePort: ServicePort
  /** Whether targets see the client's address. */
  keepsClientIP: boolean
}

/** Where targets take connections: the node port, or the target port by number or name. */
function targetPort({ spec, servicePort }: BoundTargetGroup): number | string {
  return spec.targetType === 'instance' ? spec.port : targetPortOf(servicePort)
}

/** `IntOrString.IntValue`: of a text that is no number, 0. */
function intValue(port: number | string): number {
  const value = typeof port === 'number' ? port : parseIntOrString(port)
  return typeof value === 'number' ? value : 0
}

/** Whether targets are checked at the port at which they take connections. */
function checksTrafficPort(healthCheckPort: number | string, port: number | string): boolean {
  return healthCheckPort === trafficPort || intValue(healthCheckPort) === intValue(port)
}

function carriesBoth(protocol: string): boolean {
  return protocol === 'TCP_UDP' || protocol === 'TCP_QUIC'
}

function carriesUDPAlone(protocol: string): boolean {
  return protocol === 'UDP' || protocol === 'QUIC'
}

/** Which ports the load balancer's security group may reach (LBC: buildTargetGroupBindingNetworking). */
function portsForGroup(
  protocol: string,
  port: number | string,
  healthCheckPort: number | string,
  isRestricted: boolean
): NetworkingPort[] {
  const carriesUDP = carriesBoth(protocol) || carriesUDPAlone(protocol)
  if (!isRestricted) {
    return [{ protocol: 'TCP' }, ...(carriesUDP ? [{ protocol: 'UDP' } as const] : [])]
  }
  const isChecked = checksTrafficPort(healthCheckPort, port)
  const takesTCP = protocol === 'TCP' || protocol === 'TLS' || (carriesUDP && (carriesBoth(protocol) || isChecked))
  return [
    ...(carriesUDP ? [{ protocol: 'UDP', port } as const] : []),
    ...(takesTCP ? [{ protocol: 'TCP', port } as const] : []),
    ...(isChecked ? [] : [{ protocol: 'TCP', port: healthCheckPort } as const])
  ]
}

function byGroup(task: ServiceTask, bound: BoundTargetGroup, groupID: Token): NetworkingIngress[] {
  const { protocol, healthCheckConfig } = bound.spec
  const isRestricted = !task.environment.controller.disableRestrictedSecurityGroupRules
  const ports = portsForGroup(protocol, targetPort(bound), healthCheckConfig.port, isRestricted)
  return [{ from: [{ securityGroup: { groupID } }], ports: ports.length > 0 ? ports : null }]
}

/** The blocks of the load balancer's own addresses (LBC: getLoadBalancerSubnetsSourceRanges). */
function subnetBlocks(task: ServiceTask, ipAddressType: 'ipv4' | 'ipv6'): string[] {
  return task.subnets.flatMap(({ id, cidr, ipv6CIDRs }) => {
    const blocks = ipAddressType === 'ipv4' ? cidr && [cidr] : ipv6CIDRs
    if (!blocks) {
      task.assumptions.add(`the addresses of the subnet ${id} are any: aws.yaml does not give them`)
    }
    return blocks || everyone[ipAddressType]
  })
}

/** LBC: getDefaultIPSourceRanges. */
function defaultRanges({ environment, loadBalancer }: ServiceTask, ipAddressType: 'ipv4' | 'ipv6'): string[] {
  const { vpcCIDRs, vpcIPv6CIDRs } = environment
  const ofVPC = ipAddressType === 'ipv4' ? vpcCIDRs : vpcIPv6CIDRs
  return loadBalancer!.scheme === 'internal' ? ofVPC : everyone[ipAddressType]
}

function blocks(cidrs: string[]): NetworkingIngress['from'] {
  return cidrs.length > 0 ? cidrs.map(cidr => ({ ipBlock: { cidr } })) : null
}

/**
 * Which blocks nodes and pods let in for a load balancer without security groups (LBC: buildTargetGroupBindingNetworkingLegacy).
 *
 * @throws ModelError
 */
function byBlock(task: ServiceTask, bound: BoundTargetGroup): NetworkingIngress[] | undefined {
  const managed = readBool('aws-load-balancer-manage-backend-security-group-rules', task.service)
  if (managed?.value === false) {
    return undefined
  }
  const { spec, keepsClientIP } = bound
  const protocol = spec.protocol as NetworkProtocol
  const port = targetPort(bound)
  const healthCheckPort = spec.healthCheckConfig.port
  const family = spec.ipAddressType ?? 'ipv4'
  const carriesUDP = carriesBoth(protocol) || carriesUDPAlone(protocol)
  const ofSubnets = subnetBlocks(task, family)
  const given = sourceRanges(bound.service, task.service).value
  const seesClients = carriesUDP || keepsClientIP
  const sources = !seesClients ? ofSubnets : given.length > 0 ? given : defaultRanges(task, family)
  const traffic: NetworkingIngress = {
    from: blocks(sources),
    ports: [
      ...(carriesUDPAlone(protocol) ? [] : [{ protocol: 'TCP', port } as const]),
      ...(carriesUDP ? [{ protocol: 'UDP', port } as const] : [])
    ]
  }
  // LBC: buildHealthCheckSourceCIDRs. Checks come from the load balancer's own addresses.
  const areCovered =
    protocol !== 'UDP' &&
    checksTrafficPort(healthCheckPort, port) &&
    (!keepsClientIP || given.length === 0 || sources.some(cidr => cidr === '0.0.0.0/0' || cidr === '::/0'))
  if (areCovered || ofSubnets.length === 0) {
    return [traffic]
  }
  const checkedPort = healthCheckPort === trafficPort ? port : healthCheckPort
  return [traffic, { from: blocks(ofSubnets), ports: [{ protocol: 'TCP', port: checkedPort }] }]
}

/** LBC: buildTargetGroupBindingNodeSelector. @throws ModelError */
function buildNodeSelector({ service }: ServiceTask, targetType: string) {
  if (targetType !== 'instance') {
    return undefined
  }
  const matchLabels = objectOf(readStringMap('aws-load-balancer-target-node-labels', service)?.value ?? new Map())
  return matchLabels && { matchLabels }
}

/** Builds the TargetGroupBinding beside a target group (LBC: buildTargetGroupBindingSpec). @throws ModelError */
export function buildBinding(task: ServiceTask, bound: BoundTargetGroup): void {
  const { id, spec, service, servicePort } = bound
  const nodeSelector = buildNodeSelector(task, spec.targetType)
  const groups = task.loadBalancer!.securityGroups ?? []
  const ingress =
    groups.length === 0
      ? byBlock(task, bound)
      : task.backendSecurityGroup && byGroup(task, bound, task.backendSecurityGroup)
  const multiCluster = readBool('aws-load-balancer-multi-cluster-target-group', task.service)?.value ?? false
  const template: TargetGroupBindingSpec['template'] = {
    metadata: { name: spec.name, namespace: namespaceOf(service) },
    spec: {
      targetGroupARN: targetGroupARN(id),
      targetType: spec.targetType as 'instance' | 'ip',
      serviceRef: { name: service.metadata.name, port: servicePort.port },
      ...(ingress && { networking: { ingress } }),
      ...(nodeSelector && { nodeSelector }),
      ipAddressType: spec.ipAddressType!,
      vpcID: task.environment.vpcID,
      targetGroupProtocol: spec.protocol,
      ...(multiCluster && { multiClusterTargetGroup: true })
    }
  }
  addResource(task, 'K8S::ElasticLoadBalancingV2::TargetGroupBinding', id, { spec: { template } })
}
