/**
 * The one place where texts become part of a head, whoever they come from.
 *
 * @module
 */

import { type HeaderList, isSendable, isToken } from '../../elbv2/index.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const controls = /[\x00-\x08\x0a-\x1f\x7f]/g

/** A text as bytes of UTF-8, one a character, as headers hold what is not ASCII. */
export function utf8Octets(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/**
 * A text as a head may hold it: without control characters, and no character that is not one byte. Heads are written one
 * byte a character: any other would lose its upper bits, and U+010D become a line's end.
 */
export function fieldText(text: string): string {
  if (isSendable(text)) {
    return text
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bytes are what is told apart from characters
  return (/[^\x00-\xff]/.test(text) ? utf8Octets(text) : text).replace(controls, '')
}

/** Headers as lines of HTTP/1. A name that is none is left out with its value. */
export function headerLines(headers: HeaderList): string {
  let lines = ''
  for (const [name, value] of headers) {
    if (isToken(name)) {
      lines += `${name}: ${fieldText(value)}\r\n`
    }
  }
  return lines
}
