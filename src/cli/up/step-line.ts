import type { StepEvent } from '../../cluster/index.ts'
import type { OutputOptions } from '../options.ts'

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

/** An event with its time, as one line of JSON. */
export function jsonLine(event: object): string {
  return `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`
}

/** A step of bringing something up or taking it down, as one line. */
export function stepLine(event: StepEvent, output: OutputOptions['output']): string {
  if (output === 'json') {
    return jsonLine(event)
  }
  const { name, state, detail, milliseconds = 0 } = event
  // On a terminal the step's own line stands there from its start, and is overwritten at its end.
  if (state === 'started') {
    return process.stdout.isTTY ? `… ${name}` : ''
  }
  const mark = { done: '✓', failed: '✗', undone: '↩ removed what this made:' }[state]
  return `${process.stdout.isTTY ? '\r' : ''}${mark} ${name}${detail ? ` (${detail})` : ''}  ${seconds(milliseconds)}\n`
}
