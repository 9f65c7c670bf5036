/** Load balancers of a stack, and what is associated with them. (LBC: pkg/deploy/elbv2/load_balancer_synthesizer.go.) */

import { type LoadBalancerSpec, type ResourceType, specOf } from '../../model/index.ts'
import { changedAttributes, type Deployment } from './deployment.ts'

const type = 'AWS::ElasticLoadBalancingV2::LoadBalancer'

function subnetMappingsOf({ subnetMapping }: LoadBalancerSpec) {
  return subnetMapping.map(({ subnetID, allocationID, privateIPv4Address, ipv6Address, sourceNatIpv6Prefix }) => ({
    SubnetId: subnetID,
    ...(allocationID !== undefined && { AllocationId: allocationID }),
    ...(privateIPv4Address !== undefined && { PrivateIPv4Address: privateIPv4Address }),
    ...(ipv6Address !== undefined && { IPv6Address: ipv6Address }),
    ...(sourceNatIpv6Prefix !== undefined && { SourceNatIpv6Prefix: sourceNatIpv6Prefix })
  }))
}

function securityGroupsOf(deployment: Deployment, { securityGroups }: LoadBalancerSpec): string[] | undefined {
  return securityGroups?.map(token => deployment.resolve('AWS::EC2::SecurityGroup', token))
}

async function create(deployment: Deployment, id: string): Promise<void> {
  const { caller, planned } = deployment
  const spec = specOf(planned, 'loadBalancer', id)!
  const SecurityGroups = securityGroupsOf(deployment, spec)
  const { LoadBalancers = [] } = await caller.call('elbv2', 'CreateLoadBalancer', {
    ...{ Name: spec.name, Type: spec.type, Scheme: spec.scheme, IpAddressType: spec.ipAddressType },
    SubnetMappings: subnetMappingsOf(spec),
    ...(SecurityGroups && { SecurityGroups }),
    ...(spec.customerOwnedIPv4Pool !== undefined && { CustomerOwnedIpv4Pool: spec.customerOwnedIPv4Pool }),
    ...(spec.ipv4IPAMPool !== undefined && { IpamPools: { Ipv4IpamPoolId: spec.ipv4IPAMPool } }),
    ...(spec.enablePrefixForIpv6SourceNat !== undefined && {
      EnablePrefixForIpv6SourceNat: spec.enablePrefixForIpv6SourceNat
    }),
    Tags: deployment.tagsOf(id, spec.tags)
  })
  const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? ''
  deployment.learn(type, id, LoadBalancerArn)
  const { loadBalancerAttributes = [], minimumLoadBalancerCapacity } = spec
  if (loadBalancerAttributes.length > 0) {
    const Attributes = loadBalancerAttributes.map(({ key, value }) => ({ Key: key, Value: value }))
    await caller.call('elbv2', 'ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes })
  }
  if (spec.securityGroupsInboundRulesOnPrivateLink !== undefined && SecurityGroups) {
    const EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic = spec.securityGroupsInboundRulesOnPrivateLink
    const settings = { LoadBalancerArn, SecurityGroups, EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic }
    await caller.call('elbv2', 'SetSecurityGroups', settings)
  }
  if (minimumLoadBalancerCapacity && minimumLoadBalancerCapacity.capacityUnits > 0) {
    await reserve(deployment, LoadBalancerArn, spec)
  }
}

async function reserve({ caller }: Deployment, LoadBalancerArn: string, spec: LoadBalancerSpec): Promise<void> {
  const { capacityUnits = 0 } = spec.minimumLoadBalancerCapacity ?? {}
  await caller.call('elbv2', 'ModifyCapacityReservation', {
    LoadBalancerArn,
    ...(capacityUnits > 0
      ? { MinimumLoadBalancerCapacity: { CapacityUnits: capacityUnits } }
      : { ResetCapacityReservation: true })
  })
}

/** Takes away the load balancers that are no longer wanted, then makes and changes the others. */
export async function deployLoadBalancers(deployment: Deployment): Promise<void> {
  const { caller, planned } = deployment
  for (const LoadBalancerArn of deployment.gone(type)) {
    await caller.call('elbv2', 'DeleteLoadBalancer', { LoadBalancerArn })
  }
  for (const id of deployment.made(type)) {
    await create(deployment, id)
  }
  for (const change of deployment.modified(type)) {
    const LoadBalancerArn = deployment.arnOf(type, change.id)
    const spec = specOf(planned, 'loadBalancer', change.id)!
    const paths = new Set(change.fields.filter(({ kept }) => kept === undefined).map(({ path }) => path))
    await deployment.retag(LoadBalancerArn, change.id, spec.tags)
    if (paths.has('securityGroups') || paths.has('securityGroupsInboundRulesOnPrivateLink')) {
      const privateLink = spec.securityGroupsInboundRulesOnPrivateLink
      await caller.call('elbv2', 'SetSecurityGroups', {
        LoadBalancerArn,
        SecurityGroups: securityGroupsOf(deployment, spec) ?? [],
        ...(privateLink !== undefined && { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: privateLink })
      })
    }
    if (paths.has('subnetMapping')) {
      await caller.call('elbv2', 'SetSubnets', { LoadBalancerArn, SubnetMappings: subnetMappingsOf(spec) })
    }
    if (paths.has('ipAddressType')) {
      await caller.call('elbv2', 'SetIpAddressType', { LoadBalancerArn, IpAddressType: spec.ipAddressType })
    }
    const Attributes = changedAttributes(change, 'loadBalancerAttributes')
    if (Attributes.length > 0) {
      await caller.call('elbv2', 'ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes })
    }
    if ([...paths].some(path => path.startsWith('minimumLoadBalancerCapacity'))) {
      await reserve(deployment, LoadBalancerArn, spec)
    }
  }
}

/** What is to be associated anew, or no longer. */
function changed(deployment: Deployment, of: ResourceType): string[] {
  return [...deployment.made(of), ...deployment.modified(of).map(({ id }) => id)]
}

/** Web ACLs and protections; the empty text and `false` take them away. */
export async function deployAssociations(deployment: Deployment): Promise<void> {
  const { caller, planned, state } = deployment
  for (const id of changed(deployment, 'AWS::WAFv2::WebACLAssociation')) {
    const { webACLARN: WebACLArn } = specOf(planned, 'webACL', id)!
    const ResourceArn = deployment.arnOf(type, id)
    await (WebACLArn === ''
      ? caller.call('wafv2', 'DisassociateWebACL', { ResourceArn })
      : caller.call('wafv2', 'AssociateWebACL', { ResourceArn, WebACLArn }))
  }
  for (const id of changed(deployment, 'AWS::WAFRegional::WebACLAssociation')) {
    const { webACLID: WebACLId } = specOf(planned, 'classicWebACL', id)!
    const ResourceArn = deployment.arnOf(type, id)
    await (WebACLId === ''
      ? caller.call('waf-regional', 'DisassociateWebACL', { ResourceArn })
      : caller.call('waf-regional', 'AssociateWebACL', { ResourceArn, WebACLId }))
  }
  // The controller leaves protections alone in an account without a subscription.
  const protections = state.shieldSubscription ? changed(deployment, 'AWS::Shield::Protection') : []
  for (const id of protections) {
    const { enabled } = specOf(planned, 'protection', id)!
    const ResourceArn = deployment.arnOf(type, id)
    const ProtectionId = state.protections[ResourceArn]?.Id
    if (enabled) {
      await caller.call('shield', 'CreateProtection', { Name: 'managed by aws-load-balancer-controller', ResourceArn })
    } else if (ProtectionId !== undefined) {
      await caller.call('shield', 'DeleteProtection', { ProtectionId })
    }
  }
}
