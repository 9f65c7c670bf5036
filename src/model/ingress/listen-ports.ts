import type { Ingress } from '../../resources/index.ts'
import { readString, readStringList } from '../annotation/parser.ts'
import { keyOf } from '../build/cluster-objects.ts'
import { type Setting, settingOf } from '../build/setting.ts'
import { fromField, fromFlag } from '../build/task.ts'
import { formatSlice, sortedStrings } from '../go/format.ts'
import { decodeJSON, goInt32, map, slice } from '../go/json.ts'
import { checkCIDR } from '../go/net.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { MutualAuthentication } from '../stack/stack.ts'
import { certificatesOf } from './certificates.ts'
import type { Member } from './group/ingress-group.ts'
import { checkListenPort } from './listen-port.ts'
import { readMutualAuthentication } from './mutual-authentication.ts'
import type { BuildTask } from './task.ts'

export type ListenProtocol = 'HTTP' | 'HTTPS'

/** What one Ingress wants of one listener. */
interface IngressListenPort {
  protocol: ListenProtocol
  cidrs: Setting<string[]> | undefined
  prefixLists: Setting<string[]> | undefined
  sslPolicy: Setting<string> | undefined
  certificates: Setting<string>[]
  mutualAuthentication: MutualAuthentication | undefined
}

/** What all members together want of one listener. */
export interface ListenPort {
  port: number
  protocol: ListenProtocol
  ipv4CIDRs: string[]
  ipv6CIDRs: string[]
  prefixLists: string[]
  /** The settings that CIDRs and prefix lists come from; none: open to all. */
  openedBy: Setting<string[]>[]
  sslPolicy: Setting<string> | undefined
  /** The first is the default certificate. */
  certificates: Setting<string>[]
  mutualAuthentication: MutualAuthentication | undefined
  /** The members that listen here, in group order. */
  members: Member[]
}

/** LBC: computeIngressListenPorts. The protocols are map keys, hence case-sensitive; of a port given twice the last counts. */
function readListenPorts(ingress: Ingress, preferTLS: boolean): Map<number, ListenProtocol> {
  const text = readString('listen-ports', ingress)?.value
  if (text === undefined) {
    return new Map([preferTLS ? [443, 'HTTPS'] : [80, 'HTTP']])
  }
  const entries = withErrorPrefix(`failed to parse listen-ports configuration: \`${text}\``, () =>
    decodeJSON<(Map<string, number> | undefined)[] | undefined>(slice(map(goInt32)), text)
  )
  if (!entries?.length) {
    throw new ModelError(`empty listen-ports configuration: \`${text}\``)
  }
  const ports = new Map<number, ListenProtocol>()
  for (const entry of entries) {
    for (const [protocol, port] of entry ?? []) {
      checkListenPort(port)
      if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
        throw new ModelError(`listen protocol must be within [HTTP, HTTPS]: ${protocol}`)
      }
      ports.set(port, protocol)
    }
  }
  return ports
}

/** LBC: computeIngressExplicitInboundCIDRs. @throws ModelError */
function readCIDRs({ ingress, params }: Member): Setting<string[]> | undefined {
  const ofClass = params?.spec?.inboundCIDRs
  if (ofClass?.length) {
    for (const cidr of ofClass) {
      withErrorPrefix(`invalid CIDR in IngressClassParams InboundCIDR ${cidr}`, () => checkCIDR(cidr))
    }
    return { value: ofClass, source: fromField(params!, 'spec.inboundCIDRs') }
  }
  const annotation = readStringList('inbound-cidrs', ingress)
  if (!annotation?.value.length) {
    return undefined
  }
  withErrorPrefix(`invalid inbound-cidrs settings on Ingress: ${keyOf(ingress)}`, () =>
    annotation.value.forEach(checkCIDR)
  )
  return settingOf(annotation)
}

/** LBC: computeIngressExplicitPrefixListIDs. */
function readPrefixLists({ ingress, params }: Member): Setting<string[]> | undefined {
  for (const field of ['prefixListsIDs', 'PrefixListsIDs'] as const) {
    const value = params?.spec?.[field]
    if (value?.length) {
      return { value, source: fromField(params!, `spec.${field}`) }
    }
  }
  const annotation = readStringList('security-group-prefix-lists', ingress)
  return annotation?.value.length ? settingOf(annotation) : undefined
}

/** LBC: computeIngressExplicitSSLPolicy. */
function readSSLPolicy({ ingress, params }: Member): Setting<string> | undefined {
  if (params?.spec?.sslPolicy) {
    return { value: params.spec.sslPolicy, source: fromField(params, 'spec.sslPolicy') }
  }
  const annotation = readString('ssl-policy', ingress)
  return annotation && settingOf(annotation)
}

/** LBC: computeIngressExplicitTLSCertARNs. */
function readCertificates({ ingress, params }: Member): Setting<string>[] {
  const ofClass = params?.spec?.certificateArn
  if (ofClass?.length) {
    return ofClass.map(value => ({ value, source: fromField(params!, 'spec.certificateArn') }))
  }
  const annotation = readStringList('certificate-arn', ingress)
  return annotation?.value.map(value => ({ ...settingOf(annotation), value })) ?? []
}

/** LBC: computeIngressListenPortConfigByPort. @throws ModelError */
function listenPortsOf(task: BuildTask, member: Member): Map<number, IngressListenPort> {
  const explicit = readCertificates(member)
  const sslPolicy = readSSLPolicy(member)
  const prefixLists = readPrefixLists(member)
  const cidrs = readCIDRs(member)
  const mutualAuthentication = readMutualAuthentication(task, member.ingress)
  const ports = readListenPorts(member.ingress, explicit.length > 0)
  const needsDiscovery = explicit.length === 0 && [...ports.values()].includes('HTTPS')
  const certificates = needsDiscovery ? certificatesOf(task, member.ingress) : explicit
  return new Map(
    [...ports].map(([port, protocol]) => {
      const secure = protocol === 'HTTPS'
      return [
        port,
        {
          protocol,
          cidrs,
          prefixLists,
          sslPolicy: secure ? sslPolicy : undefined,
          certificates: secure ? certificates : [],
          mutualAuthentication: secure ? mutualAuthentication.get(port) : undefined
        }
      ]
    })
  )
}

interface Wish {
  member: Member
  config: IngressListenPort
}

/**
 * A setting that several members may give for a listener. The first to give it provides it; the others must agree.
 *
 * @throws ModelError naming both members and both values.
 */
function exclusiveSetting<Value>(
  name: string,
  read: (config: IngressListenPort) => Value | undefined,
  format: (value: Value) => string
) {
  let provider: { key: string; text: string } | undefined
  let provided: Value | undefined
  return {
    add({ member, config }: Wish): void {
      const value = read(config)
      if (value === undefined) {
        return
      }
      const text = format(value)
      if (!provider) {
        provider = { key: member.key, text }
        provided = value
      } else if (text !== provider.text) {
        throw new ModelError(`conflicting ${name}, ${provider.key}: ${provider.text} | ${member.key}: ${text}`)
      }
    },
    value: (): Value | undefined => provided
  }
}

function isIPv6(cidr: string): boolean {
  return cidr.includes(':')
}
function ipv4Of(cidrs: string[]): string[] {
  return sortedStrings(cidrs.filter(cidr => !isIPv6(cidr)))
}
function ipv6Of(cidrs: string[]): string[] {
  return sortedStrings(cidrs.filter(isIPv6))
}

/**
 * One after another: the default certificate is the first of the first member that has any. It is not remembered as seen,
 * so it comes again where another member, or the same one, lists it too; any other certificate comes once.
 */
function mergeCertificates(wishes: Wish[]): Setting<string>[] {
  const [first, ...others] = wishes.flatMap(({ config }) => config.certificates)
  if (!first) {
    return []
  }
  const seen = new Set<string>()
  return [first, ...others.filter(({ value }) => !seen.has(value) && seen.add(value))]
}

/** LBC: mergeListenPortConfigs. @throws ModelError */
function mergeListenPort(task: BuildTask, port: number, wishes: Wish[]): ListenPort {
  const settings = {
    protocol: exclusiveSetting(
      'protocol',
      config => config.protocol,
      value => value
    ),
    cidrs: exclusiveSetting(
      'inbound-cidrs',
      config => config.cidrs,
      ({ value }) => `${formatSlice(ipv4Of(value))}, ${formatSlice(ipv6Of(value))}`
    ),
    prefixLists: exclusiveSetting(
      'inbound-prefix-lists',
      config => config.prefixLists,
      ({ value }) => formatSlice(sortedStrings(value))
    ),
    sslPolicy: exclusiveSetting(
      'sslPolicy',
      config => config.sslPolicy,
      ({ value }) => value
    ),
    mutualAuthentication: exclusiveSetting(
      'mTLS Attributes',
      config => config.mutualAuthentication,
      // Of its parts the controller prints where they stand in memory.
      value => JSON.stringify(value)
    )
  }
  // Member by member, so that of several conflicts the one of the earliest member is told.
  for (const wish of wishes) {
    for (const setting of Object.values(settings)) {
      setting.add(wish)
    }
  }
  const protocol = settings.protocol.value()!
  const cidrs = settings.cidrs.value()
  const prefixLists = settings.prefixLists.value()
  const sslPolicy = settings.sslPolicy.value()
  const open = cidrs === undefined && prefixLists === undefined
  const defaultPolicy = {
    value: task.environment.controller.defaultSSLPolicy,
    source: fromFlag('--default-ssl-policy')
  }
  return {
    port,
    protocol,
    ipv4CIDRs: open ? ['0.0.0.0/0'] : ipv4Of(cidrs?.value ?? []),
    ipv6CIDRs: open ? ['::/0'] : ipv6Of(cidrs?.value ?? []),
    prefixLists: sortedStrings(prefixLists?.value ?? []),
    openedBy: [cidrs, prefixLists].filter(setting => setting !== undefined),
    sslPolicy: sslPolicy ?? (protocol === 'HTTPS' ? defaultPolicy : undefined),
    certificates: mergeCertificates(wishes),
    mutualAuthentication: settings.mutualAuthentication.value(),
    members: wishes.map(({ member }) => member)
  }
}

/** The listeners that a group wants, by port, and which ports each member listens on. */
export interface ListenPorts {
  /** In ascending order of port. */
  merged: ListenPort[]
  byMember: ReadonlyMap<Member, ReadonlySet<number>>
}

/** Collects and merges what all members want of listeners (LBC: defaultModelBuildTask.run). @throws ModelError */
export function buildListenPorts(task: BuildTask): ListenPorts {
  const wishes = new Map<number, Wish[]>()
  const byMember = new Map<Member, Set<number>>()
  for (const member of task.group.members) {
    const ports = withErrorPrefix(`ingress: ${member.key}`, () => listenPortsOf(task, member))
    byMember.set(member, new Set(ports.keys()))
    for (const [port, config] of ports) {
      const others = wishes.get(port) ?? []
      others.push({ member, config })
      wishes.set(port, others)
    }
  }
  const merged = [...wishes]
    .sort(([left], [right]) => left - right)
    .map(([port, wishesOfPort]) =>
      withErrorPrefix(`failed to merge listenPort config for port: ${port}`, () =>
        mergeListenPort(task, port, wishesOfPort)
      )
    )
  return { merged, byMember }
}
