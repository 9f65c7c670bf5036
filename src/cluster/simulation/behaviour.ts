/**
 * What the ports of the embedded cluster's Services do: those of an ingress gateway what Istio's would, all others echo.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import {
  answerProxyPort,
  type GatewayRequest,
  IngressGateway,
  isGateway,
  type Outcome,
  type ProxyPort,
  proxyProtocolAt
} from '../../istio/index.ts'
import type { Resources, Secret, Service, ServicePort } from '../../resources/index.ts'
import { type PodListener, protocolOf } from '../../targets/index.ts'
import { type ExpectedCode, echo } from './echo.ts'
import type { Behaviour, KeyPair, Reception, StandInAnswer, StandInRequest } from './stand-in.ts'

export interface BehaviourOptions {
  /** Presented where a Secret is assumed, and by Services that speak TLS themselves. */
  keyPair: KeyPair
  /** The objects are all that there is; default false. */
  complete?: boolean
  /** 0 ≤ n < 1; default Math.random. Weighted routes use it. */
  random?(): number
}

/** `web.shop.svc.cluster.local` is the Service web. */
function nameOf(host: string): string {
  return host.endsWith('.svc.cluster.local') ? host.split('.')[0]! : host
}

function answerOf(outcome: Outcome, request: StandInRequest, expected: ExpectedCode): StandInAnswer {
  if (outcome.kind === 'response') {
    return outcome
  }
  // A server answers every request; connections that get none were cut before.
  if (outcome.kind !== 'service') {
    return { status: 503, headers: [], body: '' }
  }
  const seen = { ...request, ...outcome.request }
  const { status, headers, body } = echo(nameOf(outcome.destination.host), seen, expected)
  if (outcome.upgrade) {
    return { status: 101, headers: outcome.answerHeaders([['server', 'istio-envoy']]), body: '', upgrade: true }
  }
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

/** A connection that is passed on unread: the Service behind it gets every byte, and ends TLS itself unless the gateway did. */
function passedReception(
  gateway: IngressGateway,
  accepted: Extract<ReturnType<IngressGateway['accept']>, { kind: 'passed' }>,
  keyPair: KeyPair,
  expected: ExpectedCode
): Reception {
  return {
    keyPair,
    answer: request => {
      const { outcome } = gateway.pass(accepted, request)
      return outcome.kind === 'service'
        ? echo(nameOf(outcome.destination.host), { ...request, ...outcome.request }, expected)
        : cut
    }
  }
}

/** Where a connection ends behind the gateway: a server answers every request, which this one then does with a reset. */
const cut: StandInAnswer = { status: 0, headers: [], body: '' }

function behaviourOfGateway(
  gateway: IngressGateway,
  port: ServicePort,
  { keyPair }: BehaviourOptions,
  expected: ExpectedCode
): Behaviour {
  const receptions = new Map<unknown, Reception>()
  function shared(key: unknown, make: () => Reception): Reception {
    const reception = receptions.get(key) ?? make()
    receptions.set(key, reception)
    return reception
  }
  return {
    proxyProtocol: gateway.proxyProtocolOn(port),
    receive(opening, peer, proxied) {
      const tls = opening.kind === 'tls' && { tls: { serverName: opening.serverName } }
      const connection = { peer, proxied, ...tls }
      const accepted = gateway.accept(port, connection)
      switch (accepted.kind) {
        case 'status':
          return shared(accepted.kind, () => ({
            keyPair,
            answer: request =>
              answerOf(gateway.answer(port, { ...connection, peer: request.peer }, request).outcome, request, expected)
          }))
        case 'passed':
          return shared(accepted.route, () => passedReception(gateway, accepted, keyPair, expected))
        case 'server': {
          const { secret } = accepted.credential ?? {}
          const newest = accepted.servers[0]!.spec.tls?.minProtocolVersion === 'TLSV1_3'
          // One for each server, so that its connections share what serves them.
          return shared(accepted.servers[0]!.spec, () => ({
            keyPair: secret ? keyPairOf(secret) : keyPair,
            ...(newest && { minVersion: 'TLSv1.3' as const }),
            answer: request =>
              answerOf(
                gateway.route(accepted, { ...connection, peer: request.peer }, request, port).outcome,
                request,
                expected
              )
          }))
        }
        default:
          return 'reset'
      }
    }
  }
}

/** An application speaks what it is known to speak; what nobody knows it speaks as it is spoken to. */
function behaviourOfApplication(
  service: Service,
  port: ServicePort | number,
  resources: Resources,
  { keyPair }: BehaviourOptions,
  expected: ExpectedCode
): Behaviour {
  const reception: Reception = { keyPair, answer: request => echo(service.metadata.name, request, expected) }
  const known = protocolOf(service, port, resources)
  return { receive: ({ kind }) => (!known || known.tls === (kind === 'tls') ? reception : 'reset') }
}

function behaviourOfProxyPort(
  port: ProxyPort,
  resources: Resources,
  { keyPair }: BehaviourOptions,
  expected: ExpectedCode
): Behaviour {
  const reception: Reception = {
    keyPair,
    answer: request => answerOf(answerProxyPort(port, { tls: false }, request), request, expected)
  }
  return {
    proxyProtocol: proxyProtocolAt(port, resources),
    receive({ kind }) {
      // A connection that is cut never gets as far as a request; any will do to ask.
      const version = kind === 'http2' ? '2.0' : '1.1'
      const request: GatewayRequest = { method: 'GET', path: '/', authority: '', headers: [], version }
      return answerProxyPort(port, { tls: kind === 'tls' }, request).kind === 'response' ? reception : 'reset'
    }
  }
}

/** What stands behind a Service. */
export interface Behaviours {
  /** Behind a port of the Service; undefined for one on which nobody listens. */
  ofPort(port: ServicePort): Behaviour | undefined
  /** At a port of its pods that no Service port leads to. */
  ofPod(number: number, listener: Exclude<PodListener, { kind: 'service' }>): Behaviour
}

/** What the ports of a Service and of its pods do; `expected` tells what a health check wants to hear of an application. */
export function behavioursOf(
  service: Service,
  resources: Resources,
  options: BehaviourOptions,
  expected: ExpectedCode
): Behaviours {
  function ofPod(number: number, { kind }: Exclude<PodListener, { kind: 'service' }>): Behaviour {
    return kind === 'container' || kind === 'assumed'
      ? behaviourOfApplication(service, number, resources, options, expected)
      : behaviourOfProxyPort(kind, resources, options, expected)
  }
  if (!isGateway(service, resources)) {
    return { ofPort: port => behaviourOfApplication(service, port, resources, options, expected), ofPod }
  }
  const { complete, random = Math.random } = options
  const gateway = new IngressGateway(service, resources, { complete, random, requestID: randomUUID })
  return {
    ofPort: port =>
      gateway.accept(port, { peer: '' }).kind === 'refused'
        ? undefined
        : behaviourOfGateway(gateway, port, options, expected),
    ofPod
  }
}
