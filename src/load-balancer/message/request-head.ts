/**
 * Reads the head of an HTTP/1 request off the wire. Node's own parser refuses most of what AWS merely closes the
 * connection behind, and reports nothing but "malformed"; the desync modes need the bytes.
 *
 * @module
 */

import type { HttpVersion, RequestHead } from '../../elbv2/index.ts'
import {
  type Classification,
  classify,
  firstValueOf,
  type HeaderList,
  isToken,
  type RawHead,
  type Reason,
  tokensOf,
  trimSpace
} from '../../elbv2/index.ts'
import { fieldText } from './field-text.ts'
import { bytesFrom, GatheredBytes } from './gathered-bytes.ts'

/** Limits on a request, in bytes; not adjustable. (User guide: "Quotas", HTTP headers.) */
export const limits = { requestLine: 16 * 1024, header: 16 * 1024, head: 64 * 1024 }

/** How long the body is: a number of bytes (0 for none), or chunked. */
export type BodyLength = number | 'chunked'

/** A head that was read, or the status code that says why it cannot be. */
export type HeadResult =
  | { kind: 'head'; head: RequestHead; length: BodyLength; classification: Classification; bytes: number; rest: Buffer }
  | {
      kind: 'refused'
      status: 400 | 414 | 501 | 505
      cause: string
      head?: RequestHead
      classification?: Classification
    }

const lf = 10
const cr = 13

/** Collects bytes until a head is complete. One reader reads one head. */
export class HeadReader {
  readonly #gathered = new GatheredBytes()
  #lineStart = 0
  #scanned = 0
  #requestLineEnd = -1

  /** Whether anything of a request has arrived. */
  get started(): boolean {
    return this.#gathered.bytes.length > 0
  }

  /** Takes more bytes; returns the outcome as soon as there is one. */
  push(chunk: Buffer): HeadResult | undefined {
    this.#gathered.add(chunk)
    if (this.#requestLineEnd < 0) {
      this.#skipEmptyLines()
    }
    const { bytes } = this.#gathered
    for (;;) {
      const end = bytes.indexOf(lf, this.#scanned)
      const refusal = this.#overLimit(end < 0 ? bytes.length : end + 1)
      if (refusal) {
        return refusal
      }
      if (end < 0) {
        this.#scanned = bytes.length
        return undefined
      }
      const isFirst = this.#requestLineEnd < 0
      const isEmpty = end === this.#lineStart || (end === this.#lineStart + 1 && bytes[this.#lineStart] === cr)
      if (isFirst) {
        this.#requestLineEnd = end
      }
      this.#lineStart = end + 1
      this.#scanned = end + 1
      // A request line without a version is HTTP/0.9's, and nothing follows it.
      if ((!isFirst && isEmpty) || (isFirst && isSimpleRequest(bytes.toString('latin1', 0, end)))) {
        return interpret(bytes.toString('latin1', 0, end + 1), bytesFrom(bytes, end + 1))
      }
    }
  }

  /** Empty lines before a request are ignored (RFC 9112 §2.2). */
  #skipEmptyLines(): void {
    const { bytes } = this.#gathered
    let at = this.#lineStart
    while (bytes[at] === lf || (bytes[at] === cr && bytes[at + 1] === lf)) {
      at += bytes[at] === lf ? 1 : 2
    }
    this.#gathered.dropBefore(at)
  }

  #overLimit(end: number): HeadResult | undefined {
    if (this.#requestLineEnd < 0 && end > limits.requestLine) {
      return { kind: 'refused', status: 414, cause: 'the request line is longer than 16K' }
    }
    if (this.#requestLineEnd >= 0 && end - this.#lineStart > limits.header) {
      return { kind: 'refused', status: 400, cause: 'a header is longer than 16K' }
    }
    if (end > limits.head) {
      return { kind: 'refused', status: 400, cause: 'the headers are longer than 64K' }
    }
    return undefined
  }
}

function isSimpleRequest(line: string): boolean {
  return /^[A-Z]+ \/[^ \t\r]*\r?$/.test(line)
}

/** Takes the text of a head apart: latin1, every line with its end. */
export function parseHead(text: string): RawHead {
  const findings: Reason[] = []
  function lineAt(start: number, lf: number): string {
    if (lf > start && text.charCodeAt(lf - 1) === cr) {
      return text.slice(start, lf - 1)
    }
    if (!findings.includes('NonCrLfLineTermination')) {
      findings.push('NonCrLfLineTermination')
    }
    return text.slice(start, lf)
  }
  let end = text.indexOf('\n')
  const requestLine = parseRequestLine(lineAt(0, end))
  if (requestLine.uri === '') {
    findings.push('MissingUri')
  }
  const headers: HeaderList = []
  /** Of the line that the ones after it continue. */
  let continuedName = ''
  for (;;) {
    const start = end + 1
    end = text.indexOf('\n', start)
    const line = end < 0 ? '' : lineAt(start, end)
    if (line === '') {
      break
    }
    const isContinuation = line.startsWith(' ') || line.startsWith('\t')
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    if (!isContinuation) {
      continuedName = name
    }
    // RFC 9112 §5.2 still tolerates a folded media type.
    if (isContinuation && continuedName.toLowerCase() === 'content-type') {
      headers.at(-1)![1] += ` ${line.trim()}`
      continue
    }
    if (isContinuation) {
      findings.push('MultilineHeader')
    } else if (colon < 0) {
      findings.push('MissingHeaderColon')
    }
    // AWS puts a colon behind a continuation line, which makes it a header without a value.
    headers.push([name, colon < 0 ? '' : trimSpace(line, colon + 1)])
  }
  return { method: requestLine.method, uri: requestLine.uri, version: requestLine.version, headers, findings }
}

function parseRequestLine(line: string): Pick<RawHead, 'method' | 'uri' | 'version'> {
  const first = line.indexOf(' ')
  if (first < 0) {
    return { method: line, uri: '', version: '' }
  }
  const method = line.slice(0, first)
  // As nearly all of them end.
  const usualEnd = line.length - ' HTTP/1.1'.length
  if (first < usualEnd && line.endsWith(' HTTP/1.1')) {
    return { method, uri: line.slice(first + 1, usualEnd), version: 'HTTP/1.1' }
  }
  const rest = line.slice(first + 1)
  const space = spaceBeforeVersion(rest)
  if (space >= 0) {
    return { method, uri: rest.slice(0, space), version: rest.slice(space + 1) }
  }
  return /^HTTP\/1\./i.test(rest) ? { method, uri: '', version: rest } : { method, uri: rest, version: '' }
}

/** The version is the last word, with the white space that may follow it; a tab is a word where nothing else is. -1 without one. */
function spaceBeforeVersion(text: string): number {
  const end = trimSpace(`|${text}`).length - 1
  const last = end === 0 ? -1 : text.lastIndexOf(' ', end - 1)
  return last < 0 ? text.indexOf(' \t', end) : last
}

function interpret(text: string, rest: Buffer): HeadResult {
  const raw = parseHead(text)
  const classification = classify(raw)
  const version = versionOf(raw.version)
  const head: RequestHead = {
    method: raw.method,
    target: raw.uri === '' ? '/' : raw.uri,
    // What cannot be served is answered with a page, whatever it seemed to be.
    version: version === undefined || !isToken(raw.method) || raw.uri === '' ? '1.1' : version,
    headers: raw.headers
  }
  function refuse(status: 400 | 501 | 505, cause: string): HeadResult {
    return {
      kind: 'refused',
      status,
      cause,
      head,
      classification
    }
  }
  // Not judged: the published classes are of HTTP/1 alone.
  if (version === undefined && /^HTTP\/[2-9]/i.test(raw.version)) {
    return { kind: 'refused', status: 505, cause: `unexpected version ${raw.version.trim()}`, head }
  }
  // What no mode can let through, because no target could be sent it.
  const isNothing = raw.uri === '' && raw.version === ''
  if (!isToken(raw.method) || version === undefined || isNothing) {
    return refuse(400, classification.reason)
  }
  const length = bodyLength(head)
  if (length === undefined) {
    return refuse(501, 'the Transfer-Encoding is neither chunked nor identity')
  }
  if (Number.isNaN(length)) {
    return refuse(400, 'the Content-Length is no number')
  }
  // Rules decide on what a target is sent: a control character that is left out there is none here, either.
  if (classification.tier !== 'Compliant') {
    head.headers = head.headers.map(([name, value]) => [name, fieldText(value)])
  }
  return { kind: 'head', head, length, classification, bytes: text.length, rest }
}

function versionOf(text: string): HttpVersion | undefined {
  if (text === 'HTTP/1.1') {
    return '1.1'
  }
  const version = /^(?:HTTP\/(0\.9|1\.0|1\.\d))?$/i.exec(text.trim())
  if (!version) {
    return undefined
  }
  if (version[1] === undefined || version[1] === '0.9') {
    return '0.9'
  }
  return version[1] === '1.0' ? '1.0' : '1.1'
}

/** Undefined for a transfer encoding that the load balancer does not support, NaN for a length that is no number. */
function bodyLength(head: RequestHead): BodyLength | undefined {
  const codings = tokensOf(head.headers, 'transfer-encoding').map(coding => coding.split(';')[0]!.trim())
  if (codings.some(coding => coding !== 'chunked' && coding !== 'identity')) {
    return undefined
  }
  // RFC 9112 §6.3: Transfer-Encoding overrides Content-Length.
  if (codings.includes('chunked')) {
    return 'chunked'
  }
  const length = firstValueOf(head.headers, 'content-length')
  if (length === undefined) {
    return 0
  }
  return /^\d*$/.test(length) && Number(length) <= Number.MAX_SAFE_INTEGER ? Number(length) : Number.NaN
}
