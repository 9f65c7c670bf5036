import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { IngressGateway } from '../../src/istio/index.ts'
import { createDevelopmentAuthority } from '../../src/load-balancer/index.ts'
import { Resources, type Service } from '../../src/resources/index.ts'
import {
  askedOf,
  baseObjects,
  expectationOf,
  generatedRequests,
  type IstioRequest,
  istioCases,
  objectsOf,
  peer as recordedPeer,
  type Told,
  toldBy
} from '../cases/istio-cases.ts'
import { tlsEchoService, upgradingService } from './echo.ts'
import type { Seen } from './gateway-request.ts'
import type { KindRig } from './kind-rig.ts'
import { markerGateway, markerRoute, RealGateway, tlsSecret } from './real-gateway.ts'

const minute = 60_000

/** The part of what was seen that a record tells of. */
function asRecorded(seen: Seen, real: string, peer: string) {
  const expected = expectationOf(real.replaceAll(recordedPeer, peer))
  const { seen: ofService, shown, body, location, ...told } = expected
  return {
    expected: {
      ...told,
      ...(body !== undefined && { body }),
      ...(location !== undefined && { location }),
      ofService,
      shown
    },
    actual: {
      kind: seen.kind,
      ...(told.status !== undefined && { status: seen.status }),
      ...(told.service !== undefined && { service: seen.service, path: seen.path }),
      ...(body !== undefined && { body: seen.body.slice(0, body.length) }),
      ...(location !== undefined && { location: seen.location }),
      ofService: ofService.map(([name]) => [name, seen.request[name]]),
      shown: shown.map(([name]) => [name, seen.headers[name]])
    }
  }
}

/**
 * Holds every case against the real gateway of a rig's cluster, one after the other: what real gateways answered before, and
 * what the model says of requests that nobody was asked. Every difference fails.
 */
export function describeIstio(rig: Pick<KindRig, 'kubectl' | 'environment'>): void {
  describe("Istio's gateway, as the model tells it", () => {
    const gateway = new RealGateway(rig)
    let peer = ''

    beforeAll(async () => {
      const pair = await (await createDevelopmentAuthority()).issue('gateway', ['gateway'])
      const services = baseObjects().filter(
        ({ kind, metadata }) => kind === 'Service' && metadata.namespace === 'default'
      )
      const names = services
        .filter(({ spec, metadata }) => (spec as Service['spec'])?.selector?.app === metadata.name)
        .map(({ metadata }) => metadata.name)
      await gateway.take(
        [
          ...names.flatMap(upgradingService),
          ...tlsEchoService(pair),
          ...services,
          tlsSecret('cases-tls', 'istio-system', pair),
          markerGateway()
        ],
        [...names, 'tlsecho']
      )
      const [first] = istioCases().filter(one => one.case === 'headers-that-a-client-may-not-send')
      const objects = [...objectsOf(first!.case), markerRoute('first')]
      await gateway.offer(objects, 'apply')
      await gateway.pushed('first')
      const { url } = first!.requests[0]!
      const answered = await gateway.ask({ method: 'GET', url })
      peer = answered.request['x-forwarded-for'] ?? recordedPeer
      await gateway.offer(objects, 'delete')
    }, 4 * minute)

    afterAll(() => gateway.giveBack([markerRoute('')]), minute)

    function foretold(name: string, request: Omit<IstioRequest, 'real'>): Told | undefined {
      const resources = new Resources([...baseObjects(), ...gateway.objects, ...objectsOf(name)])
      const service = resources.find('Service', 'istio-ingressgateway', 'istio-system')!
      const { port, connection, request: asked } = askedOf({ ...request, real: '' })
      const found = service.spec!.ports!.find(one => one.name === port)!
      const answer = new IngressGateway(service, resources, { complete: true }).answer(found, connection, asked)
      // What the model says that it does not know is not held against it.
      return answer.notEvaluated.length > 0 ? undefined : toldBy(answer)
    }

    test.each(istioCases().map(one => [one.case, one] as const))(
      '%s',
      async (name, { requests }) => {
        const objects = [...objectsOf(name), markerRoute(name)]
        await gateway.offer(objects, 'apply')
        try {
          await gateway.pushed(name)
          for (const { real, ...request } of requests) {
            const difference = await gateway.settled(request, seen => {
              const { expected, actual } = asRecorded(seen, real, peer)
              return JSON.stringify(expected) === JSON.stringify(actual) ? undefined : { request, expected, actual }
            })
            expect(difference?.actual).toEqual(difference?.expected)
          }
          for (const request of generatedRequests(name)) {
            const expected = foretold(name, request)
            const difference =
              expected &&
              (await gateway.settled(request, ({ kind, status, service, path, location }) => {
                const actual =
                  kind === 'service'
                    ? { kind, service, path }
                    : kind === 'reset'
                      ? { kind }
                      : { kind, status, location }
                return JSON.stringify(actual) === JSON.stringify(expected) ? undefined : { request, expected, actual }
              }))
            expect(difference).toBeUndefined()
          }
        } finally {
          await gateway.offer(objects.slice(0, -1), 'delete', '--ignore-not-found', '--wait=true')
        }
      },
      minute
    )
  })
}
