import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { Failure } from '../failure.ts'
import { formatFindings } from '../report/index.ts'
import { registerCheck } from './check.ts'
import { registerController } from './controller.ts'
import { registerDown } from './down.ts'
import { registerPlan } from './plan.ts'
import { registerRender } from './render.ts'
import { registerSimulate } from './simulate.ts'
import { registerStatus } from './status.ts'
import { registerUp } from './up.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** The `istio-alb` command with everything it can do. */
export function createProgram(): Command {
  const program = new Command('istio-alb')
    .description('The edge of an Istio mesh on AWS: render it, check it, see the plan, run the load balancer.')
    .version(version)
    .showHelpAfterError('(istio-alb COMMAND --help lists the options)')
    // A wrong option is wrong usage, exit 2; the default would be 1, which means findings.
    .exitOverride()
  const registrations = [
    ...[registerRender, registerCheck, registerPlan, registerSimulate],
    ...[registerUp, registerDown, registerStatus, registerController]
  ]
  for (const register of registrations) register(program)
  for (const command of program.commands) command.exitOverride()
  return program
}

/**
 * Runs a command line. Sets the process's exit code: 0 fine, 1 findings or a failed plan, 2 wrong usage, 3 a tool or the
 * cluster is missing. Anything else that is thrown is a defect of this program and keeps its stack.
 */
export async function main(argv: string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else if (error instanceof Failure) {
      process.stderr.write(formatFindings(error.findings, 'text'))
      process.exitCode = error.exitCode
    } else throw error
  }
}
