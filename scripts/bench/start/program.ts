/** One run of a program, from its start to its end. */
import { readFileSync } from 'node:fs'
import { execa } from 'execa'

export interface Program {
  /** As it is printed. */
  name: string
  command: string
  args: string[]
  env?: NodeJS.ProcessEnv
  /** What it prints where it cannot do its work on this machine, for whose lack its time would tell nothing. */
  lacks?: string
}

/** Whether a command can be run. */
export async function isOnPath(command: string): Promise<boolean> {
  const { code } = await execa(command, ['--help'], { reject: false, timeout: 20_000 })
  return code !== 'ENOENT'
}

/** Whether a program is there and has what it needs. */
export async function canWork({ command, args, lacks }: Program): Promise<boolean> {
  if (!(await isOnPath(command))) {
    return false
  }
  if (lacks === undefined) {
    return true
  }
  const { all } = await execa(command, args, { reject: false, all: true })
  return !all.includes(lacks)
}

/** Linux counts processor time in hundredths of a second, whatever the machine. */
const tick = 10

/** Milliseconds of processor time of the children that this process has waited for; undefined where no kernel tells. */
function processorTimeOfChildren(): number | undefined {
  try {
    // The name of the command stands in brackets and may hold anything; cutime and cstime are fields 16 and 17 (proc_pid_stat(5)).
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)!.split(' ')
    return (Number(fields[13]) + Number(fields[14])) * tick
  } catch {
    return undefined
  }
}

/** Runs a program; its output is thrown away. */
export async function timeProgram({
  name,
  command,
  args,
  env = {}
}: Program): Promise<{ milliseconds: number; processor: number }> {
  const before = processorTimeOfChildren()
  const start = performance.now()
  const { failed, exitCode, stderr } = await execa(command, args, { reject: false, env, stdout: 'ignore' })
  const milliseconds = performance.now() - start
  if (failed && exitCode !== 1) {
    throw new Error(`${name}: ${stderr}`)
  }
  return { milliseconds, processor: before === undefined ? Number.NaN : processorTimeOfChildren()! - before }
}
