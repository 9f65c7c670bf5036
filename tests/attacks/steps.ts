/**
 * Counts what code does, not how long it takes: V8 tells how often each block of the sources ran, and each byte that is
 * copied or searched counts as one.
 */

import { Session } from 'node:inspector/promises'

interface Range {
  startOffset: number
  endOffset: number
  count: number
}

/** Bytes that were copied or searched. */
let touched = 0

const { concat } = Buffer
const { copy, indexOf } = Buffer.prototype

/** Begins to count: before the sources that are to be counted are loaded. */
export async function startCounting() {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  Buffer.concat = (list, length) => {
    const whole = concat(list, length)
    touched += whole.length
    return whole
  }
  Buffer.prototype.copy = function copyCounted(...args: Parameters<Buffer['copy']>): number {
    const taken = copy.apply(this, args)
    touched += taken
    return taken
  }

  Buffer.prototype.indexOf = function indexOfCounted(...args: Parameters<Buffer['indexOf']>): number {
    const found = indexOf.apply(this, args)
    touched += (found < 0 ? this.length : found) - (typeof args[1] === 'number' ? args[1] : 0)
    return found
  }

  async function executions(): Promise<number> {
    const { result } = await session.post('Profiler.takePreciseCoverage')
    return result
      .filter(({ url }) => url.includes('/src/') && !url.includes('/node_modules/'))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges as Range[]))
      .reduce((sum, { count }) => sum + count, 0)
  }

  return {
    /** How many blocks ran, and bytes were copied or searched, while `run` ran. */
    async stepsOf(run: () => unknown): Promise<number> {
      await executions()
      touched = 0
      await run()
      return (await executions()) + touched
    },
    stop(): void {
      session.disconnect()
      Buffer.concat = concat
      Buffer.prototype.copy = copy
      Buffer.prototype.indexOf = indexOf
    }
  }
}
