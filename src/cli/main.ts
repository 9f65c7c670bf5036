import { createProgram } from './commands/index.ts'
import { runProgram } from './run-program.ts'

/** Runs a command line, as {@link runProgram} does. Behind `simulate … --` stands a command line of its own. */
export function main(argv: string[]): Promise<void> {
  const end = argv[0] === 'simulate' ? argv.indexOf('--') : -1
  const [own, served] = end < 0 ? [argv] : [argv.slice(0, end), argv.slice(end + 1)]
  return runProgram(createProgram(served), own)
}
