import { annotationName, objectName, type Service } from '../../resources/index.ts'
import { canHaveNodePort, hintForName } from '../facts/external-name.ts'
import type { Rule } from '../rule.ts'

/** What to send to instead. */
function hintOf(service: Service): string {
  return (
    hintForName(service) ??
    `send to a Service of type NodePort, or set ${annotationName('target-type')}: ip on the Ingress`
  )
}

/** Instance targets are reached by a node port, which a Service of another type has not (LBC: buildTargetGroupPort). */
export const serviceType: Rule = {
  code: 'SERVICE_WITHOUT_NODE_PORT',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER', 'TARGET_GROUP_EMPTY', 'MODEL_NOT_BUILT'],
  *find({ backends }) {
    for (const { service, port, targetType, ingress } of backends) {
      if (targetType !== 'instance' || port.nodePort) {
        continue
      }
      const type = service.spec?.type ?? 'ClusterIP'
      yield {
        object: service,
        path: ['spec', 'type'],
        message: `${objectName(ingress)} sends to port ${port.port} of ${objectName(service)} by instance targets, which need a node port, but the Service is of type ${type}: the AWS Load Balancer Controller builds nothing for the group`,
        expected: 'NodePort',
        actual: type,
        ...(canHaveNodePort(service)
          ? {
              hint: `set spec.type: NodePort, or ${annotationName('target-type')}: ip on the Ingress`,
              changes: [{ path: ['spec', 'type'], value: 'NodePort' }]
            }
          : { hint: hintOf(service) })
      }
    }
  }
}
