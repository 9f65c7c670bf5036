/**
 * Reads the head of a target's HTTP/1 response off the wire. Whatever breaks the rules here gives the client a 502.
 *
 * @module
 */

import { firstValueOf, type HeaderList, isToken, tokensOf, valuesOf } from '../../elbv2/index.ts'
import { bytesFrom, GatheredBytes } from '../message/gathered-bytes.ts'
import { TargetError, type TargetResponse } from './transport.ts'

/** Longest head of a target's response, in bytes: more gives 502. (User guide: "Quotas", HTTP headers.) */
export const responseHeadLimit = 32 * 1024

/** Where a body ends: behind a number of bytes (0 for none), by its chunks, or with the connection. */
export type ResponseLength = number | 'chunked' | 'until-close'

export interface ResponseMessage {
  response: TargetResponse
  length: ResponseLength
  /** Whether the target lets the connection be used again. */
  keepsAlive: boolean
}

/** Collects the bytes of one head after the other. */
export class ResponseHeadReader {
  #gathered = new GatheredBytes()

  /** Whether anything of a response has arrived. */
  get started(): boolean {
    return this.#gathered.bytes.length > 0
  }

  /**
   * Takes more bytes; returns the head's text and what lies behind it as soon as it is complete.
   *
   * @throws {TargetError} when it grows too long.
   */
  push(chunk: Buffer): { text: string; rest: Buffer } | undefined {
    const looked = this.#gathered.bytes.length
    this.#gathered.add(chunk)
    const { bytes } = this.#gathered
    const end = endOfHead(bytes, Math.max(0, looked - 2))
    if (Math.max(end, end < 0 ? bytes.length : 0) > responseHeadLimit) {
      throw new TargetError(502, 'the headers of the target are longer than 32K')
    }
    if (end < 0) {
      // Nothing that begins otherwise can become a head, however much follows.
      if (!'HTTP/1.'.startsWith(bytes.toString('latin1', 0, 7))) {
        throw malformed()
      }
      return undefined
    }
    this.#gathered = new GatheredBytes()
    return { text: bytes.toString('latin1', 0, end), rest: bytesFrom(bytes, end) }
  }
}

const lf = 10
const cr = 13

/** Behind the first empty line from a position on; lines may end in LF alone (RFC 9112 §2.2). -1 without one. */
function endOfHead(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === lf) {
      const next = bytes[at + 1] === cr ? at + 2 : at + 1
      if (bytes[next] === lf) {
        return next + 1
      }
    }
  }
  return -1
}

function malformed(what = ''): TargetError {
  return new TargetError(502, `the target sent a malformed response${what}`)
}

/**
 * Takes a head apart.
 *
 * @param text - latin1, with its empty line.
 * @param method - the request's: nothing follows the head of an answer to HEAD.
 * @throws {TargetError} for whatever RFC 9112 has a proxy refuse.
 */
export function parseResponse(text: string, method: string): ResponseMessage {
  let end = text.indexOf('\n')
  const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: ([^\r]*))?\r?$/.exec(text.slice(0, end))
  if (!statusLine || control.test(statusLine[3] ?? '')) {
    throw malformed()
  }
  const headers: HeaderList = []
  for (;;) {
    const start = end + 1
    end = text.indexOf('\n', start)
    const line = text.slice(start, end)
    if (line === '' || line === '\r') {
      break
    }
    headers.push(parseHeader(line))
  }
  const status = Number(statusLine[2])
  return {
    response: { status, reason: statusLine[3] ?? '', headers },
    length: method === 'HEAD' || status < 200 || status === 204 || status === 304 ? 0 : lengthOf(headers),
    keepsAlive: keepsAlive(headers, statusLine[1] === '1')
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const control = /[\x00-\x08\x0a-\x1f\x7f]/

function parseHeader(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(0, colon))
  const value = line.slice(colon + 1).trim()
  // Continuation lines begin with a space, and are refused with whatever else is no header name.
  if (!isToken(name) || control.test(value)) {
    throw malformed(': a header is not one')
  }
  return [name, value]
}

/** RFC 9112 §6.3. Node's parsers and the load balancer's own agree on it, so that nothing can be smuggled between them. */
function lengthOf(headers: HeaderList): ResponseLength {
  const codings = tokensOf(headers, 'transfer-encoding')
  if (codings.length > 0) {
    if (codings.length > 1 || codings[0] !== 'chunked') {
      throw malformed(': its Transfer-Encoding is not chunked')
    }
    return 'chunked'
  }
  const length = firstValueOf(headers, 'content-length')
  if (length === undefined) {
    return 'until-close'
  }
  if (!/^\d{1,15}$/.test(length) || valuesOf(headers, 'content-length').some(other => other !== length)) {
    throw malformed(': its Content-Length is not one number')
  }
  return Number(length)
}

function keepsAlive(headers: HeaderList, isHTTP11: boolean): boolean {
  const options = tokensOf(headers, 'connection')
  return isHTTP11 ? !options.includes('close') : options.includes('keep-alive')
}
