/**
 * Everything that commands write passes here: no text of others moves the terminal that shows it, and a full disk that takes
 * no more of the output does not end what runs.
 *
 * @module
 */

import { writeFileSync } from 'node:fs'
import { styleText } from 'node:util'
import { colourReport } from './colours.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const moving = /\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * Control characters, and those that turn the direction of a text, as escapes: a terminal would obey them. JSON says the same
 * with them, since they stand in its texts alone.
 */
function withoutControls(text: string): string {
  return text.replace(moving, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What a disk says that takes no more. */
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/**
 * For commands that run on: a full disk loses lines of the output, which is told once, and ends nothing. Node would give a file
 * up for good after one error; a disk has room again some time.
 */
export function goOnWithoutOutput(stream: NodeJS.WriteStream & { fd?: number }): void {
  const { fd } = stream
  if (stream.constructor.name !== 'SyncWriteStream' || fd === undefined) {
    return
  }
  let isLosing = false
  stream._write = (chunk: Uint8Array, _encoding, done) => {
    try {
      writeFileSync(fd, chunk)
      isLosing = false
    } catch (error) {
      if (!full.has((error as NodeJS.ErrnoException).code ?? '')) {
        done(error as Error)
        return
      }
      if (!isLosing) {
        process.emitWarning('the disk takes no more of the output: lines are lost until it does')
      }
      isLosing = true
    }
    done()
  }
}

/** To standard output, for people or programs. */
export function print(text: string): void {
  process.stdout.write(withoutControls(text))
}

/**
 * A report for people, with colours where the stream is a terminal that has them; NO_COLOR, FORCE_COLOR and NODE_DISABLE_COLORS
 * count as they do for Node itself.
 */
export function printReport(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(colourReport(withoutControls(text), (style, part) => styleText(style, part, { stream })))
}

/** To standard error. */
export function printError(text: string): void {
  process.stderr.write(withoutControls(text))
}
