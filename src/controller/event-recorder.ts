import type { Clock } from '../elbv2/index.ts'
import { type KubernetesObject, objectKey } from '../resources/index.ts'
import { type Api, ApiError } from './api.ts'
import type { ControllerEvent } from './controller-event.ts'
import { eventOf, eventTime, type Note } from './events.ts'

export interface EventRecorderOptions {
  api: Pick<Api, 'post' | 'patch'>
  clock: Clock
  onEvent(event: ControllerEvent): void
}

/**
 * How many Events an object may have at once, and after how many milliseconds it may have another: what is beyond is not
 * written (client-go: defaultSpamBurst, defaultSpamQPS).
 */
const burst = 25
const millisecondsForOne = 300_000

/** An Event object in the cluster; that it is said again is counted there. */
interface Written {
  name: string
  count: number
}

/** What was said about an object. */
interface Told {
  /** The last of it, and the occasion. */
  said: string
  allowance: number
  /** When the allowance was counted. */
  at: number
  /** By note. */
  written: Map<string, Written>
  writing: Promise<void>
}

export function noteKey(object: KubernetesObject): string {
  return `${object.kind} ${objectKey(object)}`
}

/** Writes Event objects about objects of the cluster: nothing twice while nothing changed, and no flood. */
export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #told = new Map<string, Told>()
  #sequence = 0

  constructor(options: EventRecorderOptions) {
    this.#options = options
  }

  /** `occasion` is what has to change for the same note to be news again. */
  record(object: KubernetesObject, note: Note, occasion: string): void {
    const { onEvent } = this.#options
    const key = noteKey(object)
    const told = this.#toldOf(key)
    const { reason, message } = note
    const said = JSON.stringify([reason, message, object.metadata.uid, occasion])
    if (told.said === said) {
      return
    }
    told.said = said
    if (this.#isAllowed(told)) {
      onEvent({ type: 'event', object: key, reason, message })
      told.writing = told.writing.then(() => this.#write(told, object, note))
    } else if (note.type === 'Warning') {
      // What is wrong stands in the log, if nowhere else.
      onEvent({ type: 'error', message: `${key}: ${reason}: ${message} (too many events about it to write another)` })
    }
  }

  /** Forgets objects that are no more. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#told.keys()) {
      if (!keys.has(key)) {
        this.#told.delete(key)
      }
    }
  }

  #toldOf(key: string): Told {
    const known = this.#told.get(key)
    if (known) {
      return known
    }
    const at = this.#options.clock.elapsed()
    const told: Told = { said: '', allowance: burst, at, written: new Map(), writing: Promise.resolve() }
    this.#told.set(key, told)
    return told
  }

  #isAllowed(told: Told): boolean {
    const now = this.#options.clock.elapsed()
    told.allowance = Math.min(burst, told.allowance + (now - told.at) / millisecondsForOne)
    told.at = now
    if (told.allowance < 1) {
      return false
    }
    told.allowance--
    return true
  }

  /** Says it anew, or counts that it is said again (client-go: eventLogger). */
  async #write(told: Told, object: KubernetesObject, note: Note): Promise<void> {
    const { api, clock, onEvent } = this.#options
    const events = `/api/v1/namespaces/${object.metadata.namespace}/events`
    const text = JSON.stringify([object.metadata.uid, note])
    const known = told.written.get(text)
    try {
      if (known && (await this.#countAgain(`${events}/${known.name}`, known))) {
        return
      }
      const event = eventOf(object, note, clock.now(), this.#sequence++)
      await api.post(events, event)
      told.written.set(text, { name: event.metadata.name, count: 1 })
    } catch (error) {
      const message = `cannot write the event ${note.reason} of ${objectKey(object)}: ${(error as Error).message}`
      onEvent({ type: 'error', message })
    }
  }

  /** Whether the Event was still there: the API server forgets it after an hour. */
  async #countAgain(path: string, written: Written): Promise<boolean> {
    const lastTimestamp = eventTime(this.#options.clock.now())
    try {
      await this.#options.api.patch(path, { count: written.count + 1, lastTimestamp })
      written.count++
      return true
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        return false
      }
      throw error
    }
  }
}
