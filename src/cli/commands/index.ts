/**
 * What each command is called, takes and says in its help. What it does is imported when it runs, so that `--help` and a mistyped
 * option wait for none of it.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { ownFile } from '../../own-file.ts'
import { declareApply } from './account.ts'
import {
  declareCheck,
  declareDiff,
  declareExplain,
  declareMigrate,
  declarePlan,
  declareRender,
  declareTrace
} from './inspect.ts'
import { declareCompletion, declareInit } from './prepare.ts'
import { declareAWS, declareController, declareDown, declareSimulate, declareStatus, declareUp } from './serve.ts'

/** The `istio-alb` command with everything it can do. */
export function createProgram(served?: readonly string[]): Command {
  const { version } = JSON.parse(readFileSync(ownFile('package.json'), 'utf8')) as { version: string }
  const program = new Command('istio-alb')
    .description('The edge of an Istio mesh on AWS: render it, check it, see the plan, run the load balancer.')
    .version(version)
    // Options behind a command are that command's: `aws` and the one below it have some of the same names.
    .enablePositionalOptions()
    .showHelpAfterError('(istio-alb COMMAND --help lists the options)')
  const declarations = [
    ...[declareRender, declareCheck, declarePlan, declareDiff, declareMigrate, declareTrace, declareExplain],
    ...[declareInit, declareCompletion],
    ...[declareUp, declareDown, declareStatus, declareController, declareAWS, declareApply]
  ]
  for (const declare of declarations) {
    declare(program)
  }
  declareSimulate(program, served)
  return program
}
