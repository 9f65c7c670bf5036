/**
 * Whether the pods of a gateway listen where the load balancer sends to, for whom, and over which TLS.
 *
 * @module
 */

import { istioGateways, namesEgressGateway, unservedOn, whyRefused } from '../../istio/index.ts'
import { annotationName, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { backendProtocol } from '../facts/backend.ts'
import { placeOfServer } from '../facts/gateway.ts'
import { isStatusPort } from '../facts/health-check.ts'
import { loadBalancerOf } from '../facts/load-balancer.ts'
import { type Reached, reachedPorts } from '../facts/reached-port.ts'
import { isOfVariable, variablesOf } from '../facts/variable.ts'
import type { Problem, Rule } from '../rule.ts'

type IstioGateway = ReturnType<typeof istioGateways>[number]

/** Those on which no server is. */
function* unservedPorts(context: Context): Generator<Reached> {
  for (const reached of reachedPorts(context)) {
    const { plain, tls } = reached.gateway.serversOn(reached.port)
    if (plain.length + tls.length === 0) {
      yield reached
    }
  }
}

function selectorText(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')
}

function picks(selector: Record<string, string>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/** How much of a selector the labels of pods have: a key with its value, or a key alone. */
function likeness(selector: Record<string, string>, labels: Readonly<Record<string, string>>): number {
  return Object.entries(selector).reduce(
    (sum, [key, value]) => sum + (labels[key] === value ? 2 : labels[key] === undefined ? 0 : 1),
    0
  )
}

/**
 * The Gateways that would serve a port if they chose its pods: those that choose no gateway at all, and of them those whose
 * selector is most like the pods' labels.
 */
function strayGateways({ resources, tracer }: Context, { gateway, port }: Reached): IstioGateway[] {
  const others = resources.list('Service').flatMap(service => tracer.backends.gatewayOf(service) ?? [])
  const stray = istioGateways(resources).filter(({ spec }) => {
    const numbers = (spec?.servers ?? []).map(server => server.port?.number)
    return (
      !namesEgressGateway(spec?.selector) &&
      (numbers.includes(port.port) || numbers.includes(Number(port.targetPort))) &&
      !others.some(({ labels }) => picks(spec?.selector ?? {}, labels))
    )
  })
  const most = Math.max(...stray.map(({ spec }) => likeness(spec?.selector ?? {}, gateway.labels)))
  return stray.filter(({ spec }) => likeness(spec?.selector ?? {}, gateway.labels) === most)
}

/** A selector that chooses the pods, with the keys of the one that does not where the pods have them. */
function mendedSelector(
  selector: Record<string, string>,
  { labels, service }: Reached['gateway']
): Record<string, string> {
  const kept = Object.keys(selector).filter(key => labels[key] !== undefined)
  const keys =
    kept.length > 0 ? kept : labels.istio === undefined ? Object.keys(service.spec?.selector ?? {}) : ['istio']
  return Object.fromEntries(keys.map(key => [key, labels[key]!]))
}

/** A Gateway whose selector chooses no pods configures nobody (istio.io: Gateway, selector). */
export const gatewaySelector: Rule = {
  code: 'GATEWAY_SELECTS_NO_POD',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    const seen = new Set<unknown>()
    for (const reached of unservedPorts(context)) {
      const { backend, gateway } = reached
      for (const stray of strayGateways(context, reached)) {
        if (seen.has(stray)) {
          continue
        }
        seen.add(stray)
        const { selector = {} } = stray.spec ?? {}
        const mended = mendedSelector(selector, gateway)
        yield {
          object: stray,
          path: ['spec', 'selector'],
          message: `${objectName(stray)} is for pods with ${selectorText(selector)}, which those of ${objectName(backend.service)} are not (${selectorText(backend.service.spec?.selector ?? {})}), nor any other gateway's: the pods do not listen on what ${objectName(backend.ingress)} sends to, 502`,
          expected: selectorText(mended),
          actual: selectorText(selector),
          hint: `set spec.selector to ${selectorText(mended)}`,
          changes: [
            ...Object.entries(mended).map(([key, value]) => ({ path: ['spec', 'selector', key], value })),
            ...Object.keys(selector)
              .filter(key => mended[key] === undefined)
              .map(key => ({ path: ['spec', 'selector', key], remove: true as const }))
          ]
        }
      }
    }
  }
}

/**
 * Whether a Gateway for the pods of a gateway has a server for the port, or one of a port that nobody can read, and does not count:
 * Istio refuses it, or something is to replace a variable in it first. Other rules tell of both.
 */
function hasUncountedGateway({ resources }: Context, { gateway, port }: Reached): boolean {
  return istioGateways(resources).some(object => {
    const { selector = {}, servers } = object.spec ?? {}
    if (whyRefused(object).length === 0 && variablesOf(object).length === 0) {
      return false
    }
    const numbers = (Array.isArray(servers) ? servers : []).map(server => server?.port?.number)
    return (
      (picks(selector, gateway.labels) || isOfVariable(object, ['spec', 'selector'])) &&
      numbers.some(number => number === undefined || [port.port, Number(port.targetPort)].includes(Number(number)))
    )
  })
}

/** The ports of a gateway's Service that have a server, in words. */
function servedPorts({ gateway }: Reached): string[] {
  return (gateway.service.spec?.ports ?? []).flatMap(port => {
    const { plain, tls } = isStatusPort(port) ? { plain: [], tls: [] } : gateway.serversOn(port)
    const [server] = [...plain, ...tls]
    return server ? [`${port.port} (${server.spec.port.protocol})`] : []
  })
}

/** An ingress gateway listens on the ports for which a Gateway has a server, and on no others. */
export const gatewayServerMissing: Rule = {
  code: 'GATEWAY_SERVER_MISSING',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    for (const reached of unservedPorts(context)) {
      const { backend, port } = reached
      // A listener that lacks its certificate is told there (GATEWAY_CREDENTIAL_MISSING).
      const isListener = unservedOn(port, backend.service, context.resources).some(({ certificate }) => certificate)
      if (isListener || strayGateways(context, reached).length > 0) {
        continue
      }
      const served = servedPorts(reached)
      yield {
        object: backend.ingress,
        path: backend.path,
        follows: hasUncountedGateway(context, reached),
        message: `${objectName(backend.ingress)} sends to port ${port.port} of ${objectName(backend.service)}, for which no Gateway has a server: its pods do not listen, 502${served.length > 0 ? `; servers are there for ${served.join(', ')}` : ''}`,
        expected: served.length > 0 ? served.join(' or ') : `a server with port.number: ${port.port}`,
        actual: String(port.port),
        hint:
          served.length > 0
            ? `send to ${served.join(' or ')}, with the backend-protocol that it speaks, or add a server for ${port.port} to the Gateway`
            : `add a server with port.number: ${port.port} to a Gateway`
      }
    }
  }
}

/** A load balancer speaks TLS 1.3 to targets only where a listener of its own has a policy with it. */
export const gatewayTLSVersion: Rule = {
  code: 'GATEWAY_NEEDS_NEWER_TLS',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    const seen = new Set<unknown>()
    for (const { backend, gateway, port } of reachedPorts(context)) {
      const from = loadBalancerOf(context.tracer, context.groupOf(backend.ingress))?.from
      if (from?.maxVersion !== 'TLSv1.2' || backendProtocol(backend) !== 'HTTPS') {
        continue
      }
      for (const server of gateway.serversOn(port).tls) {
        const { object, path } = placeOfServer(server, context)
        if (server.spec.tls?.minProtocolVersion !== 'TLSV1_3' || object !== server.gateway || seen.has(server)) {
          continue
        }
        seen.add(server)
        const place = [...path, 'tls', 'minProtocolVersion']
        yield {
          object,
          path: place,
          message: `${objectName(object)} takes TLS 1.3 alone, and the load balancer of ${objectName(backend.ingress)} speaks no more than TLS 1.2 to its targets, as none of its listeners has an ssl-policy with TLS 1.3: every handshake with ${objectName(backend.service)} fails, 502`,
          expected: 'TLSV1_2',
          actual: 'TLSV1_3',
          hint: `set minProtocolVersion: TLSV1_2, or ${annotationName('ssl-policy')}: ELBSecurityPolicy-TLS13-1-2-2021-06`,
          changes: [{ path: place, value: 'TLSV1_2' }]
        } satisfies Problem
      }
    }
  }
}
