/**
 * What the cloud provider reads of any Service, in its words (cloud-provider-aws: pkg/providers/v1/aws.go, aws_loadbalancer.go).
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { Service, ServicePort } from '../../../resources/index.ts'
import { keyOf, nameOf } from '../../build/cluster-objects.ts'
import type { Setting } from '../../build/setting.ts'
import { asManyAs } from '../../build/subnets.ts'
import { byDefault, explain, fromAnnotation, fromField, warn } from '../../build/task.ts'
import type { Subnet } from '../../environment/environment.ts'
import { compareStrings, trimSpace } from '../../go/format.ts'
import { checkCIDR } from '../../go/net.ts'
import { parseBool, parseInteger } from '../../go/strconv.ts'
import { ModelError } from '../../model-error.ts'
import { defaultLoadBalancerName } from '../../stack/names.ts'
import { applicationLoadBalancerID } from '../../stack/specs.ts'
import type { IPPermission, Tags } from '../../stack/stack.ts'
import { readString, readStringList } from '../annotations.ts'
import { portsOf, protocolOf } from '../ports.ts'
import { identityOf, type ServiceTask } from '../task.ts'

const everyone = '0.0.0.0/0'
const publicTag = 'kubernetes.io/role/elb'
const internalTag = 'kubernetes.io/role/internal-elb'

/** The full name of an annotation, and its value; undefined where it is absent or empty, which counts alike. */
export function given({ service }: ServiceTask, suffix: string): { name: string; value: string } | undefined {
  const annotation = readString(suffix, service)
  return annotation?.value ? annotation : undefined
}

/** An annotation's value by a parser of Go's. @throws ModelError in the cloud provider's words */
function parseGiven<Value>(
  task: ServiceTask,
  suffix: string,
  parse: (text: string) => Value
): Setting<Value> | undefined {
  const annotation = readString(suffix, task.service)
  if (!annotation?.value) {
    return undefined
  }
  try {
    return { value: parse(annotation.value), source: fromAnnotation(annotation) }
  } catch (error) {
    if (!(error instanceof ModelError)) {
      throw error
    }
    throw new ModelError(`error parsing service annotation: ${annotation.name}=${annotation.value}`)
  }
}

/** @throws ModelError */
export function readGivenBool(task: ServiceTask, suffix: string): Setting<boolean> {
  return parseGiven(task, suffix, parseBool) ?? { value: false, source: byDefault }
}

/** @throws ModelError */
export function readGivenNumber(task: ServiceTask, suffix: string): Setting<number> | undefined {
  return parseGiven(task, suffix, text => parseInteger(text, 32))
}

/** Pairs as the cloud provider splits them: nothing is escaped, of a value with an equals sign the part before it counts. */
export function parsePairs(text: string): Map<string, string> {
  return new Map(
    trimSpace(text)
      .split(',')
      .map(pair => trimSpace(pair).split('='))
      .filter(([key]) => key !== '')
      .map(([key, value = '']) => [key!, value])
  )
}

/** The Service's tags beside those that the cloud provider knows its resources by. */
export function ownerTags({ service, environment }: ServiceTask): Tags {
  const own = readString('aws-load-balancer-additional-resource-tags', service)
  return {
    ...Object.fromEntries(parsePairs(own?.value ?? '')),
    'kubernetes.io/service-name': keyOf(service),
    [`kubernetes.io/cluster/${environment.clusterName}`]: 'owned'
  }
}

/** Any text but `false` counts as true. */
export function chooseScheme({ service }: ServiceTask): Setting<'internal' | 'internet-facing'> {
  const annotation = readString('aws-load-balancer-internal', service)
  const isInternal = annotation !== undefined && annotation.value !== '' && annotation.value !== 'false'
  return {
    value: isInternal ? 'internal' : 'internet-facing',
    source: annotation ? fromAnnotation(annotation) : { key: "the cloud provider's default" }
  }
}

/** What it is called. A Service that is not there yet has no UID: one is assumed, as two load balancers share no name. */
export function chooseName({ service, assumptions }: ServiceTask): string {
  const identity = identityOf(service)
  if (service.metadata.uid !== undefined) {
    return defaultLoadBalancerName(identity)
  }
  const name = defaultLoadBalancerName({ ...identity, uid: hash('sha256', keyOf(service), 'hex') })
  assumptions.add(`the load balancer of ${nameOf(service)} is called a and the UID that the Service gets, here ${name}`)
  return name
}

/** What no Service may have that the cloud provider takes. @throws ModelError */
export function checkService({ service }: ServiceTask, isNetwork: boolean): void {
  const { sessionAffinity = 'None' } = service.spec ?? {}
  if (sessionAffinity !== 'None') {
    throw new ModelError(`unsupported load balancer affinity: ${sessionAffinity}`)
  }
  const protocols = portsOf(service).map(protocolOf)
  if (protocols.length === 0) {
    throw new ModelError('requested load balancer with no ports')
  }
  if (new Set(protocols).size > 1) {
    throw new ModelError('mixed protocol is not supported for LoadBalancer')
  }
  const [protocol] = protocols as [string]
  if (protocol !== 'TCP' && !(isNetwork && protocol === 'UDP')) {
    throw new ModelError(`Protocol ${protocol} not supported by LoadBalancer`)
  }
}

/**
 * The ports that get a listener; what has no node port is passed over, which only the log tells. One that is written twice the
 * API server refuses: it has one listener.
 */
export function listenedPorts(task: ServiceTask) {
  const ports = portsOf(task.service)
  function isRepeated(one: ServicePort, index: number): boolean {
    return ports.findIndex(other => other.port === one.port && protocolOf(other) === protocolOf(one)) < index
  }
  return ports.flatMap((port, index) => {
    if (isRepeated(port, index)) {
      return []
    }
    if (!port.nodePort) {
      warn(task, {
        code: 'NODE_PORT_MISSING',
        message: `port ${port.port} of ${nameOf(task.service)} has no node port: the cloud provider passes it over`,
        hint: 'leave allocateLoadBalancerNodePorts at true, or give the port a nodePort'
      })
      return []
    }
    return [{ ...port, nodePort: port.nodePort }]
  })
}

/** The address ranges that may send (cloud-provider: GetLoadBalancerSourceRanges). @throws ModelError */
export function chooseSourceRanges({ service }: ServiceTask): Setting<string[]> {
  const own = service.spec?.loadBalancerSourceRanges ?? []
  const annotation = readString('load-balancer-source-ranges', service)
  if (own.length > 0) {
    for (const range of own) {
      try {
        checkCIDR(trimSpace(range))
      } catch (error) {
        if (!(error instanceof ModelError)) {
          throw error
        }
        throw new ModelError(
          `service.Spec.LoadBalancerSourceRanges: [${own.join(' ')}] is not valid. Expecting a list of IP ranges. For example, 10.0.0.0/24. Error msg: ${error.message}`
        )
      }
    }
    return { value: own.map(trimSpace), source: fromField(service, 'spec.loadBalancerSourceRanges') }
  }
  const text = trimSpace(annotation?.value ?? '')
  if (text === '') {
    return { value: [everyone], source: byDefault }
  }
  const ranges = text.split(',').map(trimSpace)
  for (const range of ranges) {
    try {
      checkCIDR(range)
    } catch (error) {
      if (!(error instanceof ModelError)) {
        throw error
      }
      throw new ModelError(
        `${annotation!.name}: ${text} is not valid. Expecting a comma-separated list of source IP ranges. For example, 10.0.0.0/24,192.168.2.0/24`
      )
    }
  }
  return { value: ranges, source: fromAnnotation(annotation!) }
}

/** What lets clients in at some ports, and routers say that a packet is too large. */
export function permissionsOf(service: Service, ranges: string[]): IPPermission[] {
  function from(cidr: string) {
    return cidr.includes(':') ? { ipv6Ranges: [{ cidrIPv6: cidr }] } : { ipRanges: [{ cidrIP: cidr }] }
  }
  return [
    ...portsOf(service).flatMap(servicePort => {
      const ipProtocol = protocolOf(servicePort).toLowerCase() as IPPermission['ipProtocol']
      const { port } = servicePort
      return ranges.map(cidr => ({ ipProtocol, fromPort: port, toPort: port, ...from(cidr) }))
    }),
    ...ranges.map(cidr => ({ ipProtocol: 'icmp' as const, fromPort: 3, toPort: 4, ...from(cidr) }))
  ]
}

function hasClusterTag({ tags }: Subnet, clusterName: string): boolean {
  return `kubernetes.io/cluster/${clusterName}` in tags
}

function isOfAnotherCluster(subnet: Subnet, clusterName: string): boolean {
  const clusters = Object.keys(subnet.tags).filter(tag => tag.startsWith('kubernetes.io/cluster/'))
  return clusters.length > 0 && !hasClusterTag(subnet, clusterName)
}

/** One subnet for each zone: with the role tag, then with the cluster's, then by ID (findELBSubnets). */
function discoverSubnets({ environment, assumptions }: ServiceTask, isInternal: boolean): Subnet[] {
  const { clusterName, subnets } = environment
  const tag = isInternal ? internalTag : publicTag
  function rank(subnet: Subnet): number {
    return (tag in subnet.tags ? 0 : 2) + (hasClusterTag(subnet, clusterName) ? 0 : 1)
  }
  const usable = subnets.filter(subnet => {
    if (subnet.zoneType !== 'availability-zone' || isOfAnotherCluster(subnet, clusterName)) {
      return false
    }
    if (!isInternal && !subnet.public && publicTag in subnet.tags) {
      assumptions.add(
        `the route table of the subnet ${subnet.id}, which is tagged ${publicTag}, leads to an internet gateway`
      )
    }
    return isInternal || subnet.public || publicTag in subnet.tags
  })
  const byZone = Map.groupBy(usable, ({ zone }) => zone)
  return [...byZone]
    .sort(([left], [right]) => compareStrings(left, right))
    .map(
      ([, inZone]) =>
        inZone.toSorted((left, right) => rank(left) - rank(right) || compareStrings(left.id, right.id))[0]!
    )
}

/**
 * The listed subnets, else those that it finds by route tables and tags (getLoadBalancerSubnets).
 *
 * @param addresses how many are given for them. @throws ModelError
 */
export function chooseSubnets(task: ServiceTask, isInternal: boolean, addresses?: number): Setting<Subnet[]> {
  const { environment } = task
  const listed = readStringList('aws-load-balancer-subnets', task.service)
  if (!listed) {
    const found = discoverSubnets(task, isInternal)
    if (found.length === 0) {
      throw new ModelError('could not find any suitable subnets for creating the ELB')
    }
    const source = { key: 'discovered by route tables, then by tags' }
    return { value: asManyAs(addresses, found, task), source }
  }
  if (listed.value.length === 0) {
    throw new ModelError('unable to resolve empty subnet slice')
  }
  const value = listed.value.flatMap(nameOrID => {
    const found = environment.subnets.filter(({ id, tags }) => id === nameOrID || tags.Name === nameOrID)
    const isTaken = nameOrID.startsWith('subnet-') || environment.unlisted?.includes('subnets')
    const { anySubnet = environment.subnets[0] } = environment
    return found.length === 0 && isTaken && anySubnet ? [{ ...anySubnet, id: nameOrID, zone: nameOrID }] : found
  })
  if (value.length !== listed.value.length) {
    throw new ModelError(`expected to find ${listed.value.length}, but found ${value.length} subnets`)
  }
  return { value, source: fromAnnotation(listed) }
}

/** The ports that are decrypted; undefined: all of them. Items are not trimmed (getPortSets). */
export function readTLSPorts(task: ServiceTask): { names: string[]; numbers: number[] } | undefined {
  const text = given(task, 'aws-load-balancer-ssl-ports')?.value
  if (text === undefined || text === '*') {
    return undefined
  }
  const items = text.split(',')
  function isNumber(item: string): boolean {
    return /^[+-]?[0-9]+$/.test(item)
  }
  return { names: items.filter(item => !isNumber(item)), numbers: items.filter(isNumber).map(Number) }
}

/** Labels of the nodes that are targets. */
export function readNodeLabels({ service }: ServiceTask): Record<string, string> | undefined {
  const annotation = readString('aws-load-balancer-target-node-labels', service)
  const labels = parsePairs(annotation?.value ?? '')
  return labels.size > 0 ? Object.fromEntries(labels) : undefined
}

/** Where kube-proxy tells whether a node has a pod (cloud-provider: GetServiceHealthCheckPathPort). */
export function localHealthCheckPort({ spec }: Service): number | undefined {
  return spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
    ? (spec.healthCheckNodePort ?? 0)
    : undefined
}

/** Notes where the settings of the load balancer come from. */
export function explainSettings(task: ServiceTask, settings: Record<string, Setting<unknown> | undefined>): void {
  for (const [field, setting] of Object.entries(settings)) {
    if (setting) {
      explain(task, applicationLoadBalancerID, field, setting.value, setting.source)
    }
  }
}
