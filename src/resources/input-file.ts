/**
 * Files that a person names: read whole, with a limit, and refused in words that name the file.
 *
 * @module
 */

import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { Failure, type Finding } from '../failure.ts'

/** Bytes of one input; what is larger is no set of manifests or values, and would take gigabytes to read. */
const largestInput = 32 * 2 ** 20

const chunk = 2 ** 20

/** What the system says of a file that cannot be read, in words of its own. */
const reasons: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'no such file or folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'no more of the disk may be used',
  EFBIG: 'it may not be that large',
  EROFS: 'the file system takes no changes',
  ENXIO: 'it is a socket or a device that nobody serves',
  EAGAIN: 'it has nothing to read now'
}

/** Why a file cannot be read, without the words of the system. */
export function unreadableReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return reasons[code ?? ''] ?? message.replace(/^[A-Z]+: /, '').replace(/, \w+( '.*')?$/, '')
}

function refuse(code: string, message: string, file: string, hint: string): Failure {
  return new Failure(2, { code, severity: 'error', message, file, line: 1, hint })
}

/** What files hold that are no text in UTF-8, by the bytes that they begin with. */
const otherForms: { start: number[]; form: string; hint: string }[] = [
  { start: [0x1f, 0x8b], form: 'compressed (gzip)', hint: 'unpack it first: gunzip --stdout FILE' },
  ...[
    [0xff, 0xfe],
    [0xfe, 0xff]
  ].map(start => ({
    start,
    form: 'text in UTF-16, as > of older PowerShells writes it',
    hint: 'save it in UTF-8: iconv -f UTF-16 -t UTF-8 FILE'
  }))
]

/** Text in UTF-8. @throws Failure exit 2: `FILE_TOO_LARGE`, `FILE_NOT_TEXT`. */
export function decodeText(bytes: Uint8Array, file: string, hint: string): string {
  if (bytes.length > largestInput) {
    throw tooLarge(`${Math.round(bytes.length / 2 ** 20)} MiB`, file)
  }
  const other = otherForms.find(({ start }) => start.every((byte, index) => bytes[index] === byte))
  if (other) {
    throw refuse('FILE_NOT_TEXT', `${file} is ${other.form}`, file, other.hint)
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refuse('FILE_NOT_TEXT', `${file} is no text in UTF-8`, file, hint)
  }
  const zero = text.indexOf('\0')
  if (zero >= 0) {
    throw refuse('FILE_NOT_TEXT', `${file} is no text: it has a zero byte at ${zero}`, file, hint)
  }
  return text
}

function tooLarge(size: string, file: string): Failure {
  return refuse(
    'FILE_TOO_LARGE',
    `${file} has ${size}, and no more than ${largestInput / 2 ** 20} are read`,
    file,
    'name the files that hold the Ingresses, Services and Gateways'
  )
}

/** The bytes of a file, a pipe or a device, which may have no end. */
function readBytes(file: string): Buffer {
  const stats = statSync(file)
  if (stats.isFile() && stats.size > largestInput) {
    throw tooLarge(`${Math.round(stats.size / 2 ** 20)} MiB`, file)
  }
  const handle = openSync(file, 'r')
  try {
    return readToEnd(handle, file)
  } finally {
    closeSync(handle)
  }
}

function readToEnd(handle: number, file: string): Buffer {
  const part = Buffer.alloc(chunk)
  const parts: Buffer[] = []
  let total = 0
  for (;;) {
    const count = readSync(handle, part)
    if (count === 0) {
      return Buffer.concat(parts)
    }
    parts.push(Buffer.from(part.subarray(0, count)))
    total += count
    if (total > largestInput) {
      throw tooLarge(`more than ${largestInput / 2 ** 20} MiB`, file)
    }
  }
}

/**
 * The text of a file that a person named.
 *
 * @throws Failure exit 2: `FILE_UNREADABLE`, `FILE_TOO_LARGE`, `FILE_NOT_TEXT`.
 */
export function readInputFile(file: string, more: Pick<Finding, 'hint' | 'path'>): string {
  return attempt(file, () => readBytes(file), more)
}

/** The bytes of standard input, which may have no end either. @throws Failure exit 2 `FILE_TOO_LARGE`. */
export function standardInput(): Buffer {
  return readToEnd(0, '<stdin>')
}

let standardText: string | undefined

/** The text of standard input, which is read once however often it is asked for. @throws Failure as {@link readInputFile} does. */
export function readStandardInput(hint: string): string {
  standardText ??= attempt('<stdin>', standardInput, { hint })
  return standardText
}

function attempt(file: string, read: () => Uint8Array, more: Pick<Finding, 'hint' | 'path'>): string {
  try {
    return decodeText(read(), file, 'it has to be text in UTF-8')
  } catch (error) {
    if (error instanceof Failure) {
      throw error
    }
    throw new Failure(
      2,
      {
        code: 'FILE_UNREADABLE',
        severity: 'error',
        message: `cannot read ${file}: ${unreadableReason(error)}`,
        file,
        ...more
      },
      { cause: error }
    )
  }
}
