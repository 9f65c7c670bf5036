import { describe, expect, test } from '@jest/globals'
import { Ajv2020, type Schema } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { gatewayKinds, gatewayShapeOf } from '../../../src/resources/gateway-shape.ts'
import { istioShapes } from '../../../src/resources/istio-shape.ts'
import { kubernetesShapes } from '../../../src/resources/kubernetes-shape.ts'
import { operatorShape } from '../../../src/resources/operator-shape.ts'
import { fits } from '../../../src/resources/schema-fit.ts'
import { workloadShapes } from '../../../src/resources/workload-shape.ts'

const shapes: Record<string, Schema> = {
  ...kubernetesShapes,
  ...istioShapes,
  ...workloadShapes,
  IstioOperator: operatorShape,
  ...Object.fromEntries(
    gatewayKinds.map(kind => {
      const group = kind.endsWith('Configuration') ? 'gateway.k8s.aws' : 'gateway.networking.k8s.io'
      return [`${kind} of ${group}`, gatewayShapeOf({ apiVersion: `${group}/v1`, kind })!]
    })
  )
}

interface Words {
  type?: string | string[]
  properties?: Record<string, Words>
  items?: Words
  additionalProperties?: Words
  enum?: string[]
}

/** Values of other types, and some that a schema's words turn on. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom<unknown>('', 'Zm9v', 'no base64!', 'SIMPLE', 0, -1, 1.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 1e300)
)

/** Values close to what a schema asks for: most members right, some missing, some of another type. */
function near(schema: Words): fc.Arbitrary<unknown> {
  const { type, properties = {}, items, additionalProperties } = schema
  const right: fc.Arbitrary<unknown> = schema.enum
    ? fc.constantFrom(...schema.enum)
    : items
      ? fc.array(near(items), { maxLength: 2 })
      : [type].flat().includes('object') || Object.keys(properties).length > 0
        ? fc
            .tuple(
              fc.record(Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, near(part)])), {
                requiredKeys: []
              }),
              additionalProperties
                ? fc.dictionary(fc.string(), near(additionalProperties), { maxKeys: 2 })
                : fc.constant({})
            )
            .map(([known, others]) => ({ ...others, ...known }))
        : type === 'string'
          ? fc.string()
          : type === 'boolean'
            ? fc.boolean()
            : fc.integer()
  return fc.oneof({ arbitrary: right, weight: 60 }, { arbitrary: anything, weight: 1 })
}

describe('agrees with Ajv', () => {
  const ajv = new Ajv2020({ strict: false, meta: false, validateSchema: false })

  test.each(Object.entries(shapes))('on %s', (_, schema) => {
    const validate = ajv.compile(schema)
    const answers = new Set<boolean>()
    fc.assert(
      fc.property(near(schema as Words), value => {
        const answer = fits(schema, value)
        answers.add(answer)
        expect([value, answer]).toEqual([value, validate(value)])
      }),
      { numRuns: 200 }
    )
    // Where neither was seen, nothing was compared.
    expect(answers.has(true)).toBe(true)
  })
})

test.each([
  { schema: { type: 'string', format: 'date' }, value: '2020-01-01' },
  { schema: { properties: { a: { not: {} } } }, value: { a: 1 } }
])('$schema, which has a word that is not known, fits nothing', ({ schema, value }) => {
  expect(fits(schema, value)).toBe(false)
})
