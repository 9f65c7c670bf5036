import { attributeList } from '../build/attributes.ts'
import { checkRoutingPolicy } from '../build/routing-policy.ts'
import { orDefault, type Setting, settingOf } from '../build/setting.ts'
import { mergeMaps, noTags } from '../build/tags.ts'
import { addResource, byDefault, explain, fromAnnotation, fromFlag } from '../build/task.ts'
import { byteLength, sortedStrings } from '../go/format.ts'
import { parseInteger } from '../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import { serviceLoadBalancerName } from '../stack/names.ts'
import { applicationLoadBalancerID } from '../stack/specs.ts'
import type { LoadBalancerSpec } from '../stack/stack.ts'
import type { ValueSource } from '../value-source.ts'
import { readBool, readString, readStringMap } from './annotations.ts'
import { buildSecurityGroups } from './security-groups.ts'
import { buildSubnetMappings, chooseSourcePrefixes, chooseSubnets } from './subnet-mappings.ts'
import { serviceTags } from './tags.ts'
import { identityOf, type ServiceTask } from './task.ts'

type Scheme = LoadBalancerSpec['scheme']

const maxNameLength = 32
const capacityKey = 'CapacityUnits'
const attributesSuffix = 'aws-load-balancer-attributes'

/** The annotation of today, else the one of the cloud provider (LBC: buildLoadBalancerScheme). @throws ModelError */
function chooseScheme({ service, environment }: ServiceTask): Setting<Scheme> {
  const annotation = readString('aws-load-balancer-scheme', service)
  if (annotation) {
    const { value } = annotation
    if (value !== 'internal' && value !== 'internet-facing') {
      throw new ModelError(`unknown scheme: ${value}`)
    }
    return { value, source: fromAnnotation(annotation) }
  }
  const internal = readBool('aws-load-balancer-internal', service)
  if (internal) {
    return { value: internal.value ? 'internal' : 'internet-facing', source: fromAnnotation(internal) }
  }
  return {
    value: environment.controller.defaultLoadBalancerScheme as Scheme,
    source: fromFlag('--default-load-balancer-scheme')
  }
}

/** LBC: buildLoadBalancerIPAddressType. @throws ModelError */
function chooseIPAddressType({ service }: ServiceTask): Setting<'ipv4' | 'dualstack'> {
  const { value, source } = orDefault(readString('aws-load-balancer-ip-address-type', service), 'ipv4')
  if (value !== 'ipv4' && value !== 'dualstack') {
    throw new ModelError(`unknown IPAddressType: ${value}`)
  }
  return { value, source }
}

/** Attributes with where each comes from; what an annotation of its own says wins (LBC: buildLoadBalancerAttributes). */
function readAttributes({ service }: ServiceTask): {
  values: ReadonlyMap<string, string>
  sources: Map<string, ValueSource>
} {
  const general = readStringMap(attributesSuffix, service)
  checkRoutingPolicy(general?.value ?? noTags)
  const specific = new Map<string, string>()
  const sources = new Map([...(general?.value.keys() ?? [])].map(key => [key, fromAnnotation(general!)]))
  function set(key: string, annotation: { value: unknown } & Parameters<typeof fromAnnotation>[0]): void {
    specific.set(key, String(annotation.value))
    sources.set(key, fromAnnotation(annotation))
  }
  const accessLog = readBool('aws-load-balancer-access-log-enabled', service)
  if (accessLog?.value) {
    set('access_logs.s3.enabled', accessLog)
    const bucket = readString('aws-load-balancer-access-log-s3-bucket-name', service)
    if (bucket) {
      set('access_logs.s3.bucket', bucket)
    }
    const prefix = readString('aws-load-balancer-access-log-s3-bucket-prefix', service)
    if (prefix) {
      set('access_logs.s3.prefix', prefix)
    }
  }
  const crossZone = readBool('aws-load-balancer-cross-zone-load-balancing-enabled', service)
  if (crossZone) {
    set('load_balancing.cross_zone.enabled', crossZone)
  }
  return { values: mergeMaps(specific, general?.value ?? new Map()), sources }
}

/** LBC: buildLoadBalancerMinimumCapacity. @throws ModelError */
function chooseCapacity({ service, environment }: ServiceTask): Setting<number> | undefined {
  if (!environment.controller.featureGates.LBCapacityReservation) {
    return undefined
  }
  const annotation = readStringMap('aws-load-balancer-minimum-load-balancer-capacity', service)
  let units: number | undefined
  for (const key of sortedStrings(annotation?.value.keys() ?? [])) {
    if (key !== capacityKey) {
      throw new ModelError(`invalid key to set the capacity: ${key}, Expected key: ${capacityKey}`)
    }
    const value = annotation!.value.get(key)!
    units = withErrorPrefix(`invalid value to set the capacity: ${value}`, () => parseInteger(value, 32))
  }
  return units === undefined ? undefined : { value: units, source: fromAnnotation(annotation!) }
}

/** LBC: buildLoadBalancerName. @throws ModelError */
function chooseName({ service, environment }: ServiceTask, scheme: string): Setting<string> {
  const annotation = readString('aws-load-balancer-name', service)
  if (!annotation) {
    const value = serviceLoadBalancerName(environment.clusterName, identityOf(service), scheme)
    return { value, source: { key: "made of cluster name, the Service's UID and scheme" } }
  }
  if (byteLength(annotation.value) > maxNameLength) {
    throw new ModelError(`load balancer name cannot be longer than ${maxNameLength} characters`)
  }
  return settingOf(annotation)
}

/** LBC: buildSecurityGroupsInboundRulesOnPrivateLink. @throws ModelError */
function choosePrivateLinkRules({ service }: ServiceTask): Setting<'on' | 'off'> | undefined {
  const annotation = readString('aws-load-balancer-inbound-sg-rules-on-private-link-traffic', service)
  if (!annotation) {
    return undefined
  }
  const { value } = annotation
  if (value !== 'on' && value !== 'off') {
    throw new ModelError(
      `Invalid value for securityGroupsInboundRulesOnPrivateLink status: ${value}, value must be one of [on, off]`
    )
  }
  return { value, source: fromAnnotation(annotation) }
}

/** Builds the load balancer, in the controller's order (LBC: buildModel, buildLoadBalancerSpec). @throws ModelError */
export function buildLoadBalancer(task: ServiceTask): LoadBalancerSpec {
  const scheme = chooseScheme(task)
  const ipAddressType = chooseIPAddressType(task)
  const use = { type: 'network', scheme: scheme.value, ipAddressType: ipAddressType.value } as const
  const subnets = chooseSubnets(task, use)
  task.subnets = subnets.value
  const natPrefixes = chooseSourcePrefixes(task, ipAddressType.value)
  const attributes = readAttributes(task)
  const capacity = chooseCapacity(task)
  const securityGroups = buildSecurityGroups(task, ipAddressType.value)
  const tags = serviceTags(task)
  const subnetMapping = buildSubnetMappings(task, use, natPrefixes)
  const name = chooseName(task, scheme.value)
  const privateLinkRules = choosePrivateLinkRules(task)
  const loadBalancerAttributes = attributeList(attributes.values)
  const spec: LoadBalancerSpec = {
    name: name.value,
    type: 'network',
    scheme: scheme.value,
    ipAddressType: ipAddressType.value,
    enablePrefixForIpv6SourceNat: natPrefixes,
    subnetMapping,
    ...(securityGroups.value.length > 0 && { securityGroups: securityGroups.value }),
    ...(privateLinkRules && { securityGroupsInboundRulesOnPrivateLink: privateLinkRules.value }),
    ...(loadBalancerAttributes && { loadBalancerAttributes }),
    ...(capacity && { minimumLoadBalancerCapacity: { capacityUnits: capacity.value } }),
    ...(tags && { tags })
  }
  addResource(task, 'AWS::ElasticLoadBalancingV2::LoadBalancer', applicationLoadBalancerID, { spec })
  task.loadBalancer = spec
  const settings: Record<string, Setting<unknown> | undefined> = {
    name,
    scheme,
    ipAddressType,
    subnetMapping: { value: subnetMapping, source: subnets.source },
    securityGroups,
    securityGroupsInboundRulesOnPrivateLink: privateLinkRules,
    minimumLoadBalancerCapacity: capacity
  }
  for (const [field, setting] of Object.entries(settings)) {
    if (setting) {
      explain(task, applicationLoadBalancerID, field, setting.value, setting.source)
    }
  }
  for (const { key, value } of loadBalancerAttributes ?? []) {
    explain(task, applicationLoadBalancerID, key, value, attributes.sources.get(key) ?? byDefault)
  }
  return spec
}
