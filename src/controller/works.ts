import type { Targets } from '../elbv2/index.ts'
import type { GroupPlan, Stack } from '../model/index.ts'
import type { Ingress, KubernetesObject, Resources, TargetGroupBinding } from '../resources/index.ts'
import { domainsOf, targetsOf } from '../targets/index.ts'
import type { GroupWork } from './group.ts'

/** Kinds that decide on targets. */
const targetKinds = ['Service', 'Node', 'EndpointSlice', 'Pod', 'TargetGroupBinding']

/**
 * What each group is to become. It stays the same object for as long as nothing that it is made of changes: of a large
 * cluster, most changes concern one group.
 */
export class Works {
  readonly #hosts: readonly string[]
  readonly #known = new WeakMap<GroupPlan, GroupWork>()
  #resources: Resources | undefined
  /** What the known targets were made of. An object is replaced when it changes. */
  #targetObjects: readonly KubernetesObject[] = []
  #targets = new WeakMap<Stack, Targets>()

  /** @param hosts host names for certificates, beside those of the Ingresses. */
  constructor(hosts: readonly string[]) {
    this.#hosts = hosts
  }

  of(
    group: GroupPlan,
    resources: Resources,
    bindings: ReadonlyMap<string, TargetGroupBinding[]> | undefined
  ): GroupWork {
    function membersOf(keys: string[]) {
      return keys.flatMap(key => ingressOf(resources, key) ?? [])
    }
    const made = {
      members: membersOf(group.members),
      inactiveMembers: membersOf(group.inactiveMembers),
      bindings: bindings && (bindings.get(group.id) ?? []),
      targets: group.stack ? this.#targetsOf(group.stack, resources) : noTargets
    }
    const known = this.#known.get(group)
    if (
      known &&
      known.targets === made.targets &&
      isSame(known.members, made.members) &&
      isSame(known.inactiveMembers, made.inactiveMembers) &&
      isSame(known.bindings, made.bindings)
    ) {
      return known
    }
    const { members, finalizer, stack, error, errorHasEvent } = group
    const work: GroupWork = {
      ...made,
      plan: { members, finalizer, stack, error, errorHasEvent },
      // A plan is made anew whenever one of the hosts changes.
      domains: known?.domains ?? [...new Set([...this.#hosts, ...domainsOf(group, resources)])]
    }
    this.#known.set(group, work)
    return work
  }

  #targetsOf(stack: Stack, resources: Resources): Targets {
    if (resources !== this.#resources) {
      const objects = targetKinds.flatMap(kind => resources.list(kind))
      if (!isSame(objects, this.#targetObjects)) {
        this.#targets = new WeakMap()
      }
      this.#targetObjects = objects
      this.#resources = resources
    }
    const targets = this.#targets.get(stack) ?? targetsOf(stack, resources)
    this.#targets.set(stack, targets)
    return targets
  }
}

function isSame(one: readonly object[] | undefined, other: readonly object[] | undefined): boolean {
  return (
    one === other || (one?.length === other?.length && (one?.every((each, index) => each === other?.[index]) ?? false))
  )
}

const noTargets: Targets = new Map()

/** Of a group that nothing names any more. */
export const nothing: Omit<GroupWork, 'bindings'> = {
  plan: undefined,
  members: [],
  inactiveMembers: [],
  targets: noTargets,
  domains: []
}

export function ingressOf(resources: Resources, key: string): Ingress | undefined {
  const [namespace, name] = key.split('/')
  return resources.find('Ingress', name!, namespace)
}
