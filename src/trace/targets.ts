import { compileConfiguration, type TargetHealthDescription } from '../elbv2/index.ts'
import { buildPlan, type Environment } from '../model/index.ts'
import type { Resources } from '../resources/index.ts'
import { targetsOf } from '../targets/index.ts'
import { assumeNodes, loadBalancerAddress } from './assume-nodes.ts'
import { Backends } from './backend.ts'
import { predictHealth } from './health.ts'

/** A target with the health that it comes to. */
export interface PredictedTarget extends TargetHealthDescription {
  group: string
  targetGroup: string
  /** What answers the health check, and how. */
  because: string
}

/** The targets of all load balancers that the objects get, each with the health that its checks come to. */
export function predictTargets(given: Resources, environment: Environment): PredictedTarget[] {
  const { resources } = assumeNodes(given, environment.region)
  const backends = new Backends(resources)
  return buildPlan(resources, environment).groups.flatMap(({ id: group, stack }) => {
    if (!stack?.resources['AWS::ElasticLoadBalancingV2::LoadBalancer']) {
      return []
    }
    const { targetGroups } = compileConfiguration(stack)
    return [...targetsOf(stack, resources)].flatMap(([id, targets]) => {
      const targetGroup = targetGroups.get(id)
      if (!targetGroup?.inUse) {
        return []
      }
      return targets.map((target): PredictedTarget => {
        const { health, ...how } = predictHealth(target, targetGroup, backends, loadBalancerAddress)
        return { group, targetGroup: targetGroup.name, target, ...how, ...health }
      })
    })
  })
}
