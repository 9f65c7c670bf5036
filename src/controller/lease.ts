/**
 * Leader election: of several controllers the one that holds a Lease works, the others stand by
 * (client-go: tools/leaderelection, with the controller's own periods).
 *
 * @module
 */

import type { Clock } from '../elbv2/index.ts'
import { type Api, ApiError } from './api.ts'

/** Milliseconds between two tries to take or renew the Lease. */
export const retryPeriod = 2_000
/** Seconds after which a Lease that nobody renews is free. */
export const leaseDuration = 15

export interface LeaseOptions {
  api: Pick<Api, 'get' | 'post' | 'put'>
  clock: Clock
  namespace: string
  name: string
  /** Who holds it: the pod's name, say. */
  identity: string
  /** Another has it, although this one had it: it is time to end. Called once. */
  onLost(holder: string): void
}

interface LeaseObject {
  metadata: { name: string; namespace: string; resourceVersion?: string }
  spec?: {
    holderIdentity?: string | null
    leaseDurationSeconds?: number
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

/** RFC 3339 with microseconds, as Leases want it. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z')
}

export class Lease {
  readonly #options: LeaseOptions
  #seenVersion: string | undefined
  /** How many tries in a row have seen the other's Lease unchanged: counted, not timed, so that no step of a clock matters. */
  #unchanged = 0
  #timer: unknown
  #held = false
  #ended = false

  constructor(options: LeaseOptions) {
    this.#options = options
  }

  get isHeld(): boolean {
    return this.#held
  }

  /** Resolves once the Lease is held; it is renewed from then on until {@link release}. Rejects with the signal's reason. */
  async acquire(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      // Without an API server nobody is elected; the next try may find it.
      this.#held = await this.#take().catch(() => false)
      if (this.#held) {
        break
      }
      await this.#wait(signal)
    }
    this.#renewLater()
  }

  /** Gives the Lease back, so that another need not wait for its end. */
  async release(): Promise<void> {
    this.#ended = true
    this.#options.clock.clearTimeout(this.#timer)
    if (!this.#held) {
      return
    }
    this.#held = false
    const { api, identity } = this.#options
    try {
      const lease = await api.get<LeaseObject>(this.#path)
      if (lease.spec?.holderIdentity !== identity) {
        return
      }
      await api.put(this.#path, { ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 } })
    } catch {
      // It runs out by itself.
    }
  }

  get #collection(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#options.namespace}/leases`
  }

  get #path(): string {
    return `${this.#collection}/${this.#options.name}`
  }

  #wait(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    return new Promise(resolve => {
      function done(): void {
        signal.removeEventListener('abort', done)
        clock.clearTimeout(timer)
        resolve()
      }
      const timer = clock.setTimeout(done, retryPeriod)
      signal.addEventListener('abort', done)
    })
  }

  #renewLater(): void {
    if (this.#ended) {
      return
    }
    this.#timer = this.#options.clock.setTimeout(() => {
      // A holder that cannot reach the API server goes on: what it runs is not the API server's to stop, and it can write
      // nothing. It ends when it sees that another holds the Lease.
      this.#take().then(
        held => {
          if (held) {
            this.#renewLater()
          }
        },
        () => this.#renewLater()
      )
    }, retryPeriod)
  }

  /** One try. Resolves to whether the Lease is held now. */
  async #take(): Promise<boolean> {
    const { api, identity, clock, namespace, name } = this.#options
    const now = microTime(clock.now())
    const fresh = { holderIdentity: identity, leaseDurationSeconds: leaseDuration, acquireTime: now, renewTime: now }
    const lease = await api.get<LeaseObject>(this.#path).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) {
        return undefined
      }
      throw error
    })
    if (this.#ended) {
      return false
    }
    if (!lease) {
      const metadata = { name, namespace }
      await api.post(this.#collection, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: fresh })
      return true
    }
    const holder = lease.spec?.holderIdentity ?? ''
    if (holder === identity) {
      await api.put(this.#path, { ...lease, spec: { ...lease.spec, renewTime: now } })
      return true
    }
    if (this.#held) {
      this.#held = false
      this.#options.onLost(holder)
      return false
    }
    if (holder !== '' && !this.#isAbandoned(lease)) {
      return false
    }
    const leaseTransitions = (lease.spec?.leaseTransitions ?? 0) + 1
    // Under the version that was read: of two that try, one is refused.
    await api.put(this.#path, { ...lease, spec: { ...lease.spec, ...fresh, leaseTransitions } })
    return true
  }

  #isAbandoned({ metadata, spec }: LeaseObject): boolean {
    this.#unchanged = metadata.resourceVersion === this.#seenVersion ? this.#unchanged + 1 : 0
    this.#seenVersion = metadata.resourceVersion
    return this.#unchanged * retryPeriod >= (spec?.leaseDurationSeconds ?? leaseDuration) * 1000
  }
}
