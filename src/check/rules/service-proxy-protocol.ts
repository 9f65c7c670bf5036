import { statusPortReadsProxyHeader, statusPortSwitch } from '../../istio/index.ts'
import { gatewayOfService, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { annotationOf, describeListener, type FrontDoor, frontDoors, serviceAnnotation } from '../facts/front-door.ts'
import { statusPortNumber } from '../facts/health-check.ts'
import { leavesOutNodes, toCluster } from '../facts/local-traffic.ts'
import { type Proxies, proxiesOf, proxySetting } from '../facts/proxy-config.ts'
import { isServed, ownProxyHint } from '../facts/proxy-header.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'
import { unreadBehindGateways } from './gateway-proxy-protocol.ts'

function readSetting(proxies: Proxies) {
  return proxySetting(proxies, config => config.gatewayTopology?.proxyProtocol, ...['gatewayTopology', 'proxyProtocol'])
}

/** Whether a port that health checks ask is the gateway's status port. */
function isStatusPort({ service }: FrontDoor, port: number): boolean {
  return (
    port === statusPortNumber ||
    (service.spec?.ports ?? []).some(
      candidate => candidate.nodePort === port && (candidate.targetPort ?? candidate.port) === statusPortNumber
    )
  )
}

/** The annotation that switches PROXY protocol on. */
function placeOf({ service }: FrontDoor): string {
  const names = ['proxy-protocol', 'proxy-protocol-per-target-group']
  return serviceAnnotation(names.find(name => annotationOf(service, name) !== undefined) ?? 'target-group-attributes')
}

/** The load balancer puts a header before the bytes that nothing behind it takes off (istio.io: gatewayTopology.proxyProtocol). */
export const proxyProtocolNotRead: Rule = {
  code: 'PROXY_PROTOCOL_NOT_READ',
  severity: 'error',
  explains: ['TARGET_GIVES_NO_ANSWER', 'HEALTH_CHECK_FAILS'],
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service, listeners } = door
      const gateway = context.tracer.backends.gatewayOf(service)
      const unread = listeners.filter(
        ({ sendsProxy, servicePort }) =>
          sendsProxy && gateway && isServed(gateway, servicePort) && gateway.proxyProtocolOn(servicePort) === undefined
      )
      const [first] = unread
      if (!first) {
        continue
      }
      const name = placeOf(door)
      const isSure = !gateway?.mayReadProxyHeader(first.servicePort)
      const ports = unread.map(({ servicePort }) => servicePort.port).join(', ')
      const made = gatewayOfService(service, context.resources)
      const reader = isSure ? objectName(made ?? proxiesOf(context, service)?.installation ?? service) : 'the objects'
      yield {
        object: service,
        ...(!isSure && { severity: 'warning' as const }),
        path: service.metadata.annotations?.[name] === undefined ? ['metadata', 'name'] : annotationPath(name),
        message: `the load balancer of ${objectName(service)} puts a PROXY header before the bytes of ${ports}, and nothing in ${reader} takes it off: HTTP gets 400, TLS handshakes fail${isSure ? '' : '; what makes the pods of the gateway, which may do it, is not among them'}`,
        expected: 'gatewayTopology.proxyProtocol: {} in the gateway',
        actual: 'PROXY protocol on the load balancer alone',
        hint: ownProxyHint(context, service, isSure, 'remove the annotation')
      }
    }
    yield* unreadBehindGateways(context)
  }
}

/** A gateway that waits for a header which its Network or Classic Load Balancer does not send (GATEWAY_WANTS_PROXY_PROTOCOL). */
export function* waitsForProxyHeader(context: Context): Generator<Problem> {
  for (const door of frontDoors(context)) {
    const { service, listeners, plan } = door
    const silent = listeners.filter(({ sendsProxy, servers }) => !sendsProxy && servers.length > 0)
    const proxies = silent.length > 0 ? proxiesOf(context, service) : undefined
    const setting = proxies && readSetting(proxies)
    if (!setting) {
      continue
    }
    const isReadByController = plan.by === 'controller'
    yield {
      object: setting.object,
      path: setting.path,
      message: `the gateway behind ${objectName(service)} waits for a PROXY protocol header, which ${describeListener(door, silent[0]!)} does not send: every connection is reset`,
      expected: isReadByController ? `${serviceAnnotation('proxy-protocol')}: "*"` : 'a load balancer that sends it',
      actual: 'gatewayTopology.proxyProtocol is set',
      changes: [{ path: setting.place, remove: true }],
      hint: isReadByController
        ? `set ${serviceAnnotation('proxy-protocol')}: "*" on the Service, or remove gatewayTopology.proxyProtocol`
        : 'remove gatewayTopology.proxyProtocol'
    }
  }
}

/** Health checks carry the PROXY header too, and only the ports that clients' bytes come in at know it (istio#39868). */
export const healthCheckWithProxyHeader: Rule = {
  code: 'HEALTH_CHECK_WITH_PROXY_HEADER',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS'],
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service, listeners } = door
      const wrong = listeners.find(({ sendsProxy, targetGroup }) => {
        const { protocol, port } = targetGroup?.healthCheckConfig ?? {}
        return (
          sendsProxy &&
          protocol !== 'TCP' &&
          port !== undefined &&
          port !== 'traffic-port' &&
          port !== targetGroup!.port
        )
      })
      if (!wrong) {
        continue
      }
      const { protocol, port } = wrong.targetGroup!.healthCheckConfig
      const asksStatusPort = isStatusPort(door, Number(port))
      if (asksStatusPort && statusPortReadsProxyHeader(context.resources)) {
        continue
      }
      const name = serviceAnnotation('healthcheck-port')
      const protocolName = serviceAnnotation('healthcheck-protocol')
      const written = [name, protocolName].find(candidate => service.metadata.annotations?.[candidate] !== undefined)
      const isLocal = leavesOutNodes(service, wrong)
      yield {
        object: service,
        path: written === undefined ? ['spec', 'externalTrafficPolicy'] : annotationPath(written),
        message: `the health check of ${describeListener(door, wrong)} is ${protocol} on port ${port}, and carries the PROXY header too, which ${isStatusPort(door, Number(port)) ? "the gateway's status port is not told to take off" : "kube-proxy's port does not know"}: it answers 400, and all targets are unhealthy`,
        expected: 'a TCP check on the traffic port',
        actual: `${protocol} on port ${port}`,
        changes: [
          ...(isLocal ? toCluster(service) : []),
          { path: annotationPath(protocolName), value: 'TCP' },
          { path: annotationPath(name), value: 'traffic-port' }
        ],
        hint: isLocal
          ? `set externalTrafficPolicy: Cluster, ${protocolName}: TCP and ${name}: traffic-port: the header has the clients' addresses; or drop the PROXY protocol on both sides, as Local keeps them`
          : asksStatusPort
            ? `set ${statusPortSwitch}: "true" in the environment of the gateway's pods, or ${protocolName}: TCP and ${name}: traffic-port`
            : `set ${protocolName}: TCP and ${name}: traffic-port`
      }
    }
  }
}
