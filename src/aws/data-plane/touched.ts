/**
 * Which load balancers a write is about: those of which anything that they are made of is another entry than before.
 *
 * @module
 */

import { listenerOfRule, loadBalancerOfListener, loadBalancersByTargetGroup } from '../state/relations.ts'
import type { State, Table } from '../state/state.ts'

/** Keys whose entries differ. */
function changedKeys(before: Table<unknown>, after: Table<unknown>): string[] {
  if (before === after) {
    return []
  }
  return [
    ...Object.keys(after).filter(key => before[key] !== after[key]),
    ...Object.keys(before).filter(key => !Object.hasOwn(after, key))
  ]
}

/** The load balancers whose rules forward to target groups, before or after. */
function usersOf(targetGroups: readonly string[], before: State, after: State): string[] {
  if (targetGroups.length === 0) {
    return []
  }
  const users = [loadBalancersByTargetGroup(before), loadBalancersByTargetGroup(after)]
  return targetGroups.flatMap(arn => users.flatMap(known => [...(known.get(arn) ?? [])]))
}

/** The load balancers that have one of these security groups. */
function behindGroups(groups: readonly string[], { loadBalancers }: State): string[] {
  return groups.length === 0
    ? []
    : Object.values(loadBalancers)
        .filter(({ SecurityGroups = [] }) => SecurityGroups.some(id => groups.includes(id)))
        .map(({ LoadBalancerArn }) => LoadBalancerArn)
}

/** ARNs of the load balancers that a write touches, those among them that it makes or deletes. */
export function touchedLoadBalancers(before: State, after: State): string[] {
  const attributes = changedKeys(before.attributes, after.attributes)
  const touched = new Set([
    ...changedKeys(before.loadBalancers, after.loadBalancers),
    ...changedKeys(before.webACLOf, after.webACLOf),
    ...changedKeys(before.listeners, after.listeners).map(loadBalancerOfListener),
    ...changedKeys(before.rules, after.rules).map(arn => loadBalancerOfListener(listenerOfRule(arn))),
    ...attributes.filter(arn => arn.includes(':loadbalancer/')),
    ...attributes.filter(arn => arn.includes(':listener/')).map(loadBalancerOfListener),
    ...usersOf(
      [
        ...changedKeys(before.targetGroups, after.targetGroups),
        ...changedKeys(before.targets, after.targets),
        ...attributes.filter(arn => arn.includes(':targetgroup/'))
      ],
      before,
      after
    ),
    ...behindGroups(changedKeys(before.securityGroups, after.securityGroups), after),
    // An instance may be a target anywhere, and a certificate may be shown anywhere.
    ...(before.instances === after.instances && before.certificates === after.certificates
      ? []
      : Object.keys(after.loadBalancers))
  ])
  return [...touched].filter(arn => Object.hasOwn(before.loadBalancers, arn) || Object.hasOwn(after.loadBalancers, arn))
}
