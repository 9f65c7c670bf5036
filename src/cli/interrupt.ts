import { once } from 'node:events'
import { constants } from 'node:os'

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

/** Milliseconds between two looks at whether the parent is still there. */
const parentPause = 1_000

/**
 * Calls back when the parent is gone: a package runner that is ended (`npx … &`, `kill $!`) passes no signal on, and the load
 * balancers would go on without anybody who knows of them. Of a shell that has gone nothing follows: that is how `nohup` works.
 */
function onOrphaned(callback: () => void): void {
  const { npm_command: runner } = process.env
  if (runner === undefined) {
    return
  }
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(timer)
      callback()
    }
  }, parentPause)
  timer.unref()
}

/**
 * Aborts at Ctrl-C, at an orderly request to end, when the package runner that started it is gone, or when nobody reads the output any more (`| head`), with an
 * {@link Interrupted}. A second signal ends the process at once.
 */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => controller.abort(new Interrupted(signal)))
  }
  onOrphaned(() => controller.abort(new Interrupted('SIGHUP')))
  // Node ignores SIGPIPE itself and says it of the stream, again at each write.
  for (const stream of [process.stdout, process.stderr]) {
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
