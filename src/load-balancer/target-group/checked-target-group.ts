/**
 * What target groups of all kinds of load balancers have in common: their targets, and how healthy these are.
 *
 * @module
 */

import type { Clock, Target, TargetGroupDescription } from '../../elbv2/index.ts'
import { draining, notInUse, notRegistered, registering, type TargetHealth, unusableFor } from '../../elbv2/index.ts'
import type { HealthCheckConfig } from '../../model/index.ts'

/** A target in its target group. */
export interface CheckedTarget {
  readonly target: Target
  health: TargetHealth
  drainTimer?: unknown
}

export interface CheckedConfiguration {
  id: string
  name: string
  healthCheck: Omit<HealthCheckConfig, 'protocol'>
  attributes: { deregistrationDelay: number }
  /** Whether a listener leads to it. */
  inUse: boolean
}

/** A target group as those see it who check it, and who are told of it. */
export interface CheckedGroup<Configuration extends CheckedConfiguration = CheckedConfiguration> {
  readonly configuration: Configuration
  setHealth(registered: CheckedTarget, health: TargetHealth): void
}

export interface CheckedTargetGroupHost<Configuration extends CheckedConfiguration> {
  clock: Clock
  onHealth(group: CheckedGroup<Configuration>, target: CheckedTarget): void
  onFailOpen(group: CheckedGroup<Configuration>, active: boolean): void
  /** A target is to be checked from now on, or no longer. */
  onRegister(group: CheckedGroup<Configuration>, target: CheckedTarget): void
  onDeregister(group: CheckedGroup<Configuration>, target: CheckedTarget): void
}

// The same instance under another address is another machine.
function keyOf({ id, address, port, unusable }: Target): string {
  return `${id} ${address} ${port} ${unusable ?? ''}`
}

export abstract class CheckedTargetGroup<Configuration extends CheckedConfiguration, Registered extends CheckedTarget>
  implements CheckedGroup<Configuration>
{
  configuration: Configuration
  readonly #host: CheckedTargetGroupHost<Configuration>
  readonly #targets = new Map<string, Registered>()
  #failOpen = false

  constructor(configuration: Configuration, host: CheckedTargetGroupHost<Configuration>) {
    this.configuration = configuration
    this.#host = host
  }

  /** What a target is kept with. */
  protected abstract admit(target: Target, health: TargetHealth): Registered
  /** Cuts what is in flight to a target. */
  protected abstract cut(registered: Registered): void
  /** The target is gone; what is in flight to it goes on. */
  protected abstract release(registered: Registered): void
  /** The deregistration delay is over. */
  protected abstract onDrained(registered: Registered): void
  /** Targets, their health or the configuration have changed: who gets traffic has to be found anew. */
  protected abstract onChange(): void
  /** Whether traffic goes to unhealthy targets where none is healthy. */
  protected get failsOpen(): boolean {
    return true
  }
  /** A target's health was set. */
  protected abstract onHealthSet(registered: Registered, before: TargetHealth): void

  /** Takes a new configuration and makes the targets the registered ones. */
  update(configuration: Configuration, targets: readonly Target[]): void {
    const wasInUse = this.configuration.inUse
    this.configuration = configuration
    this.onChange()
    const wanted = new Map(targets.map(target => [keyOf(target), target]))
    for (const [key, registered] of this.#targets) {
      if (!wanted.has(key)) {
        this.#deregister(registered)
      } else if (registered.health.state === 'draining') {
        this.#registerAgain(registered)
      }
    }
    for (const [key, target] of wanted) {
      if (!this.#targets.has(key)) {
        this.#register(target)
      }
    }
    if (wasInUse !== configuration.inUse) {
      for (const registered of this.#targets.values()) {
        this.#turn(registered)
      }
    }
    this.#reviewFailOpen()
  }

  /** Targets that are registered, draining ones left out. */
  get registered(): Registered[] {
    return [...this.#targets.values()].filter(({ health }) => health.state !== 'draining')
  }

  setHealth(registered: Registered, health: TargetHealth): void {
    const before = registered.health
    registered.health = health
    const isOther = before.state !== health.state || before.reason !== health.reason
    if (isOther) {
      this.onChange()
    }
    this.onHealthSet(registered, before)
    if (isOther || before.description !== health.description) {
      this.#host.onHealth(this, registered)
    }
    if (isOther) {
      this.#reviewFailOpen()
    }
  }

  describe(): TargetGroupDescription {
    const { id, name, healthCheck } = this.configuration
    return {
      id,
      name,
      failOpen: this.#failOpen,
      targets: [...this.#targets.values()].map(({ target, health }) => ({
        target,
        healthCheckPort: String(healthCheck.port === 'traffic-port' ? target.port : healthCheck.port),
        state: health.state,
        ...(health.reason === undefined ? {} : { reason: health.reason }),
        ...(health.description === undefined ? {} : { description: health.description })
      }))
    }
  }

  /** The target group is gone. What is in flight finishes; nothing is checked any more. */
  retire(): void {
    for (const registered of this.#targets.values()) {
      this.#stop(registered)
      this.release(registered)
    }
    this.#targets.clear()
    this.onChange()
  }

  /** Cuts everything. */
  destroy(): void {
    for (const registered of this.#targets.values()) {
      this.cut(registered)
    }
    this.retire()
  }

  #register(target: Target): void {
    const registered = this.admit(target, this.#healthOnArrival(target))
    this.#targets.set(keyOf(target), registered)
    this.onChange()
    this.#host.onHealth(this, registered)
    this.#check(registered)
  }

  #healthOnArrival({ unusable }: Target): TargetHealth {
    if (!this.configuration.inUse) {
      return notInUse()
    }
    return unusable === undefined ? registering() : unusableFor(unusable)
  }

  /** Begins with health checks, unless nobody cares how the target is. */
  #check(registered: Registered): void {
    if (registered.health.state === 'initial') {
      this.#host.onRegister(this, registered)
    }
  }

  /** A draining target that comes back starts over with its first health check; what is in flight goes on. */
  #registerAgain(registered: Registered): void {
    this.#host.clock.clearTimeout(registered.drainTimer)
    this.setHealth(registered, this.#healthOnArrival(registered.target))
    this.#check(registered)
  }

  /** The target group came into use, or out of it. */
  #turn(registered: Registered): void {
    if (registered.health.state === 'draining') {
      return
    }
    this.#host.onDeregister(this, registered)
    this.setHealth(registered, this.#healthOnArrival(registered.target))
    this.#check(registered)
  }

  /** Lets what is in flight finish for the deregistration delay; the target drains for all of it, as on AWS. */
  #deregister(registered: Registered): void {
    const { state } = registered.health
    if (state === 'draining') {
      return
    }
    this.#host.onDeregister(this, registered)
    const delay = this.configuration.attributes.deregistrationDelay
    if (state === 'unused' || delay === 0) {
      this.#remove(registered)
      return
    }
    this.setHealth(registered, draining())
    registered.drainTimer = this.#host.clock.setTimeout(() => this.#remove(registered), delay)
  }

  /** The end of the deregistration delay, or a new registration in the middle of it. */
  #remove(registered: Registered): void {
    this.onDrained(registered)
    this.#stop(registered)
    this.release(registered)
    this.#targets.delete(keyOf(registered.target))
    this.setHealth(registered, notRegistered())
  }

  #stop(registered: Registered): void {
    this.#host.clock.clearTimeout(registered.drainTimer)
    this.#host.onDeregister(this, registered)
  }

  #reviewFailOpen(): void {
    const failOpen = this.failsOpen && this.#isUnhealthy()
    if (failOpen === this.#failOpen) {
      return
    }
    this.#failOpen = failOpen
    this.#host.onFailOpen(this, failOpen)
  }

  /** Whether no target is healthy, and one at least was found not to be. Each change of one of many targets asks: it takes no lists. */
  #isUnhealthy(): boolean {
    let isUnhealthy = false
    for (const { health } of this.#targets.values()) {
      if (health.state === 'healthy') {
        return false
      }
      isUnhealthy ||= health.state.startsWith('unhealthy')
    }
    return isUnhealthy
  }
}
