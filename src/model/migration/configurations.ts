import type {
  ListenerConfiguration,
  LoadBalancerConfigurationSpec,
  TargetGroupProperties
} from '../../resources/index.ts'
import type { GroupPlan } from '../stack/plan.ts'
import { applicationLoadBalancer, specEntries, specsOf } from '../stack/specs.ts'
import type { ListenerSpec, Stack, TargetGroupBindingSpec, TargetGroupSpec } from '../stack/stack.ts'

const everywhere: readonly string[] = ['0.0.0.0/0', '::/0']

/** Who may connect, where the controller makes the security group: ranges only where they are not every address. */
function sourcesOf(stack: Stack): LoadBalancerConfigurationSpec {
  const permissions = specsOf(stack, 'securityGroup').flatMap(({ ingress = [] }) => ingress)
  const ranges = new Set([
    ...permissions.flatMap(({ ipRanges = [] }) => ipRanges.map(({ cidrIP }) => cidrIP)),
    ...permissions.flatMap(({ ipv6Ranges = [] }) => ipv6Ranges.map(({ cidrIPv6 }) => cidrIPv6))
  ])
  const lists = new Set(permissions.flatMap(({ prefixLists = [] }) => prefixLists.map(({ listID }) => listID)))
  const isDefault = ranges.size > 0 && [...ranges].every(range => everywhere.includes(range))
  return {
    // Lists add to the ranges, and the default range is everything.
    ...(!isDefault && { sourceRanges: [...ranges] }),
    ...(lists.size > 0 && { securityGroupPrefixes: [...lists] })
  }
}

/** The groups that somebody named, and whether the controller adds its own for the targets. */
function securityGroupsOf(stack: Stack): LoadBalancerConfigurationSpec {
  if (specsOf(stack, 'securityGroup').length > 0) {
    return sourcesOf(stack)
  }
  const peers = specsOf(stack, 'targetGroupBinding').flatMap(({ template }) =>
    (template.spec.networking?.ingress ?? []).flatMap(({ from }) =>
      (from ?? []).flatMap(peer => ('securityGroup' in peer ? [JSON.stringify(peer.securityGroup.groupID)] : []))
    )
  )
  const groups = applicationLoadBalancer(stack)?.securityGroups ?? []
  const own = groups.filter(group => !peers.includes(JSON.stringify(group))).map(String)
  return { securityGroups: own, ...(own.length < groups.length && { manageBackendSecurityGroupRules: true }) }
}

function listenerConfiguration({
  protocol,
  port,
  certificates = [],
  sslPolicy,
  mutualAuthentication,
  listenerAttributes = []
}: ListenerSpec): ListenerConfiguration {
  const [first, ...others] = certificates.map(({ certificateARN }) => certificateARN)
  const { mode, trustStoreArn, ignoreClientCertificateExpiry, advertiseTrustStoreCaNames } = mutualAuthentication ?? {}
  return {
    protocolPort: `${protocol}:${port}`,
    ...(first !== undefined && { defaultCertificate: first }),
    ...(others.length > 0 && { certificates: others }),
    ...(sslPolicy !== undefined && { sslPolicy }),
    ...(mode !== undefined && {
      mutualAuthentication: {
        mode,
        ...(trustStoreArn !== undefined && { trustStore: trustStoreArn }),
        ...(ignoreClientCertificateExpiry !== undefined && { ignoreClientCertificateExpiry }),
        ...(advertiseTrustStoreCaNames && { advertiseTrustStoreCaNames })
      }
    }),
    ...(listenerAttributes.length > 0 && {
      listenerAttributes: listenerAttributes.map(({ Key: key, Value: value }) => ({ key, value }))
    })
  }
}

function isPresent(value: object | undefined): boolean {
  return value !== undefined && Object.keys(value).length > 0
}

/** The spec of the LoadBalancerConfiguration that makes the load balancer of a group. Its name is left out: two cannot have one. */
export function loadBalancerConfiguration(plan: GroupPlan, stack: Stack): LoadBalancerConfigurationSpec {
  const spec = applicationLoadBalancer(stack)!
  const subnets = plan.explanations.find(
    ({ resource, field }) => resource === 'LoadBalancer' && field === 'subnetMapping'
  )
  const [webACL] = specsOf(stack, 'webACL')
  const [protection] = specsOf(stack, 'protection')
  const listeners = specsOf(stack, 'listener')
    .map(listenerConfiguration)
    .filter(configuration => Object.keys(configuration).length > 1)
  return {
    scheme: spec.scheme,
    ...(spec.ipAddressType !== 'ipv4' && { ipAddressType: spec.ipAddressType }),
    // What is discovered for one is discovered for the other.
    ...(subnets?.object !== undefined && {
      loadBalancerSubnets: spec.subnetMapping.map(({ subnetID }) => ({ identifier: subnetID }))
    }),
    ...securityGroupsOf(stack),
    ...(spec.customerOwnedIPv4Pool !== undefined && { customerOwnedIpv4Pool: spec.customerOwnedIPv4Pool }),
    ...(spec.ipv4IPAMPool !== undefined && { ipv4IPAMPoolId: spec.ipv4IPAMPool }),
    ...(isPresent(spec.loadBalancerAttributes) && { loadBalancerAttributes: spec.loadBalancerAttributes! }),
    ...(spec.minimumLoadBalancerCapacity && { minimumLoadBalancerCapacity: spec.minimumLoadBalancerCapacity }),
    ...(webACL?.webACLARN && { wafV2: { webACL: webACL.webACLARN } }),
    ...(protection?.enabled && { shieldConfiguration: { enabled: true } }),
    ...(isPresent(spec.tags) && { tags: spec.tags! }),
    ...(listeners.length > 0 && { listenerConfigurations: listeners })
  }
}

/** The configuration of a target group, every value of it written down: the defaults of a Gateway are others. */
export function targetGroupProperties(spec: TargetGroupSpec, binding: TargetGroupBindingSpec): TargetGroupProperties {
  const { port, protocol, path, matcher, ...timing } = spec.healthCheckConfig
  const { nodeSelector, multiClusterTargetGroup } = binding.template.spec
  return {
    ...(spec.targetType !== 'alb' && { targetType: spec.targetType }),
    protocol: spec.protocol,
    ...(spec.protocolVersion !== undefined && { protocolVersion: spec.protocolVersion }),
    healthCheckConfig: {
      healthCheckPort: String(port),
      healthCheckProtocol: protocol,
      ...(path !== undefined && { healthCheckPath: path }),
      healthCheckInterval: timing.intervalSeconds,
      healthCheckTimeout: timing.timeoutSeconds,
      healthyThresholdCount: timing.healthyThresholdCount,
      unhealthyThresholdCount: timing.unhealthyThresholdCount,
      ...(matcher && { matcher })
    },
    ...(isPresent(nodeSelector) && { nodeSelector: nodeSelector! }),
    ...(multiClusterTargetGroup !== undefined && { enableMultiCluster: multiClusterTargetGroup }),
    ...(spec.targetControlPort !== undefined && { targetControlPort: spec.targetControlPort }),
    ...(isPresent(spec.targetGroupAttributes) && { targetGroupAttributes: spec.targetGroupAttributes! }),
    ...(isPresent(spec.tags) && { tags: spec.tags! })
  }
}

/** The target groups of a stack by resource ID, with their bindings. */
export function boundTargetGroups(
  stack: Stack
): Map<string, { spec: TargetGroupSpec; binding: TargetGroupBindingSpec }> {
  const bindings = new Map(specEntries(stack, 'targetGroupBinding'))
  return new Map(
    specEntries(stack, 'targetGroup').flatMap(([id, spec]) => {
      const binding = bindings.get(id)
      return binding ? [[id, { spec, binding }] as const] : []
    })
  )
}
