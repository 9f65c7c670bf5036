/**
 * Everything that AWS refuses in a stack's load balancer: what the load balancer that runs refuses to start with, and what a
 * check finds beforehand.
 *
 * @module
 */

import type { ListenerRuleSpec, ListenerSpec, LoadBalancerSpec, Stack, TargetGroupSpec } from '../../model/index.ts'
import { referencedID } from '../../model/index.ts'
import { classicViolations } from '../classic/limits.ts'
import { listenerViolations } from './listener.ts'
import { loadBalancerViolations } from './load-balancer.ts'
import { networkListenerViolations, networkLoadBalancerViolations, networkTargetGroupViolations } from './network.ts'
import { ruleViolations } from './rule.ts'
import { targetGroupViolations } from './target-group.ts'
import { refuse, type StackViolation, type Violation } from './violation.ts'

type Identified<Spec> = [id: string, spec: Spec]

function entriesOf<Spec>(resources: Record<string, { spec: Spec }> | undefined): Identified<Spec>[] {
  return Object.entries(resources ?? {}).map(([id, { spec }]) => [id, spec])
}

function at(type: StackViolation['type'], id: string, violations: readonly Violation[]): StackViolation[] {
  return violations.map(violation => ({ ...violation, type, id }))
}

/** The load balancer of a stack that is of a type; a frontend NLB stands beside an Application Load Balancer. */
export function loadBalancerIn(
  { resources }: Stack,
  type: LoadBalancerSpec['type']
): Identified<LoadBalancerSpec> | undefined {
  return entriesOf(resources['AWS::ElasticLoadBalancingV2::LoadBalancer']).find(([, spec]) => spec.type === type)
}

/** Whether a target group is one of a Network Load Balancer. */
export function isOfNetwork({ protocol }: TargetGroupSpec): boolean {
  return protocol !== 'HTTP' && protocol !== 'HTTPS'
}

/** The listeners of a load balancer, by ascending port. */
export function listenersOf({ resources }: Stack, loadBalancerID: string | undefined): Identified<ListenerSpec>[] {
  return entriesOf(resources['AWS::ElasticLoadBalancingV2::Listener'])
    .filter(([, { loadBalancerARN }]) => [loadBalancerID, undefined].includes(referencedID(loadBalancerARN)))
    .sort(([, one], [, other]) => one.port - other.port)
}

/** The rules of a listener, by ascending priority. */
export function rulesOf({ resources }: Stack, port: number): Identified<ListenerRuleSpec>[] {
  return entriesOf(resources['AWS::ElasticLoadBalancingV2::ListenerRule'])
    .filter(([, { listenerARN }]) => referencedID(listenerARN) === String(port))
    .sort(([, one], [, other]) => one.priority - other.priority)
}

/**
 * Everything that AWS refuses in the load balancers of a stack.
 *
 * @param application what it refuses in the Application Load Balancer, where that is known.
 */
export function stackViolations(
  stack: Stack,
  application: readonly StackViolation[] = applicationViolations(stack)
): StackViolation[] {
  return [...application, ...networkViolations(stack), ...classicViolations(stack)]
}

/** Everything that AWS refuses in the Network Load Balancer of a stack, its listeners and target groups. */
export function networkViolations(stack: Stack): StackViolation[] {
  const found = loadBalancerIn(stack, 'network')
  if (!found) {
    return []
  }
  const [loadBalancerID, loadBalancer] = found
  const targetGroups = new Map(
    entriesOf(stack.resources['AWS::ElasticLoadBalancingV2::TargetGroup']).filter(([, spec]) => isOfNetwork(spec))
  )
  return [
    ...listenersOf(stack, loadBalancerID).flatMap(([id, spec]) =>
      at('Listener', id, networkListenerViolations(spec, targetGroups))
    ),
    ...[...targetGroups].flatMap(([id, spec]) => at('TargetGroup', id, networkTargetGroupViolations(spec))),
    ...repeatedNameViolations([...targetGroups]),
    ...at('LoadBalancer', loadBalancerID, networkLoadBalancerViolations(loadBalancer))
  ]
}

/** Everything that AWS refuses in the Application Load Balancer of a stack, its listeners, rules and target groups. */
export function applicationViolations(stack: Stack): StackViolation[] {
  const found = loadBalancerIn(stack, 'application')
  if (!found) {
    return []
  }
  const [loadBalancerID, loadBalancer] = found
  const targetGroups = entriesOf(stack.resources['AWS::ElasticLoadBalancingV2::TargetGroup']).filter(
    ([, spec]) => !isOfNetwork(spec)
  )
  return [
    ...listenersOf(stack, loadBalancerID).flatMap(([id, spec]) => {
      const rules = rulesOf(stack, spec.port)
      return [
        ...priorityViolations(rules),
        ...rules.flatMap(([rule, ruleSpec]) => at('ListenerRule', rule, ruleViolations(ruleSpec, spec.protocol))),
        ...at('Listener', id, listenerViolations(spec))
      ]
    }),
    ...targetGroups.flatMap(([id, spec]) => at('TargetGroup', id, targetGroupViolations(spec))),
    ...repeatedNameViolations(targetGroups),
    ...at('LoadBalancer', loadBalancerID, loadBalancerViolations(loadBalancer))
  ]
}

/** A name that the controller makes up. Of Services without a UID, as manifests have them, two may be alike, which are not in a cluster. */
const madeName = /^k8s-[a-zA-Z0-9]{1,8}-[a-zA-Z0-9]{1,8}-[0-9a-f]{10}$/

/**
 * A written name that an earlier target group has. The controller tags each with the route and the backend that it is for, so that
 * no two are created as one.
 */
function repeatedNameViolations(targetGroups: Identified<TargetGroupSpec>[]): StackViolation[] {
  return targetGroups.flatMap(([id, { name }], index) =>
    at(
      'TargetGroup',
      id,
      refuse(!madeName.test(name) && targetGroups.slice(0, index).some(([, other]) => other.name === name), {
        limit: 'name',
        path: ['name'],
        message: `A target group with the same name '${name}' exists, but with different settings`,
        expected: 'a name of its own for each target group, or none',
        actual: name
      })
    )
  )
}

/** A priority that an earlier rule of the listener has. */
function priorityViolations(rules: Identified<ListenerRuleSpec>[]): StackViolation[] {
  return rules.flatMap(([id, { priority }], index) =>
    at(
      'ListenerRule',
      id,
      refuse(rules[index - 1]?.[1].priority === priority, {
        limit: 'priority-in-use',
        path: ['priority'],
        message: 'The specified priority is in use.',
        expected: 'a priority of its own',
        actual: String(priority)
      })
    )
  )
}
