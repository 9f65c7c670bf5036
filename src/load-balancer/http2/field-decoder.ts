import type { HeaderList } from '../../elbv2/index.ts'
import { type Field, FieldTable } from './field-table.ts'
import { CompressionError } from './frame.ts'
import { decodeHuffman } from './huffman.ts'

/** The fields of a block. */
export interface DecodedFields {
  /** One character a byte; without those behind the limit. */
  fields: HeaderList
  /** Characters of all names and values, also of those behind the limit. */
  length: number
}

/** Reads the blocks of fields of one direction of a connection, each of them in its turn (RFC 7541 §3, §6). */
export class FieldDecoder {
  readonly #table = new FieldTable()
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  /**
   * Reads a block, whole: the table has to follow it whether or not anybody wants the fields.
   *
   * @param limit - characters of names and values that are kept: a byte may stand for 4 KiB of them.
   * @throws {CompressionError} where it breaks the rules.
   */
  decode(block: Buffer, limit: number): DecodedFields {
    this.#bytes = block
    this.#at = 0
    const fields: HeaderList = []
    let length = 0
    while (this.#at < block.length) {
      const first = block[this.#at]!
      if (first >= 0x20 && first < 0x40) {
        this.#resize(fields.length === 0 && length === 0)
        continue
      }
      const field = this.#field(first)
      length += field[0].length + field[1].length
      if (length <= limit) {
        fields.push(field)
      }
    }
    return { fields, length }
  }

  #field(first: number): Field {
    if (first >= 0x80) {
      return this.#table.at(this.#integer(0x7f))
    }
    const isRemembered = first >= 0x40
    const index = this.#integer(isRemembered ? 0x3f : 0x0f)
    const name = index === 0 ? this.#text() : this.#table.at(index)[0]
    const field: Field = [name, this.#text()]
    if (isRemembered) {
      this.#table.add(field)
    }
    return field
  }

  #resize(isFirst: boolean): void {
    if (!isFirst) {
      throw new CompressionError('a new size of the table behind a field')
    }
    this.#table.resize(this.#integer(0x1f))
  }

  /** An integer whose first bits fill a mask (RFC 7541 §5.1). */
  #integer(mask: number): number {
    let value = this.#next() & mask
    if (value < mask) {
      return value
    }
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#next()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        return value
      }
    }
    throw new CompressionError('a number that is too large')
  }

  #text(): string {
    const isCoded = (this.#bytes[this.#at] ?? 0) >= 0x80
    const length = this.#integer(0x7f)
    const from = this.#at
    const to = from + length
    if (to > this.#bytes.length) {
      throw new CompressionError('a text that goes beyond its block')
    }
    this.#at = to
    return isCoded ? decodeHuffman(this.#bytes, from, to) : this.#bytes.toString('latin1', from, to)
  }

  #next(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) {
      throw new CompressionError('a block that ends inside a field')
    }
    this.#at += 1
    return byte
  }
}
