import { ownEntry } from '../../own-entry.ts'
import {
  type ListenerRuleSpec,
  type ResourceType,
  referencedID,
  type Stack,
  type StackResources
} from '../stack/stack.ts'
import { nodePortPath } from './replacement.ts'
import { canonical } from './values.ts'

/** A resource of a stack. */
export interface Entry {
  id: string
  // biome-ignore lint/suspicious/noExplicitAny: specs of all types are compared alike, value by value.
  spec: any
}

/** A resource of both sides, or of one. */
export interface Match {
  old?: Entry
  new?: Entry
}

/** The rule without its place, and without tags, which do not make another rule of it. */
function contentOf({ spec }: Entry): string {
  const { listenerARN, conditions, actions, transforms } = spec as ListenerRuleSpec
  return canonical([listenerARN, conditions, actions, transforms])
}

/**
 * Rules are told apart by what they do, so that a new rule at the front moves the others instead of rewriting them; what is
 * left over is matched by priority (LBC: listenerRuleSynthesizer).
 */
export function matchRules(old: Entry[], next: Entry[]): Match[] {
  const unmatched = new Map(old.map(entry => [entry.id, entry]))
  const byContent = Map.groupBy(old, contentOf)
  function take(entry: Entry | undefined): Entry | undefined {
    if (entry) {
      unmatched.delete(entry.id)
    }
    return entry
  }
  const same = new Map(next.map(entry => [entry.id, take(byContent.get(contentOf(entry))?.shift())]))
  const matches = next.map((entry): Match => {
    const match = same.get(entry.id) ?? take(unmatched.get(entry.id))
    return { ...(match && { old: match }), new: entry }
  })
  return [...matches, ...[...unmatched.values()].map(entry => ({ old: entry }))]
}

/** Resources are the same where their IDs are, as the controller tells them apart by the tags that it puts on them. */
export function matchByID(old: Entry[], next: Entry[]): Match[] {
  const before = new Map(old.map(entry => [entry.id, entry]))
  const after = new Set(next.map(({ id }) => id))
  return [
    ...next.map(entry => ({ ...(before.has(entry.id) && { old: before.get(entry.id)! }), new: entry })),
    ...old.filter(({ id }) => !after.has(id)).map(entry => ({ old: entry }))
  ]
}

/** A binding registers the nodes with the node port of its Service, which the stack only holds in its target group. */
function withNodePort(
  { id, spec }: Entry,
  targetGroups: StackResources['AWS::ElasticLoadBalancingV2::TargetGroup'] = {}
): Entry {
  const group = ownEntry(targetGroups, id)?.spec
  return { id, spec: group?.targetType === 'instance' ? { ...spec, [nodePortPath]: group.port } : spec }
}

/** The resources of a type; a frontend NLB's targets, by the ID of their target group. */
export function entriesOf(stack: Stack | undefined, type: ResourceType): Entry[] {
  const resources = stack?.resources[type] ?? {}
  if (type === 'K8S::ElasticLoadBalancingV2::TargetGroupBinding') {
    return Object.entries(resources as Record<string, { spec: unknown }>).map(([id, { spec }]) =>
      withNodePort({ id, spec }, stack?.resources['AWS::ElasticLoadBalancingV2::TargetGroup'])
    )
  }
  if (type === 'FrontendNLBTargetGroup') {
    return Object.values(resources as NonNullable<StackResources['FrontendNLBTargetGroup']>).flatMap(
      ({ TargetGroups }) =>
        Object.values(TargetGroups).map(({ ARN, TargetARN, TargetPort }) => ({
          id: referencedID(ARN) ?? String(ARN),
          spec: { TargetARN, TargetPort }
        }))
    )
  }
  return Object.entries(resources as Record<string, { spec: unknown }>).map(([id, { spec }]) => ({ id, spec }))
}
