/**
 * Numbers, booleans and quoted strings by the rules and in the error texts of Go's package strconv.
 *
 * @module
 */
import { ModelError } from '../model-error.ts'

const escapes: Record<string, string> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\u000b': '\\v',
  '"': '\\"',
  '\\': '\\\\'
}

/** What Go prints as it is: letters, marks, numbers, punctuation, symbols, and of the spaces only U+0020. */
function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)
}

/** A Go string literal, with its quotes: `strconv.Quote`. */
export function quote(text: string): string {
  return `"${Array.from(text, character => {
    if (escapes[character]) {
      return escapes[character]
    }
    if (isPrintable(character)) {
      return character
    }
    const code = character.codePointAt(0)!
    if (code < 0x80) {
      return `\\x${code.toString(16).padStart(2, '0')}`
    }
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  }).join('')}"`
}

const booleans: Record<string, boolean> = {
  1: true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  0: false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false
}

/** `strconv.ParseBool`. @throws ModelError in Go's words. */
export function parseBool(text: string): boolean {
  if (!Object.hasOwn(booleans, text)) {
    throw new ModelError(`strconv.ParseBool: parsing ${quote(text)}: invalid syntax`)
  }
  return booleans[text]!
}

/**
 * Reads an optional sign and decimal digits, nothing else. Digits are read one by one, as Go does, so that a magnitude of more
 * than `bits` hides a mistake behind it.
 */
function readInteger(text: string, bits: 32 | 64): bigint | 'invalid syntax' | 'value out of range' {
  const digits = /^[+-]/.test(text) ? text.slice(1) : text
  if (digits === '') {
    return 'invalid syntax'
  }
  let magnitude = 0n
  for (const digit of digits) {
    if (digit < '0' || digit > '9') {
      return 'invalid syntax'
    }
    magnitude = magnitude * 10n + BigInt(digit)
    if (BigInt.asUintN(bits, magnitude) !== magnitude) {
      return 'value out of range'
    }
  }
  const value = text.startsWith('-') ? -magnitude : magnitude
  return BigInt.asIntN(bits, value) === value ? value : 'value out of range'
}

/**
 * `strconv.ParseInt(text, 10, bits)`. The result is exact up to 2^53.
 *
 * @throws ModelError in Go's words, distinguishing syntax from range.
 */
export function parseInteger(text: string, bits: 32 | 64): number {
  const value = readInteger(text, bits)
  if (typeof value === 'string') {
    throw new ModelError(`strconv.ParseInt: parsing ${quote(text)}: ${value}`)
  }
  return Number(value)
}

/** A port as Kubernetes' `intstr.Parse` reads it: a number where the text is one of 32 bits, else the text as a name. */
export function parseIntOrString(text: string): number | string {
  const value = readInteger(text, 32)
  return typeof value === 'string' ? text : Number(value)
}
