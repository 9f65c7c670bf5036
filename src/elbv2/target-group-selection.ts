import type { WeightedTargetGroup } from './action.ts'

/**
 * Chooses among the target groups of a forward action by their weights. A target group without healthy targets is not
 * passed over: its share fails. Undefined where all weights are 0.
 *
 * @param random - from 0 up to, but not including, 1.
 */
export function selectTargetGroup<Group extends WeightedTargetGroup>(
  targetGroups: readonly Group[],
  random: number
): Group | undefined {
  const total = targetGroups.reduce((sum, { weight }) => sum + weight, 0)
  let left = random * total
  for (const group of targetGroups) {
    if (left < group.weight) {
      return group
    }
    left -= group.weight
  }
  return undefined
}
