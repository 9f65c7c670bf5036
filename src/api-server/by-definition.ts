/**
 * What the API server refuses by the schema in a CustomResourceDefinition (k8s.io/apiextensions-apiserver: ValidateCustomResource,
 * in the words of k8s.io/kube-openapi). What definitions say in CEL comes after it.
 *
 * @module
 */

import type { Definition, Path } from '../resources/index.ts'
import { type Advice, type FieldError, formatField, invalid, notSupported, oneOf, required } from './field-error.ts'

type Mapping = Record<string, unknown>

const advice: Advice = { hint: 'write what the API takes: kubectl explain tells it of the field' }

function bounds(value: number, { minimum, maximum }: Definition): string | undefined {
  if (minimum !== undefined && value < minimum) {
    return `should be greater than or equal to ${minimum}`
  }
  return maximum !== undefined && value > maximum ? `should be less than or equal to ${maximum}` : undefined
}

function constrainsText({ pattern, minLength, maxLength, enum: allowed }: Definition): boolean {
  return (pattern ?? minLength ?? maxLength ?? allowed) !== undefined
}

function* validateText(value: string, definition: Definition, path: Path): Generator<FieldError> {
  const { pattern, minLength, maxLength, enum: allowed } = definition
  const field = formatField(path)
  if (allowed && !allowed.includes(value)) {
    const texts = allowed.map(String)
    yield notSupported(path, value, texts, oneOf(path, value, texts))
  }
  if (maxLength !== undefined && [...value].length > maxLength) {
    yield { path, detail: `Too long: may not be more than ${maxLength} bytes`, actual: value, ...advice }
  } else if (minLength !== undefined && [...value].length < minLength) {
    yield invalid(path, value, `${field} in body should be at least ${minLength} chars long`, advice)
  } else if (pattern !== undefined && !new RegExp(pattern).test(value)) {
    yield invalid(path, value, `${field} in body should match '${pattern}'`, advice)
  }
}

function* validateLength(value: unknown[], { minItems, maxItems }: Definition, path: Path): Generator<FieldError> {
  if (maxItems !== undefined && value.length > maxItems) {
    yield { path, detail: `Too many: ${value.length}: must have at most ${maxItems} items`, ...advice }
  }
  if (minItems !== undefined && value.length < minItems) {
    yield invalid(path, value.length, `${formatField(path)} in body should have at least ${minItems} items`, advice)
  }
}

function* validateNames(value: Mapping, definition: Definition, path: Path): Generator<FieldError> {
  const { properties = {}, required: names = [], minProperties, maxProperties, choices = [] } = definition
  const count = minProperties === undefined && maxProperties === undefined ? 0 : Object.keys(value).length
  if (maxProperties !== undefined && count > maxProperties) {
    const detail = `Too many: ${count}: must have at most ${maxProperties} items`
    yield { path, detail, hint: `keep ${maxProperties} of them` }
  }
  if (minProperties !== undefined && count < minProperties) {
    const text = `${formatField(path)} in body should have at least ${minProperties} properties`
    yield { path, detail: `Invalid value: ${JSON.stringify(value)}: ${text}`, hint: 'add one, or remove it' }
  }
  for (const name of names.filter(own => value[own] === undefined && properties[own]?.default === undefined)) {
    yield required([...path, name], '', { hint: `add ${name}` })
  }
  for (const given of choices.map(choice => choice.filter(name => value[name] !== undefined))) {
    if (given.length > 1) {
      const text = `"${formatField(path)}" must validate one and only one schema (oneOf). Found ${given.length} valid alternatives`
      const hint = `leave one of ${given.join(', ')}`
      yield { path, detail: `Invalid value: "": ${text}`, actual: given.join(', '), hint }
    }
  }
}

function* validateNumber(value: number, definition: Definition, path: Path): Generator<FieldError> {
  const text = bounds(value, definition)
  if (text !== undefined) {
    yield invalid(path, value, `${formatField(path)} in body ${text}`, advice)
  } else if (definition.enum && !definition.enum.includes(value)) {
    yield notSupported(path, String(value), definition.enum.map(String), advice)
  }
}

/** What is refused of a value and its parts. The path is one list all the way, since most values are right. */
function visit(value: unknown, definition: Definition, path: (string | number)[], errors: FieldError[]): void {
  function visitPart(name: string | number, own: unknown, part: Definition | undefined): void {
    if (part && own !== undefined) {
      path.push(name)
      visit(own, part, path, errors)
      path.pop()
    }
  }
  if (typeof value === 'string') {
    if (constrainsText(definition)) {
      errors.push(...validateText(value, definition, [...path]))
    }
  } else if (typeof value === 'number') {
    errors.push(...validateNumber(value, definition, [...path]))
  } else if (Array.isArray(value)) {
    errors.push(...validateLength(value, definition, [...path]))
    for (const [index, item] of value.entries()) {
      visitPart(index, item, definition.items)
    }
  } else if (value !== null && typeof value === 'object') {
    const { properties = {}, additionalProperties } = definition
    errors.push(...validateNames(value as Mapping, definition, [...path]))
    for (const [name, own] of Object.entries(value)) {
      visitPart(name, own, Object.hasOwn(properties, name) ? properties[name] : additionalProperties)
    }
  }
}

/** What the API server refuses of a value by its definition. The types are those of objects that were read. */
export function validateByDefinition(value: unknown, definition: Definition, path: Path): FieldError[] {
  const errors: FieldError[] = []
  visit(value, definition, [...path], errors)
  return errors
}
