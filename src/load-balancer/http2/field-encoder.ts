/**
 * Writes fields as HPACK has them, out of its static table and as literals that nobody remembers: a table of ours would spare
 * bytes on the wire and cost a look-up a field.
 *
 * @module
 */

import { type HeaderList, isToken } from '../../elbv2/index.ts'
import { fieldText } from '../message/field-text.ts'
import { connectionSpecific } from '../message/http2-headers.ts'
import { staticFields } from './field-table.ts'

/** An integer behind the bits of `first` (RFC 7541 §5.1). */
function integer(value: number, mask: number, first: number): string {
  if (value < mask) {
    return String.fromCharCode(first | value)
  }
  let text = String.fromCharCode(first | mask)
  let rest = value - mask
  for (; rest >= 0x80; rest >>>= 7) {
    text += String.fromCharCode((rest & 0x7f) | 0x80)
  }
  return text + String.fromCharCode(rest)
}

/** Lengths of most texts. */
const lengths = Array.from({ length: 0x7f }, (_, value) => integer(value, 0x7f, 0))

function text(value: string): string {
  return (lengths[value.length] ?? integer(value.length, 0x7f, 0)) + value
}

/** Names whose values no proxy behind the target may remember either (RFC 7541 §7.1.3). */
const secrets: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie'])

const indexOfName = new Map(staticFields.map(([name], index) => [name, index + 1] as const).reverse())
const indexOfField = new Map(staticFields.map(([name, value], index) => [`${name} ${value}`, index + 1] as const))

/**
 * The beginnings of literals, by name as it is given; empty where it is none that HTTP/2 carries. Clients choose names: long ones are
 * not remembered, and all are forgotten once there are too many.
 */
const prefixes = new Map<string, string>()
const mostPrefixes = 1024
const longestRemembered = 64

function prefixOf(given: string): string {
  let prefix = prefixes.get(given)
  if (prefix === undefined) {
    prefix = makePrefix(given.toLowerCase())
    if (given.length <= longestRemembered) {
      if (prefixes.size >= mostPrefixes) {
        prefixes.clear()
      }
      // A copy: what is cut out of a head keeps all of it.
      prefixes.set(Buffer.from(given, 'latin1').toString('latin1'), prefix)
    }
  }
  return prefix
}

function makePrefix(name: string): string {
  // Names of pseudo-headers are no tokens: what a client or a target calls so may not become a second path, or status.
  if (!isToken(name) || connectionSpecific.has(name)) {
    return ''
  }
  const index = indexOfName.get(name)
  const first = secrets.has(name) ? 0x10 : 0
  return index === undefined ? String.fromCharCode(first) + text(name) : integer(index, 0x0f, first)
}

/** Tells the other side that nothing is to be remembered; ahead of the first block. */
export const noTable: string = integer(0, 0x1f, 0x20)

/** A pseudo-header of a request. */
export function encodePseudo(name: ':method' | ':scheme' | ':authority' | ':path', value: string): string {
  const index = indexOfField.get(`${name} ${value}`)
  return index === undefined
    ? integer(indexOfName.get(name)!, 0x0f, 0) + text(fieldText(value))
    : integer(index, 0x7f, 0x80)
}

/** Headers or trailers, one character a byte: names in lower case, without what HTTP/2 does not carry and what is no name. */
export function encodeFields(headers: HeaderList): string {
  let block = ''
  for (const [name, value] of headers) {
    const prefix = prefixOf(name)
    if (prefix !== '' && (prefix !== te || value === 'trailers')) {
      block += prefix + text(fieldText(value))
    }
  }
  return block
}

/** Of TE nothing but `trailers` goes on (RFC 9113 §8.2.2). */
const te = makePrefix('te')
