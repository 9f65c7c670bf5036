/**
 * Registered targets as the load balancer connects to them.
 *
 * @module
 */

import type { Target, Targets } from '../../elbv2/index.ts'
import { isLoopback, withoutUnreachable } from '../../targets/index.ts'
import { loadBalancersByTargetGroup } from '../state/relations.ts'
import type { LoadBalancer, State } from '../state/state.ts'

export interface Reach {
  /** Instances that are where they say: of `aws.yaml`, or a cluster's nodes. */
  reachable: ReadonlySet<string>
  /** Addresses of pods can be connected to, wherever they are. */
  podsReachable: boolean
}

type Registered = State['targets'][string][number]

/** What stands at an instance's address, where it runs. */
function instanceTarget({ instances }: State, { Id, Port = 0 }: Registered, { reachable }: Reach): Target {
  const instance = Object.hasOwn(instances, Id) ? instances[Id] : undefined
  const target = { id: Id, port: Port }
  if (instance?.State?.Name !== 'running') {
    return { ...target, address: '', unusable: 'Target.InvalidState' }
  }
  const { PrivateIpAddress: address, Placement } = instance
  const zone = Placement?.AvailabilityZone
  return {
    ...target,
    address,
    ...(zone !== undefined && { zone }),
    // An address that a call made up leads from here to whoever has it.
    ...(!reachable.has(Id) && !isLoopback(address) && { unusable: 'Target.NotInUse' as const })
  }
}

function addressTarget({ Id, Port = 0, AvailabilityZone: zone }: Registered): Target {
  return { id: Id, address: Id, port: Port, ...(zone !== undefined && zone !== 'all' && { zone }) }
}

/** The targets of a load balancer by target group, and the addresses among them that are left alone. */
export function targetsOf(
  state: State,
  { LoadBalancerArn, AvailabilityZones }: LoadBalancer,
  reach: Reach
): { targets: Targets; refused: string[] } {
  const zones = new Set(AvailabilityZones.map(({ ZoneName }) => ZoneName))
  const used = [...loadBalancersByTargetGroup(state)].filter(([, users]) => users.has(LoadBalancerArn))
  const all = new Map(
    used.map(([arn]): [string, Target[]] => {
      const isInstance = state.targetGroups[arn]?.TargetType === 'instance'
      const isLambda = state.targetGroups[arn]?.TargetType === 'lambda'
      const registered = isLambda ? [] : (state.targets[arn] ?? [])
      const targets = registered.map(target =>
        isInstance ? instanceTarget(state, target, reach) : addressTarget(target)
      )
      return [
        arn,
        targets.map(target =>
          target.zone === undefined || zones.has(target.zone) ? target : { ...target, unusable: 'Target.NotInUse' }
        )
      ]
    })
  )
  return reach.podsReachable ? { targets: all, refused: [] } : withoutUnreachable(all)
}
