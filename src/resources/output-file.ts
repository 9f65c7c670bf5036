/**
 * Files that are made or written over. No disk that is full, and no end of the process, leaves half of one; and the error names
 * the file, which Node's does where opening it fails, but not where there is no room for it.
 *
 * @module
 */

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'

/**
 * Writes a file beside its place and moves it there: whoever reads it finds what was there, or all of what is there now.
 *
 * @throws {NodeJS.ErrnoException} with the file's path.
 */
export function writeWhole(file: string, content: string | Uint8Array, mode = 0o666): void {
  const beside = `${file}.${process.pid}`
  try {
    writeFileSync(beside, content, { mode })
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw naming(file, error)
  }
}

/**
 * Writes over a file in its place: it may be mounted, or a link, and keeps its owner and its mode. Where there is no room for
 * what is new, what was there, which has its room, is put back.
 *
 * @throws {NodeJS.ErrnoException} with the file's path.
 */
export function overwrite(file: string, text: string): void {
  const before = statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : undefined
  try {
    writeInPlace(file, Buffer.from(text))
  } catch (error) {
    try {
      if (before) {
        writeInPlace(file, before)
      }
    } catch {
      // What could not be opened was not touched.
    }
    throw naming(file, error)
  }
}

function writeInPlace(file: string, content: Uint8Array): void {
  const handle = openSync(file, constants.O_WRONLY | constants.O_CREAT)
  try {
    writeFileSync(handle, content)
    // Cut at the end alone: a file that is emptied first has lost its text before there is room for the next.
    if (fstatSync(handle).isFile()) {
      ftruncateSync(handle, content.length)
    }
  } finally {
    closeSync(handle)
  }
}

function naming(file: string, error: unknown): Error {
  return Object.assign(error as Error, { path: file })
}
