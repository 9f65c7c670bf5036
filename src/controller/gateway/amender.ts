import { objectName, objectPath } from '../../resources/index.ts'
import { type Api, ApiError } from '../api.ts'
import { WorkQueue, type WorkQueueEffects } from '../work-queue.ts'
import type { Amendment, Patch } from './amendment.ts'
import { processedTime } from './annotations.ts'

/** An object that is amended. */
interface Amended {
  queue: WorkQueue<Patch>
  /** What was taken on last, of which version of the object. */
  essence: string | undefined
}

const times = new Set(['lastTransitionTime', processedTime])

/** What an amendment says, whenever it is said. */
function essenceOf({ object, error, ...rest }: Amendment): string {
  const what = error ?? rest
  return JSON.stringify([object.metadata.resourceVersion, what], (key, value) => (times.has(key) ? undefined : value))
}

/** Writes amendments: of each object one at a time, tried again until the object has changed. */
export class Amender {
  readonly #api: Pick<Api, 'patch'>
  readonly #effects: WorkQueueEffects
  readonly #amended = new Map<string, Amended>()

  constructor(api: Pick<Api, 'patch'>, effects: WorkQueueEffects) {
    this.#api = api
    this.#effects = effects
  }

  /** Takes on what the objects of a snapshot lack; what is not among it lacks nothing any more. */
  offer(amendments: readonly Amendment[]): void {
    const named = new Map(amendments.map(amendment => [objectName(amendment.object), amendment]))
    for (const [name, amended] of this.#amended) {
      if (!named.has(name)) {
        this.#amended.delete(name)
        void amended.queue.close()
      }
    }
    for (const [name, amendment] of named) {
      const amended = this.#amended.get(name) ?? { queue: this.#queue(name), essence: undefined }
      this.#amended.set(name, amended)
      const essence = essenceOf(amendment)
      if (essence === amended.essence) {
        continue
      }
      amended.essence = essence
      if (amendment.error === undefined) {
        amended.queue.add(amendment)
      } else {
        amended.queue.log(amendment.error)
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#amended.values()].map(({ queue }) => queue.close()))
    this.#amended.clear()
  }

  #queue(name: string): WorkQueue<Patch> {
    return new WorkQueue((patch: Patch) => this.#write(patch), {
      ...this.#effects,
      log: message => this.#effects.log(`${name}: ${message}`)
    })
  }

  async #write({ object, subresource, body }: Patch): Promise<void> {
    await this.#api.patch(objectPath(object) + subresource, body).catch((error: unknown) => {
      // One that is gone lacks nothing.
      if (!(error instanceof ApiError && error.status === 404)) {
        throw error
      }
    })
  }
}
