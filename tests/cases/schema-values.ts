import fc, { type Arbitrary } from 'fast-check'
import type { Values } from '../../src/values/index.ts'

/** The keywords of values.schema.json, as far as values are made of them. */
interface Schema {
  $ref?: string
  $defs?: Record<string, Schema>
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  minimum?: number
  maximum?: number
  pattern?: string
  minLength?: number
  maxLength?: number
  items?: Schema
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  properties?: Record<string, Schema | boolean>
  propertyNames?: Schema
  additionalProperties?: Schema | boolean
  required?: string[]
  anyOf?: Schema[]
  oneOf?: Schema[]
}

/** Text that has meant something else to YAML, to templates or to the controller's parsers. */
const awkward = [
  '',
  ' ',
  "it's",
  'a,b=c',
  '"',
  '{{ .Values }}',
  'a: b # c',
  '0x1',
  'null',
  'yes',
  '\n',
  'ü',
  '${x}',
  '\\'
]

function textOf({ pattern, minLength = 0, maxLength = 40 }: Schema): Arbitrary<string> {
  function fits(text: string): boolean {
    return text.length >= minLength && text.length <= maxLength
  }
  if (pattern === undefined) {
    return fc.oneof(fc.constantFrom(...awkward), fc.string({ maxLength: 20 })).filter(fits)
  }
  return fc
    .stringMatching(new RegExp(pattern))
    .map(text => text.slice(0, 2000))
    .filter(fits)
}

/** Values that a schema accepts by itself; whether they fit together is another matter. */
export function valuesOf(root: Schema): Arbitrary<Values> {
  const arbitraries = new Map<string, Arbitrary<unknown>>()

  function ofRef(ref: string): Arbitrary<unknown> {
    const known = arbitraries.get(ref)
    if (known) {
      return known
    }
    const made = of(root.$defs![ref.replace('#/$defs/', '')]!)
    arbitraries.set(ref, made)
    return made
  }

  function ofObject(schema: Schema): Arbitrary<unknown> {
    const { properties = {}, additionalProperties, propertyNames, required = [] } = schema
    if (schema.oneOf) {
      // One branch: what it excludes is left out, what it demands is there.
      return fc.oneof(
        ...schema.oneOf.map(branch => {
          const own = Object.entries(properties).flatMap(([key, value]) => {
            const narrowed = branch.properties?.[key]
            return narrowed === false ? [] : [[key, typeof narrowed === 'object' ? narrowed : value] as const]
          })
          const { oneOf, ...rest } = schema
          return ofObject({
            ...rest,
            properties: Object.fromEntries(own),
            required: [...required, ...(branch.required ?? [])]
          })
        })
      )
    }
    const entries = Object.entries(properties).filter(([, value]) => typeof value === 'object')
    if (entries.length > 0) {
      // Few keys at a time, as people set them: with all at once nothing would ever fit together.
      return fc
        .subarray(
          entries.map(([key]) => key),
          { maxLength: Math.min(entries.length, 5) }
        )
        .chain(chosen =>
          fc.record(
            Object.fromEntries(
              entries.flatMap(([key, value]) =>
                chosen.includes(key) || required.includes(key) ? [[key, of(value as Schema)]] : []
              )
            ),
            { noNullPrototype: true }
          )
        )
    }
    if (typeof additionalProperties === 'object') {
      return fc.dictionary(
        propertyNames ? textOf(propertyNames) : fc.constantFrom('example.com/a', 'b', 'C.d_e'),
        of(additionalProperties),
        { maxKeys: 2, noNullPrototype: true }
      )
    }
    return fc.constant({})
  }

  function of(schema: Schema): Arbitrary<unknown> {
    if (schema.$ref) {
      return ofRef(schema.$ref)
    }
    if (schema.enum) {
      return fc.constantFrom(...schema.enum)
    }
    if ('const' in schema) {
      return fc.constant(schema.const)
    }
    if (schema.anyOf && !schema.items) {
      return fc.oneof(...schema.anyOf.map(branch => of({ ...schema, anyOf: undefined, ...branch })))
    }
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
    if (type === 'boolean') {
      return fc.boolean()
    }
    if (type === 'integer') {
      const { minimum = 0, maximum = 100 } = schema
      return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum))
    }
    if (type === 'string') {
      return textOf(schema)
    }
    if (type === 'array') {
      const { items, minItems = 0, maxItems = 3, uniqueItems } = schema
      // Free lists hold what Kubernetes understands and this schema does not say.
      if (!items || (!items.properties && !items.$ref && [items.type].flat().includes('object'))) {
        return fc.constant([])
      }
      const size = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 3)) }
      const list = uniqueItems
        ? fc.uniqueArray(of(items!), { ...size, comparator: 'IsStrictlyEqual' })
        : fc.array(of(items!), size)
      return schema.anyOf ? list.filter(({ length }) => length !== 1) : list
    }
    return ofObject(schema)
  }

  return ofObject({ ...root, additionalProperties: false }) as Arbitrary<Values>
}

type Spoil = (value: unknown) => unknown

/** What goes wrong with one value on its way into a file. */
const spoils: Spoil[] = [
  value => String(value),
  () => null,
  () => -1,
  () => 0.5,
  () => [],
  () => ({ nosuch: 1 }),
  () => 'a '.repeat(200),
  value => (typeof value === 'object' && value !== null ? { ...value, nosuch: true } : [value])
]

/** Paths to every value in a mapping. */
function pathsIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, child]) => {
        const own = [...path, Array.isArray(value) ? Number(key) : key]
        return [own, ...pathsIn(child, own)]
      })
    : []
}

function spoilAt(value: unknown, [step, ...rest]: (string | number)[], spoil: Spoil): unknown {
  if (step === undefined) {
    return spoil(value)
  }
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  ;(copy as Record<string | number, unknown>)[step] = spoilAt((copy as Values)[step], rest, spoil)
  return copy
}

/** Values of which one was spoilt. */
export function spoiltOf(values: Arbitrary<Values>): Arbitrary<Values> {
  return fc.tuple(values, fc.nat(), fc.constantFrom(...spoils)).map(([made, place, spoil]) => {
    const paths = pathsIn(made)
    return paths.length === 0 ? made : (spoilAt(made, paths[place % paths.length]!, spoil) as Values)
  })
}
