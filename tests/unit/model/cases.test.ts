/**
 * Plans and errors that the controller's own model builder made (tests/cases/lbc, tests/cases/lbc-service), against
 * ours.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { buildPlan, parseEnvironment, planToJSON } from '../../../src/model/index.ts'
import { readManifests } from '../../../src/resources/index.ts'

const folder = fileURLToPath(new URL('../../cases/', import.meta.url))
const environment = parseEnvironment(readFileSync(`${folder}lbc/aws.yaml`, 'utf8'), 'aws.yaml')

function casesOf(kind: string): string[] {
  return readdirSync(`${folder}${kind}`, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => `${kind}/${name}`)
    .sort()
}

const ofIngresses = casesOf('lbc')
const ofServices = casesOf('lbc-service')

/** Lists whose order the controller leaves open: it makes them of maps. */
const unordered: Record<string, string> = {
  'AWS::EC2::SecurityGroup': 'ingress',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'loadBalancerAttributes',
  'AWS::ElasticLoadBalancingV2::Listener': 'listenerAttributes',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'targetGroupAttributes'
}

function withSortedKeys(_key: string, value: unknown): unknown {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
    : value
}

interface Stack {
  resources: Record<string, Record<string, { spec: Record<string, unknown[] | undefined> }>>
}

interface Output {
  stack?: Stack
  stacks?: Record<string, Stack>
}

/** JSON values as they compare: key order does not count, and neither does that of the four lists. */
function comparable(output: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(output)) as Output
  for (const { resources } of [copy.stack, ...Object.values(copy.stacks ?? {})].filter(stack => stack !== undefined)) {
    for (const [type, list] of Object.entries(unordered)) {
      for (const { spec } of Object.values(resources[type] ?? {})) {
        spec[list]?.sort((left, right) =>
          JSON.stringify(left, withSortedKeys) < JSON.stringify(right, withSortedKeys) ? -1 : 1
        )
      }
    }
  }
  return copy
}

test('there are cases', () => {
  expect(ofIngresses.length).toBeGreaterThanOrEqual(30)
  expect(ofServices.length).toBeGreaterThanOrEqual(19)
})

test.each([...ofIngresses, ...ofServices])('%s', name => {
  const plan = buildPlan(readManifests([`${folder}${name}/input.yaml`]), environment)
  const expected = JSON.parse(readFileSync(`${folder}${name}/expected.json`, 'utf8'))
  expect(comparable(planToJSON(plan))).toEqual(comparable(expected))
})
