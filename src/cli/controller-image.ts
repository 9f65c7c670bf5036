/** What the controller's image runs: the `controller` command, and no other; it serves no page, for which a port of the pod would have to be forwarded. */
import { Command } from 'commander'
import { declareController } from './commands/serve.ts'
import { runProgram } from './run-program.ts'

const program = new Command('istio-alb')
declareController(program, { page: false })
await runProgram(program, process.argv.slice(2))
