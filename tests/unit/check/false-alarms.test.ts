import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { checkResources } from '../../../src/check/index.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { ownChart } from '../../../src/render/index.ts'
import {
  assumeMissing,
  defaultNamespace,
  placeInNamespace,
  type Resources,
  readManifests
} from '../../../src/resources/index.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const patterns = globSync(`${root}tests/cases/correct/*.yaml`).sort()
/** The renders of the chart's scenarios, which another test holds to the chart. */
const renders = globSync(`${root}tests/snapshots/*.yaml`).sort()

function findingsOf(resources: Resources) {
  const placed = placeInNamespace(resources, defaultNamespace)
  return checkResources(assumeMissing(placed).resources, defaultEnvironment)
}

describe('no false alarm of a correct pattern', () => {
  test.each(patterns.map(file => [basename(file), file]))('%s', (_name, file) => {
    expect(findingsOf(readManifests([file]))).toEqual([])
  })

  test('of which there are some', () => expect(patterns.length).toBeGreaterThan(30))
})

describe('no false alarm of a scenario of the chart', () => {
  test.each(renders.map(file => [basename(file), file]))('%s', (_name, file) => {
    expect(findingsOf(readManifests([file]))).toEqual([])
  })

  test('of all of them', () => expect(renders).toHaveLength(globSync(`${ownChart}/ci/*-values.yaml`).length))
})
