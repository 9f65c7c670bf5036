import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Simulation, sendTo } from '../../../../src/cluster/index.ts'
import { Edge } from '../../../../src/edge.ts'
import { Failure } from '../../../../src/failure.ts'
import { defaultEnvironment } from '../../../../src/model/index.ts'
import { parseManifests, Resources } from '../../../../src/resources/index.ts'
import { readRequest, type Trace } from '../../../../src/trace/index.ts'
import { edgeSketches, hostsOf, namedPaths, textOf } from '../../../cases/generated-edges.ts'

/** Statuses that a trace tells; nothing of an application's own, which the stand-in answers with 200. */
function toldBy({ answer, destinations }: Trace): number[] {
  const answers = destinations.length === 0 ? [answer] : destinations.map(one => one.answer)
  return answers.map(({ status }) => status ?? 200)
}

describe('a load balancer that runs', () => {
  let simulation: Simulation
  beforeAll(async () => {
    simulation = await Simulation.create({
      environment: defaultEnvironment,
      hosts: ['shop.example.com', 'api.example.com', 'www.example.com'],
      timeScale: 100,
      anyPort: true
    })
  })
  afterAll(() => simulation.close())

  // The seed is fixed, as each edge takes a while: the property over many edges is check's.
  const sketches = fc.sample(edgeSketches, { numRuns: 36, seed: 2029 }).map((sketch, index) => ({ sketch, index }))

  let asked = 0
  test.each(sketches)(
    'answers requests, and finds targets healthy, as trace predicts: edge $index',
    async ({ sketch }) => {
      const edge = new Edge(parseManifests([{ file: 'edge.json', text: textOf(sketch) }]), defaultEnvironment)
      try {
        void edge.targets
      } catch (error) {
        // What AWS refuses does not run either.
        expect(error).toBeInstanceOf(Failure)
        await expect(simulation.apply(edge.resources, edge.plan)).rejects.toThrow(Failure)
        return
      }
      // Targets of the edge before would keep their health.
      await simulation.apply(new Resources())
      await simulation.apply(edge.resources, edge.plan)
      await simulation.whenChecked()
      for (const { id, listeners, targetGroups } of simulation.describe()) {
        const predicted = new Set(edge.targets.map(({ targetGroup, state }) => `${targetGroup} ${state}`))
        const found = new Set(
          targetGroups.flatMap(({ name, targets }) => targets.map(({ state }) => `${name} ${state}`))
        )
        expect([...found].filter(one => !one.endsWith(' unused'))).toEqual([...predicted])
        for (const { port, protocol, address } of listeners) {
          for (const host of hostsOf(sketch)) {
            for (const path of namedPaths) {
              const url = `${protocol.toLowerCase()}://${host}${path}`
              const request = { url, client: '127.0.0.1' }
              const { head, scheme } = readRequest(request)
              const traced = edge.trace(request, { group: id, explain: false })
              const { status } = await sendTo(address, { ...head, scheme, host }, simulation.authority.certificate)
              asked++
              expect({ url, port, told: toldBy(traced) }).toEqual({ url, port, told: expect.arrayContaining([status]) })
            }
          }
        }
      }
    }
  )

  test('and was asked something', () => expect(asked).toBeGreaterThan(100))
})
