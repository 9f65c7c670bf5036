import type { GroupPlan, Plan } from '../../model/index.ts'
import { reasonOf } from '../data-plane/data-plane.ts'
import { stackOf } from '../state/stack.ts'
import type { LoadBalancer, State } from '../state/state.ts'

/** What stands in accounts, in the words of a plan. */
export interface Standing {
  /** One stack for each load balancer, whose ID is its ARN. */
  plan: Plan
  /** Load balancers that listen nowhere, and why. */
  idle: { name: string; reason: string }[]
}

/** A load balancer as the plan of a group that no Ingress is a member of: no object asks for it, calls have made it. */
function planOf(state: State, loadBalancer: LoadBalancer): GroupPlan {
  return {
    kind: 'Ingress',
    id: loadBalancer.LoadBalancerArn,
    stack: stackOf(state, loadBalancer),
    explanations: [],
    warnings: [],
    assumptions: [],
    members: [],
    inactiveMembers: [],
    finalizer: '',
    droppedRules: [],
    ruleSources: new Map()
  }
}

/** What stands in accounts that are in these states. */
export function standingIn(states: readonly State[]): Standing {
  const all = states.flatMap(state => Object.values(state.loadBalancers).map(one => [state, one] as const))
  return {
    plan: {
      groups: all.map(([state, one]) => planOf(state, one)),
      unloadable: [],
      services: [],
      gateways: []
    },
    idle: all.flatMap(([, one]) => {
      const reason = reasonOf(one)
      return reason === undefined ? [] : [{ name: one.LoadBalancerName, reason }]
    })
  }
}
