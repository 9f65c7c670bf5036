import { nearestName } from '../../nearest-name.ts'
import { objectName, type Service, type TargetGroupBinding } from '../../resources/index.ts'
import type { Problem, Rule } from '../rule.ts'

interface Reference {
  name: string
  port: number | string
}

function problemOf(
  binding: TargetGroupBinding,
  service: Service | undefined,
  { name, port }: Reference,
  others: string[]
): Omit<Problem, 'object'> | undefined {
  const found = service?.spec?.ports?.find(one => one.port === port || one.name === port)
  if (!service) {
    const nearest = nearestName(name, others)
    // Of a namespace that has no Service among the objects nothing is known.
    return others.length === 0
      ? undefined
      : {
          path: ['spec', 'serviceRef', 'name'],
          message: `${objectName(binding)} registers the targets of Service ${name}, which is not there`,
          expected: others.join(' or '),
          actual: name,
          hint: nearest ? `did you mean ${nearest}?` : 'name a Service of the namespace',
          ...(nearest && { changes: [{ path: ['spec', 'serviceRef', 'name'], value: nearest }] })
        }
  }
  if (!found) {
    const meant = service.spec?.ports?.find(({ targetPort }) => targetPort === port)
    const ports = (service.spec?.ports ?? []).map(one => `${one.port}${one.name ? ` (${one.name})` : ''}`)
    return {
      path: ['spec', 'serviceRef', 'port'],
      message: `${objectName(binding)} registers port ${port} of ${objectName(service)}, which has no such port: no target is registered`,
      expected: ports.join(' or '),
      actual: String(port),
      hint: meant
        ? `write port: ${meant.port}: the Service's own number, not the pods'`
        : "name a port of the Service: its own number or name, not the pods'",
      ...(meant && { changes: [{ path: ['spec', 'serviceRef', 'port'], value: meant.port }] })
    }
  }
  return binding.spec?.targetType !== 'ip' && !found.nodePort
    ? {
        path: ['spec', 'targetType'],
        message: `${objectName(binding)} registers instances, which need a node port, but ${objectName(service)} is of type ${service.spec?.type ?? 'ClusterIP'}`,
        expected: 'targetType: ip, or a Service of type NodePort',
        actual: `targetType: ${binding.spec?.targetType ?? 'instance'}`,
        hint: 'set spec.type: NodePort on the Service',
        changed: service,
        changes: [{ path: ['spec', 'type'], value: 'NodePort' }]
      }
    : undefined
}

/** A TargetGroupBinding that registers nobody (LBC: reconcileWithInstanceTargetType, reconcileWithIPTargetType). */
export const targetGroupBinding: Rule = {
  code: 'TARGET_GROUP_BINDING_WITHOUT_TARGETS',
  severity: 'error',
  *find({ resources }) {
    for (const binding of resources.list('TargetGroupBinding')) {
      const reference = binding.spec?.serviceRef
      if (!reference) {
        continue
      }
      const { namespace } = binding.metadata
      const services = resources.list('Service').filter(({ metadata }) => metadata.namespace === namespace)
      const problem = problemOf(
        binding,
        services.find(({ metadata }) => metadata.name === reference.name),
        reference,
        services.map(({ metadata }) => metadata.name)
      )
      if (problem) {
        yield { object: binding, ...problem }
      }
    }
  }
}
