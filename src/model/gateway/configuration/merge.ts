/**
 * How two configurations become one: that of the GatewayClass and that of the Gateway, that of a Service and the default one.
 *
 * @module
 */
import type {
  Attribute,
  LoadBalancerConfigurationSpec,
  TargetGroupConfiguration,
  TargetGroupProperties
} from '../../../resources/index.ts'
import { compareStrings } from '../../go/format.ts'

/** Fields of which the stronger configuration's value is taken, else the weaker one's (LBC: performTakeOneMerges). */
const wholeFields = [
  'loadBalancerName',
  'scheme',
  'ipAddressType',
  'enforceSecurityGroupInboundRulesOnPrivateLinkTraffic',
  'customerOwnedIpv4Pool',
  'ipv4IPAMPoolId',
  'loadBalancerSubnets',
  'loadBalancerSubnetsSelector',
  'securityGroups',
  'securityGroupPrefixes',
  'sourceRanges',
  'enableICMP',
  'manageBackendSecurityGroupRules',
  'wafV2',
  'shieldConfiguration',
  'disableSecurityGroup',
  'defaultTargetGroupConfiguration'
] as const satisfies (keyof LoadBalancerConfigurationSpec)[]

const wholeProperties = [
  'targetGroupName',
  'ipAddressType',
  'healthCheckConfig',
  'nodeSelector',
  'targetType',
  'protocol',
  'protocolVersion',
  'targetControlPort',
  'enableMultiCluster'
] as const satisfies (keyof TargetGroupProperties)[]

function pick<Fields, Field extends keyof Fields>(
  fields: readonly Field[],
  strong: Fields,
  weak: Fields
): Partial<Pick<Fields, Field>> {
  const merged: Partial<Pick<Fields, Field>> = {}
  for (const field of fields) {
    const value = strong[field] ?? weak[field]
    if (value !== undefined) {
      merged[field] = value
    }
  }
  return merged
}

/** By key, sorted: of doubles in the stronger list the last counts, in the weaker one the first (LBC: mergeAttributes). */
function mergeAttributes(strong: Attribute[] = [], weak: Attribute[] = []): Attribute[] {
  const merged = new Map(strong.map(({ key, value }) => [key, value]))
  for (const { key, value } of weak) {
    if (!merged.has(key)) {
      merged.set(key, value)
    }
  }
  return [...merged].map(([key, value]) => ({ key, value })).sort((left, right) => compareStrings(left.key, right.key))
}

/** By protocol and port as they are spelled; an entry is taken whole (LBC: mergeListenerConfig). */
function mergeListeners(
  { listenerConfigurations: strong = [] }: LoadBalancerConfigurationSpec,
  { listenerConfigurations: weak = [] }: LoadBalancerConfigurationSpec
): Pick<LoadBalancerConfigurationSpec, 'listenerConfigurations'> {
  const merged = new Map(strong.map(one => [one.protocolPort, one]))
  for (const one of weak) {
    if (!merged.has(one.protocolPort)) {
      merged.set(one.protocolPort, one)
    }
  }
  return merged.size === 0
    ? {}
    : {
        listenerConfigurations: [...merged.values()].sort((left, right) =>
          compareStrings(left.protocolPort, right.protocolPort)
        )
      }
}

/**
 * Two configurations of one load balancer (LBC: loadBalancerConfigMergerImpl.generateMergedSpec). The capacity is in none of
 * the lists there, and so is lost.
 */
export function mergeConfigurations(
  strong: LoadBalancerConfigurationSpec,
  weak: LoadBalancerConfigurationSpec
): LoadBalancerConfigurationSpec {
  return {
    ...pick(wholeFields, strong, weak),
    ...mergeListeners(strong, weak),
    tags: { ...weak.tags, ...strong.tags },
    loadBalancerAttributes: mergeAttributes(strong.loadBalancerAttributes, weak.loadBalancerAttributes)
  }
}

/** LBC: targetGroupConfigConstructorImpl.merge. */
export function mergeProperties(strong: TargetGroupProperties, weak: TargetGroupProperties): TargetGroupProperties {
  return {
    ...pick(wholeProperties, strong, weak),
    tags: { ...weak.tags, ...strong.tags },
    targetGroupAttributes: mergeAttributes(strong.targetGroupAttributes, weak.targetGroupAttributes)
  }
}

/** Two default configurations: the routes' part is the stronger one's alone (LBC: MergeDefaultTGCs). */
export function mergeDefaults(
  strong: TargetGroupConfiguration,
  weak: TargetGroupConfiguration
): TargetGroupConfiguration {
  return {
    ...strong,
    spec: {
      ...strong.spec,
      defaultConfiguration: mergeProperties(
        strong.spec?.defaultConfiguration ?? {},
        weak.spec?.defaultConfiguration ?? {}
      )
    }
  }
}
