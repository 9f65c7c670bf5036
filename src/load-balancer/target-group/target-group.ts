/**
 * A target group at work: its targets, their health, and who gets the next request.
 *
 * @module
 */

import type { Clock, Target, TargetGroupConfiguration, TargetGroupDescription } from '../../elbv2/index.ts'
import {
  draining,
  failOpenIncludesInitial,
  notInUse,
  notRegistered,
  registering,
  type TargetHealth,
  unusableFor
} from '../../elbv2/index.ts'
import type { Transport } from '../transport/transport.ts'
import type { RegisteredTarget } from './registered-target.ts'
import { selectTarget } from './target-selection.ts'

export interface TargetGroupHost {
  clock: Clock
  random(): number
  /** Zone that the load balancer stands in; undefined for every zone. */
  zone: string | undefined
  createTransport(target: Target, configuration: TargetGroupConfiguration): Transport
  onHealth(group: TargetGroup, target: RegisteredTarget): void
  onFailOpen(group: TargetGroup, active: boolean): void
  /** A target is to be checked from now on, or no longer. */
  onRegister(group: TargetGroup, target: RegisteredTarget): void
  onDeregister(group: TargetGroup, target: RegisteredTarget): void
}

/** Who gets requests. */
interface Routing {
  candidates: RegisteredTarget[]
  /** Whether unhealthy targets are among those who may be chosen, because too few are healthy. */
  toUnhealthy: boolean
}

// The same instance under another address is another machine.
function keyOf({ id, address, port, unusable }: Target): string {
  return `${id} ${address} ${port} ${unusable ?? ''}`
}

export class TargetGroup {
  configuration: TargetGroupConfiguration
  readonly #host: TargetGroupHost
  readonly #targets = new Map<string, RegisteredTarget>()
  #failOpen = false
  #choices = 0
  /** Of the last change of targets, health or configuration. */
  #routing: Routing | undefined

  constructor(configuration: TargetGroupConfiguration, host: TargetGroupHost) {
    this.configuration = configuration
    this.#host = host
  }

  /** Takes a new configuration and makes the targets the registered ones. */
  update(configuration: TargetGroupConfiguration, targets: readonly Target[]): void {
    const wasInUse = this.configuration.inUse
    this.configuration = configuration
    this.#routing = undefined
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
  get registered(): RegisteredTarget[] {
    return [...this.#targets.values()].filter(({ health }) => health.state !== 'draining')
  }

  /** Whether requests go to all targets, because too few are healthy. */
  get routesToUnhealthy(): boolean {
    return this.#route().toUnhealthy
  }

  /** Who may get a request: the healthy ones, or all while too few are healthy. Empty without any that could. */
  candidates(): readonly RegisteredTarget[] {
    return this.#route().candidates
  }

  /** The target for the next request, or undefined where none can take it. `sticky` is the client's, where it has one. */
  choose(sticky?: (target: Target) => boolean): RegisteredTarget | undefined {
    const { candidates } = this.#route()
    const held = sticky && candidates.find(({ target }) => sticky(target))
    if (held) {
      return held
    }
    const { attributes } = this.configuration
    const chosen = selectTarget(candidates, attributes, this.#host.clock.elapsed(), () => this.#host.random())
    if (chosen) {
      this.#choices += 1
      chosen.lastChosen = this.#choices
    }
    return chosen
  }

  #route(): Routing {
    this.#routing ??= this.#findRouting()
    return this.#routing
  }

  #findRouting(): Routing {
    const { crossZone, minimumHealthy } = this.configuration.attributes
    const { zone } = this.#host
    const able = this.registered.filter(
      ({ target, health }) =>
        (crossZone || zone === undefined || target.zone === undefined || target.zone === zone) &&
        (health.state === 'healthy' ||
          health.state === 'unhealthy' ||
          (failOpenIncludesInitial && health.reason === 'Elb.InitialHealthChecking'))
    )
    const healthy = able.filter(({ health }) => health.state === 'healthy')
    // What was owed among others does not count any more: nobody gets a burst for having been away.
    for (const registered of able) {
      registered.credit = 0
    }
    const { count, percentage } = minimumHealthy
    const enough =
      healthy.length >= count && (percentage === undefined || healthy.length * 100 >= percentage * able.length)
    return healthy.length > 0 && enough
      ? { candidates: healthy, toUnhealthy: false }
      : { candidates: able, toUnhealthy: able.length > 0 }
  }

  setHealth(registered: RegisteredTarget, health: TargetHealth): void {
    const before = registered.health
    registered.health = health
    this.#routing = undefined
    if (health.state === 'healthy' && before.state !== 'healthy') {
      this.#startSlowly(registered)
    }
    if (before.state !== health.state || before.reason !== health.reason || before.description !== health.description) {
      this.#host.onHealth(this, registered)
    }
    this.#reviewFailOpen()
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

  /** The target group is gone. Requests in flight finish; nothing is checked any more. */
  retire(): void {
    for (const registered of this.#targets.values()) {
      this.#stop(registered)
      registered.transport.close()
    }
    this.#targets.clear()
    this.#routing = undefined
  }

  /** Cuts everything. */
  destroy(): void {
    for (const registered of this.#targets.values()) {
      this.#cut(registered)
    }
    this.retire()
  }

  #register(target: Target): void {
    const registered: RegisteredTarget = {
      target,
      health: this.#healthOnArrival(target),
      transport: this.#host.createTransport(target, this.configuration),
      inFlight: new Set(),
      credit: 0,
      lastChosen: 0
    }
    this.#targets.set(keyOf(target), registered)
    this.#routing = undefined
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
  #check(registered: RegisteredTarget): void {
    if (registered.health.state === 'initial') {
      this.#host.onRegister(this, registered)
    }
  }

  /** A draining target that comes back starts over with its first health check; what is in flight goes on. */
  #registerAgain(registered: RegisteredTarget): void {
    this.#host.clock.clearTimeout(registered.drainTimer)
    this.setHealth(registered, this.#healthOnArrival(registered.target))
    this.#check(registered)
  }

  /** The target group came into use, or out of it. */
  #turn(registered: RegisteredTarget): void {
    if (registered.health.state === 'draining') {
      return
    }
    this.#host.onDeregister(this, registered)
    this.setHealth(registered, this.#healthOnArrival(registered.target))
    this.#check(registered)
  }

  /** Lets requests in flight finish for the deregistration delay; the target drains for all of it, as on AWS. */
  #deregister(registered: RegisteredTarget): void {
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
  #remove(registered: RegisteredTarget): void {
    this.#cut(registered)
    this.#stop(registered)
    registered.transport.close()
    this.#targets.delete(keyOf(registered.target))
    this.setHealth(registered, notRegistered())
  }

  #stop(registered: RegisteredTarget): void {
    this.#host.clock.clearTimeout(registered.drainTimer)
    this.#host.onDeregister(this, registered)
  }

  #cut(registered: RegisteredTarget): void {
    for (const cut of registered.inFlight) {
      cut()
    }
  }

  /** Only a target that joins healthy ones ramps up; the first ones of a target group share the load at once. */
  #startSlowly(registered: RegisteredTarget): void {
    const { slowStart } = this.configuration.attributes
    delete registered.slowStartSince
    const now = this.#host.clock.elapsed()
    const joins = this.registered.some(
      other =>
        other !== registered &&
        other.health.state === 'healthy' &&
        (other.slowStartSince === undefined || now - other.slowStartSince >= slowStart)
    )
    if (slowStart > 0 && joins) {
      registered.slowStartSince = now
    }
  }

  #reviewFailOpen(): void {
    const states = this.registered.map(({ health }) => health.state)
    const failOpen = !states.includes('healthy') && states.includes('unhealthy')
    if (failOpen === this.#failOpen) {
      return
    }
    this.#failOpen = failOpen
    this.#host.onFailOpen(this, failOpen)
  }
}
