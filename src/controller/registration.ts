import type { LoadBalancerDescription, Target, Targets } from '../elbv2/index.ts'

function keyOf({ id, address, port }: Target): string {
  return `${id} ${address} ${port}`
}

/** The targets that stay, where some leave and others come; undefined where nothing moves. */
export function remainingTargets({ targetGroups }: LoadBalancerDescription, targets: Targets): Targets | undefined {
  const registered = new Map(
    targetGroups.map(group => [
      group.id,
      new Set(group.targets.filter(({ state }) => state !== 'draining').map(({ target }) => keyOf(target)))
    ])
  )
  const moved = [...targets].some(([id, next]) => {
    const keys = new Set(next.map(keyOf))
    const before = registered.get(id) ?? new Set<string>()
    return !before.isSubsetOf(keys) && !keys.isSubsetOf(before)
  })
  if (!moved) {
    return undefined
  }
  return new Map([...targets].map(([id, next]) => [id, next.filter(target => registered.get(id)?.has(keyOf(target)))]))
}
