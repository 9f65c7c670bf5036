/**
 * The instances of a Classic Load Balancer: registered once and asked by one health check, whose outcome counts at every listener.
 *
 * @module
 */

import type { InstancesConfiguration, Target, TargetHealth } from '../../elbv2/index.ts'
import {
  type CheckedTarget,
  CheckedTargetGroup,
  type CheckedTargetGroupHost
} from '../target-group/checked-target-group.ts'

export interface InstancesHost extends CheckedTargetGroupHost<InstancesConfiguration> {
  /** An instance is as healthy as this from now on. */
  onChecked(instance: CheckedTarget): void
}

export class Instances extends CheckedTargetGroup<InstancesConfiguration, CheckedTarget> {
  readonly #host: InstancesHost

  constructor(configuration: InstancesConfiguration, host: InstancesHost) {
    super(configuration, host)
    this.#host = host
  }

  protected override get failsOpen(): boolean {
    return false
  }

  protected override admit(target: Target, health: TargetHealth): CheckedTarget {
    return { target, health }
  }

  protected override cut(): void {}

  protected override release(): void {}

  protected override onDrained(): void {}

  protected override onChange(): void {}

  protected override onHealthSet(registered: CheckedTarget): void {
    this.#host.onChecked(registered)
  }
}
