/** What the controller's image runs: the `controller` command, and no other. */
import { Command } from 'commander'
import { declareController } from './commands/serve.ts'
import { runProgram } from './run-program.ts'

const program = new Command('istio-alb')
declareController(program)
await runProgram(program, process.argv.slice(2))
