import {
  annotationName,
  isNodePortDrawn,
  objectName,
  type Resources,
  type Service,
  type ServicePort
} from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/** Whether a health check asks for the number: then it would have to follow. */
function isChecked({ metadata }: Service, nodePort: number, resources: Resources): boolean {
  return [...resources.list('Ingress'), ...resources.list('Service')].some(
    one =>
      one.metadata.namespace === metadata.namespace &&
      one.metadata.annotations?.[annotationName('healthcheck-port')] === String(nodePort)
  )
}

/** A node port is one Service's alone; the API server refuses the second that asks for it. */
export const nodePort: Rule = {
  code: 'NODE_PORT_TWICE',
  severity: 'error',
  *find({ resources }) {
    const owners = new Map<string, { service: Service; port: ServicePort }>()
    for (const service of resources.list('Service')) {
      if (service.spec?.type !== 'NodePort' && service.spec?.type !== 'LoadBalancer') {
        continue
      }
      for (const [index, port] of (service.spec.ports ?? []).entries()) {
        if (!port.nodePort || isNodePortDrawn(port)) {
          continue
        }
        const key = `${port.protocol ?? 'TCP'} ${port.nodePort}`
        const owner = owners.get(key)
        if (!owner) {
          owners.set(key, { service, port })
          continue
        }
        yield {
          object: service,
          path: ['spec', 'ports', index, 'nodePort'],
          message: `node port ${port.nodePort} is asked for by ${port.name ?? port.port} of ${objectName(service)} and by ${owner.port.name ?? owner.port.port} of ${objectName(owner.service)}; the API server gives it to one of them`,
          expected: 'a node port that no other Service has',
          actual: String(port.nodePort),
          hint: `remove it, and another is drawn, or set one from 30000 to 32767 that is free`,
          ...(!isChecked(service, port.nodePort, resources) && {
            changes: [{ path: ['spec', 'ports', index, 'nodePort'], remove: true }]
          })
        }
      }
    }
  }
}
