import { type Command, CommanderError } from 'commander'
import { Failure } from '../failure.ts'
import { formatFindings } from '../report/index.ts'

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
      process.stderr.write(formatFindings(error.findings, 'text'))
      process.exitCode = error.exitCode
    } else {
      throw error
    }
  }
}
