/**
 * How the things of an account hang together.
 *
 * @module
 */

import type * as elbv2 from '../protocol/shapes/elbv2.ts'
import type { Listener, Rule, State } from './state.ts'

/** The listener in a rule's ARN. */
export function listenerOfRule(ruleARN: string): string {
  return ruleARN.replace(':listener-rule/', ':listener/').replace(/\/[^/]*$/, '')
}

/** The load balancer in a listener's ARN. */
export function loadBalancerOfListener(listenerARN: string): string {
  return listenerARN.replace(':listener/', ':loadbalancer/').replace(/\/[^/]*$/, '')
}

/** The listeners of a load balancer, in the order in which they were made. */
export function listenersOf({ listeners }: State, loadBalancerARN: string): Listener[] {
  return Object.values(listeners).filter(listener => listener.LoadBalancerArn === loadBalancerARN)
}

/** The rules of a listener by priority, the default rule last. */
export function rulesOf({ rules }: State, listenerARN: string): Rule[] {
  return Object.values(rules)
    .filter(({ RuleArn }) => listenerOfRule(RuleArn) === listenerARN)
    .sort((one, other) => rank(one) - rank(other))
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

/** The load balancers whose rules forward to each target group. */
export function loadBalancersByTargetGroup({ rules }: State): Map<string, Set<string>> {
  const users = new Map<string, Set<string>>()
  for (const { RuleArn, Actions } of Object.values(rules)) {
    for (const targetGroup of targetGroupsIn(Actions)) {
      const known = users.get(targetGroup) ?? new Set()
      users.set(targetGroup, known.add(loadBalancerOfListener(listenerOfRule(RuleArn))))
    }
  }
  return users
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
