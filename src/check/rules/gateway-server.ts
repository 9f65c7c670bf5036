import { foreignSecret, type IstioServer, passesTLS, unservedListeners } from '../../istio/index.ts'
import { keyOf, namespaceOf } from '../../model/index.ts'
import { annotationName, type KubernetesObject, objectName, type Path } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from '../facts/backend.ts'
import { type GatewayServer, placeOfServer, serversBehind } from '../facts/gateway.ts'
import type { Problem, Rule } from '../rule.ts'

interface ListenedGateway extends KubernetesObject {
  spec?: { listeners?: { name: string; hostname?: string }[] }
}

/** TLS modes in which Envoy itself ends TLS with a certificate. */
const endsTLS = new Set(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'])

function isTLS({ server }: GatewayServer): boolean {
  return ['HTTPS', 'TLS'].includes(server.port?.protocol?.toUpperCase() ?? '')
}

function serverPath({ index }: GatewayServer, ...path: Path): Path {
  return ['spec', 'servers', index, ...path]
}

function describe({ gateway, index, server }: GatewayServer): string {
  return `server ${server.port?.name ?? index} of ${objectName(gateway)}`
}

/** Servers behind load balancers, each once, with a backend that leads to it. */
function* reachedServers(
  context: Context
): Generator<{ backend: Backend; reached: GatewayServer; siblings: GatewayServer[] }> {
  const seen = new Set<unknown>()
  for (const backend of context.backends) {
    const siblings = serversBehind(context, backend)
    for (const reached of siblings) {
      if (seen.has(reached.server)) {
        continue
      }
      seen.add(reached.server)
      yield { backend, reached, siblings }
    }
  }
}

/** A host that takes every name; it may be bound to a namespace: `ns/*`. */
function isEveryHost(host: string): boolean {
  return host === '*' || host.endsWith('/*')
}

/** The servers of one Gateway that take TLS on the port: those that end it come first, as one of them can take every host. */
function tlsServersBeside({ gateway }: GatewayServer, siblings: GatewayServer[]): GatewayServer[] {
  return siblings
    .filter(sibling => isTLS(sibling) && sibling.gateway === gateway)
    .sort((one, other) => Number(passesTLS(one.server)) - Number(passesTLS(other.server)))
}

/**
 * Two TLS servers of one port with the host `*` are one: Istio leaves the second out, and the routes of its Gateway with it
 * (istio: MergeGateways). So where several Gateways share the port, one of them has to serve for all.
 */
function everyHost(reached: GatewayServer, siblings: GatewayServer[]): Pick<Problem, 'hint' | 'changes'> {
  if (passesTLS(reached.server)) {
    // A route of connections chooses by the server name too, whatever the server's hosts are.
    return {
      hint: "end TLS here too (tls.mode: SIMPLE, hosts: ['*']), or lead to it by a Network Load Balancer: an Application Load Balancer has no TLS to pass through"
    }
  }
  const others = new Set(
    siblings.filter(sibling => isTLS(sibling) && sibling.gateway !== reached.gateway).map(({ gateway }) => gateway)
  )
  if (others.size === 0) {
    return {
      hint: "set hosts: ['*'] here and keep the names in the VirtualServices",
      changes: [{ path: serverPath(reached, 'hosts'), value: ['*'] }]
    }
  }
  const names = [reached.gateway, ...others].map(objectName).join(', ')
  return {
    hint: `make one server with hosts: ['*'] of those of ${names}, and bind all their VirtualServices to its Gateway: a second server for '*' on the port would be left out`
  }
}

/** Listeners of the Gateway API behind load balancers that end TLS for names alone, each once. */
function* namedListeners(context: Context): Generator<{ backend: Backend; server: IstioServer }> {
  const seen = new Set<unknown>()
  for (const backend of context.backends) {
    const gateway = seen.has(backend.port) ? undefined : context.tracer.backends.gatewayOf(backend.service)
    seen.add(backend.port)
    const { plain, tls } = gateway?.serversOn(backend.port) ?? { plain: [], tls: [] }
    if (plain.length > 0 || tls.some(({ spec }) => spec.hosts.some(isEveryHost))) {
      continue
    }
    yield* tls
      .filter(server => placeOfServer(server, context).object !== server.gateway)
      .map(server => ({ backend, server }))
  }
}

/**
 * An ALB sends no server name to its targets, and Envoy resets a connection for which no server has the host `*`
 * (envoy: NR filter_chain_not_found; istio/istio#31421).
 */
export const gatewayHosts: Rule = {
  code: 'GATEWAY_HOSTS_NEED_SNI',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER', 'GATEWAY_HAS_NO_HOST'],
  *find(context) {
    for (const { backend, reached, siblings } of reachedServers(context)) {
      const hosts = reached.server.hosts ?? []
      const [first, ...beside] = tlsServersBeside(reached, siblings)
      // With every host on one server of a Gateway the others have what they need: it takes all that is bound to the Gateway.
      // A server without a host is refused, which is told.
      if (
        first?.server !== reached.server ||
        hosts.length === 0 ||
        siblings.some(({ server }) => (server.hosts ?? []).some(isEveryHost))
      ) {
        continue
      }
      yield {
        object: reached.gateway,
        path: serverPath(reached, 'hosts'),
        message: `${describe(reached)} takes connections for ${hosts.join(', ')} alone${beside.length > 0 ? `, as ${beside.map(one => `server ${one.server.port?.name ?? one.index} for ${one.server.hosts?.join(', ')}`).join(' and ')} does` : ''}, but the load balancer of ${objectName(backend.ingress)} sends no server name (SNI), so Envoy resets each connection: 502`,
        expected: '*',
        actual: hosts.join(', '),
        ...everyHost(reached, siblings)
      }
    }
    for (const { backend, server } of namedListeners(context)) {
      const { object, path } = placeOfServer(server, context)
      const { name, hostname } = (object as ListenedGateway).spec!.listeners![Number(path.at(-1))]!
      const [only, ...others] = context.tracer.backends.gatewayOf(backend.service)!.serversOn(backend.port).tls
      const place = [...path, 'hostname']
      yield {
        object,
        path: place,
        message: `listener ${name} of ${objectName(object)} takes connections for ${hostname} alone, but the load balancer of ${objectName(backend.ingress)} sends no server name (SNI) to ${objectName(backend.service)}, so Envoy resets each connection: 502`,
        expected: 'no hostname',
        actual: String(hostname),
        hint: 'remove the hostname here and keep the names in the routes; of several listeners on the port one alone',
        ...(only === server && others.length === 0 && { changes: [{ path: place, remove: true as const }] })
      }
    }
  }
}

/** Listeners of the Gateway API whose certificate is of another namespace, which does not let them have it. */
function* ungrantedListeners({ resources }: Context): Generator<Problem> {
  for (const { owner, listener, place, certificate, reason, services } of unservedListeners(resources)) {
    if (!certificate) {
      continue
    }
    const { index, name, namespace } = certificate
    const own = namespaceOf(owner)
    yield {
      object: owner,
      path: ['spec', 'listeners', place, 'tls', 'certificateRefs', index],
      message: `listener ${listener.name} of ${objectName(owner)} is not programmed: ${reason}; nothing listens on port ${listener.port} of Service ${services.join(', ')} for it`,
      expected: `a ReferenceGrant of ${namespace}, or a Secret of ${own}`,
      actual: `${namespace}/${name}`,
      hint: `add a ReferenceGrant to namespace ${namespace}, from kind ${owner.kind} of namespace ${own} to kind Secret, or put the Secret into ${own}`
    }
  }
}

/**
 * A server that ends TLS needs a certificate, in the namespace of the gateway's pods; a listener of the Gateway API may have it from
 * a namespace that grants it.
 */
export const gatewayCredential: Rule = {
  code: 'GATEWAY_CREDENTIAL_MISSING',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    yield* ungrantedListeners(context)
    for (const { backend, reached } of reachedServers(context)) {
      const { tls } = reached.server
      // Without a word on TLS Istio refuses it, and says so; without a mode it is Istio's first, which passes TLS through.
      if (!isTLS(reached) || tls === undefined || passesTLS(reached.server) || !endsTLS.has(tls.mode ?? 'SIMPLE')) {
        continue
      }
      const names = tls.credentialNames ?? (tls.credentialName ? [tls.credentialName] : [])
      if (names.length === 0) {
        if (tls.serverCertificate) {
          continue
        }
        yield {
          object: reached.gateway,
          path: serverPath(reached, 'tls'),
          message: `${describe(reached)} ends TLS but names no certificate: ${tls.mode ?? 'SIMPLE'} TLS requires a server certificate`,
          expected: 'tls.credentialName',
          actual: 'none',
          hint: 'set tls.credentialName to a Secret of type kubernetes.io/tls; a self-signed one will do, the load balancer does not verify it'
        }
        continue
      }
      const namespace = namespaceOf(backend.service)
      for (const name of names) {
        const foreign = foreignSecret(name, namespace, context.resources)
        if (foreign !== undefined) {
          yield {
            object: reached.gateway,
            path: serverPath(reached, 'tls', 'credentialName'),
            message: `${describe(reached)} takes the Secret ${name} of another namespace than ${namespace}, where the gateway's pods are: istiod does not give it to them`,
            expected: `${namespace}/${foreign}`,
            actual: name,
            hint: `put the Secret into namespace ${namespace}, and set credentialName: ${foreign}`
          }
          continue
        }
        if (context.resources.find('Secret', name, namespace)) {
          continue
        }
        // A Secret that is nowhere may be made by others; one in the wrong namespace is a mistake.
        const elsewhere = context.resources.list('Secret').find(({ metadata }) => metadata.name === name)
        if (!elsewhere || name.includes('://')) {
          continue
        }
        yield {
          object: reached.gateway,
          path: serverPath(reached, 'tls', 'credentialName'),
          message: `${describe(reached)} needs the Secret ${name} in ${namespace}, where the gateway's pods are, but it is ${keyOf(elsewhere)}`,
          expected: `${namespace}/${name}`,
          actual: keyOf(elsewhere),
          hint: `put the Secret into namespace ${namespace}`
        }
      }
    }
  }
}

/** An ALB has no certificate to show to its targets. */
export const gatewayMutualTLS: Rule = {
  code: 'GATEWAY_WANTS_CLIENT_CERTIFICATE',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    for (const { backend, reached } of reachedServers(context)) {
      const mode = reached.server.tls?.mode
      if (!isTLS(reached) || (mode !== 'MUTUAL' && mode !== 'ISTIO_MUTUAL')) {
        continue
      }
      yield {
        object: reached.gateway,
        path: serverPath(reached, 'tls', 'mode'),
        message: `${describe(reached)} demands a client certificate (${mode}), and the load balancer of ${objectName(backend.ingress)} has none to offer: 502`,
        expected: 'SIMPLE',
        actual: mode,
        hint: `set tls.mode: SIMPLE, and verify clients on the load balancer with ${annotationName('mutual-authentication')}`,
        // Without a certificate of its own it would need one, which only the owner has.
        ...(reached.server.tls?.credentialName && {
          changes: [{ path: serverPath(reached, 'tls', 'mode'), value: 'SIMPLE' }]
        })
      }
    }
  }
}
