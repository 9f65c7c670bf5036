import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { registerAWS } from './aws.ts'
import { registerCheck } from './check.ts'
import { registerController } from './controller.ts'
import { registerDiff } from './diff.ts'
import { registerDown } from './down.ts'
import { registerExplain } from './explain.ts'
import { registerMigrate } from './migrate.ts'
import { registerPlan } from './plan.ts'
import { registerRender } from './render.ts'
import { runProgram } from './run-program.ts'
import { registerSimulate } from './simulate.ts'
import { registerStatus } from './status.ts'
import { registerTrace } from './trace.ts'
import { registerUp } from './up/up.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** The `istio-alb` command with everything it can do. */
function createProgram(served: readonly string[] | undefined): Command {
  const program = new Command('istio-alb')
    .description('The edge of an Istio mesh on AWS: render it, check it, see the plan, run the load balancer.')
    .version(version)
    .showHelpAfterError('(istio-alb COMMAND --help lists the options)')
  const registrations = [
    ...[registerRender, registerCheck, registerPlan, registerDiff, registerMigrate, registerTrace, registerExplain],
    ...[registerUp, registerDown, registerStatus, registerController, registerAWS]
  ]
  for (const register of registrations) {
    register(program)
  }
  registerSimulate(program, served)
  return program
}

/** Runs a command line, as {@link runProgram} does. Behind `simulate … --` stands a command line of its own. */
export function main(argv: string[]): Promise<void> {
  const end = argv[0] === 'simulate' ? argv.indexOf('--') : -1
  const [own, served] = end < 0 ? [argv] : [argv.slice(0, end), argv.slice(end + 1)]
  return runProgram(createProgram(served), own)
}
