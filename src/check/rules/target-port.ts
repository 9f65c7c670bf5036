import { nearestName } from '../../nearest-name.ts'
import { objectName } from '../../resources/index.ts'
import { containerPortsOf, podPort } from '../../targets/index.ts'
import { frontDoors, portPath } from '../facts/front-door.ts'
import type { Rule } from '../rule.ts'

/** A Service that sends to a port of its pods by a name which none of their containers has: it has no endpoints for it. */
export const targetPortName: Rule = {
  code: 'TARGET_PORT_NOT_IN_PODS',
  severity: 'error',
  explains: ['TARGET_GROUP_EMPTY', 'TARGET_GIVES_NO_ANSWER', 'HEALTH_CHECK_FAILS'],
  *find(context) {
    const { resources } = context
    const ofDoors = frontDoors(context).flatMap(({ service, listeners }) =>
      listeners.map(({ servicePort }) => ({ service, port: servicePort }))
    )
    const seen = new Set<unknown>()
    for (const { service, port } of [...context.backends, ...ofDoors]) {
      const { targetPort, protocol = 'TCP' } = port
      const isNamed = typeof targetPort === 'string' && protocol === 'TCP'
      if (seen.has(port) || !isNamed || podPort(service, port, resources) !== undefined) {
        continue
      }
      seen.add(port)
      const ports = containerPortsOf(service, resources)
      const names = ports.flatMap(({ name }) => name ?? [])
      const only = ports.length === 1 ? (ports[0]!.name ?? ports[0]!.number) : undefined
      const meant = nearestName(targetPort, names) ?? only
      const path = [...portPath(service, port), 'targetPort']
      yield {
        object: service,
        path,
        message: `${objectName(service)} sends port ${port.port} to the port ${targetPort} of its pods, and none of their containers has a port of that name: it has no endpoints there`,
        expected: names.join(' or ') || ports.map(({ number }) => number).join(' or ') || 'a number',
        actual: targetPort,
        ...(meant !== undefined && { changes: [{ path, value: meant }] }),
        hint:
          meant === undefined
            ? `name a port of the container ${targetPort}, or set targetPort to its number`
            : `set targetPort: ${meant}, or name the port of the container ${targetPort}`
      }
    }
  }
}
