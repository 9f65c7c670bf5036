import { namespaceOf } from '../build/cluster-objects.ts'
import { targetPortOf } from '../build/service-port.ts'
import { addResource } from '../build/task.ts'
import { targetGroupARN } from '../stack/names.ts'
import type { TargetGroupBindingSpec, TargetGroupSpec } from '../stack/stack.ts'
import { buildNetworking } from './networking.ts'
import type { Backend } from './route/backend.ts'
import type { GatewayTask } from './task.ts'

function filled<Value extends object>(value: Value | undefined): Value | undefined {
  return value && Object.keys(value).length > 0 ? value : undefined
}

/** Builds the TargetGroupBinding beside a Service's target group (LBC: buildTargetGroupBindingSpec). @throws ModelError */
export function buildBinding(
  task: GatewayTask,
  id: string,
  spec: TargetGroupSpec,
  { service, servicePort, properties }: Extract<Backend, { type: 'Service' }>
): void {
  const isInstance = spec.targetType === 'instance'
  const { nodeSelector, enableMultiCluster } = properties?.properties ?? {}
  const networking = buildNetworking(task, spec, isInstance ? spec.port : targetPortOf(servicePort))
  const { infrastructure } = task.own.gateway.spec ?? {}
  const labels = filled(infrastructure?.labels)
  const annotations = filled(infrastructure?.annotations)
  const template: TargetGroupBindingSpec['template'] = {
    metadata: {
      name: spec.name,
      namespace: namespaceOf(service),
      ...(labels && { labels }),
      ...(annotations && { annotations })
    },
    spec: {
      targetGroupARN: targetGroupARN(id),
      targetType: spec.targetType as 'instance' | 'ip',
      serviceRef: { name: service.metadata.name, port: servicePort.port },
      ...(networking && { networking }),
      ...(isInstance && nodeSelector && { nodeSelector }),
      ipAddressType: spec.ipAddressType!,
      vpcID: task.environment.vpcID,
      targetGroupProtocol: spec.protocol,
      ...(enableMultiCluster && { multiClusterTargetGroup: true })
    }
  }
  addResource(task, 'K8S::ElasticLoadBalancingV2::TargetGroupBinding', id, { spec: { template } })
}
