import type { Service, ServicePort } from '../../resources/index.ts'
import { ModelError } from '../model-error.ts'
import { keyOf } from './cluster-objects.ts'

/** A port of a Service by name, or by its number (LBC: LookupServicePort). @throws ModelError */
export function lookUpPort(service: Service, port: number | string): ServicePort {
  const found = service.spec?.ports?.find(candidate =>
    typeof port === 'string' ? (candidate.name ?? '') === port : candidate.port === port
  )
  if (found) {
    return found
  }
  if (typeof port === 'number' && service.spec?.type === 'ExternalName') {
    return { port, targetPort: port }
  }
  throw new ModelError(`unable to find port ${port} on service ${keyOf(service)}`)
}

/** The API server puts the port where no target port is given. */
export function targetPortOf({ port, targetPort = port }: ServicePort): number | string {
  return targetPort
}
