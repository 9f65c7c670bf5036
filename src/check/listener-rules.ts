import type { GroupPlan, ListenerRuleSpec } from '../model/index.ts'
import type { Ingress, Path } from '../resources/index.ts'
import type { Context } from './context.ts'

/** A rule of a listener, with the path of the Ingress that it comes from. */
export interface PlannedRule {
  port: number
  spec: ListenerRuleSpec
  ingress: Ingress
  path: Path
}

/** `spec.rules.0.http.paths.1` as a path. */
export const parsePath = (text: string): Path => text.split('.').map(step => (/^\d+$/.test(step) ? Number(step) : step))

/** The rules of a group by listener, each listener's in the order of their priorities. */
export function rulesByListener(context: Context, group: GroupPlan): Map<number, PlannedRule[]> {
  const rules = Object.entries(group.stack?.resources['AWS::ElasticLoadBalancingV2::ListenerRule'] ?? {})
  const sources = new Map(
    group.explanations.flatMap(({ resource, object, key }) =>
      resource.startsWith('ListenerRule ') && object
        ? [[resource.slice('ListenerRule '.length), { object, key }] as const]
        : []
    )
  )
  const members = new Map(
    context.membersOf(group).map((ingress, index) => [`Ingress ${group.members[index]}`, ingress])
  )
  const planned = rules.flatMap(([id, { spec }]): PlannedRule[] => {
    const source = sources.get(id)
    const ingress = source && members.get(source.object)
    return ingress ? [{ port: Number(id.split(':')[0]), spec, ingress, path: parsePath(source.key) }] : []
  })
  planned.sort((one, other) => one.spec.priority - other.spec.priority)
  return Map.groupBy(planned, ({ port }) => port)
}
