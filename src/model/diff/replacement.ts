/**
 * What the controller does where the spec of a resource differs from what AWS has: replaces it, changes it, or leaves it alone.
 *
 * @module
 */

import type { ResourceType } from '../stack/stack.ts'
import type { FieldChange } from './values.ts'

/** What makes the controller replace a resource instead of changing it (LBC: isSDKLoadBalancerRequiresReplacement, …). */
export const replacedBy: Partial<Record<ResourceType, { paths: string[]; consequences: string[] }>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    paths: ['type', 'scheme'],
    consequences: [
      'the old load balancer is deleted before the new one is created: connections are dropped, and nothing answers in between',
      'the new one has another DNS name: records that point to the old one lead nowhere'
    ]
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    paths: ['targetType', 'protocol', 'protocolVersion', 'targetControlPort'],
    consequences: ['the targets are registered anew and start out unchecked, in the state initial']
  }
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

const attributePath = /^(loadBalancerAttributes|targetGroupAttributes|listenerAttributes)\./

/** Why the controller leaves a field as it is; undefined where it carries the change out. */
export function reasonToKeep(type: ResourceType, { path, ...values }: FieldChange): string | undefined {
  if (attributePath.test(path) && !('new' in values)) {
    return 'an attribute that is no longer set is not reset'
  }
  return keptFields[type]?.[path]
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
