import { type Failure, missingFailure } from '../failure.ts'
import { type FindingsFormat, formatFindings } from '../report/index.ts'
import { unreadableReason } from '../resources/index.ts'
import { print, printReport } from './print.ts'

/**
 * Tells what ended a command: in the format that was asked for, so that a file which cannot be read or a value that is refused
 * is a finding like any other; in words on standard error else.
 */
export function tellFailure({ findings }: Failure, format: FindingsFormat | undefined): void {
  if (format === undefined) {
    printReport(formatFindings(findings, 'text'), process.stderr)
  } else {
    print(formatFindings(findings, format))
  }
}

/** What the system refused, exit 3. */
export function systemFailure(error: NodeJS.ErrnoException): Failure {
  return missingFailure(
    {
      code: 'SYSTEM_REFUSES',
      message: `the system refuses ${error.syscall}${error.path === undefined ? '' : ` of ${error.path}`}: ${unreadableReason(error)}`,
      hint: 'TMPDIR and XDG_CACHE_HOME say where files are made'
    },
    { cause: error }
  )
}
