/**
 * How dangerous the head of an HTTP/1 request is, by the reasons that AWS publishes with its HTTP Desync Guardian, and
 * what each mitigation mode makes of it. (User guide: "Desync mitigation mode".)
 *
 * All text is latin1: one character a byte.
 *
 * @module
 */

import type { DesyncMode } from './attributes.ts'
import type { HeaderList } from './header-list.ts'

export type Tier = 'Compliant' | 'Acceptable' | 'Ambiguous' | 'Severe'

const tierOf = {
  Compliant: 'Compliant',
  NonCompliantHeader: 'Acceptable',
  SpaceInUri: 'Acceptable',
  NonCompliantVersion: 'Acceptable',
  GetHeadZeroContentLength: 'Acceptable',
  NonCrLfLineTermination: 'Acceptable',
  EmptyHeader: 'Ambiguous',
  AmbiguousUri: 'Ambiguous',
  UndefinedContentLengthSemantics: 'Ambiguous',
  UndefinedTransferEncodingSemantics: 'Ambiguous',
  DuplicateContentLength: 'Ambiguous',
  BothTeClPresent: 'Ambiguous',
  SuspiciousHeader: 'Ambiguous',
  MultilineHeader: 'Ambiguous',
  MissingHeaderColon: 'Ambiguous',
  MissingUri: 'Ambiguous',
  BadHeader: 'Severe',
  BadUri: 'Severe',
  BadVersion: 'Severe',
  BadMethod: 'Severe',
  MultipleContentLength: 'Severe',
  BadContentLength: 'Severe',
  MultipleTransferEncodingChunked: 'Severe',
  BadTransferEncoding: 'Severe'
} as const satisfies Record<string, Tier>

export type Reason = keyof typeof tierOf

const rank: Record<Tier, number> = { Compliant: 0, Acceptable: 1, Ambiguous: 2, Severe: 3 }

/** The verdict over one request, as the access log writes it. */
export interface Classification {
  tier: Tier
  reason: Reason
}

/** The head as it stands on the wire, taken apart but not yet judged. */
export interface RawHead {
  method: string
  uri: string
  /** Empty for a request line without one. */
  version: string
  /** Names with whatever white space surrounds them. */
  headers: HeaderList
  /** What the lines themselves gave away. */
  findings: Reason[]
}

/** The worst of the reasons found; among equals the first, in AWS's order: lines, headers, method, version, URI. */
export function classify(head: RawHead): Classification {
  const reasons = head.findings.concat(headerReasons(head), methodReasons(head), lineReasons(head))
  let worst: Reason = 'Compliant'
  for (const reason of reasons) {
    if (rank[tierOf[reason]] > rank[tierOf[worst]]) {
      worst = reason
    }
  }
  return { tier: tierOf[worst], reason: worst }
}

/** What a mode does with a request: serve it, serve it and close both connections, or answer 400 and close. */
export function mitigation({ tier }: Classification, mode: DesyncMode): 'allow' | 'close' | 'reject' {
  if (mode === 'monitor' || tier === 'Compliant') {
    return 'allow'
  }
  if (mode === 'strictest') {
    return 'reject'
  }
  return tier === 'Severe' ? 'reject' : tier === 'Ambiguous' ? 'close' : 'allow'
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Whether a text can be a header name or a method. */
export function isToken(text: string): boolean {
  return token.test(text)
}

const unsendable = /[^\t\x20-\x7e\x80-\xff]/

/** Whether a text holds nothing but what a header's value can: visible characters, white space, bytes above ASCII. */
export function isSendable(text: string): boolean {
  return !unsendable.test(text)
}

function methodReasons({ method }: RawHead): Reason[] {
  return isToken(method) ? [] : ['BadMethod']
}

function lineReasons({ uri, version }: RawHead): Reason[] {
  const reasons: Reason[] = []
  if (!/^HTTP\/1\.[01]$/.test(version)) {
    reasons.push(/^(HTTP\/(0\.9|1\.\d))?$/.test(trimSpace(version)) ? 'NonCompliantVersion' : 'BadVersion')
  }
  if (/[\0\r\n]/.test(uri)) {
    reasons.push('BadUri')
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  else if (/[\x01-\x1f\x7f]/.test(uri)) {
    reasons.push('AmbiguousUri')
  } else if (uri.includes(' ')) {
    reasons.push('SpaceInUri')
  }
  return reasons
}

/** The text from a position on, without the white space that HTTP allows around names and values. Each character is looked at once. */
export function trimSpace(text: string, from = 0): string {
  let start = from
  let end = text.length
  while (start < end && isSpace(text, start)) {
    start += 1
  }
  while (end > start && isSpace(text, end - 1)) {
    end -= 1
  }
  return text.slice(start, end)
}

function isSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 0x20 || code === 0x09
}

type LengthHeader = 'content-length' | 'transfer-encoding'

/** The letters and digits of either name. */
const letters: Record<LengthHeader, string> = {
  'content-length': 'contentlength',
  'transfer-encoding': 'transferencoding'
}

function isNamed(name: string, wanted: LengthHeader): boolean {
  return name.length === wanted.length && name.toLowerCase() === wanted
}

/** Bytes that become the letters S and I when software turns UTF-8 text into capitals. */
const lookalikes: [RegExp, string][] = [
  [/\xc5\xbf/g, 's'],
  [/\xc4\xb1/g, 'i']
]

/** Whether a text is these letters, in any case, with whatever else is neither letter nor digit in between. */
function spells(text: string, wanted: string): boolean {
  let at = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    const isCapital = code >= 0x41 && code <= 0x5a
    if (isCapital || (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) {
      if ((isCapital ? code + 0x20 : code) !== wanted.charCodeAt(at)) {
        return false
      }
      at += 1
    }
  }
  return at === wanted.length
}

/** Whether software that trims, sanitises or folds case takes a name for a length header. */
function resembles(name: string, wanted: LengthHeader): boolean {
  // Most names are shorter, and nothing here makes them longer.
  if (name.length < letters[wanted].length) {
    return false
  }
  let plain = name
  for (const [bytes, letter] of lookalikes) {
    plain = plain.replace(bytes, letter)
  }
  // What may stand behind the name, such as `Transfer-Encoding x`, is cut off by software that ends a name at a space.
  return [name, plain, trimSpace(plain).split(/[ \t]/)[0]!].some(candidate => spells(candidate, letters[wanted]))
}

/** A header name and a value without anything to find in them, as nearly all are. */
function isOrdinary(name: string, value: string): boolean {
  return (
    isToken(name) &&
    !spells(name, letters['content-length']) &&
    !spells(name, letters['transfer-encoding']) &&
    isSendable(value)
  )
}

function headerReasons(head: RawHead): Reason[] {
  const reasons: Reason[] = []
  const lengths: string[] = []
  const encodings: string[] = []
  for (const [name, value] of head.headers) {
    if (isOrdinary(name, value)) {
      continue
    }
    const isBad = /[\0\r\n]/.test(name) || /[\0\r\n]/.test(value)
    if (isBad) {
      reasons.push('BadHeader')
    }
    const isLength = isNamed(name, 'content-length')
    const isEncoding = isNamed(name, 'transfer-encoding')
    if (/^[ \t]*(:|$)/.test(name)) {
      reasons.push('EmptyHeader')
    } else if (isLength) {
      lengths.push(value)
    } else if (isEncoding) {
      encodings.push(value)
    } else if (!isBad && resembles(name, 'transfer-encoding')) {
      reasons.push('SuspiciousHeader')
      encodings.push(value)
    } else if (!isBad && resembles(name, 'content-length')) {
      reasons.push('SuspiciousHeader')
      lengths.push(value)
    } else if (!isToken(name) || !isSendable(value)) {
      reasons.push('NonCompliantHeader')
    }
  }
  return reasons.concat(framingReasons(head, lengths, encodings))
}

/** What is wrong with how the length of the body is told. */
function framingReasons({ method, version }: RawHead, lengths: string[], encodings: string[]): Reason[] {
  if (lengths.length === 0 && encodings.length === 0) {
    return []
  }
  const isOlder = version === '' || /^[ \t]*HTTP\/0/.test(version)
  if (encodings.length > 0 && (isOlder || version.startsWith('HTTP/1.0'))) {
    return ['UndefinedTransferEncodingSemantics']
  }
  if (lengths.length > 0 && isOlder) {
    return ['UndefinedContentLengthSemantics']
  }
  const { reasons, length } = lengthReasons(lengths)
  reasons.unshift(...encodingReasons(encodings))
  if (method === 'GET' || method === 'HEAD') {
    if (encodings.length > 0) {
      reasons.push('UndefinedTransferEncodingSemantics')
    }
    if (length !== undefined) {
      reasons.push(length === 0n ? 'GetHeadZeroContentLength' : 'UndefinedContentLengthSemantics')
    }
  }
  if (encodings.length > 0 && length !== undefined) {
    reasons.push('BothTeClPresent')
  }
  return reasons
}

const codings = new Set(['chunked', 'compress', 'deflate', 'gzip', 'identity'])

function encodingReasons(values: string[]): Reason[] {
  const reasons: Reason[] = []
  let last = ''
  for (const coding of values.flatMap(value => value.split(','))) {
    const name = trimSpace(trimSpace(coding).split(';')[0]!).toLowerCase()
    if (!codings.has(name)) {
      reasons.push('BadTransferEncoding')
    } else if (name === 'chunked' && last === 'chunked') {
      reasons.push('MultipleTransferEncodingChunked')
    }
    if (codings.has(name)) {
      last = name
    }
  }
  return reasons
}

/** The first length that is a number, and what the others are to it. An empty value counts as 0. */
function lengthReasons(values: string[]): { reasons: Reason[]; length?: bigint } {
  const reasons: Reason[] = []
  let length: bigint | undefined
  for (const value of values.map(value => trimSpace(value))) {
    if (!isLength(value)) {
      reasons.push('BadContentLength')
    } else if (length === undefined) {
      length = BigInt(value)
    } else {
      reasons.push(BigInt(value) === length ? 'DuplicateContentLength' : 'MultipleContentLength')
    }
  }
  return { reasons, ...(length === undefined ? {} : { length }) }
}

/** Digits alone, and within 64 bits. */
function isLength(value: string): boolean {
  return /^\d*$/.test(value) && BigInt(value) < 2n ** 64n
}
