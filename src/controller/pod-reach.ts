import type { Targets } from '../elbv2/index.ts'
import { withoutUnreachable } from '../targets/index.ts'
import type { ControllerEvent } from './controller-event.ts'

/** Leaves pods alone that cannot be told to be reachable from where the controller runs, and tells of each once. */
export class PodReach {
  readonly #everywhere: boolean
  readonly #onEvent: (event: ControllerEvent) => void
  readonly #told = new Set<string>()

  /** @param everywhere whether pods can be reached wherever they are. */
  constructor(everywhere: boolean, onEvent: (event: ControllerEvent) => void) {
    this.#everywhere = everywhere
    this.#onEvent = onEvent
  }

  admit(all: Targets): Targets {
    if (this.#everywhere) {
      return all
    }
    const { targets, refused } = withoutUnreachable(all)
    const addresses = refused.filter(address => !this.#told.has(address))
    for (const address of addresses) {
      this.#told.add(address)
    }
    if (addresses.length > 0) {
      this.#onEvent({
        type: 'pods-refused',
        code: 'POD_UNREACHABLE',
        addresses,
        message: `ip targets at ${addresses.join(', ')} are addresses of the cluster's pods, which lead elsewhere from outside of it: they get no health check and no request`,
        hint: 'run the controller inside the cluster (up --in-cluster), use target-type instance, or say --pods-reachable where pods can be reached from here'
      })
    }
    return targets
  }
}
