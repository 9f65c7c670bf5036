import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type GatewayAnswer, IngressGateway, refusedObjects } from '../../../src/istio/index.ts'
import { type KubernetesObject, Resources } from '../../../src/resources/index.ts'
import { askedOf, baseObjects } from '../../cases/istio-cases.ts'
import { allowPolicy, objectsOfSituation, requestsOfSituation, sharedObjects } from '../../cases/situation/objects.ts'
import { type Situation, situation } from '../../cases/situation/situation.ts'

function objectsOf(batch: readonly Situation[]): KubernetesObject[] {
  return [
    ...batch.flatMap((plan, place) => objectsOfSituation(plan, place).map(({ object }) => object)),
    ...allowPolicy(batch)
  ]
}

function answersOf(batch: readonly Situation[], objects: readonly KubernetesObject[]): GatewayAnswer[] {
  const resources = new Resources([...baseObjects(), ...sharedObjects(), ...objects])
  const service = resources.find('Service', 'istio-ingressgateway', 'istio-system')!
  const gateway = new IngressGateway(service, resources)
  return batch.flatMap((plan, place) =>
    requestsOfSituation(plan, place).map(asked => {
      const { port, connection, request } = askedOf({ ...asked, real: '' })
      return gateway.answer(service.spec!.ports!.find(({ name }) => name === port)!, connection, request)
    })
  )
}

const batches = fc.array(situation, { minLength: 1, maxLength: 5 })

test('in whatever situation, the order of files decides nothing', () => {
  fc.assert(
    fc.property(batches, fc.nat(), (batch, turn) => {
      const objects = objectsOf(batch)
      const start = turn % objects.length
      const others = [...objects.slice(start), ...objects.slice(0, start)].reverse()
      expect(JSON.stringify(answersOf(batch, others))).toBe(JSON.stringify(answersOf(batch, objects)))
    }),
    { numRuns: 40 }
  )
})

/** An answer without the words on why: a delegate that is refused is there, and one that is not is nowhere. */
function withoutReasons({ considered: _, assumptions: __, ...answer }: GatewayAnswer): object {
  return answer
}

test('what is refused changes no answer, whether it stands among the objects or not', () => {
  fc.assert(
    fc.property(batches, batch => {
      const objects = objectsOf(batch)
      const refused = new Set(refusedObjects(new Resources(objects)).map(({ object }) => object))
      const [others, all] = [objects.filter(object => !refused.has(object)), objects].map(some =>
        JSON.stringify(answersOf(batch, some).map(withoutReasons))
      )
      expect(others).toBe(all)
    }),
    { numRuns: 40 }
  )
})
