import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseAllDocuments } from 'yaml'
import { Edge } from '../../../src/edge.ts'
import { Failure } from '../../../src/failure.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { parseManifests, type Resources } from '../../../src/resources/index.ts'
import type { Loose } from './edge.ts'

const files = [
  ...['article/alb-ingress', 'article/alb-operator', 'correct/istio-instance-https', 'correct/blue-green'],
  ...['correct/operator-in-a-config-map', 'correct/class-parameters', 'correct/login'],
  ...['lbc-service/14-source-ranges-annotation/input', 'lbc-gateway/04-matches-of-every-kind/input'],
  ...['lbc-gateway/12-authentication/input', 'lbc-gateway/15-merge-prefer-gateway/input']
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

type Change = { replace: Loose } | 'drop' | 'misspell' | 'double'

/** Does to one place what people do: something else stands there, it is gone, its key is misspelt, it stands there twice. */
function apply(change: Change, { holder, key }: { holder: Loose; key: string }): void {
  if (typeof change === 'object') {
    holder[key] = change.replace
  } else if (Array.isArray(holder)) {
    holder.splice(
      Number(key),
      1,
      ...(change === 'drop' ? [] : [holder[Number(key)], structuredClone(holder[Number(key)])])
    )
  } else {
    const value = holder[key]
    delete holder[key]
    if (change !== 'drop') {
      holder[`${key.slice(1, 2)}${key.slice(0, 1)}${key.slice(2)}`] = value
    }
  }
}

function changeOf(anything: fc.Arbitrary<Loose>): fc.Arbitrary<Change> {
  return fc.oneof(
    anything.map((replace): Change => ({ replace })),
    fc.constantFrom<Change>('drop', 'misspell', 'double')
  )
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

test('whatever stands in place of anything, or is missing, it is refused when it is read, or planned, checked and traced', () => {
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
    fc.property(fc.array(fc.tuple(fc.nat(), changeOf(anything)), { minLength: 1, maxLength: 3 }), changes => {
      const items = structuredClone(objects)
      const all = [...places(items)]
      for (const [index, change] of changes) {
        apply(change, all[index % all.length]!)
      }
      const resources = parse(items)
      if (!resources) {
        return
      }
      const edge = new Edge(resources, defaultEnvironment)
      try {
        edge.trace({ url: 'https://shop.example.com/orders' })
      } catch (error) {
        expect(error).toBeInstanceOf(Failure)
      }
      for (const finding of edge.findings) {
        expect(finding).toMatchObject({
          code: expect.any(String),
          message: expect.any(String),
          hint: expect.any(String)
        })
        expect(`${finding.message}${finding.hint}${finding.expected}${finding.actual}`).not.toMatch(/\[object Object\]/)
      }
    }),
    { numRuns: 200 }
  )
})
