/**
 * What the API server refuses by the schema in a CustomResourceDefinition (k8s.io/apiextensions-apiserver: ValidateCustomResource,
 * in the words of k8s.io/kube-openapi). What definitions say in CEL comes after it.
 *
 * @module
 */

import type { Definition, Path } from '../resources/index.ts'
import { type Advice, type FieldError, formatField, invalid, notSupported, oneOf, required } from './field-error.ts'

function bounds(value: number, { minimum, maximum }: Definition): string | undefined {
  if (minimum !== undefined && value < minimum) {
    return `should be greater than or equal to ${minimum}`
  }
  return maximum !== undefined && value > maximum ? `should be less than or equal to ${maximum}` : undefined
}

function* validateText(value: string, definition: Definition, path: Path, advice: Advice): Generator<FieldError> {
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

function* validateList(value: unknown[], definition: Definition, path: Path, advice: Advice): Generator<FieldError> {
  const { items, minItems, maxItems } = definition
  if (maxItems !== undefined && value.length > maxItems) {
    yield { path, detail: `Too many: ${value.length}: must have at most ${maxItems} items`, ...advice }
  }
  if (minItems !== undefined && value.length < minItems) {
    yield invalid(path, value.length, `${formatField(path)} in body should have at least ${minItems} items`, advice)
  }
  for (const [index, item] of value.entries()) {
    if (items) {
      yield* validateByDefinition(item, items, [...path, index])
    }
  }
}

function* validateMap(value: Record<string, unknown>, definition: Definition, path: Path): Generator<FieldError> {
  const { properties = {}, additionalProperties, required: names = [], choices = [] } = definition
  const { minProperties, maxProperties } = definition
  if (maxProperties !== undefined && Object.keys(value).length > maxProperties) {
    const detail = `Too many: ${Object.keys(value).length}: must have at most ${maxProperties} items`
    yield { path, detail, hint: `keep ${maxProperties} of them` }
  }
  if (minProperties !== undefined && Object.keys(value).length < minProperties) {
    const text = `${formatField(path)} in body should have at least ${minProperties} properties`
    yield { path, detail: `Invalid value: ${JSON.stringify(value)}: ${text}`, hint: 'add one, or remove it' }
  }
  for (const name of names.filter(own => value[own] === undefined && properties[own]?.default === undefined)) {
    yield required([...path, name], '', { hint: `add ${name}` })
  }
  for (const names of choices.map(choice => choice.filter(name => value[name] !== undefined))) {
    if (names.length > 1) {
      const text = `"${formatField(path)}" must validate one and only one schema (oneOf). Found ${names.length} valid alternatives`
      yield {
        path,
        detail: `Invalid value: "": ${text}`,
        actual: names.join(', '),
        hint: `leave one of ${names.join(', ')}`
      }
    }
  }
  for (const [name, own] of Object.entries(value)) {
    const part = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
    if (part && own !== undefined) {
      yield* validateByDefinition(own, part, [...path, name])
    }
  }
}

/** What the API server refuses of a value by its definition. The types are those of objects that were read. */
export function* validateByDefinition(value: unknown, definition: Definition, path: Path): Generator<FieldError> {
  const advice: Advice = { hint: 'write what the API takes: kubectl explain tells it of the field' }
  if (typeof value === 'string') {
    yield* validateText(value, definition, path, advice)
  } else if (typeof value === 'number') {
    const text = bounds(value, definition)
    if (text !== undefined) {
      yield invalid(path, value, `${formatField(path)} in body ${text}`, advice)
    } else if (definition.enum && !definition.enum.includes(value)) {
      yield notSupported(path, String(value), definition.enum.map(String), advice)
    }
  } else if (Array.isArray(value)) {
    yield* validateList(value, definition, path, advice)
  } else if (value !== null && typeof value === 'object') {
    yield* validateMap(value as Record<string, unknown>, definition, path)
  }
}
