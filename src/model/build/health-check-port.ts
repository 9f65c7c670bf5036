import type { Service } from '../../resources/index.ts'
import { parseIntOrString } from '../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { HealthCheckConfig } from '../stack/stack.ts'
import { lookUpPort, targetPortOf } from './service-port.ts'
import type { Setting } from './setting.ts'

export type TargetType = 'instance' | 'ip'

/** The port that a target takes requests or connections at. */
export const trafficPort = 'traffic-port'

/**
 * The port that health checks ask, as an annotation says it: a number is taken as it is, a name is looked up among the Service's
 * ports (LBC: buildTargetGroupHealthCheckPort, the same of Ingresses and of Services).
 *
 * @throws ModelError
 */
export function resolveHealthCheckPort(
  service: Service,
  { value: text, source }: Setting<string>,
  targetType: TargetType
): Setting<HealthCheckConfig['port']> {
  if (text === trafficPort) {
    return { value: trafficPort, source }
  }
  const port = parseIntOrString(text)
  if (typeof port === 'number') {
    return { value: port, source }
  }
  const servicePort = withErrorPrefix('failed to resolve healthCheckPort', () => lookUpPort(service, port))
  if (targetType === 'instance') {
    return { value: servicePort.nodePort ?? 0, source }
  }
  const targetPort = targetPortOf(servicePort)
  if (typeof targetPort === 'string') {
    throw new ModelError("cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port")
  }
  return { value: targetPort, source }
}
