import type { ClassicLoadBalancerSpec, LoadBalancerSpec, Stack, StackResources } from './stack.ts'

/** The types of resources by short names. */
const resourceTypes = {
  securityGroup: 'AWS::EC2::SecurityGroup',
  loadBalancer: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  classicLoadBalancer: 'AWS::ElasticLoadBalancing::LoadBalancer',
  listener: 'AWS::ElasticLoadBalancingV2::Listener',
  rule: 'AWS::ElasticLoadBalancingV2::ListenerRule',
  targetGroup: 'AWS::ElasticLoadBalancingV2::TargetGroup',
  targetGroupBinding: 'K8S::ElasticLoadBalancingV2::TargetGroupBinding',
  webACL: 'AWS::WAFv2::WebACLAssociation',
  classicWebACL: 'AWS::WAFRegional::WebACLAssociation',
  protection: 'AWS::Shield::Protection'
} as const satisfies Record<string, keyof StackResources>

/** A type of resource that has a spec. */
export type SpecType = keyof typeof resourceTypes

/** The spec of a type of resource. */
export type SpecOf<Type extends SpecType> = NonNullable<StackResources[(typeof resourceTypes)[Type]]>[string]['spec']

/** The specs of a type with their resource IDs, in the order in which they were built; none of a group without a stack. */
export function specEntries<Type extends SpecType>(stack: Stack | undefined, type: Type): [id: string, SpecOf<Type>][] {
  const resources = (stack?.resources[resourceTypes[type]] ?? {}) as Record<string, { spec: SpecOf<Type> }>
  return Object.entries(resources).map(([id, { spec }]) => [id, spec])
}

/** The specs of a type, in the order in which they were built. */
export function specsOf<Type extends SpecType>(stack: Stack | undefined, type: Type): SpecOf<Type>[] {
  return specEntries(stack, type).map(([, spec]) => spec)
}

/** The spec of one resource. */
export function specOf<Type extends SpecType>(
  stack: Stack | undefined,
  type: Type,
  id: string
): SpecOf<Type> | undefined {
  const resources = (stack?.resources[resourceTypes[type]] ?? {}) as Record<string, { spec: SpecOf<Type> }>
  return Object.hasOwn(resources, id) ? resources[id]!.spec : undefined
}

/** Resource ID of the application load balancer in its stack; what is associated with it has the same. */
export const applicationLoadBalancerID = 'LoadBalancer'

/** The application load balancer of a stack; one whose last member has left has none. */
export function applicationLoadBalancer(stack: Stack | undefined): LoadBalancerSpec | undefined {
  return specOf(stack, 'loadBalancer', applicationLoadBalancerID)
}

/** The Classic Load Balancer of a stack. */
export function classicLoadBalancer(stack: Stack | undefined): ClassicLoadBalancerSpec | undefined {
  return specOf(stack, 'classicLoadBalancer', applicationLoadBalancerID)
}
