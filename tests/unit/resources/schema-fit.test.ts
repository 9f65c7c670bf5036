import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { environmentSchema } from '../../../src/model/index.ts'
import { savedPlanSchema } from '../../../src/model/stack/saved-plan.ts'
import { shapeByDefinition } from '../../../src/resources/definition-shape.ts'
import { gatewayVersions } from '../../../src/resources/gateway-definitions.ts'
import { istioDefinitions } from '../../../src/resources/istio-definitions.ts'
import { kubernetesShapes } from '../../../src/resources/kubernetes-shape.ts'
import { operatorShape } from '../../../src/resources/operator-shape.ts'
import { type Misfit, misfitsOf, type Schema } from '../../../src/resources/schema-fit.ts'
import { anyObject } from '../../../src/resources/shape.ts'
import { workloadShapes } from '../../../src/resources/workload-shape.ts'

const definedNames = [
  ...Object.entries(gatewayVersions).map(([kind, { group }]) => `${kind}.${group}`),
  ...Object.keys(istioDefinitions)
]

const schemas: Record<string, Schema> = {
  ...kubernetesShapes,
  ...workloadShapes,
  IstioOperator: operatorShape,
  ...Object.fromEntries(
    definedNames.map(name => {
      const [kind = '', ...group] = name.split('.')
      return [name, shapeByDefinition({ apiVersion: `${group.join('.')}/v1`, kind })!]
    })
  ),
  'any object': anyObject,
  'aws.yaml': environmentSchema,
  'a saved plan': savedPlanSchema
}

/** Values of other types, and some that a schema's words turn on. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom<unknown>('', 'Zm9v', 'no base64!', 'SIMPLE', 0, -1, 1.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 1e300)
)

/** Values close to what a schema asks for: most members right, some missing, some of another type or of no name. */
function near(schema: Schema, definitions: Schema['$defs'] = {}, depth = 0): fc.Arbitrary<unknown> {
  const { type, properties = {}, items, additionalProperties, anyOf, $ref } = schema
  function part(of: Schema): fc.Arbitrary<unknown> {
    return near(of, definitions, depth + 1)
  }
  if ($ref !== undefined) {
    return depth > 12 ? anything : part(definitions[$ref.replace('#/$defs/', '')]!)
  }
  const right: fc.Arbitrary<unknown> = schema.enum
    ? fc.constantFrom(...schema.enum)
    : anyOf
      ? fc.oneof(...anyOf.map(part))
      : items
        ? fc.array(part(items), { maxLength: 2 })
        : [type].flat().includes('object') || Object.keys(properties).length > 0
          ? fc
              .tuple(
                fc.record(
                  Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, part(member)])),
                  { requiredKeys: [] }
                ),
                fc.oneof(
                  { arbitrary: fc.constant({}), weight: 8 },
                  fc.dictionary(fc.string(), additionalProperties ? part(additionalProperties) : anything, {
                    maxKeys: 2
                  })
                )
              )
              .map(([known, others]) => ({ ...others, ...known }))
          : type === 'string'
            ? fc.string()
            : type === 'boolean'
              ? fc.boolean()
              : fc.integer()
  return fc.oneof({ arbitrary: right, weight: 60 }, { arbitrary: anything, weight: 1 })
}

/** What both tell of a misfit: Ajv gives a word's value, or the property's name. */
function toldBy({ keyword, instancePath, property, parentSchema, data }: Misfit) {
  return { keyword, instancePath, property, parentSchema, data }
}

describe('agrees with Ajv', () => {
  const ajv = new Ajv2020({ strict: false, meta: false, validateSchema: false, allErrors: true, verbose: true })

  test.each(Object.entries(schemas))('on %s', (_, schema) => {
    const validate = ajv.compile(schema)
    const answers = new Set<boolean>()
    fc.assert(
      fc.property(near(schema, schema.$defs), value => {
        const misfits = misfitsOf(schema, value)
        answers.add(validate(value))
        const errors = (validate.errors ?? []).map(({ keyword, instancePath, params, parentSchema, data }) => ({
          keyword,
          instancePath,
          property: params.missingProperty ?? params.additionalProperty,
          parentSchema,
          data
        }))
        expect(misfits.map(toldBy)).toEqual(errors)
      }),
      // Few values that chance makes of large schemas fit.
      { numRuns: 200, examples: [[{}], [{ error: 'no subnets' }]] }
    )
    // Where neither was seen, nothing was compared.
    expect(answers.has(true)).toBe(true)
  })
})

test.each<{ schema: Schema; value: unknown; keywords: string[] }>([
  { schema: { type: 'string', minLength: 2 }, value: '😀', keywords: ['minLength'] },
  { schema: { type: 'integer', minimum: 2 }, value: 1.5, keywords: ['type', 'minimum'] },
  { schema: { type: ['string', 'object'], required: ['a'] }, value: {}, keywords: ['required'] },
  { schema: { type: 'array', minItems: 1 }, value: [], keywords: ['minItems'] },
  { schema: { additionalProperties: false }, value: { constructor: 1 }, keywords: ['additionalProperties'] }
])('$schema on $value', ({ schema, value, keywords }) => {
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema)
  expect(validate(value)).toBe(false)
  expect(misfitsOf(schema, value).map(({ keyword }) => keyword)).toEqual(keywords)
  expect(validate.errors!.map(({ keyword }) => keyword)).toEqual(keywords)
})

test('the schema of aws.yaml has no word that means nothing where it stands', () => {
  expect(() => new Ajv2020({ strict: true }).compile(environmentSchema)).not.toThrow()
})
