import { type Command, CommanderError } from 'commander'
import { Failure } from '../failure.ts'
import type { FindingsFormat } from '../report/index.ts'

const formats: readonly FindingsFormat[] = ['json', 'junit', 'sarif', 'github']

/** The format that `check` was asked for: its findings are read by programs. */
function formatOf(program: Command): FindingsFormat | undefined {
  const check = program.commands.find(command => command.name() === 'check')
  const asked = (check?.opts() as { output?: string } | undefined)?.output
  return formats.find(format => format === asked)
}

/** What no program can do anything about: no room, no right, nothing left to open. */
const refusals = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO'])

/** What makes a folder: it fails where the one above is not there, or is none, which a person has named. */
const making = new Set(['mkdir', 'mkdtemp'])

function isRefusedBySystem(error: unknown): error is NodeJS.ErrnoException {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  return syscall !== undefined && (making.has(syscall) || refusals.has(code ?? ''))
}

/** Loaded when something has failed: what makes words of it is much, and help needs none. */
async function tell(error: Failure | NodeJS.ErrnoException, format: FindingsFormat | undefined): Promise<void> {
  const { systemFailure, tellFailure } = await import('./tell-failure.ts')
  tellFailure(error instanceof Failure ? error : systemFailure(error), format)
}

/**
 * Runs a command line. Sets the process's exit code: 0 fine, 1 findings or a failed plan, 2 wrong usage, 3 a tool or the
 * cluster is missing. Anything else that is thrown is a defect of this program and keeps its stack.
 */
export async function runProgram(program: Command, argv: string[]): Promise<void> {
  // A wrong option is wrong usage, exit 2; the default would be 1, which means findings.
  for (const command of [program, ...program.commands.flatMap(one => [one, ...one.commands])]) {
    command.exitOverride()
  }
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2
    } else if (error instanceof Failure) {
      await tell(error, formatOf(program))
      process.exitCode = error.exitCode
    } else if (isRefusedBySystem(error)) {
      await tell(error, formatOf(program))
      process.exitCode = 3
    } else {
      throw error
    }
  }
}
