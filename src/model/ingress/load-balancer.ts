import { readStringMap } from '../annotation/parser.ts'
import { attributeList } from '../build/attributes.ts'
import { distinctValues, type Setting } from '../build/setting.ts'
import { addResource, byDefault, explain, fromField, fromFlag } from '../build/task.ts'
import { byteLength, formatSet, formatSlice, sortedStrings } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import { loadBalancerName } from '../stack/names.ts'
import { applicationLoadBalancerID } from '../stack/specs.ts'
import type { KeyValue, LoadBalancerSpec } from '../stack/stack.ts'
import { explainMap, mergeAttributes } from './attributes.ts'
import { buildCapacity } from './capacity.ts'
import { collectSettings } from './group/setting.ts'
import type { ListenPort } from './listen-ports.ts'
import { buildSecurityGroups } from './security-groups.ts'
import { chooseSubnets } from './subnets.ts'
import { groupTags } from './tags.ts'
import { type BuildTask, firstAnnotation } from './task.ts'

type Scheme = LoadBalancerSpec['scheme']
type IPAddressType = LoadBalancerSpec['ipAddressType']

const maxNameLength = 32
const ipAddressTypes: readonly string[] = [
  'ipv4',
  'dualstack',
  'dualstack-without-public-ipv4'
] satisfies IPAddressType[]

/**
 * The one scheme that members give (LBC: buildLoadBalancerScheme, buildFrontendNlbSchemeViaAnnotation).
 *
 * @throws ModelError for two, or an unknown one.
 */
export function chooseScheme({ environment }: BuildTask, settings: Setting<string>[]): Setting<Scheme> {
  const values = distinctValues(settings)
  const { defaultLoadBalancerScheme } = environment.controller
  const [setting = { value: defaultLoadBalancerScheme, source: fromFlag('--default-load-balancer-scheme') }] = settings
  if (values.length > 1) {
    throw new ModelError(`conflicting scheme: ${formatSet(values)}`)
  }
  if (setting.value !== 'internal' && setting.value !== 'internet-facing') {
    throw new ModelError(`unknown scheme: ${setting.value}`)
  }
  return setting as Setting<Scheme>
}

/** LBC: buildLoadBalancerIPAddressType. */
function chooseIPAddressType({ group }: BuildTask): Setting<IPAddressType> {
  const settings = collectSettings(group.members, 'ip-address-type', spec => spec?.ipAddressType, 'spec.ipAddressType')
  const values = distinctValues(settings)
  if (values.length > 1) {
    throw new ModelError(`conflicting IPAddressType: ${formatSlice(sortedStrings(values))}`)
  }
  const [setting = { value: 'ipv4', source: byDefault }] = settings
  if (!ipAddressTypes.includes(setting.value)) {
    throw new ModelError(`unknown IPAddressType: ${setting.value}`)
  }
  return setting as Setting<IPAddressType>
}

/** LBC: buildLoadBalancerCOIPv4Pool. */
function chooseCustomerOwnedPool({ group }: BuildTask): Setting<string> | undefined {
  const settings = group.members.flatMap(member => {
    const [setting] = collectSettings([member], 'customer-owned-ipv4-pool')
    if (setting?.value === '') {
      throw new ModelError(`cannot use empty value for customer-owned-ipv4-pool annotation, ingress: ${member.key}`)
    }
    return setting ?? []
  })
  const values = distinctValues(settings)
  if (values.length > 1) {
    throw new ModelError(`conflicting CustomerOwnedIPv4Pool: ${formatSlice(sortedStrings(values))}`)
  }
  return settings[0]
}

/** LBC: buildIngressGroupLoadBalancerAttributes; of IngressClassParams those of the first member count. */
function buildAttributes({ group }: BuildTask): KeyValue[] | undefined {
  const ofClass = group.members[0]?.params?.spec?.loadBalancerAttributes ?? []
  return attributeList(
    mergeAttributes(
      new Map(ofClass.map(({ key, value }) => [key, value])),
      group.members,
      ({ ingress }) => readStringMap('load-balancer-attributes', ingress)?.value,
      (key, values) => `conflicting load balancer attributes ${key}: ${values}`
    )
  )
}

/** LBC: buildLoadBalancerName. @throws ModelError */
function chooseName({ group, environment }: BuildTask, scheme: string): Setting<string> {
  const settings = collectSettings(
    group.members,
    'load-balancer-name',
    spec => spec?.loadBalancerName || undefined,
    'spec.loadBalancerName'
  )
  const values = distinctValues(settings)
  if (values.length > 1) {
    throw new ModelError(`conflicting load balancer name: ${formatSet(values)}`)
  }
  const [setting] = settings
  if (!setting) {
    const value = loadBalancerName(environment.clusterName, group.id, scheme)
    return { value, source: { key: 'made of cluster name, group and scheme' } }
  }
  if (byteLength(setting.value) > maxNameLength) {
    throw new ModelError(`load balancer name cannot be longer than ${maxNameLength} characters`)
  }
  return setting
}

/** LBC: buildIPv4IPAMPoolID. Empty annotations do not count. */
function choosePool({ group: { members } }: BuildTask): Setting<string> | undefined {
  const first = members[0]?.params
  const ofClass = first?.spec?.ipamConfiguration?.ipv4IPAMPoolId
  if (ofClass !== undefined) {
    return { value: ofClass, source: fromField(first!, 'spec.ipamConfiguration.ipv4IPAMPoolId') }
  }
  let chosen: Setting<string> | undefined
  for (const setting of collectSettings(members, 'ipam-ipv4-pool-id')) {
    if (setting.value === '') {
      continue
    }
    if (chosen && chosen.value !== setting.value) {
      throw new ModelError(`conflicting ipv4 ipam pools ${chosen.value}: ${setting.value}`)
    }
    chosen = setting
  }
  return chosen
}

function namesOf(entries: { key: string }[] = []): Set<string> {
  return new Set(entries.map(({ key }) => key))
}

/** Notes where the values come from that several members may have a part in. */
function explainMerged(
  task: BuildTask,
  { loadBalancerAttributes = [], minimumLoadBalancerCapacity, tags = {} }: LoadBalancerSpec
): void {
  const params = task.group.members[0]?.params
  const { loadBalancerAttributes: ofClass, minimumLoadBalancerCapacity: capacity, tags: classTags } = params?.spec ?? {}
  explainMap(
    task,
    applicationLoadBalancerID,
    'loadBalancerAttributes',
    loadBalancerAttributes.map(({ key, value }) => [key, value]),
    {
      suffix: 'load-balancer-attributes',
      ofClass: namesOf(ofClass),
      path: 'spec.loadBalancerAttributes',
      otherwise: byDefault
    }
  )
  explainMap(task, applicationLoadBalancerID, 'tags', Object.entries(tags), {
    suffix: 'tags',
    ofClass: namesOf(classTags),
    path: 'spec.tags',
    otherwise: fromFlag('--default-tags')
  })
  if (!minimumLoadBalancerCapacity) {
    return
  }
  const source = capacity
    ? fromField(params!, 'spec.minimumLoadBalancerCapacity')
    : firstAnnotation(task, 'minimum-load-balancer-capacity')!
  explain(
    task,
    applicationLoadBalancerID,
    'minimumLoadBalancerCapacity',
    minimumLoadBalancerCapacity.capacityUnits,
    source
  )
}

/** Builds the ALB that all members share (LBC: buildLoadBalancerSpec). @throws ModelError */
export function buildLoadBalancer(task: BuildTask, listenPorts: ListenPort[]): LoadBalancerSpec {
  const { members } = task.group
  const scheme = chooseScheme(
    task,
    collectSettings(members, 'scheme', spec => spec?.scheme, 'spec.scheme')
  )
  const ipAddressType = chooseIPAddressType(task)
  const use = { type: 'application', scheme: scheme.value, ipAddressType: ipAddressType.value } as const
  const subnets = chooseSubnets(task, 'subnets', use)
  const securityGroups = buildSecurityGroups(task, listenPorts, ipAddressType.value)
  const customerOwnedPool = chooseCustomerOwnedPool(task)
  const attributes = buildAttributes(task)
  const tags = groupTags(task, members)
  const name = chooseName(task, scheme.value)
  const capacity = buildCapacity(task)
  const pool = choosePool(task)

  const spec: LoadBalancerSpec = {
    name: name.value,
    type: 'application',
    scheme: scheme.value,
    ipAddressType: ipAddressType.value,
    subnetMapping: subnets.value.map(subnetID => ({ subnetID })),
    ...(securityGroups.value.length > 0 && { securityGroups: securityGroups.value }),
    ...(customerOwnedPool && { customerOwnedIPv4Pool: customerOwnedPool.value }),
    ...(pool && { ipv4IPAMPool: pool.value }),
    ...(attributes && { loadBalancerAttributes: attributes }),
    ...(capacity && { minimumLoadBalancerCapacity: capacity }),
    ...(tags && { tags })
  }
  addResource(task, 'AWS::ElasticLoadBalancingV2::LoadBalancer', applicationLoadBalancerID, { spec })
  task.loadBalancer = spec
  const settings = {
    name,
    scheme,
    ipAddressType,
    subnetMapping: subnets,
    securityGroups,
    customerOwnedIPv4Pool: customerOwnedPool,
    ipv4IPAMPool: pool
  }
  for (const [field, setting] of Object.entries(settings)) {
    if (setting) {
      explain(task, applicationLoadBalancerID, field, setting.value, setting.source)
    }
  }
  explainMerged(task, spec)
  return spec
}
