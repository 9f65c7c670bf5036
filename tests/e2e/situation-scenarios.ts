import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createDevelopmentAuthority } from '../../src/load-balancer/index.ts'
import { baseObjects } from '../cases/istio-cases.ts'
import { sharedObjects } from '../cases/situation/objects.ts'
import { situation } from '../cases/situation/situation.ts'
import { define, missingDefinitions } from './definitions.ts'
import { tlsEchoService, upgradingService } from './echo.ts'
import type { KindRig } from './kind-rig.ts'
import { markerGateway, markerRoute, RealGateway, tlsSecret } from './real-gateway.ts'
import { Situations } from './situations.ts'

const minute = 60_000

/** How many situations are asked: `ISTIO_ALB_SITUATIONS=5000` for a long run by hand. */
const count = Number(process.env.ISTIO_ALB_SITUATIONS ?? 0)
const seed = Number(process.env.ISTIO_ALB_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** How many stand side by side in the cluster. */
const mostAtOnce = 40

/** Services with pods of their own; others of the base are in front of the same. */
const echoServices = ['web', 'api', 'beta']

/**
 * Asks real Istio and the model about situations made by chance, many at once. What differs is shrunk by smaller batches, until
 * one situation is left with what it takes.
 */
export function describeSituations(rig: Pick<KindRig, 'kubectl' | 'environment' | 'cluster'>): void {
  const why =
    count === 0 ? ' (skipped: chance may find what nobody has looked at yet; ISTIO_ALB_SITUATIONS=80 asks 80)' : ''
  const suite = count === 0 ? describe.skip : describe
  suite(`Istio's gateway, in situations made by chance${why}`, () => {
    const gateway = new RealGateway(rig)
    const situations = new Situations(rig, gateway)
    const without = missingDefinitions('gatewayAPI')
    const kinds = without.length > 0 ? `, without routes of the Gateway API: ${without.join()}` : ''

    beforeAll(async () => {
      await define(`kind-${rig.cluster}`, rig, ['gatewayAPI'])
      const pair = await (await createDevelopmentAuthority()).issue('gateway', ['gateway'])
      const services = baseObjects().filter(
        ({ kind, metadata }) => kind === 'Service' && metadata.namespace === 'default'
      )
      await gateway.take(
        [
          ...sharedObjects(),
          ...echoServices.flatMap(upgradingService),
          ...tlsEchoService(pair),
          ...services,
          tlsSecret('cases-tls', 'istio-system', pair),
          markerGateway()
        ],
        [...echoServices, 'tlsecho']
      )
    }, 2 * minute)

    afterAll(() => gateway.giveBack([markerRoute('')]), minute)

    test(
      `${count} of them are answered and refused as the model says (seed ${seed}${kinds})`,
      async () => {
        let asked = 0
        const batch = fc.array(situation, { minLength: 1, maxLength: mostAtOnce, size: 'max' })
        const property = fc.asyncProperty(batch, async plans => {
          if (asked >= count) {
            return
          }
          asked += plans.length
          expect(
            await situations.compare(without.length > 0 ? plans.map(plan => ({ ...plan, routes: [] })) : plans)
          ).toEqual([])
        })
        // Enough runs, however small their batches are.
        await fc.assert(property, { seed, numRuns: count, endOnFailure: false })
      },
      Math.max(5, count / 10) * minute
    )
  })
}
