/**
 * A target group of a Network Load Balancer at work: who gets the next flow, and what becomes of the flows of a target that fails
 * or leaves.
 *
 * @module
 */

import type { FlowEnd, NetworkTargetGroupConfiguration, Target, TargetHealth } from '../../elbv2/index.ts'
import { flowCandidates, targetOfFlow } from '../../elbv2/index.ts'
import {
  type CheckedTarget,
  CheckedTargetGroup,
  type CheckedTargetGroupHost
} from '../target-group/checked-target-group.ts'

/** A flow as its target knows it. */
export interface TargetFlow {
  /** Whether it is one of datagrams, the next of which may go to another target. */
  readonly moves: boolean
  /** Ends it at once. */
  cut(end: FlowEnd): void
  /** Ends it without a word: whoever sends next is told by a reset. */
  forget(end: FlowEnd): void
}

/** A target that gets flows. */
export interface FlowTarget extends CheckedTarget {
  readonly flows: Set<TargetFlow>
  /** Until when flows to it live on although it is unhealthy; `over` once they do not. */
  unhealthyDraining?: { timer: unknown } | 'over'
}

export class NetworkTargetGroup extends CheckedTargetGroup<NetworkTargetGroupConfiguration, FlowTarget> {
  readonly #host: CheckedTargetGroupHost<NetworkTargetGroupConfiguration>
  /** Of the last change of targets, health or configuration, by zone. */
  readonly #candidates = new Map<string | undefined, FlowTarget[]>()

  constructor(
    configuration: NetworkTargetGroupConfiguration,
    host: CheckedTargetGroupHost<NetworkTargetGroupConfiguration>
  ) {
    super(configuration, host)
    this.#host = host
  }

  /**
   * The target of a new flow; undefined where none can take it.
   *
   * @param random - from 0 up to, but not including, 1.
   */
  choose(client: string, zone: string | undefined, random: number): FlowTarget | undefined {
    return targetOfFlow(this.candidates(zone), this.configuration.attributes, client, random)
  }

  /** Who may get a flow through a zone's node. */
  candidates(zone: string | undefined): readonly FlowTarget[] {
    const known = this.#candidates.get(zone)
    const candidates = known ?? flowCandidates(this.registered, this.configuration.attributes, zone)
    if (!known) {
      this.#candidates.set(zone, candidates)
    }
    return candidates
  }

  /** An unhealthy target whose flows may live on for a while says so. */
  override setHealth(registered: FlowTarget, health: TargetHealth): void {
    const { terminatesWhenUnhealthy, unhealthyDraining } = this.configuration.attributes
    if (health.state !== 'unhealthy') {
      if (health.state !== 'unhealthy.draining') {
        this.#endDraining(registered)
      }
      super.setHealth(registered, health)
      return
    }
    if (terminatesWhenUnhealthy || unhealthyDraining === 0 || registered.unhealthyDraining === 'over') {
      super.setHealth(registered, health)
      return
    }
    registered.unhealthyDraining ??= {
      timer: this.#host.clock.setTimeout(() => {
        registered.unhealthyDraining = 'over'
        super.setHealth(registered, { ...registered.health, state: 'unhealthy' })
      }, unhealthyDraining)
    }
    super.setHealth(registered, { ...health, state: 'unhealthy.draining' })
  }

  protected override admit(target: Target, health: TargetHealth): FlowTarget {
    return { target, health, flows: new Set() }
  }

  protected override cut({ flows }: FlowTarget): void {
    for (const flow of [...flows]) {
      flow.cut('load-balancer')
    }
  }

  protected override release(registered: FlowTarget): void {
    this.#endDraining(registered)
  }

  /** Flows to a target that is gone go on for as long as it answers, unless the target group says otherwise. */
  protected override onDrained({ flows }: FlowTarget): void {
    if (this.configuration.attributes.terminatesAfterDelay) {
      for (const flow of [...flows]) {
        flow.cut('deregistration')
      }
    }
  }

  protected override onChange(): void {
    this.#candidates.clear()
  }

  /** While no target is healthy the flows of unhealthy ones live on: they would come back to one of them. */
  protected override onHealthSet(registered: FlowTarget, before: TargetHealth): void {
    const { state } = registered.health
    if (state === before.state || (state !== 'unhealthy' && state !== 'healthy')) {
      return
    }
    if (!this.registered.some(({ health }) => health.state === 'healthy')) {
      return
    }
    for (const one of this.registered) {
      if (one.health.state === 'unhealthy') {
        const terminates = this.#mayTerminate(one)
        for (const flow of [...one.flows].filter(({ moves }) => moves || terminates)) {
          flow.forget('unhealthy-target')
        }
      }
    }
  }

  #mayTerminate({ unhealthyDraining }: FlowTarget): boolean {
    return this.configuration.attributes.terminatesWhenUnhealthy || unhealthyDraining === 'over'
  }

  #endDraining(registered: FlowTarget): void {
    if (typeof registered.unhealthyDraining === 'object') {
      this.#host.clock.clearTimeout(registered.unhealthyDraining.timer)
    }
    delete registered.unhealthyDraining
  }
}
