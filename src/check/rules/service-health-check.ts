import { isNodePortDrawn, objectName, type Service, type ServicePort } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { annotationOf, describeListener, frontDoors, portPath, serviceAnnotation } from '../facts/front-door.ts'
import { leavesOutNodes, toCluster } from '../facts/local-traffic.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

const portName = serviceAnnotation('healthcheck-port')

/** A number that is no node port is probed on nodes as it is, where nothing listens (HEALTH_CHECK_PORT_NOT_A_NODE_PORT). */
export function* numberOnNodes(context: Context): Generator<Problem> {
  for (const { service, plan, listeners, isClassic } of frontDoors(context)) {
    const text = annotationOf(service, 'healthcheck-port')
    const isInstance = isClassic || listeners.some(({ targetGroup }) => targetGroup?.targetType === 'instance')
    if (text === undefined || !isInstance || !/^[0-9]+$/.test(text)) {
      continue
    }
    const { ports = [], healthCheckNodePort } = service.spec ?? {}
    const number = Number(text)
    // kube-proxy answers at a port of its own on every node.
    const isOpen =
      number === healthCheckNodePort || number === 10_256 || ports.some(({ nodePort }) => nodePort === number)
    if (isOpen) {
      continue
    }
    const meant = ports.find(({ port, targetPort }) => port === number || targetPort === number)
    const nodePort = meant && !isNodePortDrawn(meant) ? meant.nodePort : undefined
    // The cloud provider takes numbers alone.
    const name = plan.by === 'controller' ? meant?.name : undefined
    const value = name ?? (nodePort === undefined ? 'traffic-port' : String(nodePort))
    yield {
      object: service,
      path: annotationPath(portName),
      message: `the health check probes port ${text} of the nodes, where nothing of ${objectName(service)} listens${meant ? `: ${text} is a port of its pods` : ''}; all targets are unhealthy`,
      expected: [name, nodePort].filter(one => one !== undefined).join(', or ') || 'a node port of the Service',
      actual: text,
      changes: [{ path: annotationPath(portName), value }],
      hint: `set ${portName}: ${value}${
        name !== undefined
          ? '; the controller looks the node port up'
          : meant && nodePort === undefined
            ? `, or give ${meant.name ?? meant.port} a nodePort and set that`
            : ''
      }`
    }
  }
}

/** With Local only nodes that have a pod answer, and only the health check node port tells which (LBC: …ForInstanceModeLocal). */
export const localHealthCheck: Rule = {
  code: 'HEALTH_CHECK_NOT_LOCAL',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'HEALTH_CHECK_ASKS_ROUTES'],
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service, listeners } = door
      const { healthCheckNodePort } = service.spec ?? {}
      const wrong = listeners.find(listener => {
        const { targetGroup } = listener
        const { port, protocol } = targetGroup?.healthCheckConfig ?? {}
        // A node port of the Service answers where a pod is, and on no other node.
        const isOwn =
          port === (healthCheckNodePort ?? 0) || service.spec?.ports?.some(({ nodePort }) => nodePort === port)
        return leavesOutNodes(service, listener) && (!isOwn || protocol === 'TCP')
      })
      if (!wrong) {
        continue
      }
      const { port, protocol } = wrong.targetGroup!.healthCheckConfig
      const written = [portName, serviceAnnotation('healthcheck-protocol')].find(
        name => service.metadata.annotations?.[name] !== undefined
      )
      yield {
        object: service,
        path: written === undefined ? ['spec', 'externalTrafficPolicy'] : annotationPath(written),
        message: `the health check of ${describeListener(door, wrong)} is ${protocol} on ${port}: with externalTrafficPolicy Local nodes without a pod drop connections, and only HTTP on healthCheckNodePort tells which they are`,
        expected: 'HTTP on spec.healthCheckNodePort, which is the default',
        actual: `${protocol} on ${port}`,
        // The right check would carry the header, which kube-proxy does not take off (HEALTH_CHECK_WITH_PROXY_HEADER).
        changes: wrong.sendsProxy
          ? toCluster(service)
          : [portName, serviceAnnotation('healthcheck-protocol')]
              .filter(name => service.metadata.annotations?.[name] !== undefined)
              .map(name => ({ path: annotationPath(name), remove: true as const })),
        hint: wrong.sendsProxy
          ? "set externalTrafficPolicy: Cluster: the PROXY header has the clients' addresses, and kube-proxy's port does not take it off; or drop the PROXY protocol on both sides, and remove the annotations"
          : `remove the annotations ${serviceAnnotation('healthcheck-…')}`
      }
    }
  }
}

function answersTCP(service: Service, target: number | string | undefined): boolean {
  return (service.spec?.ports ?? []).some(
    ({ protocol = 'TCP', port, targetPort = port }) => protocol === 'TCP' && targetPort === target
  )
}

/** Targets of UDP are checked by TCP, on a port where a UDP server does not listen (AWS: health checks of Network Load Balancers). */
export const udpHealthCheck: Rule = {
  code: 'UDP_CHECKED_BY_TCP',
  severity: 'warning',
  explains: ['HEALTH_CHECK_FAILS'],
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service, listeners } = door
      for (const listener of listeners) {
        const { servicePort, targetGroup } = listener
        const target = servicePort.targetPort ?? servicePort.port
        const isChecked = targetGroup?.healthCheckConfig.port === 'traffic-port'
        if (targetGroup?.protocol !== 'UDP' || !isChecked || answersTCP(service, target)) {
          continue
        }
        const tcp = service.spec?.ports?.find(({ protocol = 'TCP', name }) => protocol === 'TCP' && name !== undefined)
        yield {
          object: service,
          path: portPath(service, servicePort),
          message: `${describeListener(door, listener)} is checked by ${targetGroup.healthCheckConfig.protocol} on its own port, where only UDP is served: all targets are unhealthy, and flows go to all of them`,
          expected: 'a port that answers TCP or HTTP',
          actual: 'traffic-port',
          ...(tcp?.name && { changes: [{ path: annotationPath(portName), value: tcp.name }] }),
          hint: `set ${portName}: ${tcp?.name ?? 'the name of a TCP port of the Service'}`
        }
      }
    }
  }
}

function isStatusPort({ port, targetPort }: ServicePort): boolean {
  return port === 15_021 || targetPort === 15_021
}

/** One health check is all that a Classic Load Balancer has, and it asks the first port (istio#12503). */
export const firstPortChecked: Rule = {
  code: 'FIRST_PORT_IS_CHECKED',
  severity: 'info',
  *find(context) {
    for (const { service, isClassic } of frontDoors(context)) {
      const [first, ...others] = service.spec?.ports ?? []
      const asks = annotationOf(service, 'healthcheck-port')
      // Ports that lead to one of the pods are as healthy as each other.
      const leadElsewhere = others.some(
        ({ port, targetPort = port }) => targetPort !== (first?.targetPort ?? first?.port)
      )
      if (
        !isClassic ||
        !leadElsewhere ||
        asks !== undefined ||
        (first && isStatusPort(first)) ||
        service.spec?.externalTrafficPolicy === 'Local'
      ) {
        continue
      }
      yield {
        object: service,
        path: ['spec', 'ports', 0],
        message: `the Classic Load Balancer of ${objectName(service)} checks its first port, ${first?.name ?? first?.port}, for all of them`,
        actual: String(first?.port),
        hint: others.some(isStatusPort)
          ? 'put status-port first, as istioctl does'
          : 'put the port first whose health stands for all of them'
      }
    }
  }
}

/** The health checks of a Network Load Balancer do not speak TLS 1.3 (AWS: target group health checks). */
export const tlsHealthCheck: Rule = {
  code: 'HEALTH_CHECK_NEEDS_OLDER_TLS',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'HEALTH_CHECK_ASKS_ROUTES'],
  *find(context) {
    for (const door of frontDoors(context)) {
      for (const listener of door.listeners) {
        const { targetGroup, servers } = listener
        const check = targetGroup?.healthCheckConfig
        const strict = servers.find(
          ({ server }) => (server.tls as { minProtocolVersion?: string })?.minProtocolVersion === 'TLSV1_3'
        )
        if (check?.protocol !== 'HTTPS' || check.port !== 'traffic-port' || !strict) {
          continue
        }
        const name = serviceAnnotation('healthcheck-protocol')
        yield {
          object: strict.gateway,
          path: ['spec', 'servers', strict.index, 'tls', 'minProtocolVersion'],
          message: `the HTTPS health check of ${describeListener(door, listener)} does not speak TLS 1.3, which is all that ${objectName(strict.gateway)} takes: all targets are unhealthy`,
          expected: 'TLSV1_2',
          actual: 'TLSV1_3',
          changed: door.service,
          changes: [{ path: annotationPath(name), value: 'TCP' }],
          hint: `set ${name}: TCP on ${objectName(door.service)}, or minProtocolVersion: TLSV1_2`
        }
      }
    }
  }
}
