/**
 * Plans, errors and statuses of routes that the controller's own reconcilers made (tests/cases/lbc-gateway), against ours.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { buildPlan, parseEnvironment, planToJSON, routesToJSON } from '../../../src/model/index.ts'
import { readManifests } from '../../../src/resources/index.ts'
import { expectSamePlan, sortedByJSON } from './comparable.ts'

const folder = fileURLToPath(new URL('../../cases/lbc-gateway/', import.meta.url))
const environmentFile = fileURLToPath(new URL('../../cases/lbc/aws.yaml', import.meta.url))
const environment = parseEnvironment(readFileSync(environmentFile, 'utf8'), 'aws.yaml')
const cases = readdirSync(folder).sort()

test('there are cases', () => {
  expect(cases.length).toBeGreaterThanOrEqual(18)
})

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}

test.each(cases)('%s', name => {
  const plan = buildPlan(readManifests([`${folder}${name}/input.yaml`]), environment)
  expectSamePlan(planToJSON(plan), read(`${folder}${name}/expected.json`))
  const statuses = `${folder}${name}/routes.json`
  if (existsSync(statuses)) {
    expect(routesToJSON(plan)).toEqual(sortedByJSON(read(statuses) as unknown[]))
  }
})
