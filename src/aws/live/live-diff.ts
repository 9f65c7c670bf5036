/**
 * A plan held against what stands in an account.
 *
 * @module
 */

import {
  diffPlans,
  type Environment,
  kindOf,
  type PlanDiff,
  type Stack,
  type StackSet,
  stackToJSON
} from '../../model/index.ts'
import type { Caller } from '../client/client.ts'
import { asPlanned, withoutBindings } from './as-planned.ts'
import { type LiveStack, liveStacksOf, withReferences } from './live-stack.ts'
import { askedBy, readState } from './read-state.ts'
import { backendGroupTag, ownerOf } from './tracking.ts'

/** What the controller would do to an account. */
export interface LiveDiff extends PlanDiff {
  /** IDs of stacks that the cluster's tags are on and that nothing planned asks for. */
  leftOver: string[]
  /** Stacks that somebody else than the controller makes, whose tags are others. */
  notCompared: string[]
}

/** A stack as a plan is printed: a client's ID is hidden, and its secret, which AWS does not tell, is not there. */
function printed(stack: Stack): Stack {
  return JSON.parse(JSON.stringify(stackToJSON(stack)), (key, value: unknown) =>
    key === 'clientSecret' ? undefined : value
  ) as Stack
}

/**
 * Compares what stands of a plan's stacks with the plan. Bindings and targets, which a cluster decides on, have no part in it.
 *
 * @param planned as `plan -o json` prints it.
 * @throws Failure exit 1 `CALL_REFUSED`, exit 3 `ENDPOINT_SILENT`.
 */
export async function diffLive(caller: Caller, environment: Environment, planned: StackSet): Promise<LiveDiff> {
  const { clusterName, backendSecurityGroupID } = environment
  const all = Object.entries(planned.stacks)
  const wanted = all.filter(([, { by }]) => by === undefined)
  const state = await readState(caller, clusterName, askedBy(wanted.map(([, stack]) => stack)))
  const live = liveStacksOf(state, clusterName)
  const backend = Object.keys(state.securityGroups).filter(
    id => state.tags[id]?.[backendGroupTag.key] === backendGroupTag.value
  )
  const names = new Map(backend.map(id => [id, backendSecurityGroupID] as const))
  const known = new Set<LiveStack>()
  const stacks: Record<string, Stack> = {}
  for (const [name, stack] of wanted) {
    // A plan's JSON does not say what its stacks are of; only where two kinds share an ID it has to be told by what is in them.
    const sameID = live.filter(({ id }) => id === stack.id)
    const owner = ownerOf(planned.kinds?.get(name) ?? kindOf(stack), stack)
    const found = sameID.length > 1 ? sameID.find(one => one.owner === owner) : sameID[0]
    if (found) {
      known.add(found)
      stacks[name] = asPlanned(printed(withReferences(found.stack, names) as Stack), stack)
    }
  }
  const failed = new Set(planned.failures.map(({ group }) => group))
  const leftOver = live.filter(one => !known.has(one) && !failed.has(one.id)).map(({ id }) => id)
  const kinds = new Map(wanted.map(([name, stack]) => [name, planned.kinds?.get(name) ?? kindOf(stack)]))
  const next = Object.fromEntries(wanted.map(([name, stack]) => [name, withoutBindings(stack)]))
  return {
    ...diffPlans({ stacks, kinds, failures: [] }, { stacks: next, kinds, failures: planned.failures }),
    leftOver,
    notCompared: all.flatMap(([name, { by }]) => (by === undefined ? [] : name))
  }
}
