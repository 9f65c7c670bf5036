/**
 * What the ports of the embedded cluster's Services do: those of an ingress gateway what Istio's would, all others echo.
 *
 * @module
 */

import { type HeaderPairs, IngressGateway, isGateway, type Outcome, roleOf } from '../../istio/index.ts'
import type { Resources, Secret, Service, ServicePort } from '../../resources/index.ts'
import type { Behaviour, KeyPair, Reception, StandInAnswer, StandInRequest } from './stand-in.ts'

export interface BehaviourOptions {
  /** Presented where a Secret is assumed, and by Services that speak TLS themselves. */
  keyPair: KeyPair
  /** The objects are all that there is; default false. */
  complete?: boolean
  /** 0 ≤ n < 1; default Math.random. Weighted routes use it. */
  random?(): number
}

/** The sample service's answer: the request as it saw it. */
function echo(
  service: string,
  { method, path, headers }: { method: string; path: string; headers: HeaderPairs }
): StandInAnswer {
  return {
    status: 200,
    headers: [['content-type', 'application/json']],
    body: `${JSON.stringify(
      {
        service,
        method,
        path,
        headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
      },
      undefined,
      2
    )}\n`
  }
}

/** `web.shop.svc.cluster.local` is the Service web. */
function nameOf(host: string): string {
  return host.endsWith('.svc.cluster.local') ? host.split('.')[0]! : host
}

function answerOf(outcome: Outcome): StandInAnswer {
  if (outcome.kind === 'response') {
    return outcome
  }
  // A server answers every request; connections that get none were cut before.
  if (outcome.kind !== 'service') {
    return { status: 503, headers: [], body: '' }
  }
  const { status, headers, body } = echo(nameOf(outcome.destination.host), outcome.request)
  // Envoy names itself in every answer.
  return {
    status,
    headers: [...outcome.answerHeaders(headers), ['x-envoy-upstream-service-time', '0'], ['server', 'istio-envoy']],
    body
  }
}

function decode(value = ''): string {
  return Buffer.from(value, 'base64').toString()
}

function keyPairOf({ data = {} }: Secret): KeyPair {
  return {
    certificate: decode(data['tls.crt'] ?? data.cert),
    key: decode(data['tls.key'] ?? data.key)
  }
}

function behaviourOfGateway(gateway: IngressGateway, port: ServicePort, { keyPair }: BehaviourOptions): Behaviour {
  const receptions = new Map<unknown, Reception>()
  return {
    receive(opening, peer) {
      const connection = { peer, ...(opening.kind === 'tls' && { tls: { serverName: opening.serverName } }) }
      const accepted = gateway.accept(port, connection)
      if (accepted.kind !== 'status' && accepted.kind !== 'server') {
        return 'reset'
      }
      // One for each server, so that its connections share what serves them.
      const key = accepted.kind === 'status' ? accepted.kind : accepted.servers[0]!.spec
      const answer: (request: StandInRequest) => StandInAnswer = request => {
        const from = { ...connection, peer: request.peer }
        const { outcome } =
          accepted.kind === 'status' ? gateway.answer(port, from, request) : gateway.route(accepted, from, request)
        return answerOf(outcome)
      }
      const secret = accepted.kind === 'server' ? accepted.credential?.secret : undefined
      const reception = receptions.get(key) ?? { keyPair: secret ? keyPairOf(secret) : keyPair, answer }
      receptions.set(key, reception)
      return reception
    }
  }
}

function behaviourOfService(service: Service, port: ServicePort, { keyPair }: BehaviourOptions): Behaviour {
  const reception: Reception = { keyPair, answer: request => echo(service.metadata.name, request) }
  const speaksTLS = roleOf(port) === 'tls'
  return { receive: ({ kind }) => ((kind === 'tls') === speaksTLS ? reception : 'reset') }
}

/** What the ports of a Service do; undefined for a port on which nobody listens. */
export function behavioursOf(
  service: Service,
  resources: Resources,
  options: BehaviourOptions
): (port: ServicePort) => Behaviour | undefined {
  if (!isGateway(service, resources)) {
    return port => behaviourOfService(service, port, options)
  }
  const gateway = new IngressGateway(service, resources, {
    complete: options.complete,
    random: options.random ?? Math.random
  })
  return port =>
    gateway.accept(port, { peer: '' }).kind === 'refused' ? undefined : behaviourOfGateway(gateway, port, options)
}
