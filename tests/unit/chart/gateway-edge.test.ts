import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Edge, renderObjects } from '../../../src/edge.ts'
import { compareMove, defaultEnvironment, type Stack } from '../../../src/model/index.ts'
import { ownChart } from '../../../src/render/index.ts'

/** The load balancers of a scenario, by name, made of one kind of object or the other. */
async function stacksOf(scenario: string, api: 'ingress' | 'gateway'): Promise<Stack[]> {
  const values = [join(ownChart, 'ci', `${scenario}-values.yaml`)]
  const { plan } = new Edge(await renderObjects({ values, set: [`loadBalancer.api=${api}`] }), defaultEnvironment)
  const plans = api === 'ingress' ? plan.groups : plan.gateways
  expect(plans.flatMap(({ error }) => error ?? [])).toEqual([])
  return plans.map(({ stack }) => stack!)
}

describe('a Gateway makes the load balancer that the Ingress makes, but for what every move changes', () => {
  test.each([
    'default',
    'article',
    'daemonset',
    'gateway',
    'gateway-api',
    'gateway-features',
    'grpc',
    'injected',
    'internal',
    'ip',
    'two-edges'
  ])(
    '%s',
    async scenario => {
      const [old, next] = [await stacksOf(scenario, 'ingress'), await stacksOf(scenario, 'gateway')]
      expect(next.map(({ id }) => id)).toEqual(old.map(({ id }) => id))
      expect(next).not.toEqual([])
      const differences = next.flatMap((stack, index) => compareMove(old[index]!, stack))
      expect(differences.filter(({ known }) => known === undefined)).toEqual([])
      expect(differences).not.toEqual([])
    },
    60_000
  )
})
