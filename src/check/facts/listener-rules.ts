import { type GroupPlan, type ListenerRuleSpec, specEntries } from '../../model/index.ts'
import { type Ingress, objectName, type Path } from '../../resources/index.ts'
import type { Context } from '../context.ts'

/** A rule of a listener, with the path of the Ingress that it comes from. */
export interface PlannedRule {
  port: number
  spec: ListenerRuleSpec
  ingress: Ingress
  path: Path
}

/** `spec.rules.0.http.paths.1` as a path. */
export function parsePath(text: string): Path {
  return text.split('.').map(step => (/^\d+$/.test(step) ? Number(step) : step))
}

/** A group's rules are asked for by several rules of check. */
const known = new WeakMap<GroupPlan, Map<number, PlannedRule[]>>()

/** The rules of a group by listener, each listener's in the order of their priorities. */
export function rulesByListener(context: Context, group: GroupPlan): Map<number, PlannedRule[]> {
  const rules = known.get(group) ?? findRules(context, group)
  known.set(group, rules)
  return rules
}

function findRules(context: Context, group: GroupPlan): Map<number, PlannedRule[]> {
  const members = new Map(context.membersOf(group).map(ingress => [objectName(ingress), ingress]))
  const planned = specEntries(group.stack, 'rule').flatMap(([id, spec]): PlannedRule[] => {
    const source = group.ruleSources.get(id)
    const ingress = source && members.get(source.object)
    return ingress ? [{ port: Number(id.split(':')[0]), spec, ingress, path: parsePath(source.path) }] : []
  })
  planned.sort((one, other) => one.spec.priority - other.spec.priority)
  return Map.groupBy(planned, ({ port }) => port)
}
