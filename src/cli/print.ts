/**
 * Everything that commands write passes here: no text of others moves the terminal that shows it, and a full disk that takes
 * no more of the output does not end what runs.
 *
 * @module
 */

import { writeSync } from 'node:fs'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const moving = /\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * Control characters, and those that turn the direction of a text, as escapes: a terminal would obey them. JSON says the same
 * with them, since they stand in its texts alone.
 */
export function withoutControls(text: string): string {
  return text.replace(moving, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What a disk says that takes no more. */
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

let goesOn = false
/** The last line was lost, which is told once. */
let isLosing = false

/** From now on, a full disk loses lines and ends nothing. */
export function goOnWithoutOutput(): void {
  goesOn = true
}

function write(stream: NodeJS.WriteStream & { fd?: number }, text: string): void {
  // Node gives up a file for good after one error; a disk has room again some time.
  const isFile = !stream.isTTY && stream.constructor.name === 'SyncWriteStream' && stream.fd !== undefined
  if (!goesOn || !isFile) {
    stream.write(text)
    return
  }
  try {
    writeSync(stream.fd!, text)
    isLosing = false
  } catch (error) {
    if (!full.has((error as NodeJS.ErrnoException).code ?? '')) {
      throw error
    }
    if (!isLosing) {
      isLosing = true
      process.emitWarning('the disk takes no more of the output: lines are lost until it does', { code: 'OUTPUT_LOST' })
    }
  }
}

/** To standard output, for people or programs. */
export function print(text: string): void {
  write(process.stdout, withoutControls(text))
}

/** To standard error. */
export function printError(text: string): void {
  write(process.stderr, withoutControls(text))
}
