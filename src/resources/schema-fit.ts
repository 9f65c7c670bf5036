/**
 * Whether a value fits a schema, asked without compiling the schema first: most objects fit, each schema judges few of them in a
 * run, and compiling takes longer than everything else that a check does. What does not fit is Ajv's to describe.
 *
 * @module
 */

import type { Schema } from 'ajv/dist/2020.js'

interface Words {
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema
  items?: Schema
  enum?: unknown[]
  minimum?: number
  maximum?: number
  pattern?: string
}

const known = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'minimum',
  'maximum',
  'pattern'
])

/** Whether each schema has no word but the known ones. */
const isKnown = new WeakMap<object, boolean>()
const patterns = new Map<string, RegExp>()

function patternOf(source: string): RegExp {
  const pattern = patterns.get(source) ?? new RegExp(source, 'u')
  patterns.set(source, pattern)
  return pattern
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return Number.isFinite(value)
    case 'null':
      return value === null
    default:
      return typeof value === type
  }
}

/** By the members that there are: most schemas have many more. */
function fitsMembers({ properties = {}, required = [], additionalProperties }: Words, value: object): boolean {
  const members = value as Record<string, unknown>
  return (
    required.every(name => members[name] !== undefined) &&
    Object.keys(members).every(name =>
      Object.hasOwn(properties, name)
        ? members[name] === undefined || fits(properties[name]!, members[name])
        : additionalProperties === undefined || fits(additionalProperties, members[name])
    )
  )
}

/** Whether a value fits; false as well where the schema has a word that is not known here, so that Ajv is asked. */
export function fits(schema: Schema, value: unknown): boolean {
  if (typeof schema === 'boolean') {
    return schema
  }
  const isAllKnown = isKnown.get(schema) ?? Object.keys(schema).every(word => known.has(word))
  isKnown.set(schema, isAllKnown)
  const words = schema as Words
  const { type, items, enum: allowed, minimum, maximum, pattern } = words
  return (
    isAllKnown &&
    (type === undefined ||
      (typeof type === 'string' ? isOfType(type, value) : type.some(one => isOfType(one, value)))) &&
    (allowed === undefined || allowed.includes(value)) &&
    (typeof value !== 'number' || (value >= (minimum ?? value) && value <= (maximum ?? value))) &&
    (typeof value !== 'string' || pattern === undefined || patternOf(pattern).test(value)) &&
    (!Array.isArray(value) || items === undefined || value.every(item => fits(items, item))) &&
    (!isOfType('object', value) || fitsMembers(words, value as object))
  )
}
