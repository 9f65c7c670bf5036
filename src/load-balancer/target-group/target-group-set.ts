/**
 * The target groups of a load balancer, by their IDs: made, changed and given up as a configuration wants them.
 *
 * @module
 */

import type { TargetGroupDescription, Targets } from '../../elbv2/index.ts'
import type { CheckedConfiguration, CheckedTarget, CheckedTargetGroup } from './checked-target-group.ts'

/** What makes two configurations those of one target group: a change of it makes a new one, with new targets. */
type Identity = CheckedConfiguration & { protocol: string; protocolVersion?: string; targetType: string }

export class TargetGroupSet<
  Configuration extends Identity,
  Group extends CheckedTargetGroup<Configuration, CheckedTarget>
> {
  readonly #create: (configuration: Configuration) => Group
  readonly #groups = new Map<string, Group>()

  constructor(create: (configuration: Configuration) => Group) {
    this.#create = create
  }

  /** Makes the wanted target groups those that are there, each with its targets. */
  apply(wanted: ReadonlyMap<string, Configuration>, targets: Targets): void {
    for (const [id, group] of this.#groups) {
      const configuration = wanted.get(id)
      if (!configuration || !isSame(group.configuration, configuration)) {
        group.retire()
        this.#groups.delete(id)
      }
    }
    for (const [id, configuration] of wanted) {
      const group = this.#groups.get(id) ?? this.#create(configuration)
      this.#groups.set(id, group)
      group.update(configuration, targets.get(id) ?? [])
    }
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id)
  }

  all(): Group[] {
    return [...this.#groups.values()]
  }

  describe(): TargetGroupDescription[] {
    return this.all().map(group => group.describe())
  }

  destroy(): void {
    for (const group of this.all()) {
      group.destroy()
    }
    this.#groups.clear()
  }
}

/** Whether AWS would change the target group in place. */
function isSame(a: Identity, b: Identity): boolean {
  return (
    a.name === b.name &&
    a.protocol === b.protocol &&
    a.protocolVersion === b.protocolVersion &&
    a.targetType === b.targetType
  )
}
