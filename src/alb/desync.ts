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

const TIER_OF = {
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

export type Reason = keyof typeof TIER_OF

const RANK: Record<Tier, number> = { Compliant: 0, Acceptable: 1, Ambiguous: 2, Severe: 3 }

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

/** The worst of the reasons found; among equals the first, in AWS's order: lines, headers, then URI and version. */
export function classify(head: RawHead): Classification {
  const reasons = [...head.findings, ...methodReasons(head), ...headerReasons(head), ...lineReasons(head)]
  return reasons.reduce<Classification>(
    (worst, reason) => (RANK[TIER_OF[reason]] > RANK[worst.tier] ? { tier: TIER_OF[reason], reason } : worst),
    { tier: 'Compliant', reason: 'Compliant' }
  )
}

/** What a mode does with a request: serve it, serve it and close both connections, or answer 400 and close. */
export function mitigation({ tier }: Classification, mode: DesyncMode): 'allow' | 'close' | 'reject' {
  if (mode === 'monitor' || tier === 'Compliant') return 'allow'
  if (mode === 'strictest') return 'reject'
  return tier === 'Severe' ? 'reject' : tier === 'Ambiguous' ? 'close' : 'allow'
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Whether a text can be a header name or a method. */
export const isToken = (text: string): boolean => TOKEN.test(text)

function methodReasons({ method }: RawHead): Reason[] {
  return isToken(method) ? [] : ['BadMethod']
}

function lineReasons({ uri, version }: RawHead): Reason[] {
  const reasons: Reason[] = []
  if (/[\0\r\n]/.test(uri)) reasons.push('BadUri')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  else if (/[\x01-\x1f\x7f]/.test(uri)) reasons.push('AmbiguousUri')
  else if (uri.includes(' ')) reasons.push('SpaceInUri')
  if (!/^HTTP\/1\.[01]$/i.test(version)) {
    reasons.push(/^(HTTP\/(0\.9|1\.\d))?$/i.test(version.trim()) ? 'NonCompliantVersion' : 'BadVersion')
  }
  return reasons
}

/** Letters that become S and I when software turns UTF-8 text into capitals. */
const LOOKALIKES: [RegExp, string][] = [
  [/\xc5\xbf/g, 's'],
  [/\xc4\xb1/g, 'i']
]

/** Whether a name is a length header for software that trims, sanitises or folds case. */
function resembles(name: string, letters: string): boolean {
  let plain = name
  for (const [bytes, letter] of LOOKALIKES) plain = plain.replace(bytes, letter)
  // What may stand behind the name, such as `Transfer-Encoding x`, is cut off by software that ends a name at a space.
  return [plain, plain.trim().split(/[ \t]/)[0]!].some(
    candidate => candidate.replace(/[^0-9A-Za-z]/g, '').toLowerCase() === letters
  )
}

const trimmedLower = (name: string): string => name.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase()

function headerReasons(head: RawHead): Reason[] {
  const reasons: Reason[] = []
  const lengths: string[] = []
  let chunked = 0
  let encodings = 0
  for (const [name, value] of head.headers) {
    if (/^[ \t]*$/.test(name)) {
      reasons.push('EmptyHeader')
      continue
    }
    if (/[\0\r\n]/.test(name) || /[\0\r\n]/.test(value)) reasons.push('BadHeader')
    const lower = trimmedLower(name)
    const exact = lower.length === name.length
    if (lower === 'content-length') {
      lengths.push(value)
      if (!exact) reasons.push('SuspiciousHeader')
    } else if (lower === 'transfer-encoding') {
      if (!exact) reasons.push('SuspiciousHeader')
      const codings = value.split(',').map(coding => trimmedLower(coding.split(';')[0]!))
      if (!codings.every(coding => CODINGS.has(coding))) reasons.push('BadTransferEncoding')
      chunked += codings.filter(coding => coding === 'chunked').length
      encodings += 1
    } else if (resembles(name, 'transferencoding') || resembles(name, 'contentlength')) {
      reasons.push('SuspiciousHeader')
    } else if (!isToken(name) || !/^[\t\x20-\x7e]*$/.test(value)) reasons.push('NonCompliantHeader')
  }
  return [...reasons, ...lengthReasons(head, lengths, encodings, chunked)]
}

const CODINGS = new Set(['chunked', 'compress', 'deflate', 'gzip', 'identity'])

function lengthReasons(head: RawHead, lengths: string[], encodings: number, chunked: number): Reason[] {
  const reasons: Reason[] = []
  const values = lengths.map(value => value.trim())
  const bodyless = /^(GET|HEAD)$/i.test(head.method)
  const old = !/^HTTP\/1\.[1-9]/i.test(head.version)
  if (values.some(value => !isLength(value))) reasons.push('BadContentLength')
  if (values.length > 1) reasons.push(new Set(values).size > 1 ? 'MultipleContentLength' : 'DuplicateContentLength')
  if (chunked > 1) reasons.push('MultipleTransferEncodingChunked')
  if (encodings > 0 && values.length > 0) reasons.push('BothTeClPresent')
  if (encodings > 0 && (bodyless || old)) reasons.push('UndefinedTransferEncodingSemantics')
  if (values.length > 0 && (bodyless || /^$|^HTTP\/0/i.test(head.version))) {
    reasons.push(
      values.every(value => /^0+$/.test(value)) ? 'GetHeadZeroContentLength' : 'UndefinedContentLengthSemantics'
    )
  }
  return reasons
}

/** Digits alone, and within 64 bits. */
const isLength = (value: string): boolean => /^\d+$/.test(value) && BigInt(value) < 2n ** 64n
