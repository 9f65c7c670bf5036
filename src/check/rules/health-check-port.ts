import { isAssumed, isNodePortDrawn, objectName, type Service, type ServicePort } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from '../facts/backend.ts'
import { healthCheckPortOf, statusPortNumber, statusPortOf } from '../facts/health-check.ts'
import { addStatusPort, askStatusPort } from '../facts/setting-change.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'
import { numberOnNodes } from './service-health-check.ts'

function describePort({ name, port }: ServicePort): string {
  return name ?? String(port)
}

function describeActual(number: number, own: Service, services: Service[]): string {
  const ownPort = own.spec?.ports?.find(({ port, targetPort }) => port === number || targetPort === number)
  if (ownPort) {
    return `${number} is ${ownPort.targetPort === number ? 'the target port' : 'the port'} of ${describePort(ownPort)}, which pods listen on and nodes do not`
  }
  for (const service of services) {
    for (const port of service.spec?.ports ?? []) {
      if (port.nodePort === number && !isNodePortDrawn(port)) {
        return `${number} is the node port of ${describePort(port)} of another, ${objectName(service)}`
      }
    }
  }
  return `${number} is the node port of nothing here`
}

/** What the health check is to ask instead. */
function advise(
  context: Context,
  backend: Backend,
  { name, value }: { name: string; value: string },
  meant: ServicePort
): Pick<Problem, 'hint' | 'expected' | 'changed' | 'changes'> {
  // Who asks a gateway whether it is ready has no use for another port of it: the Service lacks the one.
  if (Number(value) === statusPortNumber && !statusPortOf(backend)) {
    return { expected: 'status-port', ...addStatusPort(context, backend) }
  }
  const asked = askStatusPort(context, backend)
  if (asked) {
    return { ...asked, hint: `${asked.hint}; the controller looks the node port up` }
  }
  return meant.name && !isAssumed(backend.service)
    ? {
        hint: `set ${name}: ${meant.name}; the controller looks the node port up`,
        changes: [{ path: annotationPath(name), value: meant.name }]
      }
    : { hint: `give the port of the Service that answers a name and set ${name} to it` }
}

/**
 * A health check of instance targets must hit a node port of the backend Service: a number is probed on the node as it is,
 * only a name is looked up (LBC: buildTargetGroupHealthCheckPort).
 */
export const healthCheckPort: Rule = {
  code: 'HEALTH_CHECK_PORT_NOT_A_NODE_PORT',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS'],
  *find(context) {
    const { backends, resources } = context
    yield* numberOnNodes(context)
    for (const backend of backends) {
      const { service, targetType } = backend
      const { annotation, by, port } = healthCheckPortOf(backend)
      if (targetType !== 'instance' || by !== 'number' || annotation === undefined) {
        continue
      }
      if (port && !isNodePortDrawn(port)) {
        continue
      }
      const ports = service.spec?.ports ?? []
      if (ports.every(candidate => candidate.nodePort === undefined)) {
        continue
      }
      const meant = statusPortOf(backend) ?? backend.port
      const fixed = meant.nodePort !== undefined && !isNodePortDrawn(meant)
      const name = describePort(meant)
      yield {
        object: annotation.object,
        path: annotationPath(annotation.name),
        message: `the health check probes port ${annotation.value} of the nodes, but ${objectName(service)} has ${
          fixed ? `${name} on node port ${meant.nodePort}` : `no fixed node port for ${name}: the API server draws one`
        }; ${describeActual(Number(annotation.value), service, resources.list('Service'))}`,
        expected: fixed ? `${name}, or ${meant.nodePort}` : name,
        actual: annotation.value,
        ...advise(context, backend, annotation, meant)
      }
    }
  }
}
