/**
 * JSON as Go's encoding/json decodes it into given types: field names of structs match in any case, map keys exactly,
 * unknown fields are skipped, null leaves a value as it is, nothing is coerced, and errors have Go's words.
 *
 * @module
 */

import { ModelError } from '../model-error.ts'
import { quote } from './strconv.ts'

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

type Node =
  | { type: 'object'; members: [key: string, value: Node][] }
  | { type: 'array'; items: Node[] }
  | { type: 'string'; value: string }
  | { type: 'number'; text: string }
  | { type: 'bool'; value: boolean }
  | { type: 'null' }

const maxDepth = 10_000
const space = 0x20
function isSpace(byte: number): boolean {
  return byte === space || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** `quoteChar` of encoding/json's scanner: bytes of a longer UTF-8 sequence are shown one by one. */
function quoteByte(byte: number): string {
  const character = String.fromCharCode(byte)
  if (character === "'") {
    return "'\\''"
  }
  return character === '"' ? `'"'` : `'${quote(character).slice(1, -1)}'`
}

/**
 * Reads a text into a tree, keeping duplicate keys and the spelling of numbers.
 * Iterative like Go's scanner, so that deep nesting ends in Go's error and not in a full stack.
 */
function scan(text: string): Node {
  const bytes = Buffer.from(text)
  let offset = 0
  // At the end Go steps its scanner once with a space, which is what an unfinished literal then complains of.
  function peek(): number {
    return bytes[offset] ?? space
  }
  function complain(context: string): never {
    throw new ModelError(`invalid character ${quoteByte(peek())} ${context}`)
  }
  function skipSpace(): void {
    while (offset < bytes.length && isSpace(peek())) {
      offset++
    }
    if (offset >= bytes.length) {
      throw new ModelError('unexpected end of JSON input')
    }
  }

  function scanString(): string {
    const start = offset++
    for (;;) {
      if (offset >= bytes.length) {
        throw new ModelError('unexpected end of JSON input')
      }
      const byte = peek()
      offset++
      if (byte === 0x22) {
        break
      }
      if (byte < space) {
        offset--
        complain('in string literal')
      }
      if (byte !== 0x5c) {
        continue
      }
      if (peek() === 0x75) {
        offset++
        for (let digit = 0; digit < 4; digit++, offset++) {
          if (!/[0-9a-fA-F]/.test(String.fromCharCode(peek()))) {
            complain('in \\u hexadecimal character escape')
          }
        }
      } else if ('bfnrt\\/"'.includes(String.fromCharCode(peek()))) {
        offset++
      } else {
        complain('in string escape code')
      }
    }
    // Go replaces a lone surrogate, JavaScript keeps it.
    return (JSON.parse(bytes.toString('utf8', start, offset)) as string).toWellFormed()
  }

  function scanDigits(context: string): void {
    if (!isDigit(peek())) {
      complain(context)
    }
    while (isDigit(peek())) {
      offset++
    }
  }
  function scanNumber(): Node {
    const start = offset
    if (peek() === 0x2d) {
      offset++
    }
    if (peek() === 0x30) {
      offset++
    } else {
      scanDigits('in numeric literal')
    }
    if (peek() === 0x2e) {
      offset++
      scanDigits('after decimal point in numeric literal')
    }
    if (peek() === 0x65 || peek() === 0x45) {
      offset++
      if (peek() === 0x2b || peek() === 0x2d) {
        offset++
      }
      scanDigits('in exponent of numeric literal')
    }
    return { type: 'number', text: bytes.toString('utf8', start, offset) }
  }
  function scanWord(word: string, node: Node): Node {
    offset++
    for (const expected of word.slice(1)) {
      if (String.fromCharCode(peek()) !== expected) {
        complain(`in literal ${word} (expecting '${expected}')`)
      }
      offset++
    }
    return node
  }

  const open: Extract<Node, { type: 'object' | 'array' }>[] = []
  let keys: string[] = []
  let root: Node | undefined

  function place(node: Node): void {
    const parent = open.at(-1)
    if (parent?.type === 'array') {
      parent.items.push(node)
    } else if (parent) {
      parent.members.push([keys.pop()!, node])
    } else {
      root = node
    }
  }
  function enter(node: Extract<Node, { type: 'object' | 'array' }>): void {
    place(node)
    if (open.length >= maxDepth) {
      complain('exceeded max depth')
    }
    open.push(node)
    offset++
  }
  function scanKey(): void {
    skipSpace()
    if (peek() !== 0x22) {
      complain('looking for beginning of object key string')
    }
    keys.push(scanString())
    skipSpace()
    if (peek() !== 0x3a) {
      complain('after object key')
    }
    offset++
  }
  /** Reads one value; true when it is complete, false when it opened an object or array. */
  function scanValue(): boolean {
    skipSpace()
    const byte = peek()
    if (byte === 0x7b) {
      enter({ type: 'object', members: [] })
      skipSpace()
      if (peek() === 0x7d) {
        return true
      }
      scanKey()
      return false
    }
    if (byte === 0x5b) {
      enter({ type: 'array', items: [] })
      skipSpace()
      return peek() === 0x5d
    }
    if (byte === 0x22) {
      place({ type: 'string', value: scanString() })
    } else if (byte === 0x2d || isDigit(byte)) {
      place(scanNumber())
    } else if (byte === 0x74) {
      place(scanWord('true', { type: 'bool', value: true }))
    } else if (byte === 0x66) {
      place(scanWord('false', { type: 'bool', value: false }))
    } else if (byte === 0x6e) {
      place(scanWord('null', { type: 'null' }))
    } else {
      complain('looking for beginning of value')
    }
    return true
  }

  for (;;) {
    if (!scanValue()) {
      continue
    }
    // After a value: close as many containers as end here, or go on to the next element.
    let more = false
    while (open.length > 0 && !more) {
      skipSpace()
      const container = open.at(-1)!
      if (peek() === (container.type === 'array' ? 0x5d : 0x7d)) {
        open.pop()
        offset++
      } else if (peek() === 0x2c) {
        offset++
        if (container.type === 'object') {
          scanKey()
        }
        more = true
      } else {
        complain(container.type === 'array' ? 'after array element' : 'after object key:value pair')
      }
    }
    if (!more) {
      break
    }
  }
  keys = []
  while (offset < bytes.length && isSpace(peek())) {
    offset++
  }
  if (offset < bytes.length) {
    complain('after top-level value')
  }
  return root!
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

function valueWord(node: Node): string {
  return node.type === 'number' ? 'number' : node.type
}

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

/**
 * Decodes a text into a type. Structs have all their fields, absent ones with Go's zero value; nil pointers, slices and
 * maps are undefined; maps are `Map`s. Whoever calls says with `Result` what TypeScript calls that type.
 *
 * @throws ModelError with the text of Go's error: the first syntax error, else the first type error.
 */
export function decodeJSON<Result>(type: GoType, text: string): Result {
  const root = scan(text)
  let firstError: ModelError | undefined
  // A type error is noted and decoding goes on, as a later error of intstr.IntOrString is returned in its stead.
  function note(error: ModelError): void {
    firstError ??= error
  }

  function decode(target: GoType, node: Node, current: unknown, context: Context): unknown {
    if (target.kind === 'pointer') {
      if (node.type === 'null') {
        return undefined
      }
      return decode(target.element, node, current ?? zeroOf(target.element), context)
    }
    if (target.kind === 'intOrString') {
      if (node.type === 'string') {
        return node.value
      }
      const value = node.type === 'number' ? int32Of(node.text) : node.type === 'null' ? 0 : undefined
      if (value === undefined) {
        throw typeError(node.type === 'number' ? `number ${node.text}` : valueWord(node), goInt32, context)
      }
      return value
    }
    if (node.type === 'null') {
      return target.kind === 'slice' || target.kind === 'map' ? undefined : current
    }
    if (target.kind === 'slice' && node.type === 'array') {
      const existing = (current as unknown[] | undefined) ?? []
      return node.items.map((item, index) =>
        decode(target.element, item, index < existing.length ? existing[index] : zeroOf(target.element), context)
      )
    }
    if (target.kind === 'map' && node.type === 'object') {
      const result = new Map(current as Map<string, unknown> | undefined)
      for (const [key, value] of node.members) {
        result.set(key, decode(target.element, value, zeroOf(target.element), context))
      }
      return result
    }
    if (target.kind === 'struct' && node.type === 'object') {
      const result = { ...(current as Record<string, unknown>) }
      for (const [key, value] of node.members) {
        const name = fieldNamed(target.fields, key)
        if (name === undefined) {
          continue
        }
        result[name] = decode(target.fields[name]!, value, result[name], {
          struct: target.name,
          path: [...context.path, name]
        })
      }
      return result
    }
    if (target.kind === 'string' && node.type === 'string') {
      return node.value
    }
    if (target.kind === 'bool' && node.type === 'bool') {
      return node.value
    }
    if (target.kind === 'int32' && node.type === 'number') {
      const value = int32Of(node.text)
      if (value !== undefined) {
        return value
      }
      note(typeError(`number ${node.text}`, target, context))
      return current
    }
    note(typeError(valueWord(node), target, context))
    return current
  }

  const result = decode(type, root, zeroOf(type), { path: [] })
  if (firstError) {
    throw firstError
  }
  return result as Result
}
