import { type GatewayPlan, type GroupPlan, type ListenerRuleSpec, specEntries } from '../../model/index.ts'
import { type KubernetesObject, objectName, type Path } from '../../resources/index.ts'
import type { Context } from '../context.ts'

/** A plan whose load balancer has rules. */
export type RuledPlan = GroupPlan | GatewayPlan

/** A rule of a listener, with the place in an Ingress or a route that it comes from. */
export interface PlannedRule {
  port: number
  spec: ListenerRuleSpec
  object: KubernetesObject
  path: Path
}

/** `spec.rules.0.http.paths.1` as a path. */
export function parsePath(text: string): Path {
  return text.split('.').map(step => (/^\d+$/.test(step) ? Number(step) : step))
}

/** A plan's rules are asked for by several rules of check. */
const known = new WeakMap<RuledPlan, Map<number, PlannedRule[]>>()

/** The rules of a plan by listener, each listener's in the order of their priorities. */
export function rulesByListener(context: Context, plan: RuledPlan): Map<number, PlannedRule[]> {
  const rules = known.get(plan) ?? findRules(context, plan)
  known.set(plan, rules)
  return rules
}

function findRules(context: Context, plan: RuledPlan): Map<number, PlannedRule[]> {
  const sources: readonly KubernetesObject[] =
    plan.kind === 'Ingress'
      ? context.membersOf(plan)
      : [...context.resources.list('HTTPRoute'), ...context.resources.list('GRPCRoute')]
  const byName = new Map(sources.map(object => [objectName(object), object]))
  const planned = specEntries(plan.stack, 'rule').flatMap(([id, spec]): PlannedRule[] => {
    const source = plan.ruleSources.get(id)
    const object = source && byName.get(source.object)
    return object ? [{ port: Number(id.split(':')[0]), spec, object, path: parsePath(source.path) }] : []
  })
  planned.sort((one, other) => one.spec.priority - other.spec.priority)
  return Map.groupBy(planned, ({ port }) => port)
}
