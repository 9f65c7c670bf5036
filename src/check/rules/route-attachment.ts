import { kindsOf, protocolProblemOf, unattachedRoutes } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

type Unattached = ReturnType<typeof unattachedRoutes>[number]
type Listener = Unattached['listeners'][number]['listener']

/** A kind with its article. */
function withArticle(kind: string): string {
  return `${/^([AEIO]|HTTP)/.test(kind) ? 'an' : 'a'} ${kind}`
}

/** What a listener takes by its protocol, and by what it lists. */
function whyNoKind(kind: string, { name, protocol, tls, allowedRoutes }: Listener): string {
  const mode = tls?.mode === undefined ? '' : `, mode ${tls.mode}`
  const listed = allowedRoutes?.kinds?.map(one => one.kind)
  return listed?.length
    ? `${name} takes no ${kind} (protocol ${protocol}${mode}, allowedRoutes.kinds: ${listed.join(', ')})`
    : `${name} takes no ${kind} (protocol ${protocol}${mode})`
}

/** The settings of a listener that takes a kind of route. */
const listenersFor: Record<string, string> = {
  HTTPRoute: 'protocol: HTTP, or HTTPS with tls.mode: Terminate and a certificate',
  GRPCRoute: 'protocol: HTTP, or HTTPS with tls.mode: Terminate and a certificate',
  TLSRoute: 'protocol: TLS',
  TCPRoute: 'protocol: TCP, or TLS with tls.mode: Terminate and a certificate'
}

function kindHint(kind: string, listener: Listener): string {
  const { allowedRoutes: _, ...unlisted } = listener
  if (kindsOf(unlisted).includes(kind)) {
    return `add kind: ${kind} to allowedRoutes.kinds of the listener ${listener.name}`
  }
  const [own] = kindsOf(unlisted)
  const other = own === undefined ? '' : `, or write ${withArticle(own)} for ${listener.name}`
  return `give the Gateway a listener for ${withArticle(kind)} (${listenersFor[kind]})${other}`
}

/** What clients get for whom no listener has a route. */
function fateOf({ listeners }: Unattached): string {
  return listeners.some(({ listener: { protocol } }) => protocol === 'HTTP' || protocol === 'HTTPS')
    ? 'gets 404'
    : 'gets no answer'
}

/** Why a listener does not take a route, in words, with what mends it. */
function describe({ route, index }: Unattached, { listener, obstacle }: Unattached['listeners'][number]) {
  const own = route.metadata.namespace ?? 'default'
  const { from = 'Same' } = listener.allowedRoutes?.namespaces ?? {}
  switch (obstacle) {
    case 'sectionName':
      return {
        why: `${listener.name} has another name than its sectionName`,
        hint: `set parentRefs[${index}].sectionName: ${listener.name}, or leave it out`
      }
    case 'port':
      return {
        why: `${listener.name} is on port ${listener.port}`,
        hint: `set parentRefs[${index}].port: ${listener.port}, or leave it out`
      }
    case 'namespaces':
      return {
        why: `${listener.name} takes routes ${from === 'Selector' ? 'of the namespaces that its selector chooses' : "of the Gateway's own namespace"} alone (allowedRoutes.namespaces.from: ${from}), not of ${own}`,
        hint: `set allowedRoutes.namespaces.from: All on the listener ${listener.name}`
      }
    case 'kinds':
      return { why: whyNoKind(route.kind, listener), hint: kindHint(route.kind, listener) }
    case 'hostname':
      return {
        why: `${listener.name} is for ${listener.hostname}`,
        hint: `let the hostnames of the ${route.kind} and of the listener ${listener.name} have a name in common`
      }
  }
}

/** The listener that a route means: of several one that it does not leave out itself, by name or port. */
function meantAmong({ listeners }: Unattached): number {
  const meant = listeners.findIndex(({ obstacle }) => obstacle !== 'sectionName' && obstacle !== 'port')
  return Math.max(0, meant)
}

/** A listener of the Gateway API takes the routes that its Gateway lets attach to it, and no others; one cause is told once. */
export const routeAttachment: Rule = {
  code: 'ROUTE_NOT_ATTACHED',
  severity: 'error',
  explains: ['GATEWAY_HAS_NO_HOST', 'HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find({ resources }) {
    // A listener that Istio does not serve is told itself (GATEWAY_LISTENER_REFUSED).
    const unattached = unattachedRoutes(resources).filter(
      ({ listeners }) => !listeners.every(({ listener }) => protocolProblemOf(listener))
    )
    const byCause = Map.groupBy(unattached, one => {
      const { index, obstacle } = one.listeners[0]!
      return obstacle === 'namespaces' ? `${objectName(one.gateway)} ${index}` : `${objectName(one.route)} ${one.index}`
    })
    for (const alike of byCause.values()) {
      const [first] = alike as [Unattached]
      const { route, index, gateway, listeners } = first
      const [{ listener, index: place, obstacle }] = listeners as [Unattached['listeners'][number]]
      const described = listeners.map(one => describe(first, one))
      const routes = alike.map(one => objectName(one.route)).join(', ')
      const hostnames = [...new Set(alike.flatMap(one => one.hostnames))]
      const what = hostnames.length > 0 ? hostnames.join(', ') : 'what it routes'
      const path = ['spec', 'listeners', place, 'allowedRoutes', 'namespaces']
      const { namespaces } = listener.allowedRoutes ?? {}
      yield {
        object: obstacle === 'namespaces' ? gateway : route,
        path: obstacle === 'namespaces' ? path.slice(0, namespaces ? 5 : 3) : ['spec', 'parentRefs', index],
        message: `no listener of ${objectName(gateway)} takes ${routes}: ${described.map(({ why }) => why).join('; ')}; ${what} ${fateOf(first)}`,
        hint: described[meantAmong(first)]!.hint,
        ...(obstacle === 'namespaces' && {
          expected: 'from: All',
          actual: `from: ${namespaces?.from ?? 'Same'}`,
          changes: [{ path: [...path, 'from'], value: 'All' }]
        })
      }
    }
  }
}
