import { annotationName, objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/** Instance targets are reached by a node port, which a Service of another type has not (LBC: buildTargetGroupPort). */
export const serviceType: Rule = {
  code: 'SERVICE_WITHOUT_NODE_PORT',
  severity: 'error',
  *find({ backends }) {
    for (const { service, port, targetType, ingress } of backends) {
      if (targetType !== 'instance' || port.nodePort) {
        continue
      }
      const type = service.spec?.type ?? 'ClusterIP'
      const [name, namespace] = (service.spec?.externalName ?? '').split('.')
      const there = /\.svc(\.cluster\.local)?\.?$/.test(service.spec?.externalName ?? '')
      yield {
        object: service,
        path: ['spec', 'type'],
        message: `${objectName(ingress)} sends to port ${port.port} of ${objectName(service)} by instance targets, which need a node port, but the Service is of type ${type}`,
        expected: 'NodePort',
        actual: type,
        hint:
          type === 'ExternalName'
            ? `a name in DNS has no targets, of no type: ${there ? `put an Ingress into namespace ${namespace} that sends to ${name}, of the same group (${annotationName('group.name')})` : 'send to a Service that selects pods'}`
            : `set spec.type: NodePort, or ${annotationName('target-type')}: ip on the Ingress`
      }
    }
  }
}
