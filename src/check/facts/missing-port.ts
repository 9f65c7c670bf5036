import { nearestName } from '../../nearest-name.ts'
import type { Ingress, Path, Resources } from '../../resources/index.ts'

/** A port that a Service lacks, as an error of the model names it. */
export interface MissingPort {
  service: string
  wanted: string
  hint: string
  /** The name that is near to it. */
  meant?: string
}

/** @param error of the controller's model: `unable to find port http on service ns/name`. */
export function missingPortOf(error: string, resources: Resources): MissingPort | undefined {
  const [, wanted, namespace, service] = /unable to find port (\S+) on service ([^/\s]+)\/(\S+)$/.exec(error) ?? []
  if (wanted === undefined || service === undefined) {
    return undefined
  }
  const ports = resources.find('Service', service, namespace)?.spec?.ports ?? []
  const names = ports.flatMap(({ name }) => name ?? [])
  // Half of a name is near too: status for status-port.
  const meant = nearestName(wanted, names) ?? names.find(name => name.split('-').includes(wanted))
  const listed = ports.map(({ name, port }) => (name === undefined ? port : `${name} (${port})`)).join(', ')
  return {
    service,
    wanted,
    hint: meant ? `did you mean ${meant}?` : `name a port that Service ${namespace}/${service} has: ${listed}`,
    ...(meant && { meant })
  }
}

/** Where an Ingress sends to such a port. */
export function backendPortPath({ spec }: Ingress, { service, wanted }: MissingPort): Path | undefined {
  for (const [rule, { http }] of (spec?.rules ?? []).entries()) {
    const path = (http?.paths ?? []).findIndex(({ backend }) => {
      const { name, port } = backend?.service ?? {}
      return name === service && String(port?.name ?? port?.number) === wanted
    })
    if (path >= 0) {
      return ['spec', 'rules', rule, 'http', 'paths', path, 'backend', 'service', 'port']
    }
  }
  return undefined
}
