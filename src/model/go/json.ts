/**
 * JSON as Go's encoding/json decodes it into given types: field names of structs match in any case, map keys exactly,
 * unknown fields are skipped, null leaves a value as it is, nothing is coerced, and errors have Go's words.
 *
 * @module
 */

import { ModelError } from '../model-error.ts'
import { type JSONNode, scanJSON } from './json-scanner.ts'

/** A Go type to decode into. `name` is what Go's error texts call it. */
export type GoType =
  | { kind: 'string' | 'bool' | 'int32'; name: string }
  /** Kubernetes' `intstr.IntOrString`, which decodes itself. */
  | { kind: 'intOrString' }
  | { kind: 'pointer' | 'slice' | 'map'; element: GoType }
  /** Field names as their JSON tags. `name` is without the package, `package` is put before it where Go prints it. */
  | { kind: 'struct'; name: string; package: string; fields: Record<string, GoType> }

export const goString: GoType = { kind: 'string', name: 'string' }
export const goBool: GoType = { kind: 'bool', name: 'bool' }
export const goInt32: GoType = { kind: 'int32', name: 'int32' }
export const goIntOrString: GoType = { kind: 'intOrString' }
export function pointer(element: GoType): GoType {
  return { kind: 'pointer', element }
}
export function slice(element: GoType): GoType {
  return { kind: 'slice', element }
}
export function map(element: GoType): GoType {
  return { kind: 'map', element }
}

/** The type as Go's `reflect.Type.String` prints it. */
function typeName(type: GoType): string {
  if (type.kind === 'struct') {
    return `${type.package}.${type.name}`
  }
  if ('element' in type) {
    return { pointer: '*', slice: '[]', map: 'map[string]' }[type.kind] + typeName(type.element)
  }
  return type.kind === 'intOrString' ? 'intstr.IntOrString' : type.name
}

function zeroOf(type: GoType): unknown {
  if (type.kind === 'string') {
    return ''
  }
  if (type.kind === 'bool') {
    return false
  }
  if (type.kind === 'int32' || type.kind === 'intOrString') {
    return 0
  }
  if (type.kind === 'struct') {
    return Object.fromEntries(Object.entries(type.fields).map(([name, field]) => [name, zeroOf(field)]))
  }
  return undefined
}

/** `foldName` of encoding/json: besides letter case, two characters that Unicode folds into ASCII. */
function foldName(name: string): string {
  return name.replaceAll('ſ', 's').replaceAll('\u212a', 'k').toLowerCase()
}

function fieldNamed(fields: Record<string, GoType>, key: string): string | undefined {
  if (Object.hasOwn(fields, key)) {
    return key
  }
  const folded = foldName(key)
  return Object.keys(fields).find(name => foldName(name) === folded)
}

function valueWord(node: JSONNode): string {
  return node.type === 'number' ? 'number' : node.type
}

type StructType = Extract<GoType, { kind: 'struct' }>
type Members = Extract<JSONNode, { type: 'object' }>['members']

/** The innermost struct and the path of fields to a value, for error texts. */
interface Context {
  struct?: string
  path: string[]
}

function typeError(value: string, type: GoType, { struct, path }: Context): ModelError {
  return new ModelError(
    struct === undefined
      ? `json: cannot unmarshal ${value} into Go value of type ${typeName(type)}`
      : `json: cannot unmarshal ${value} into Go struct field ${struct}.${path.join('.')} of type ${typeName(type)}`
  )
}

function int32Of(text: string): number | undefined {
  const value = /^-?[0-9]+$/.test(text) ? BigInt(text) : undefined
  return value !== undefined && BigInt.asIntN(32, value) === value ? Number(value) : undefined
}

class Decoder {
  /** A type error is noted and decoding goes on, as a later error of intstr.IntOrString is returned in its stead. */
  firstError: ModelError | undefined

  #note(error: ModelError): void {
    this.firstError ??= error
  }

  #intOrString(node: JSONNode, context: Context): number | string {
    if (node.type === 'string') {
      return node.value
    }
    const value = node.type === 'number' ? int32Of(node.text) : node.type === 'null' ? 0 : undefined
    if (value === undefined) {
      throw typeError(node.type === 'number' ? `number ${node.text}` : valueWord(node), goInt32, context)
    }
    return value
  }

  #slice(element: GoType, items: JSONNode[], current: unknown, context: Context): unknown[] {
    const existing = (current as unknown[] | undefined) ?? []
    return items.map((item, index) =>
      this.decode(element, item, index < existing.length ? existing[index] : zeroOf(element), context)
    )
  }

  #map(element: GoType, members: Members, current: unknown, context: Context): Map<string, unknown> {
    const result = new Map(current as Map<string, unknown> | undefined)
    for (const [key, value] of members) {
      result.set(key, this.decode(element, value, zeroOf(element), context))
    }
    return result
  }

  #struct({ name: struct, fields }: StructType, members: Members, current: unknown, { path }: Context): unknown {
    const result = { ...(current as Record<string, unknown>) }
    for (const [key, value] of members) {
      const name = fieldNamed(fields, key)
      if (name !== undefined) {
        result[name] = this.decode(fields[name]!, value, result[name], { struct, path: [...path, name] })
      }
    }
    return result
  }

  /** A string, a boolean or a number; what is none leaves the current value. */
  #scalar(target: GoType, node: JSONNode, current: unknown, context: Context): unknown {
    if ((target.kind === 'string' && node.type === 'string') || (target.kind === 'bool' && node.type === 'bool')) {
      return node.value
    }
    if (target.kind === 'int32' && node.type === 'number') {
      const value = int32Of(node.text)
      if (value === undefined) {
        this.#note(typeError(`number ${node.text}`, target, context))
      }
      return value ?? current
    }
    this.#note(typeError(valueWord(node), target, context))
    return current
  }

  decode(target: GoType, node: JSONNode, current: unknown, context: Context): unknown {
    if (target.kind === 'pointer') {
      return node.type === 'null'
        ? undefined
        : this.decode(target.element, node, current ?? zeroOf(target.element), context)
    }
    if (target.kind === 'intOrString') {
      return this.#intOrString(node, context)
    }
    if (node.type === 'null') {
      return target.kind === 'slice' || target.kind === 'map' ? undefined : current
    }
    if (target.kind === 'slice' && node.type === 'array') {
      return this.#slice(target.element, node.items, current, context)
    }
    if (target.kind === 'map' && node.type === 'object') {
      return this.#map(target.element, node.members, current, context)
    }
    if (target.kind === 'struct' && node.type === 'object') {
      return this.#struct(target, node.members, current, context)
    }
    return this.#scalar(target, node, current, context)
  }
}

/**
 * Decodes a text into a type. Structs have all their fields, absent ones with Go's zero value; nil pointers, slices and
 * maps are undefined; maps are `Map`s. Whoever calls says with `Result` what TypeScript calls that type.
 *
 * @throws ModelError with the text of Go's error: the first syntax error, else the first type error.
 */
export function decodeJSON<Result>(type: GoType, text: string): Result {
  const decoder = new Decoder()
  const result = decoder.decode(type, scanJSON(text), zeroOf(type), { path: [] })
  if (decoder.firstError) {
    throw decoder.firstError
  }
  return result as Result
}
