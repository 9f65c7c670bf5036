import { once } from 'node:events'
import { constants } from 'node:os'
import { goOnWithoutOutput } from './print.ts'

/** Why a command was ended: the signal's name. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`)
    this.name = 'Interrupted'
    this.signal = signal
  }

  /** What shells give to a program that the signal ended. */
  get exitCode(): number {
    return 128 + constants.signals[this.signal]
  }
}

/**
 * Aborts at Ctrl-C, at an orderly request to end, or when nobody reads the output any more (`| head`), with an
 * {@link Interrupted}. A second signal ends the process at once. A full disk that takes no more of the output ends nothing.
 */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Interrupted(signal)))
  }
  // Node ignores SIGPIPE itself and says it of the stream, again at each write.
  for (const stream of [process.stdout, process.stderr]) {
    goOnWithoutOutput(stream)
    stream.on('error', () => controller.abort(new Interrupted('SIGPIPE')))
  }
  return controller.signal
}

/** Resolves when the signal fires. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort')
  }
}
