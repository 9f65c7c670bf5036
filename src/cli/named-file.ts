import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { usageFailure } from '../failure.ts'
import { overwrite, unreadableReason } from '../resources/index.ts'

/**
 * Writes a file that a person has named, and its folder.
 *
 * @throws Failure exit 2 `FILE_NOT_WRITTEN`: it holds what it held.
 */
export function writeNamedFile(file: string, text: string, hint: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    overwrite(file, text)
  } catch (error) {
    throw usageFailure(
      { code: 'FILE_NOT_WRITTEN', message: `cannot write ${file}: ${unreadableReason(error)}`, file, hint },
      { cause: error }
    )
  }
}
