/**
 * The fields that HPACK names by a number: the ones that it knows, and behind them the last ones that a connection has seen
 * (RFC 7541 §2.3, Appendix A).
 *
 * @module
 */

import type { HeaderList } from '../../elbv2/index.ts'
import { CompressionError } from './frame.ts'

export type Field = HeaderList[number]

/** `name`, or `name value`. */
export const staticFields: readonly Field[] = [
  ':authority',
  ':method GET',
  ':method POST',
  ':path /',
  ':path /index.html',
  ':scheme http',
  ':scheme https',
  ':status 200',
  ':status 204',
  ':status 206',
  ':status 304',
  ':status 400',
  ':status 404',
  ':status 500',
  'accept-charset',
  'accept-encoding gzip, deflate',
  'accept-language',
  'accept-ranges',
  'accept',
  'access-control-allow-origin',
  'age',
  'allow',
  'authorization',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'etag',
  'expect',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'link',
  'location',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'referer',
  'refresh',
  'retry-after',
  'server',
  'set-cookie',
  'strict-transport-security',
  'transfer-encoding',
  'user-agent',
  'vary',
  'via',
  'www-authenticate'
].map((text): Field => {
  const space = text.indexOf(' ')
  return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)]
})

/** Bytes of a table unless a setting says otherwise, which none of ours does. (RFC 9113 §6.5.2.) */
const mostBytes = 4096

/** What an entry counts besides its texts. (RFC 7541 §4.1.) */
const entryOverhead = 32

function sizeOf([name, value]: Field): number {
  return name.length + value.length + entryOverhead
}

/** The table of one direction of a connection. */
export class FieldTable {
  /** The newest stands last; those before `#first` are forgotten. */
  #entries: Field[] = []
  #first = 0
  #size = 0
  #limit = mostBytes

  /** @throws {CompressionError} where no field has that number. */
  at(index: number): Field {
    const behind = index - staticFields.length
    const field = behind <= 0 ? staticFields[index - 1] : this.#entries[this.#entries.length - behind]
    if (field === undefined || behind > this.#entries.length - this.#first) {
      throw new CompressionError('a number that no field has')
    }
    return field
  }

  add(field: Field): void {
    this.#size += sizeOf(field)
    this.#entries.push(field)
    this.#evict()
  }

  /** @throws {CompressionError} where it would be larger than it may. */
  resize(limit: number): void {
    if (limit > mostBytes) {
      throw new CompressionError('a larger table than was agreed on')
    }
    this.#limit = limit
    this.#evict()
  }

  #evict(): void {
    while (this.#size > this.#limit) {
      this.#size -= sizeOf(this.#entries[this.#first]!)
      this.#first += 1
    }
    // What is forgotten goes all at once, now and then.
    if (this.#first > mostBytes / entryOverhead) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
  }
}
