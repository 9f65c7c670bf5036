/**
 * The tags by which the AWS Load Balancer Controller finds what it made. (LBC: pkg/deploy/tracking/provider.go.)
 *
 * @module
 */

import { applicationLoadBalancer, type Stack, type StackPlan, type Tags } from '../../model/index.ts'

export const clusterTag = 'elbv2.k8s.aws/cluster'

/** The tag of the security group that all load balancers of a cluster share. (LBC: backend_sg_provider.go.) */
export const backendGroupTag = { key: 'elbv2.k8s.aws/resource', value: 'backend-sg' }

const prefixes = {
  ingress: 'ingress.k8s.aws',
  service: 'service.k8s.aws',
  'gateway-alb': 'gateway.k8s.aws.alb',
  'gateway-nlb': 'gateway.k8s.aws.nlb'
} as const

/** Who makes a stack: each of the controller's parts has tags of its own. */
export type Owner = keyof typeof prefixes

/** A resource of a stack, as its tags say. */
export interface Tracked {
  owner: Owner
  stackID: string
  resourceID: string
}

/** Whose stack a plan is. */
export function ownerOf(kind: StackPlan['kind'], stack: Stack): Owner {
  switch (kind) {
    case 'Ingress':
      return 'ingress'
    case 'Service':
      return 'service'
    default:
      return applicationLoadBalancer(stack)?.type === 'network' ? 'gateway-nlb' : 'gateway-alb'
  }
}

/** The tags of a resource of a stack. */
export function trackingTags(clusterName: string, { owner, stackID, resourceID }: Tracked): Tags {
  const prefix = prefixes[owner]
  return { [clusterTag]: clusterName, [`${prefix}/resource`]: resourceID, [`${prefix}/stack`]: stackID }
}

/** What tags say of their resource; undefined where it is none of a stack of the cluster's. */
export function trackedBy(tags: Tags | undefined, clusterName: string): Tracked | undefined {
  if (tags?.[clusterTag] !== clusterName) {
    return undefined
  }
  const found = Object.entries(prefixes).find(([, prefix]) => tags[`${prefix}/stack`] !== undefined)
  return (
    found && {
      owner: found[0] as Owner,
      stackID: tags[`${found[1]}/stack`]!,
      resourceID: tags[`${found[1]}/resource`] ?? ''
    }
  )
}

/** Tags without those that only say whose a resource is. */
export function withoutTracking(tags: Tags = {}): Tags {
  const own = new Set([
    clusterTag,
    ...Object.values(prefixes).flatMap(prefix => [`${prefix}/stack`, `${prefix}/resource`])
  ])
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !own.has(key)))
}
