/**
 * Host names with wildcards, as Istio compares them (pkg/config/host): `*` stands for any number of labels, in front only.
 *
 * @module
 */

function isWildcard(host: string): boolean {
  return host.startsWith('*')
}

/** Whether every name that `host` stands for is one that `other` stands for. */
export function isSubset(host: string, other: string): boolean {
  if (!isWildcard(other)) {
    return host === other
  }
  // `*.example.com` is for a.example.com and *.a.example.com, not for example.com itself.
  return (isWildcard(host) ? host.slice(1) : host).endsWith(other.slice(1))
}

/** What two lists of hosts have in common, the narrower name of each pair. */
export function intersect(hosts: readonly string[], others: readonly string[]): string[] {
  return [
    ...new Set(
      hosts.flatMap(host =>
        others.flatMap(other => (isSubset(host, other) ? [host] : isSubset(other, host) ? [other] : []))
      )
    )
  ]
}

/** The most specific of the hosts that covers a name: the name itself, then the longest wildcard. Undefined without one. */
export function mostSpecific(hosts: readonly string[], name: string): string | undefined {
  const lower = name.toLowerCase()
  if (hosts.includes(lower)) {
    return lower
  }
  return hosts.filter(host => isWildcard(host) && isSubset(lower, host)).sort((a, b) => b.length - a.length)[0]
}

/** A server's host without its namespace: `shop/*.example.com` gives `*.example.com`. */
export function withoutNamespace(host: string): string {
  return host.split('/').at(-1)!.toLowerCase()
}

/** The hosts of a server that VirtualServices of a namespace may take (Istio: host.NamesForNamespace). */
export function hostsForNamespace(hosts: readonly string[], gatewayNamespace: string, namespace: string): string[] {
  return hosts.flatMap(host => {
    const [first, second] = host.toLowerCase().split('/') as [string, string?]
    if (second === undefined) {
      return [first]
    }
    const owner = first === '.' ? gatewayNamespace : first
    return owner === '*' || owner === namespace ? [second] : []
  })
}

/** The name in an authority: without port, lower case. */
export function hostOf(authority: string): string {
  return authority.replace(/:\d*$/, '').toLowerCase()
}

/** A short Service name is of the VirtualService's own namespace; with a dot it is taken as it is. */
export function qualified(host: string, namespace: string): string {
  return host.includes('.') || host === '*'
    ? host.toLowerCase()
    : `${host.toLowerCase()}.${namespace}.svc.cluster.local`
}

/** A server's host as istiod keeps it: `./host` gets its namespace, a star for the namespace goes (Istio: sanitizeServerHostNamespace). */
export function sanitizedHost(host: string, gatewayNamespace: string): string {
  const [first, second] = host.toLowerCase().split('/') as [string, string?]
  if (second === undefined) {
    return first
  }
  return first === '*' ? second : `${first === '.' ? gatewayNamespace : first}/${second}`
}
