/**
 * The tokens of JSON as Go's encoding/json scans them, byte by byte, in the words of its syntax errors.
 *
 * @module
 */
import { ModelError } from '../model-error.ts'
import { quote } from './strconv.ts'

const space = 0x20

/** The bytes that the scanner looks for. */
export const byteOf = {
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  colon: 0x3a,
  upperE: 0x45,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  lowerE: 0x65,
  f: 0x66,
  n: 0x6e,
  t: 0x74,
  u: 0x75,
  openBrace: 0x7b,
  closeBrace: 0x7d
} as const

function isSpace(byte: number): boolean {
  return byte === space || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
export function isDigit(byte: number): boolean {
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

/** A place in a text, and what can be read from there. */
export class Cursor {
  readonly #bytes: Buffer
  #offset = 0

  constructor(text: string) {
    this.#bytes = Buffer.from(text)
  }

  get ended(): boolean {
    return this.#offset >= this.#bytes.length
  }

  /** At the end Go steps its scanner once with a space, which is what an unfinished literal then complains of. */
  peek(): number {
    return this.#bytes[this.#offset] ?? space
  }

  /** Passes one byte, whatever it is. */
  pass(): void {
    this.#offset++
  }

  /** Passes a byte where it is the next. */
  accept(byte: number): boolean {
    const accepted = this.peek() === byte
    if (accepted) {
      this.#offset++
    }
    return accepted
  }

  complain(context: string): never {
    throw new ModelError(`invalid character ${quoteByte(this.peek())} ${context}`)
  }

  passSpace(): void {
    while (!this.ended && isSpace(this.peek())) {
      this.#offset++
    }
  }

  /** Passes space before what has to follow. */
  seek(): void {
    this.passSpace()
    if (this.ended) {
      throw new ModelError('unexpected end of JSON input')
    }
  }

  scanString(): string {
    const start = this.#offset++
    for (;;) {
      if (this.ended) {
        throw new ModelError('unexpected end of JSON input')
      }
      const byte = this.peek()
      if (byte < space) {
        this.complain('in string literal')
      }
      this.#offset++
      if (byte === byteOf.quote) {
        break
      }
      if (byte === byteOf.backslash) {
        this.#scanEscape()
      }
    }
    // Go replaces a lone surrogate, JavaScript keeps it.
    return (JSON.parse(this.#text(start)) as string).toWellFormed()
  }

  #text(start: number): string {
    return this.#bytes.toString('utf8', start, this.#offset)
  }

  #scanEscape(): void {
    if (this.accept(byteOf.u)) {
      for (let digit = 0; digit < 4; digit++, this.#offset++) {
        if (!/[0-9a-fA-F]/.test(String.fromCharCode(this.peek()))) {
          this.complain('in \\u hexadecimal character escape')
        }
      }
    } else if ('bfnrt\\/"'.includes(String.fromCharCode(this.peek()))) {
      this.#offset++
    } else {
      this.complain('in string escape code')
    }
  }

  #scanDigits(context: string): void {
    if (!isDigit(this.peek())) {
      this.complain(context)
    }
    while (isDigit(this.peek())) {
      this.#offset++
    }
  }

  /** @returns the number as it is spelt. */
  scanNumber(): string {
    const start = this.#offset
    this.accept(byteOf.minus)
    if (!this.accept(byteOf.zero)) {
      this.#scanDigits('in numeric literal')
    }
    if (this.accept(byteOf.point)) {
      this.#scanDigits('after decimal point in numeric literal')
    }
    if (this.accept(byteOf.lowerE) || this.accept(byteOf.upperE)) {
      if (!this.accept(byteOf.plus)) {
        this.accept(byteOf.minus)
      }
      this.#scanDigits('in exponent of numeric literal')
    }
    return this.#text(start)
  }

  /** `true`, `false` or `null`, whose first letter is the next byte. */
  passWord(word: 'true' | 'false' | 'null'): void {
    this.#offset++
    for (const expected of word.slice(1)) {
      if (String.fromCharCode(this.peek()) !== expected) {
        this.complain(`in literal ${word} (expecting '${expected}')`)
      }
      this.#offset++
    }
  }
}
