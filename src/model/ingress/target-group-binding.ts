import type { Service } from '../../resources/index.ts'
import { readBool, readStringMap } from '../annotation/parser.ts'
import { namespaceOf } from '../build/cluster-objects.ts'
import { type TargetType, trafficPort } from '../build/health-check-port.ts'
import { objectOf } from '../build/tags.ts'
import { addResource } from '../build/task.ts'
import { targetGroupARN } from '../stack/names.ts'
import type { NetworkingIngress, TargetGroupBindingSpec, TargetGroupSpec } from '../stack/stack.ts'
import type { Member } from './group/ingress-group.ts'
import type { BuildTask } from './task.ts'

/** Which ports of the targets the load balancer's security group may reach (LBC: buildTargetGroupBindingNetworking). */
function buildNetworking(
  { backendSecurityGroup, environment }: BuildTask,
  targetPort: number | string,
  healthCheckPort: number | string,
  targetControlPort: number | undefined
): { ingress: NetworkingIngress[] } | undefined {
  if (backendSecurityGroup === undefined) {
    return undefined
  }
  const from = [{ securityGroup: { groupID: backendSecurityGroup } }]
  if (environment.controller.disableRestrictedSecurityGroupRules) {
    return { ingress: [{ from, ports: [{ protocol: 'TCP' }] }] }
  }
  const ports = [
    targetPort,
    ...(healthCheckPort === trafficPort ? [] : [healthCheckPort]),
    ...(targetControlPort === undefined ? [] : [targetControlPort])
  ]
  return { ingress: ports.map(port => ({ from, ports: [{ protocol: 'TCP', port }] })) }
}

/** True on the Ingress wins, else the Service decides. */
function isMultiCluster({ ingress }: Member, service: Service): boolean {
  return (
    readBool('multi-cluster-target-group', ingress)?.value ||
    (readBool('multi-cluster-target-group', service)?.value ?? false)
  )
}

/** LBC: buildTargetGroupBindingNodeSelector. */
function buildNodeSelector({ ingress }: Member, service: Service, targetType: TargetType) {
  if (targetType !== 'instance') {
    return undefined
  }
  const matchLabels = objectOf(readStringMap('target-node-labels', service, ingress)?.value ?? new Map())
  return matchLabels && { matchLabels }
}

/** What a binding binds: a target group's spec, and the port of the Service that its targets come from. */
export interface BoundTargetGroup {
  id: string
  spec: TargetGroupSpec
  targetType: TargetType
  service: Service
  /** As written in the Ingress. */
  port: number | string
  /** Where the targets take requests: the node port, or the target port by number or name. */
  targetPort: number | string
}

/** Builds the TargetGroupBinding beside a target group (LBC: buildTargetGroupBindingSpec). @throws ModelError */
export function buildBinding(task: BuildTask, member: Member, bound: BoundTargetGroup): void {
  const { id, spec, targetType, service, port, targetPort } = bound
  const nodeSelector = buildNodeSelector(member, service, targetType)
  const multiCluster = isMultiCluster(member, service)
  const networking = buildNetworking(task, targetPort, spec.healthCheckConfig.port, spec.targetControlPort)
  const template: TargetGroupBindingSpec['template'] = {
    metadata: { name: spec.name, namespace: namespaceOf(service) },
    spec: {
      targetGroupARN: targetGroupARN(id),
      targetType,
      serviceRef: { name: service.metadata.name, port },
      ...(networking && { networking }),
      ...(nodeSelector && { nodeSelector }),
      ...(spec.ipAddressType && { ipAddressType: spec.ipAddressType }),
      vpcID: task.environment.vpcID,
      targetGroupProtocol: spec.protocol,
      ...(multiCluster && { multiClusterTargetGroup: true })
    }
  }
  addResource(task, 'K8S::ElasticLoadBalancingV2::TargetGroupBinding', id, { spec: { template } })
}
