import {
  applicationLoadBalancer,
  classicLoadBalancer,
  type Stack,
  specOf,
  type TargetGroupSpec
} from '../model/index.ts'

/** The fields that make the controller create a target group anew (LBC: isSDKTargetGroupRequiresReplacement). */
const replacing = ['targetType', 'protocol', 'protocolVersion', 'targetControlPort'] as const

function isReplaced(live: TargetGroupSpec, next: TargetGroupSpec): boolean {
  return replacing.some(field => live[field] !== next[field])
}

/**
 * Whether the load balancer is deleted and created anew (LBC: isSDKLoadBalancerRequiresReplacement): one of another scheme, and one
 * of another API.
 */
export function isLoadBalancerReplaced(live: Stack, next: Stack): boolean {
  const [before, after] = [live, next].map(stack => applicationLoadBalancer(stack)?.scheme)
  return before !== after || !classicLoadBalancer(live) !== !classicLoadBalancer(next)
}

/**
 * A stack with the names that its resources have on AWS: names are given at creation and stay, whatever the model says
 * later, because the controller finds its resources by tags.
 */
export function withLiveNames(live: Stack | undefined, next: Stack): Stack {
  if (!live || isLoadBalancerReplaced(live, next)) {
    return next
  }
  const resources = { ...next.resources }
  const loadBalancers = { ...resources['AWS::ElasticLoadBalancingV2::LoadBalancer'] }
  for (const [id, { spec }] of Object.entries(loadBalancers)) {
    const name = specOf(live, 'loadBalancer', id)?.name
    if (name) {
      loadBalancers[id] = { spec: { ...spec, name } }
    }
  }
  resources['AWS::ElasticLoadBalancingV2::LoadBalancer'] = loadBalancers
  const groups = { ...resources['AWS::ElasticLoadBalancingV2::TargetGroup'] }
  for (const [id, { spec }] of Object.entries(groups)) {
    const old = specOf(live, 'targetGroup', id)
    if (old && !isReplaced(old, spec)) {
      groups[id] = { spec: { ...spec, name: old.name } }
    }
  }
  if (Object.keys(groups).length > 0) {
    resources['AWS::ElasticLoadBalancingV2::TargetGroup'] = groups
  }
  return { ...next, resources }
}
