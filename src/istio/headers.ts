/**
 * What a gateway makes of a request's headers before it routes: whom it believes, and what it lets nobody say.
 *
 * @module
 */

import { isIP } from 'node:net'

/** Names and values in their order. */
export type HeaderPairs = [name: string, value: string][]

/** All values of a header as one, as Envoy joins them; undefined without the header. */
export function headerValue(headers: HeaderPairs, name: string): string | undefined {
  const values = headers.filter(([candidate]) => candidate.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(',')
}

/** The headers with one value for a name, whatever it had before. */
export function withHeader(headers: HeaderPairs, name: string, value: string): HeaderPairs {
  return [...headers.filter(([candidate]) => candidate.toLowerCase() !== name.toLowerCase()), [name, value]]
}

export interface TrustOptions {
  /** `gatewayTopology.numTrustedProxies`: how many addresses from the right of X-Forwarded-For were written by proxies of one's own. */
  trustedProxies: number
  /** Address of the connection's other end. */
  peer: string
  /** Whether the connection to the gateway is TLS. */
  tls: boolean
}

/** Headers that end at the gateway. */
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te'])

/**
 * Headers that tell Envoy what to do, and that it takes from nobody outside (Envoy: cleanHeaders); the client's certificate is
 * the gateway's to tell (`forwardClientCertDetails` is SANITIZE_SET).
 */
const internal = new Set([
  'x-envoy-attempt-count',
  'x-envoy-decorator-operation',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-external-address',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
  'x-envoy-ip-tags',
  'x-envoy-is-timeout-retry',
  'x-envoy-max-retries',
  'x-envoy-original-host',
  'x-envoy-original-path',
  'x-envoy-original-url',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-stream-duration-ms',
  'x-forwarded-client-cert',
  'x-request-id'
])

/** Whether a request asks for another protocol that the gateway passes (Istio: `upgrade_configs` websocket). */
export function isWebSocket(headers: HeaderPairs): boolean {
  const connection = headerValue(headers, 'connection') ?? ''
  return /(^|,)\s*upgrade\s*(,|$)/i.test(connection) && /^websocket$/i.test(headerValue(headers, 'upgrade') ?? '')
}

/** The address that the gateway takes for the client's. */
export function clientOf(
  headers: HeaderPairs,
  { trustedProxies, peer }: Pick<TrustOptions, 'trustedProxies' | 'peer'>
): string {
  const addresses = (headerValue(headers, 'x-forwarded-for') ?? '').split(',').map(address => address.trim())
  const written = trustedProxies > 0 ? addresses.at(-trustedProxies) : undefined
  // Anything but an address, also one with a port behind it, is not believed (Envoy: getLastAddressFromXFF).
  return written && isIP(written) !== 0 ? written : peer
}

/**
 * The headers after Envoy's `mutateRequestHeaders` with `use_remote_address`: the client is the n-th address from the right of
 * X-Forwarded-For, the peer without trusted proxies; the peer is appended; X-Forwarded-Proto is only believed with trusted
 * proxies, and is the gateway's own connection's otherwise.
 */
export function trustHeaders(headers: HeaderPairs, { trustedProxies, peer, tls }: TrustOptions): HeaderPairs {
  const passed = isWebSocket(headers) ? new Set(['connection', 'upgrade']) : new Set<string>()
  const arrived = headers.filter(([name]) => {
    const lower = name.toLowerCase()
    return passed.has(lower) || !(hopByHop.has(lower) || internal.has(lower))
  })
  const given = headerValue(arrived, 'x-forwarded-for')
  const proto = trustedProxies > 0 ? headerValue(arrived, 'x-forwarded-proto') : undefined
  let trusted = withHeader(arrived, 'x-forwarded-for', given ? `${given},${peer}` : peer)
  trusted = withHeader(trusted, 'x-forwarded-proto', proto ?? (tls ? 'https' : 'http'))
  return withHeader(trusted, 'x-envoy-external-address', clientOf(headers, { trustedProxies, peer }))
}
