/**
 * What the controller does where the spec of a resource differs from what AWS has: replaces it, changes it, or leaves it alone.
 *
 * @module
 */

import type { ResourceType, Stack, SubnetMapping } from '../stack/stack.ts'
import type { FieldChange } from './values.ts'

interface Replacement {
  paths: string[]
  consequences: string[]
}

const unchecked = 'the targets are registered anew and start out unchecked, in the state initial'

/** What makes the controller replace a resource instead of changing it (LBC: isSDKLoadBalancerRequiresReplacement, …). */
const replacedByController: Partial<Record<ResourceType, Replacement>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    paths: ['type', 'scheme'],
    consequences: [
      'the old load balancer is deleted before the new one is created: connections are dropped, and nothing answers in between',
      'the new one has another DNS name: records that point to the old one lead nowhere'
    ]
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    paths: ['targetType', 'protocol', 'protocolVersion', 'targetControlPort'],
    consequences: [unchecked]
  }
}

/** What makes the cloud provider do so (cloud-provider-aws: ensureLoadBalancerv2). */
const replacedByCloudProvider: Partial<Record<ResourceType, Replacement>> = {
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    paths: ['port', 'protocol', 'healthCheckConfig.protocol', 'healthCheckConfig.intervalSeconds'],
    consequences: [unchecked]
  }
}

/** What makes whoever deploys a stack replace a resource. */
export function replacementOf(type: ResourceType, { by }: Pick<Stack, 'by'>): Replacement | undefined {
  return (by ? replacedByCloudProvider : replacedByController)[type]
}

/** Fields that are only read when a resource is created. */
const keptFields: Partial<Record<ResourceType, Record<string, string>>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    name: 'a load balancer keeps the name that it was created with',
    customerOwnedIPv4Pool: 'the pool is only read when a load balancer is created'
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    name: 'a target group keeps the name that it was created with',
    port: 'a target group keeps its port; targets carry their own',
    ipAddressType: 'a target group keeps its IP address type, and the controller does not replace it'
  },
  'AWS::EC2::SecurityGroup': {
    groupName: 'a security group keeps its name',
    description: 'a security group keeps its description'
  },
  'K8S::ElasticLoadBalancingV2::TargetGroupBinding': {
    'template.metadata.name': 'a binding is found by its target group and keeps its name'
  }
}

/** What the cloud provider reads only when it makes a load balancer. */
const keptByCloudProvider: Partial<Record<ResourceType, Record<string, string>>> = {
  'AWS::ElasticLoadBalancing::LoadBalancer': {
    name: 'a load balancer keeps the name that it was created with',
    scheme: 'the cloud provider does not change the scheme of a load balancer that is there: delete the Service'
  },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    name: 'a load balancer keeps the name that it was created with',
    scheme: 'the cloud provider does not change the scheme of a load balancer that is there: delete the Service',
    subnetMapping: 'the cloud provider does not change the subnets of a Network Load Balancer that is there'
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': { name: 'a target group keeps the name that it was created with' }
}

function subnetsOf(mapping: unknown): string {
  return ((mapping ?? []) as SubnetMapping[])
    .map(({ subnetID }) => subnetID)
    .sort()
    .join()
}

/**
 * Why something of a Network Load Balancer stays: AWS takes security groups only where it was created with some, and the
 * controller looks at addresses only where subnets change (LBC: updateSDKLoadBalancerWithSubnetMappings).
 */
function reasonOfNetwork({ path, old, new: next }: FieldChange, spec: { type?: string }): string | undefined {
  if (spec.type !== 'network') {
    return undefined
  }
  if (path === 'securityGroups' && old === undefined) {
    return 'a Network Load Balancer that was created without security groups cannot get any: it has to be made anew'
  }
  if (path === 'securityGroups' && next === undefined) {
    return 'the controller refuses to take all security groups away: conflicting security groups configuration'
  }
  return path === 'subnetMapping' && subnetsOf(old) === subnetsOf(next)
    ? 'addresses are only set when a subnet is added'
    : undefined
}

const attributePath = /^(loadBalancerAttributes|targetGroupAttributes|listenerAttributes)\./

/** Why the controller leaves a field as it is; undefined where it carries the change out. */
export function reasonToKeep(
  type: ResourceType,
  field: FieldChange,
  spec: { type?: string },
  { by }: Pick<Stack, 'by'>
): string | undefined {
  const { path, ...values } = field
  if (by) {
    return keptByCloudProvider[type]?.[path]
  }
  if (attributePath.test(path) && !('new' in values)) {
    return 'an attribute that is no longer set is not reset'
  }
  return keptFields[type]?.[path] ?? reasonOfNetwork(field, spec)
}

/** Associations that a plan no longer has are left alone: only `none` takes them away. */
export const untouchedTypes: ReadonlySet<ResourceType> = new Set<ResourceType>([
  'AWS::WAFv2::WebACLAssociation',
  'AWS::WAFRegional::WebACLAssociation',
  'AWS::Shield::Protection'
])

/** The value of a binding that tells which port its nodes are registered with. */
export const nodePortPath = 'nodePort'

/** What clients notice of a change in place. */
export function consequencesOfModifying(fields: FieldChange[]): string[] {
  return fields.some(({ path }) => path === nodePortPath)
    ? [
        'the old node port is deregistered before the new one is registered: for a moment there are no targets, and clients get 503'
      ]
    : []
}
