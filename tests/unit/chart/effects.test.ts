import { beforeAll, expect, test } from '@jest/globals'
import { readSchema } from '../../chart/consistency.ts'
import { type Effect, effectsOf } from '../../chart/effects.ts'

let effects: Effect[]
beforeAll(async () => {
  effects = await effectsOf(readSchema('values.schema.json'))
}, 600_000)

test('under every provider and type of load balancer each value changes something, or is refused by its name', () => {
  const silent = effects.filter(({ outcome }) => outcome === 'silent')
  expect(silent).toEqual([])
})

test('each value has an effect somewhere', () => {
  const effective = new Set(effects.filter(({ outcome }) => outcome === 'effect').map(({ key }) => key))
  const without = new Set(effects.map(({ key }) => key).filter(key => !effective.has(key)))
  // By themselves these two are refused, naming what they need; that tells them from a value that is ignored.
  expect([...without]).toEqual(['ingress.authentication.type', 'firstService.enabled'])
})
