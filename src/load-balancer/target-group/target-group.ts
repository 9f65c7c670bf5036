/**
 * A target group of an Application Load Balancer at work: who gets the next request.
 *
 * @module
 */

import type { Target, TargetGroupConfiguration, TargetHealth } from '../../elbv2/index.ts'
import { candidatesOf } from '../../elbv2/index.ts'
import { Roster } from '../roster.ts'
import type { Transport } from '../transport/transport.ts'
import { CheckedTargetGroup, type CheckedTargetGroupHost } from './checked-target-group.ts'
import type { RegisteredTarget } from './registered-target.ts'
import { selectTarget } from './target-selection.ts'

export interface TargetGroupHost extends CheckedTargetGroupHost<TargetGroupConfiguration> {
  random(): number
  /** Zone that the load balancer stands in; undefined for every zone. */
  zone: string | undefined
  createTransport(target: Target, configuration: TargetGroupConfiguration): Transport
}

/** Who gets requests. */
interface Routing {
  candidates: RegisteredTarget[]
  /** Whether unhealthy targets are among those who may be chosen, because too few are healthy. */
  toUnhealthy: boolean
}

export class TargetGroup extends CheckedTargetGroup<TargetGroupConfiguration, RegisteredTarget> {
  readonly #host: TargetGroupHost
  #choices = 0
  /** Of the last change of targets, health or configuration. */
  #routing: Routing | undefined

  constructor(configuration: TargetGroupConfiguration, host: TargetGroupHost) {
    super(configuration, host)
    this.#host = host
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
    const { attributes } = this.configuration
    const { zone } = this.#host
    const reachable = this.registered.filter(
      ({ target }) => attributes.crossZone || zone === undefined || target.zone === undefined || target.zone === zone
    )
    const candidates = candidatesOf(reachable, attributes)
    // What was owed among others does not count any more: nobody gets a burst for having been away.
    for (const registered of reachable) {
      registered.credit = 0
    }
    return { candidates, toUnhealthy: candidates.some(({ health }) => health.state !== 'healthy') }
  }

  protected override admit(target: Target, health: TargetHealth): RegisteredTarget {
    return {
      target,
      health,
      transport: this.#host.createTransport(target, this.configuration),
      inFlight: new Roster(),
      credit: 0,
      lastChosen: 0
    }
  }

  protected override cut({ inFlight }: RegisteredTarget): void {
    for (const { member: cut } of inFlight.seats) {
      cut()
    }
  }

  protected override release({ transport }: RegisteredTarget): void {
    transport.close()
  }

  protected override onDrained(registered: RegisteredTarget): void {
    this.cut(registered)
  }

  protected override onChange(): void {
    this.#routing = undefined
  }

  protected override onHealthSet(registered: RegisteredTarget, before: TargetHealth): void {
    if (registered.health.state === 'healthy' && before.state !== 'healthy') {
      this.#startSlowly(registered)
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
}
