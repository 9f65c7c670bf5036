import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseAllDocuments } from 'yaml'
import { checkResources } from '../../../src/check/index.ts'
import { Failure } from '../../../src/failure.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { assumeMissing, parseManifests, type Resources } from '../../../src/resources/index.ts'
import type { Loose } from './edge.ts'

const files = [
  ...['article/alb-ingress', 'article/alb-operator', 'correct/istio-instance-https', 'correct/blue-green'],
  ...['correct/operator-in-a-config-map', 'correct/class-parameters', 'correct/login']
]
const objects: Loose[] = files.flatMap(file =>
  parseAllDocuments(readFileSync(`tests/cases/${file}.yaml`, 'utf8'), { version: '1.1', merge: true }).map(document =>
    document.toJS()
  )
)

/** Every place in a value, with what holds it. */
function* places(value: Loose): Generator<{ holder: Loose; key: string }> {
  if (typeof value !== 'object' || value === null) {
    return
  }
  for (const key of Object.keys(value)) {
    yield { holder: value, key }
    yield* places(value[key])
  }
}

function parse(items: Loose[]): Resources | undefined {
  try {
    return parseManifests([{ file: 'any.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }])
  } catch (error) {
    if (error instanceof Failure) {
      return undefined
    }
    throw error
  }
}

test('whatever stands in place of anything, it is refused when it is read, or checked', () => {
  const anything = fc.oneof(
    fc.constantFrom<Loose>(
      '',
      'x',
      '-1',
      '{',
      '[]',
      '{"type":"forward"}',
      0,
      -1,
      99999,
      true,
      null,
      [],
      {},
      [null],
      [{}]
    ),
    fc.string(),
    fc.json({ maxDepth: 1 })
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), anything), { minLength: 1, maxLength: 3 }), changes => {
      const items = structuredClone(objects)
      const all = [...places(items)]
      for (const [index, value] of changes) {
        const { holder, key } = all[index % all.length]!
        holder[key] = value
      }
      const resources = parse(items)
      if (!resources) {
        return
      }
      for (const finding of checkResources(assumeMissing(resources).resources, defaultEnvironment)) {
        expect(finding).toMatchObject({
          code: expect.any(String),
          message: expect.any(String),
          hint: expect.any(String)
        })
        expect(`${finding.message}${finding.hint}${finding.expected}${finding.actual}`).not.toMatch(/\[object Object\]/)
      }
    }),
    { numRuns: 2500 }
  )
})
