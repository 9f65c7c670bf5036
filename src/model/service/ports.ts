import type { Service, ServicePort } from '../../resources/index.ts'
import { keyOf } from '../build/cluster-objects.ts'
import { ModelError } from '../model-error.ts'

/** The ports of a Service. */
export function portsOf({ spec }: Service): ServicePort[] {
  return spec?.ports ?? []
}

/** The protocol of a port, which the API server puts where none is given. */
export function protocolOf({ protocol = 'TCP' }: ServicePort): string {
  return protocol
}

/** A port of a Service by name, or by its number (LBC: LookupServicePort). @throws ModelError */
export function findPort(service: Service, port: number | string): ServicePort {
  const found = portsOf(service).find(candidate =>
    typeof port === 'string' ? (candidate.name ?? '') === port : candidate.port === port
  )
  if (!found) {
    throw new ModelError(`unable to find port ${port} on service ${keyOf(service)}`)
  }
  return found
}
