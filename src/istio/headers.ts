/**
 * What a gateway makes of a request's headers before it routes: whom it believes.
 *
 * @module
 */

import type { HeaderOperations } from './istio.ts'

/** Names and values in their order. */
export type HeaderPairs = [name: string, value: string][]

/** All values of a header as one, as Envoy joins them; undefined without the header. */
export function headerValue(headers: HeaderPairs, name: string): string | undefined {
  const values = headers.filter(([candidate]) => candidate.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(',')
}

function withHeader(headers: HeaderPairs, name: string, value: string): HeaderPairs {
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
 * The headers after Envoy's `mutateRequestHeaders` with `use_remote_address`: the client is the n-th address from the right of
 * X-Forwarded-For, the peer without trusted proxies; the peer is appended; X-Forwarded-Proto is only believed with trusted
 * proxies, and is the gateway's own connection's otherwise.
 */
export function trustHeaders(headers: HeaderPairs, { trustedProxies, peer, tls }: TrustOptions): HeaderPairs {
  const arrived = headers.filter(([name]) => !hopByHop.has(name.toLowerCase()))
  const given = headerValue(arrived, 'x-forwarded-for')
  const addresses = (given ?? '').split(',').map(address => address.trim())
  const client = (trustedProxies > 0 && addresses.at(-trustedProxies)) || peer
  const proto = trustedProxies > 0 ? headerValue(arrived, 'x-forwarded-proto') : undefined
  let trusted = withHeader(arrived, 'x-forwarded-for', given ? `${given},${peer}` : peer)
  trusted = withHeader(trusted, 'x-forwarded-proto', proto ?? (tls ? 'https' : 'http'))
  return withHeader(trusted, 'x-envoy-external-address', client)
}

/** Headers after a route's operations, which remove before they set; the host is not among what they may change. */
export function operateOnHeaders(
  headers: HeaderPairs,
  operations: readonly (HeaderOperations | undefined)[]
): HeaderPairs {
  function isHost(name: string): boolean {
    return /^(:.*|host)$/i.test(name)
  }
  let result = headers
  for (const { set = {}, add = {}, remove = [] } of operations.flatMap(operation => operation ?? [])) {
    const removed = new Set(remove.filter(name => !isHost(name)).map(name => name.toLowerCase()))
    result = result.filter(([name]) => !removed.has(name.toLowerCase()))
    for (const [name, value] of Object.entries(set)) {
      if (!isHost(name)) {
        result = withHeader(result, name, value)
      }
    }
    result = [...result, ...Object.entries(add).filter(([name]) => !isHost(name))]
  }
  return result
}
