/**
 * How the things of an account hang together.
 *
 * @module
 */

import type * as elbv2 from '../protocol/shapes/elbv2.ts'
import type { Listener, Rule, State, Table } from './state.ts'

/** What is read of a table, once for each: a table never changes. */
function once<Entry, Reading>(read: (table: Table<Entry>) => Reading): (table: Table<Entry>) => Reading {
  const known = new WeakMap<Table<Entry>, { reading: Reading }>()
  return table => {
    let found = known.get(table)
    if (!found) {
      found = { reading: read(table) }
      known.set(table, found)
    }
    return found.reading
  }
}

function withoutLastPart(arn: string): string {
  return arn.slice(0, arn.lastIndexOf('/'))
}

/** The listener in a rule's ARN. */
export function listenerOfRule(ruleARN: string): string {
  return withoutLastPart(ruleARN.replace(':listener-rule/', ':listener/'))
}

/** The load balancer in a listener's ARN. */
export function loadBalancerOfListener(listenerARN: string): string {
  return withoutLastPart(listenerARN.replace(':listener/', ':loadbalancer/'))
}

const listenersByLoadBalancer = once((listeners: Table<Listener>) =>
  Map.groupBy(Object.values(listeners), ({ LoadBalancerArn }) => LoadBalancerArn)
)

/** The listeners of a load balancer, in the order in which they were made. */
export function listenersOf({ listeners }: State, loadBalancerARN: string): readonly Listener[] {
  return listenersByLoadBalancer(listeners).get(loadBalancerARN) ?? []
}

const rulesByListener = once((rules: Table<Rule>) =>
  Map.groupBy(
    Object.values(rules).sort((one, other) => rank(one) - rank(other)),
    ({ RuleArn }) => listenerOfRule(RuleArn)
  )
)

/** The rules of a listener by priority, the default rule last. */
export function rulesOf({ rules }: State, listenerARN: string): readonly Rule[] {
  return rulesByListener(rules).get(listenerARN) ?? []
}

function rank({ Priority, IsDefault }: Rule): number {
  return IsDefault ? Number.POSITIVE_INFINITY : Number(Priority)
}

/** The target groups that actions forward to. */
export function targetGroupsIn(actions: readonly elbv2.Action[]): string[] {
  return actions.flatMap(({ ForwardConfig }) =>
    (ForwardConfig?.TargetGroups ?? []).flatMap(({ TargetGroupArn }) => TargetGroupArn ?? [])
  )
}

const usersByTargetGroup = once((rules: Table<Rule>) => {
  const users = new Map<string, Set<string>>()
  for (const { RuleArn, Actions } of Object.values(rules)) {
    for (const targetGroup of targetGroupsIn(Actions)) {
      const known = users.get(targetGroup) ?? new Set()
      users.set(targetGroup, known.add(loadBalancerOfListener(listenerOfRule(RuleArn))))
    }
  }
  return users
})

/** The load balancers whose rules forward to each target group. */
export function loadBalancersByTargetGroup({ rules }: State): ReadonlyMap<string, ReadonlySet<string>> {
  return usersByTargetGroup(rules)
}

/** Where an ARN of Elastic Load Balancing is kept, or undefined where nothing has it. */
export function isKnownResource(state: State, arn: string): boolean {
  return (
    Object.hasOwn(state.loadBalancers, arn) ||
    Object.hasOwn(state.targetGroups, arn) ||
    Object.hasOwn(state.listeners, arn) ||
    Object.hasOwn(state.rules, arn) ||
    Object.hasOwn(state.trustStores, arn)
  )
}
