import { makerOfService, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import {
  annotationOf,
  describeListener,
  type FrontDoor,
  type FrontListener,
  frontDoors,
  portPath,
  serviceAnnotation
} from '../facts/front-door.ts'
import type { GatewayServer } from '../facts/gateway.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

const encrypted = ['HTTPS', 'TLS']

function speaksTLS({ server }: GatewayServer): boolean {
  return encrypted.includes(server.port?.protocol?.toUpperCase() ?? '')
}

function* mismatches(door: FrontDoor, listener: FrontListener): Generator<Problem> {
  const { service } = door
  const { decrypts, encrypts, servers } = listener
  const waiting = servers.find(speaksTLS)
  const plain = servers.find(candidate => !speaksTLS(candidate))
  const name = serviceAnnotation('backend-protocol')
  if (decrypts && !encrypts && waiting && !plain) {
    yield {
      object: service,
      path: annotationPath(serviceAnnotation('ssl-cert')),
      message: `${describeListener(door, listener)} ends TLS and hands on plain bytes, and server ${waiting.server.port?.name ?? waiting.index} of ${objectName(waiting.gateway)} waits for TLS: every connection is reset`,
      expected: `${waiting.server.port?.protocol} passed through, or a server of protocol HTTP`,
      actual: 'TLS ended twice',
      hint: `leave ${listener.servicePort.port} out of ${serviceAnnotation('ssl-ports')}, set protocol: HTTP on the server, or ${name}: ssl`
    }
  } else if (encrypts && plain && !waiting) {
    yield {
      object: service,
      path: annotationPath(name),
      message: `${describeListener(door, listener)} speaks TLS to targets, and server ${plain.server.port?.name ?? plain.index} of ${objectName(plain.gateway)} takes plain ${plain.server.port?.protocol}: every connection is reset`,
      expected: 'tcp, or a server of protocol HTTPS',
      actual: annotationOf(service, 'backend-protocol') ?? 'not set',
      changes: [{ path: annotationPath(name), remove: true }],
      hint: `remove ${name}`
    }
  }
}

/** TLS that is ended twice, or begun where nobody ends it (istio#35420). */
export const networkTLSMismatch: Rule = {
  code: 'NETWORK_TLS_MISMATCH',
  severity: 'error',
  explains: ['TARGET_GIVES_NO_ANSWER', 'HEALTH_CHECK_FAILS'],
  *find(context) {
    for (const door of frontDoors(context)) {
      for (const listener of door.listeners) {
        yield* mismatches(door, listener)
      }
    }
  }
}

/** A load balancer that speaks TLS to targets sends no SNI, by which a gateway with hosts chooses (istio#35420). */
export const tlsWithoutSNI: Rule = {
  code: 'NETWORK_TLS_WITHOUT_SNI',
  severity: 'warning',
  explains: ['TARGET_GIVES_NO_ANSWER', 'GATEWAY_HAS_NO_HOST'],
  *find(context) {
    for (const door of frontDoors(context)) {
      for (const listener of door.listeners) {
        const servers = listener.encrypts ? listener.servers.filter(speaksTLS) : []
        const hosts = servers.flatMap(({ server }) => server.hosts ?? [])
        const [first] = servers
        if (!first || hosts.some(host => host.split('/').at(-1) === '*')) {
          continue
        }
        yield {
          object: first.gateway,
          path: ['spec', 'servers', first.index, 'hosts'],
          message: `${describeListener(door, listener)} speaks TLS to targets without a server name, and ${objectName(first.gateway)} chooses by ${hosts.join(', ')}: it answers none of them`,
          expected: "'*'",
          actual: hosts.join(', '),
          hint: "add the host '*' to one server, or end TLS only once"
        }
      }
    }
  }
}

/** Behind a listener that ends TLS the gateway sees plain HTTP, and nobody tells it otherwise (GATEWAY_REDIRECT_LOOP; istio#16778). */
export function* redirectsBehindTLS(context: Context): Generator<Problem> {
  for (const door of frontDoors(context)) {
    for (const listener of door.listeners) {
      const server =
        listener.decrypts && !listener.encrypts
          ? listener.servers.find(({ server: { tls } }) => tls?.httpsRedirect === true)
          : undefined
      if (!server) {
        continue
      }
      const tls = ['spec', 'servers', server.index, 'tls']
      const removed = Object.keys(server.server.tls ?? {}).length === 1 ? tls : [...tls, 'httpsRedirect']
      yield {
        object: server.gateway,
        path: [...tls, 'httpsRedirect'],
        message: `server ${server.server.port?.name ?? server.index} of ${objectName(server.gateway)} redirects to HTTPS, and ${describeListener(door, listener)} has ended TLS and adds no X-Forwarded-Proto: every request is redirected to itself for ever`,
        expected: 'no httpsRedirect behind a TLS listener',
        actual: 'httpsRedirect: true',
        changes: [{ path: removed, remove: true }],
        hint: 'remove httpsRedirect from this server, or give plain HTTP a target port of its own that redirects'
      }
    }
  }
}

const speaksHTTP2 = ['HTTP2', 'GRPC', 'GRPC-WEB']

/** Without an ALPN policy a TLS listener answers no ALPN: clients fall back to HTTP/1.1, and gRPC clients give up (LBC#2145). */
export const alpnMissing: Rule = {
  code: 'ALPN_POLICY_MISSING',
  severity: 'warning',
  *find(context) {
    for (const door of frontDoors(context)) {
      const { service, plan, isClassic } = door
      for (const listener of door.listeners) {
        const { servicePort, servers } = listener
        const isHTTP2 =
          speaksHTTP2.includes(servicePort.appProtocol?.toUpperCase() ?? '') ||
          /^(grpc|http2)(-|$)/.test(servicePort.name ?? '') ||
          servers.some(({ server }) => speaksHTTP2.includes(server.port?.protocol?.toUpperCase() ?? ''))
        if (
          isClassic ||
          plan.by !== 'controller' ||
          !listener.decrypts ||
          !isHTTP2 ||
          annotationOf(service, 'alpn-policy')
        ) {
          continue
        }
        yield {
          object: service,
          path: annotationPath(serviceAnnotation('ssl-cert')),
          message: `${describeListener(door, listener)} ends TLS without an ALPN policy, and what is behind it is for HTTP/2: browsers fall back to HTTP/1.1, and gRPC clients refuse the connection`,
          expected: 'HTTP2Preferred',
          actual: 'not set',
          changes: [{ path: annotationPath(serviceAnnotation('alpn-policy')), value: 'HTTP2Preferred' }],
          hint: `set ${serviceAnnotation('alpn-policy')}: HTTP2Preferred`
        }
      }
    }
  }
}

/** Without ssl-ports every TCP port ends TLS, those for plain HTTP and the status port too (LBC: buildListenerSpec). */
export const everyPortIsTLS: Rule = {
  code: 'EVERY_PORT_IS_TLS',
  severity: 'warning',
  explains: ['TARGET_GIVES_NO_ANSWER', 'HEALTH_CHECK_FAILS'],
  *find(context) {
    for (const { service, listeners } of frontDoors(context)) {
      const plain = listeners.filter(
        ({ decrypts, servicePort: { port } }) => decrypts && (port === 80 || port === 15_021)
      )
      if (annotationOf(service, 'ssl-ports') !== undefined || plain.length === 0 || listeners.length === plain.length) {
        continue
      }
      const others = listeners
        .filter(listener => !plain.includes(listener))
        .map(({ servicePort: { name, port } }) => name ?? port)
      yield {
        object: service,
        path: annotationPath(serviceAnnotation('ssl-cert')),
        message: `every port of ${objectName(service)} ends TLS, ${plain.map(({ servicePort: { port } }) => port).join(' and ')} too: plain HTTP gets no answer there`,
        expected: `${serviceAnnotation('ssl-ports')}: ${others.join(',')}`,
        actual: 'not set',
        changes: [{ path: annotationPath(serviceAnnotation('ssl-ports')), value: others.join(',') }],
        hint: `set ${serviceAnnotation('ssl-ports')}: "${others.join(',')}"`
      }
    }
  }
}

/** The port of a status server that clients reach. */
export const statusPortPublic: Rule = {
  code: 'STATUS_PORT_PUBLIC',
  severity: 'warning',
  *find(context) {
    for (const { service, plan, listeners } of frontDoors(context)) {
      const [spec] = Object.values(plan.stack?.resources['AWS::ElasticLoadBalancingV2::LoadBalancer'] ?? {})
      const status = listeners.find(({ servicePort: { port, targetPort } }) => port === 15_021 || targetPort === 15_021)
      const isGuarded =
        (service.spec?.loadBalancerSourceRanges ?? []).length > 0 ||
        service.metadata.annotations?.['service.beta.kubernetes.io/load-balancer-source-ranges'] !== undefined ||
        annotationOf(service, 'security-group-prefix-lists') !== undefined ||
        annotationOf(service, 'security-groups') !== undefined
      // The cloud provider's health checks ask a node port, which only a port of the Service has.
      if (!status || plan.by !== 'controller' || isGuarded || spec?.spec.scheme !== 'internet-facing') {
        continue
      }
      const made = makerOfService(service, context.resources)
      yield {
        object: service,
        // istiod gives every Service that it makes the port: nobody chose it.
        ...(made && { severity: 'info' as const }),
        path: portPath(service, status.servicePort),
        message: `port ${status.servicePort.port} of ${objectName(service)}, the gateway's status port, is open to the internet: the load balancer has a listener for it`,
        expected: 'no status port on a public load balancer',
        actual: String(status.servicePort.port),
        hint: made
          ? `take it out by the parameters of ${objectName(made)} (a ConfigMap that spec.infrastructure.parametersRef names, with the key service: {spec: {ports: [{port: ${status.servicePort.port}, $patch: delete}]}}), or keep it closed by security groups of your own: ${serviceAnnotation('security-groups')}, with ${serviceAnnotation('manage-backend-security-group-rules')}: "true"`
          : 'drop the port from the Service and check the traffic port, or set spec.loadBalancerSourceRanges'
      }
    }
  }
}
