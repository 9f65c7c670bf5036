import { type Command, CommanderError } from 'commander'
import { Failure, missingFailure } from '../failure.ts'
import { type FindingsFormat, formatFindings } from '../report/index.ts'
import { unreadableReason } from '../resources/index.ts'
import { print, printError } from './print.ts'

const formats: readonly FindingsFormat[] = ['json', 'junit', 'sarif', 'github']

/** The format that `check` was asked for: its findings are read by programs. */
function formatOf(program: Command): FindingsFormat | undefined {
  const check = program.commands.find(command => command.name() === 'check')
  const asked = (check?.opts() as { output?: string } | undefined)?.output
  return formats.find(format => format === asked)
}

/**
 * Tells what ended a command: in the format that was asked for, so that a file which cannot be read or a value that is refused
 * is a finding like any other; in words on standard error else.
 */
function tell({ findings }: Failure, format: FindingsFormat | undefined): void {
  if (format === undefined) {
    printError(formatFindings(findings, 'text'))
  } else {
    print(formatFindings(findings, format))
  }
}

/** What no program can do anything about: no room, no right, nothing left to open. */
const refusals = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO'])

function isRefusedBySystem(error: unknown): error is NodeJS.ErrnoException {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  return syscall !== undefined && refusals.has(code ?? '')
}

function systemFailure(error: NodeJS.ErrnoException): Failure {
  return missingFailure(
    {
      code: 'SYSTEM_REFUSES',
      message: `the system refuses ${error.syscall}${error.path === undefined ? '' : ` of ${error.path}`}: ${unreadableReason(error)}`,
      hint: 'TMPDIR and XDG_CACHE_HOME say where files are made'
    },
    { cause: error }
  )
}

/**
 * Runs a command line. Sets the process's exit code: 0 fine, 1 findings or a failed plan, 2 wrong usage, 3 a tool or the
 * cluster is missing. Anything else that is thrown is a defect of this program and keeps its stack.
 */
export async function runProgram(program: Command, argv: string[]): Promise<void> {
  // A wrong option is wrong usage, exit 2; the default would be 1, which means findings.
  for (const command of [program, ...program.commands]) {
    command.exitOverride()
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2
    } else if (error instanceof Failure) {
      tell(error, formatOf(program))
      process.exitCode = error.exitCode
    } else if (isRefusedBySystem(error)) {
      tell(systemFailure(error), formatOf(program))
      process.exitCode = 3
    } else {
      throw error
    }
  }
}
