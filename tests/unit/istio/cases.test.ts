import { describe, expect, test } from '@jest/globals'
import { type GatewayAnswer, IngressGateway } from '../../../src/istio/index.ts'
import { assumeMissing } from '../../../src/resources/index.ts'
import {
  askedOf,
  type Expectation,
  expectationOf,
  generatedRequests,
  type IstioRequest,
  istioCases,
  resourcesOf,
  toldBy
} from '../../cases/istio-cases.ts'

/** Answers that the objects cannot tell; they name what was taken to be there, or what was not looked at. */
const said: Record<string, RegExp> = {
  'envoy-filter-that-answers': /EnvoyFilter istio-system\/lua.*selects the gateway/,
  'no-endpoints': /ready pod behind Service default\/noend/,
  'subset-without-pods': /ready pod behind Service default\/api with the labels app=api,version=v9/,
  'mutual-tls-without-sidecar': /ISTIO_MUTUAL, which only pods with a sidecar understand/
}

function ask(name: string, asked: IstioRequest): GatewayAnswer {
  const { resources, service } = resourcesOf(name)
  const { port, connection, request } = askedOf(asked)
  const found = service.spec!.ports!.find(one => one.name === port)!
  return new IngressGateway(service, resources).answer(found, connection, request)
}

function headerIn(headers: [string, string][], name: string): string | undefined {
  return headers.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1]
}

/** The answer in the terms of the record, as far as the record goes. */
function told({ outcome }: GatewayAnswer, { body, seen, shown, location }: Expectation): Expectation {
  if (outcome.kind !== 'service' && outcome.kind !== 'response') {
    return { kind: 'reset', seen: [], shown: [] }
  }
  const headers = outcome.kind === 'service' ? outcome.answerHeaders([]) : outcome.headers
  const clients = { shown: shown.map(([name]): [string, string | undefined] => [name, headerIn(headers, name)]) }
  if (outcome.kind === 'response') {
    return {
      kind: 'status',
      status: outcome.status,
      ...(location !== undefined && { location: headerIn(headers, 'location') }),
      ...(body !== undefined && { body: outcome.body.slice(0, body.length) }),
      seen: [],
      ...clients
    }
  }
  if (outcome.upgrade) {
    return { kind: 'upgrade', status: 101, seen: [], ...clients }
  }
  return {
    kind: 'service',
    service: outcome.destination.host.split('.')[0]!,
    path: outcome.request.path,
    seen: seen.map(([name]) => [name, headerIn(outcome.request.headers, name)]),
    ...clients
  }
}

describe('an ingress gateway answers as Istio’s did', () => {
  const all = istioCases().flatMap(({ case: name, shows, requests }) =>
    requests.map(request => ({ name, shows, request, title: `${name}: ${request.method} ${request.url}` }))
  )

  test.each(all)('$title', ({ name, request }) => {
    const answer = ask(name, request)
    const sentence = said[name]
    if (sentence) {
      expect([...answer.assumptions, ...answer.notEvaluated].join('\n')).toMatch(sentence)
      return
    }
    const expected = expectationOf(request.real)
    expect(told(answer, expected)).toEqual(expected)
  })
})

test('more requests than 250 are held against real gateways, and the model has an answer to each', () => {
  const asked = istioCases().flatMap(({ case: name, requests }) => [
    ...requests.map(request => toldBy(ask(name, request))),
    ...generatedRequests(name).map(request => toldBy(ask(name, { ...request, real: '' })))
  ])
  expect(asked.length).toBeGreaterThan(250)
})

test('a class of Istio’s beside the edge says nothing of the controller’s', () => {
  const { resources } = resourcesOf('ingress-of-istio')
  const edge = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'edge', namespace: 'istio-system' },
    spec: { ingressClassName: 'alb' }
  }
  const names = assumeMissing(resources.with([edge]))
    .resources.list('IngressClass')
    .map(({ metadata }) => metadata.name)
  expect(names.sort()).toEqual(['alb', 'istio'])
})
