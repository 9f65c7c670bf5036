import { addResource, explain, fromField } from '../build/task.ts'
import { listenerARN } from '../stack/names.ts'
import type { Action, ListenerRuleSpec, ListenerSpec, TargetGroupTuple } from '../stack/stack.ts'
import { buildRoutingAction } from './actions.ts'
import { buildAuthentication } from './authentication.ts'
import { buildConditions } from './conditions.ts'
import { type RankedRule, rankRules } from './precedence.ts'
import { routeName } from './route/route-status.ts'
import { processTags } from './tags.ts'
import { buildTargetGroup } from './target-groups.ts'
import type { GatewayTask } from './task.ts'
import { buildTransforms } from './transforms.ts'

/** What the stack says of one rule, without its place. */
type Built = Omit<ListenerRuleSpec, 'listenerARN' | 'priority'>

function buildRule(task: GatewayTask, { port, protocol }: ListenerSpec, ranked: RankedRule): Built {
  const { route, rule } = ranked
  const conditions = buildConditions(ranked)
  const use = { route, listenerPort: port, listenerProtocol: protocol }
  const targetGroups = rule.backends.map(
    (backend): TargetGroupTuple => ({ targetGroupARN: buildTargetGroup(task, use, backend), weight: backend.weight })
  )
  const actions: Action[] = protocol === 'HTTPS' ? buildAuthentication(task, route, rule.configuration) : []
  actions.push(buildRoutingAction(route, rule, targetGroups))
  const tags = processTags(task, rule.configuration?.spec?.tags)
  const transforms = buildTransforms(ranked)
  return { conditions, actions, ...(transforms.length > 0 && { transforms }), ...(tags && { tags }) }
}

/** Where a route says what became a rule: its match, or the rule without one. */
function pathOf({ ruleIndex, matchIndex }: RankedRule): string {
  return matchIndex === undefined ? `spec.rules.${ruleIndex}` : `spec.rules.${ruleIndex}.matches.${matchIndex}`
}

/** Builds the rules of an ALB's listener with priorities from 1 on (LBC: buildListenerRules). @throws ModelError */
export function buildRules(task: GatewayTask, listener: ListenerSpec): void {
  const { port } = listener
  const ranked = rankRules(task.routes, port)
  // All or nothing, in the controller too: rules come into the stack when each has been built.
  const built = ranked.map(one => buildRule(task, listener, one))
  built.forEach((rule, index) => {
    const one = ranked[index]!
    const priority = index + 1
    const id = `${port}:${priority}`
    addResource(task, 'AWS::ElasticLoadBalancingV2::ListenerRule', id, {
      spec: { listenerARN: listenerARN(String(port)), priority, ...rule }
    })
    const path = pathOf(one)
    task.ruleSources.set(id, { object: routeName(one.route), path })
    explain(task, `ListenerRule ${id}`, 'conditions', rule.conditions, fromField(one.route, path))
  })
}
