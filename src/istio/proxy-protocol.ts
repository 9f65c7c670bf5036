/**
 * The PROXY protocol on an ingress gateway: whether its ports take the header, and what Envoy reads of it
 * (Istio: pilot/pkg/networking/core/listener.go, buildListenerFilters; Envoy: proxy_protocol listener filter).
 *
 * @module
 */

import { isIP } from 'node:net'
import { istioOperators, type KubernetesObject, type Resources } from '../resources/index.ts'
import { type PolicyTarget, policiesFor } from './policy/selection.ts'
import { type Topology, workloadsOf } from './topology.ts'

/** Whether a port demands the header, or takes connections with and without it; undefined where it knows none. */
export type ProxyProtocol = 'demanded' | 'taken' | undefined

const filterName = 'envoy.filters.listener.proxy_protocol'
const filterType = /\.listener\.proxy_protocol\.v3\.ProxyProtocol$/

interface ConfigPatch {
  applyTo?: string
  match?: { context?: string; listener?: { portNumber?: number } & Record<string, unknown> } & Record<string, unknown>
  patch?: { operation?: string; value?: unknown }
}

/** What else than context and port a match asks for; the API server takes out what stands there beside it. */
const others = {
  match: ['cluster', 'proxy', 'routeConfiguration', 'waypoint'],
  listener: ['filterChain', 'listenerFilter', 'name', 'portName']
}

interface ListenerFilter {
  name?: string
  typed_config?: { '@type'?: string; allow_requests_without_proxy_protocol?: boolean }
}

/** The listener filters that a patch adds: to a listener as a whole, or as one of its filters. */
function addedFilters({ applyTo, patch: { operation = '', value } = {} }: ConfigPatch): ListenerFilter[] {
  if (operation === 'REMOVE' || typeof value !== 'object' || value === null) {
    return []
  }
  if (applyTo === 'LISTENER_FILTER') {
    return [value]
  }
  const { listener_filters: filters } = value as { listener_filters?: unknown }
  return applyTo === 'LISTENER' && Array.isArray(filters) ? (filters as ListenerFilter[]) : []
}

function isProxyProtocol({ name, typed_config: config }: ListenerFilter): boolean {
  return name === filterName || filterType.test(config?.['@type'] ?? '')
}

/** The patches of an EnvoyFilter for the proxies of a context; one that names no context is for any. */
export function patchesFor({ spec }: KubernetesObject, contexts: RegExp): ConfigPatch[] {
  const { configPatches = [] } = (spec ?? {}) as { configPatches?: ConfigPatch[] }
  return configPatches.filter(({ match }) => contexts.test(match?.context ?? 'ANY'))
}

/** Whether all that a patch does is what {@link proxyProtocolOf} reads of it: its port decides, and it adds these filters alone. */
export function addsProxyProtocol(patch: ConfigPatch): boolean {
  const { listener = {}, ...match } = patch.match ?? {}
  const isOfPort = !others.match.some(name => name in match) && !others.listener.some(name => name in listener)
  const more = patch.applyTo === 'LISTENER' ? Object.keys(patch.patch?.value ?? {}).length - 1 : 0
  const filters = addedFilters(patch)
  return isOfPort && more === 0 && filters.length > 0 && filters.every(isProxyProtocol)
}

/**
 * What a port of a gateway's pods makes of the header.
 *
 * @param port that the pods listen on.
 */
export function proxyProtocolOf(
  port: number,
  pods: PolicyTarget,
  { proxyProtocol }: Pick<Topology, 'proxyProtocol'>,
  resources: Resources
): ProxyProtocol {
  if (proxyProtocol === true) {
    return 'demanded'
  }
  const filters = policiesFor<KubernetesObject>('EnvoyFilter', pods, resources)
    .flatMap(filter => patchesFor(filter, /^(ANY|GATEWAY)$/))
    .filter(({ match }) => (match?.listener?.portNumber ?? port) === port)
    .flatMap(addedFilters)
    .filter(isProxyProtocol)
  if (filters.length === 0) {
    return undefined
  }
  const allows = filters.every(filter => filter.typed_config?.allow_requests_without_proxy_protocol === true)
  return allows ? 'taken' : 'demanded'
}

/** The variable in the environment of a gateway's pods that lets its status port take the header off (istio: pilot-agent). */
export const statusPortSwitch = 'ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL'

/** Whether a gateway's status port takes the header off as well. */
export function statusPortReadsProxyHeader(resources: Resources): boolean {
  const makers = [...workloadsOf(resources), ...istioOperators(resources).map(({ operator }) => operator)]
  return makers.some(one => JSON.stringify(one).includes(statusPortSwitch))
}

/** A header that was read. */
export interface ProxyHeader {
  /** Bytes that it takes. */
  length: number
  /** The client's address; absent where the header stands for none, as a health check's does. */
  source?: string
}

const binarySignature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const textSignature = Buffer.from('PROXY ', 'latin1')
/** Of version 1, with its end. */
const longestText = 107

function beginsWith(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length)
  return bytes.subarray(0, length).equals(signature.subarray(0, length))
}

/** Reads a header of either version from the beginning of a connection; undefined where none is there. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | 'incomplete' | undefined {
  if (beginsWith(bytes, binarySignature)) {
    return bytes.length < 16 ? 'incomplete' : readBinary(bytes)
  }
  if (!beginsWith(bytes, textSignature)) {
    return undefined
  }
  const end = bytes.indexOf('\r\n')
  if (end < 0 || end + 2 > longestText) {
    return end < 0 && bytes.length < longestText ? 'incomplete' : undefined
  }
  const [, family, source = ''] = bytes.toString('latin1', 0, end).split(' ')
  if (!family?.startsWith('TCP')) {
    return { length: end + 2 }
  }
  return isIP(source) > 0 ? { length: end + 2, source } : undefined
}

/** Whether it stands for a client, and not for a health check. */
function isProxiedBy(bytes: Buffer): boolean {
  return (bytes[12]! & 0x0f) === 1
}

/** Bytes that the addresses and ports of a family take. */
const binaryAddresses: Record<number, number> = { 1: 12, 2: 36 }

function readBinary(bytes: Buffer): ProxyHeader | 'incomplete' | undefined {
  const length = 16 + bytes.readUInt16BE(14)
  // Of another version, or too short for the addresses that it has to hold: what follows it would be taken for one.
  if (bytes[12]! >> 4 !== 2 || length - 16 < (isProxiedBy(bytes) ? (binaryAddresses[bytes[13]! >> 4] ?? 0) : 0)) {
    return undefined
  }
  if (bytes.length < length) {
    return 'incomplete'
  }
  switch (isProxiedBy(bytes) ? bytes[13]! >> 4 : 0) {
    case 1:
      return { length, source: [...bytes.subarray(16, 20)].join('.') }
    case 2:
      return { length, source: bytes.toString('hex', 16, 32).replace(/(.{4})(?=.)/g, '$1:') }
    default:
      return { length }
  }
}
