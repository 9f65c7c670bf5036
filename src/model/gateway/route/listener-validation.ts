import type { GatewayListener, ListenerSet } from '../../../resources/index.ts'
import { keyOf } from '../../build/cluster-objects.ts'
import { compareStrings } from '../../go/format.ts'
import type { ListenerValidation, ValidatedListeners } from '../../stack/plan.ts'
import type { GatewayController } from '../configuration/gateway-class.ts'
import type { RouteKind } from '../objects.ts'
import { creationTime } from './creation-time.ts'

/** Kinds of routes that each controller serves. */
export const routeKinds: Record<GatewayController, readonly RouteKind[]> = {
  'gateway.k8s.aws/alb': ['HTTPRoute', 'GRPCRoute'],
  'gateway.k8s.aws/nlb': ['TCPRoute', 'UDPRoute', 'TLSRoute']
}

/** Kinds that a listener takes where it lists none, by its protocol (LBC: DefaultProtocolToRouteKindMap). */
const kindsOfProtocol: Record<string, readonly RouteKind[]> = {
  TCP: ['TCPRoute'],
  UDP: ['UDPRoute'],
  TLS: ['TLSRoute', 'TCPRoute'],
  HTTP: ['HTTPRoute'],
  HTTPS: ['HTTPRoute', 'GRPCRoute']
}

const protocols: Record<GatewayController, readonly string[]> = {
  'gateway.k8s.aws/alb': ['HTTP', 'HTTPS'],
  'gateway.k8s.aws/nlb': ['TCP', 'UDP', 'TLS']
}

/** The kinds of routes that a listener takes; groups are ignored. */
export function allowedKinds({ allowedRoutes, protocol }: GatewayListener): readonly string[] {
  const kinds = allowedRoutes?.kinds ?? []
  return kinds.length > 0 ? kinds.map(({ kind }) => kind) : (kindsOfProtocol[protocol] ?? [])
}

/** What the ports of a Gateway are taken by, over all its listeners and those of its ListenerSets. */
interface Taken {
  protocols: Map<number, string>
  hostnames: Set<string>
}

/** TCP and UDP may share a port. */
function conflicts(existing: string | undefined, protocol: string): boolean {
  return existing !== undefined && existing !== protocol && !['TCP/UDP', 'UDP/TCP'].includes(`${existing}/${protocol}`)
}

function problemOf(
  listener: GatewayListener,
  controller: GatewayController,
  taken: Taken
): Pick<ListenerValidation, 'reason' | 'message'> | undefined {
  const { name, port, protocol, hostname } = listener
  const served: readonly string[] = routeKinds[controller]
  if (listener.allowedRoutes?.kinds?.some(({ kind }) => !served.includes(kind))) {
    return { reason: 'InvalidRouteKinds', message: `Invalid route kind for listener ${name}` }
  }
  if (port < 1 || port > 65535) {
    return { reason: 'PortUnavailable', message: `Port ${port} is not available (listener name ${name})` }
  }
  if (!protocols[controller].includes(protocol)) {
    return { reason: 'UnsupportedProtocol', message: `Unsupported protocol ${protocol} for listener ${name}` }
  }
  const existing = taken.protocols.get(port)
  const isConflict = conflicts(existing, protocol)
  if (existing === undefined) {
    taken.protocols.set(port, protocol)
  }
  const key = `${port}-${hostname}`
  const isTaken = hostname !== undefined && taken.hostnames.has(key)
  if (hostname !== undefined) {
    taken.hostnames.add(key)
  }
  if (isTaken) {
    return { reason: 'HostnameConflict', message: `Hostname conflict for port ${port} with hostname ${hostname}` }
  }
  return isConflict ? { reason: 'ProtocolConflict', message: `Protocol conflict for port ${port}` } : undefined
}

function validateList(
  listeners: GatewayListener[],
  controller: GatewayController,
  taken: Taken
): Map<string, ListenerValidation> {
  // Of doubles of a name, which no API server takes, the last counts.
  const served: readonly string[] = routeKinds[controller]
  return new Map(
    listeners.map(listener => {
      const problem = problemOf(listener, controller, taken)
      const validation: ListenerValidation = {
        name: listener.name,
        isValid: !problem,
        reason: 'Accepted',
        message: 'Listener is accepted.',
        ...problem,
        supportedKinds: allowedKinds(listener).filter(
          kind => !listener.allowedRoutes?.kinds?.length || served.includes(kind)
        ),
        attachedRoutes: 0
      }
      return [listener.name, validation]
    })
  )
}

/** ListenerSets in the order of their rank: the oldest first, then by name (LBC: arrangeListenerSetsForValidation). */
function rankListenerSets(sets: ListenerSet[]): ListenerSet[] {
  return sets.toSorted(
    (left, right) => creationTime(left) - creationTime(right) || compareStrings(keyOf(left), keyOf(right))
  )
}

/**
 * Validates the listeners of a Gateway and then those of its ListenerSets, whoever comes first having the port and the hostname
 * (LBC: validateListeners).
 */
export function validateListeners(
  listeners: GatewayListener[],
  sets: ListenerSet[],
  controller: GatewayController
): ValidatedListeners {
  const taken: Taken = { protocols: new Map(), hostnames: new Set() }
  return {
    gateway: validateList(listeners, controller, taken),
    sets: new Map(
      rankListenerSets(sets).map(set => [keyOf(set), validateList(set.spec?.listeners ?? [], controller, taken)])
    )
  }
}
