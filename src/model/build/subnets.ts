import { hash } from 'node:crypto'
import type { Subnet } from '../environment/environment.ts'
import { compareStrings, formatSlice, sortedStrings } from '../go/format.ts'
import { quote } from '../go/strconv.ts'
import { ModelError } from '../model-error.ts'
import { hasIPv6 } from './security-groups.ts'
import type { StackTask } from './task.ts'

const minimalAvailableIPs = 8
/** The tag by which subnets of a scheme are found. */
export const roleTags: Record<string, string> = {
  internal: 'kubernetes.io/role/internal-elb',
  'internet-facing': 'kubernetes.io/role/elb'
}

/** What subnets are for. */
export interface SubnetUse {
  type: 'application' | 'network'
  scheme: string
  ipAddressType: string
  /** How many addresses of its own the load balancer is given, one for each subnet that discovery finds; none by default. */
  addresses?: number
}

/** Subnets by ID, or by tags that each have one of some values. */
export interface SubnetSelector {
  ids?: string[]
  tags?: Record<string, string[]>
}

/** LBC: validateSubnetsLocaleUniformity, validateSubnetsMinimalCount. */
function checkSubnets({ environment }: StackTask, subnets: Subnet[], { type }: SubnetUse): void {
  const locales = sortedStrings(subnets.map(({ zoneType }) => zoneType))
  if (locales.length > 1) {
    throw new ModelError(`subnets in multiple locales: ${formatSlice(locales)}`)
  }
  const single =
    type === 'network' || locales[0] !== 'availability-zone' || environment.controller.featureGates.ALBSingleSubnet
  const minimum = single ? 1 : 2
  if (subnets.length < minimum) {
    throw new ModelError(`subnets count less than minimal required count: ${subnets.length} < ${minimum}`)
  }
}

/** LBC: validateSubnetsIPv6CIDR. */
function checkIPv6(subnets: Subnet[], { ipAddressType }: SubnetUse): void {
  const without = subnets.filter(({ ipv6 }) => !ipv6)
  if (hasIPv6(ipAddressType) && without.length > 0) {
    throw new ModelError(
      `subnets ${formatSlice(without.map(({ id }) => id))} do not have an associated IPv6 CIDR block, which is required for ${ipAddressType} load balancers`
    )
  }
}

/** LBC: validateSubnetsAZExclusivity. */
function checkZones(subnets: Subnet[]): void {
  for (const { zone } of subnets) {
    const together = subnets.filter(subnet => subnet.zone === zone)
    if (together.length > 1) {
      throw new ModelError(
        `multiple subnets in same Availability Zone ${zone}: ${formatSlice(together.map(({ id }) => id))}`
      )
    }
  }
}

const assumedID = 'subnet-assumed-'

/** A subnet of a zone of its own that nobody listed. */
function assumedSubnet(name: string): Subnet {
  return {
    id: `${assumedID}${hash('sha256', name, 'hex').slice(0, 8)}`,
    zone: name,
    zoneType: 'availability-zone',
    tags: { Name: name },
    public: false,
    availableIPs: 251,
    ipv6: true
  }
}

/**
 * The subnets that carry names, a name that is listed twice standing for two of them, the lower ID first (LBC:
 * listSubnetsByNames, listSubnetsByNameOrIDs).
 *
 * @returns what hands out the next subnet of a name. @throws ModelError
 */
function subnetsByName(subnets: Subnet[], names: string[], isAssumed: boolean): (name: string) => Subnet {
  const named = Map.groupBy(
    subnets.toSorted((left, right) => compareStrings(left.id, right.id)),
    ({ tags }) => tags.Name
  )
  const missing = [...new Set(names)].filter(name => !named.has(name))
  if (isAssumed) {
    for (const name of missing) {
      named.set(name, [assumedSubnet(name)])
    }
  } else if (missing.length > 0) {
    throw new ModelError(
      `failed to list subnets by names or IDs: couldn't find all subnets, missing names: ${formatSlice(missing)}`
    )
  }
  const used = new Map<string, number>()
  return name => {
    const count = (used.get(name) ?? 0) + 1
    const found = named.get(name)!
    used.set(name, count)
    if (count > found.length) {
      throw new ModelError(
        `failed to list subnets by names or IDs: subnet with Name tag ${quote(name)} requested ${count} times but only ${found.length} subnet(s) found with that name`
      )
    }
    return found[count - 1]!
  }
}

/** A subnet that is given by an ID which nobody listed: nothing is known of it, unless `aws.yaml` says what all are like. */
function unlistedSubnet({ environment }: StackTask, id: string): Subnet {
  return { ...(environment.anySubnet ?? assumedSubnet(id)), id, zone: id }
}

/**
 * Subnets listed by ID or name, in their order (LBC: ResolveViaNameOrIDSlice). IDs that the environment does not list are
 * taken as they are, and nothing is checked of them.
 *
 * @throws ModelError
 */
export function resolveListed(task: StackTask, namesOrIDs: string[], use: SubnetUse): Subnet[] {
  const { subnets, unlisted } = task.environment
  if (namesOrIDs.length === 0) {
    throw new ModelError('unable to resolve at least one subnet')
  }
  function isID(nameOrID: string): boolean {
    return nameOrID.startsWith('subnet-')
  }
  const takeNamed = subnetsByName(
    subnets,
    namesOrIDs.filter(nameOrID => !isID(nameOrID)),
    unlisted?.includes('subnets') ?? false
  )
  const resolved = namesOrIDs.map(nameOrID =>
    isID(nameOrID) ? (subnets.find(({ id }) => id === nameOrID) ?? unlistedSubnet(task, nameOrID)) : takeNamed(nameOrID)
  )
  for (const { id, tags } of resolved) {
    if (id.startsWith(assumedID)) {
      task.assumptions.add(`the subnet ${tags.Name} is in a zone of its own: aws.yaml lists no subnets`)
    }
  }
  const known = resolved.filter(({ id, zone }) => id !== zone)
  checkZones(known)
  if (known.length === resolved.length || resolved.length === 1) {
    // Of one that is not listed nothing is known but that it is one; zones where one will do are rare.
    checkSubnets(task, resolved, use)
  }
  checkIPv6(known, use)
  return resolved
}

/** LBC: isSubnetContainsEligibleClusterTag. */
function isEligible({ environment }: StackTask, { tags }: Subnet): boolean {
  if (!environment.controller.featureGates.SubnetsClusterTagCheck) {
    return true
  }
  const clusterTags = Object.keys(tags).filter(key => key.startsWith('kubernetes.io/cluster'))
  return clusterTags.length === 0 || clusterTags.includes(`kubernetes.io/cluster/${environment.clusterName}`)
}

/** One subnet for each zone, those tagged for this cluster first, then by ID (LBC: chooseAndValidateSubnetsPerAZ). */
function choosePerZone(task: StackTask, candidates: Subnet[], use: SubnetUse): Subnet[] {
  const clusterTag = `kubernetes.io/cluster/${task.environment.clusterName}`
  const eligible = candidates.filter(subnet => isEligible(task, subnet))
  const roomy = eligible.filter(({ availableIPs }) => availableIPs >= minimalAvailableIPs)
  const needsIPv6 = hasIPv6(use.ipAddressType)
  const usable = needsIPv6 ? roomy.filter(({ ipv6 }) => ipv6) : roomy
  const byZone = new Map<string, Subnet>()
  const preferred = usable.toSorted(
    (left, right) =>
      Number(clusterTag in right.tags) - Number(clusterTag in left.tags) || compareStrings(left.id, right.id)
  )
  for (const subnet of preferred) {
    if (!byZone.has(subnet.zone)) {
      byZone.set(subnet.zone, subnet)
    }
  }
  const chosen = [...byZone.values()].sort((left, right) => compareStrings(left.id, right.id))
  if (chosen.length === 0) {
    const taggedForOthers = `${candidates.length - eligible.length} are tagged for other clusters`
    const full = `${eligible.length - roomy.length} have insufficient available IP addresses`
    throw new ModelError(
      `unable to resolve at least one subnet. Evaluated ${candidates.length} subnets: ${
        needsIPv6
          ? `${taggedForOthers}, ${full}, and ${roomy.length - usable.length} don't have an associated IPv6 CIDR block, which is required for ${use.ipAddressType} load balancers`
          : `${taggedForOthers}, and ${full}`
      }`
    )
  }
  checkSubnets(task, chosen, use)
  return chosen
}

/**
 * As many subnets as there are addresses for them, where nobody listed any: how many there are, and what lies in them, was not
 * said. Whoever writes three addresses has three.
 */
export function asManyAs(
  addresses: number | undefined,
  found: Subnet[],
  { environment, assumptions }: Pick<StackTask, 'environment' | 'assumptions'>
): Subnet[] {
  const [first] = found
  if (!addresses || !first || !environment.unlisted?.includes('subnets')) {
    return found
  }
  if (addresses !== found.length) {
    assumptions.add(`the load balancer has as many subnets as addresses, ${addresses}: aws.yaml lists no subnets`)
  }
  return Array.from({ length: addresses }, (_, index) => {
    const letter = String.fromCharCode('a'.charCodeAt(0) + index)
    const { cidr: _cidr, ipv6CIDRs: _blocks, ...subnet } = first
    return { ...subnet, id: `subnet-${letter}`, zone: `${environment.region}${letter}` }
  })
}

/** LBC: ResolveViaDiscovery. @throws ModelError */
export function discoverSubnets(task: StackTask, use: SubnetUse): Subnet[] {
  const { subnets, controller } = task.environment
  const roleTag = roleTags[use.scheme]!
  const tagged = subnets.filter(({ tags }) => tags[roleTag] === '' || tags[roleTag] === '1')
  const reachable = controller.featureGates.SubnetDiscoveryByReachability
    ? subnets.filter(subnet => subnet.public === (use.scheme === 'internet-facing'))
    : []
  return asManyAs(use.addresses, choosePerZone(task, tagged.length > 0 ? tagged : reachable, use), task)
}

/** Subnets that have every tag with one of its values (LBC: ResolveViaSelector). @throws ModelError */
export function resolveSelected(task: StackTask, { ids, tags = {} }: SubnetSelector, use: SubnetUse): Subnet[] {
  if (ids?.length) {
    return resolveListed(task, ids, use)
  }
  const selected = task.environment.subnets.filter(subnet =>
    Object.entries(tags).every(([key, values]) => Object.hasOwn(subnet.tags, key) && values.includes(subnet.tags[key]!))
  )
  return choosePerZone(task, selected, use)
}
