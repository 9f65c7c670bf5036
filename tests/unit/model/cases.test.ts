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
import { expectSamePlan } from './comparable.ts'

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

test('there are cases', () => {
  expect(ofIngresses.length).toBeGreaterThanOrEqual(30)
  expect(ofServices.length).toBeGreaterThanOrEqual(19)
})

test.each([...ofIngresses, ...ofServices])('%s', name => {
  const plan = buildPlan(readManifests([`${folder}${name}/input.yaml`]), environment)
  const expected = JSON.parse(readFileSync(`${folder}${name}/expected.json`, 'utf8'))
  expectSamePlan(planToJSON(plan), expected)
})
