import type { Setting } from '../build/setting.ts'
import { addResource, explain, fromFlag } from '../build/task.ts'
import { ModelError } from '../model-error.ts'
import { serviceLoadBalancerName } from '../stack/names.ts'
import { applicationLoadBalancerID } from '../stack/specs.ts'
import type { LoadBalancerSpec } from '../stack/stack.ts'
import type { ValueSource } from '../value-source.ts'
import { buildCapacity } from './add-ons.ts'
import { sourceOf } from './configuration/gateway-configuration.ts'
import { buildSecurityGroups } from './security-groups.ts'
import { buildSubnets } from './subnets.ts'
import { loadBalancerTags } from './tags.ts'
import { type GatewayTask, identityOf } from './task.ts'

/** LBC: buildLoadBalancerScheme. */
function chooseScheme({ configuration, environment }: GatewayTask): Setting<LoadBalancerSpec['scheme']> {
  const value = configuration.spec.scheme ?? environment.controller.defaultLoadBalancerScheme
  if (value !== 'internal' && value !== 'internet-facing') {
    throw new ModelError(`unknown scheme: ${value}`)
  }
  return { value, source: sourceOf(configuration, 'scheme', fromFlag('--default-load-balancer-scheme')) }
}

/** LBC: buildLoadBalancerIPAddressType. */
function chooseIPAddressType({ configuration }: GatewayTask): Setting<LoadBalancerSpec['ipAddressType']> {
  const value = configuration.spec.ipAddressType ?? 'ipv4'
  if (value !== 'ipv4' && value !== 'dualstack' && value !== 'dualstack-without-public-ipv4') {
    throw new ModelError(`unknown IPAddressType: ${value}`)
  }
  return { value, source: sourceOf(configuration, 'ipAddressType') }
}

/** LBC: buildLoadBalancerName. A given name is not looked at. */
function chooseName(task: GatewayTask, scheme: string): Setting<string> {
  const { configuration, environment } = task
  const madeOf: ValueSource = { key: "made of cluster name, the Gateway's UID and scheme" }
  return {
    value:
      configuration.spec.loadBalancerName ?? serviceLoadBalancerName(environment.clusterName, identityOf(task), scheme),
    source: sourceOf(configuration, 'loadBalancerName', madeOf)
  }
}

/** What only one type of load balancer has (LBC: addL4Fields, addL7Fields). */
function fieldsOfType({ type, configuration }: GatewayTask, hasSourcePrefixes: boolean): Partial<LoadBalancerSpec> {
  const { spec } = configuration
  const enforces = spec.enforceSecurityGroupInboundRulesOnPrivateLinkTraffic as 'on' | 'off' | undefined
  return type === 'network'
    ? {
        enablePrefixForIpv6SourceNat: hasSourcePrefixes ? 'on' : 'off',
        ...(enforces !== undefined && { securityGroupsInboundRulesOnPrivateLink: enforces })
      }
    : {
        ...(spec.customerOwnedIpv4Pool !== undefined && { customerOwnedIPv4Pool: spec.customerOwnedIpv4Pool }),
        ...(spec.ipv4IPAMPoolId !== undefined && { ipv4IPAMPool: spec.ipv4IPAMPoolId })
      }
}

/** Builds the load balancer of a Gateway (LBC: baseModelBuilder.Build, buildLoadBalancerSpec). @throws ModelError */
export function buildLoadBalancer(task: GatewayTask, isGoing: boolean): void {
  const { configuration, type } = task
  const scheme = chooseScheme(task)
  const ipAddressType = chooseIPAddressType(task)
  const use = { type, scheme: scheme.value, ipAddressType: ipAddressType.value }
  const { mappings, hasSourcePrefixes } = buildSubnets(task, use)
  const securityGroups = buildSecurityGroups(task, ipAddressType.value)
  const name = chooseName(task, scheme.value)
  const tags = loadBalancerTags(task)
  const { loadBalancerAttributes = [] } = configuration.spec
  const capacity = buildCapacity(task, isGoing)
  const spec: LoadBalancerSpec = {
    name: name.value,
    type,
    scheme: scheme.value,
    ipAddressType: ipAddressType.value,
    subnetMapping: mappings.value,
    ...(securityGroups.value.length > 0 && { securityGroups: securityGroups.value }),
    ...(loadBalancerAttributes.length > 0 && {
      loadBalancerAttributes: loadBalancerAttributes.map(({ key, value }) => ({ key, value }))
    }),
    ...fieldsOfType(task, hasSourcePrefixes),
    ...(capacity && { minimumLoadBalancerCapacity: capacity }),
    ...(tags && { tags })
  }
  addResource(task, 'AWS::ElasticLoadBalancingV2::LoadBalancer', applicationLoadBalancerID, { spec })
  task.loadBalancer = spec
  const settings = { name, scheme, ipAddressType, subnetMapping: mappings, securityGroups }
  for (const [field, { value, source }] of Object.entries(settings)) {
    explain(task, applicationLoadBalancerID, field, value, source)
  }
  if (loadBalancerAttributes.length > 0) {
    const source = sourceOf(configuration, 'loadBalancerAttributes')
    explain(task, applicationLoadBalancerID, 'loadBalancerAttributes', spec.loadBalancerAttributes, source)
  }
  if (tags) {
    explain(task, applicationLoadBalancerID, 'tags', tags, sourceOf(configuration, 'tags', fromFlag('--default-tags')))
  }
}
