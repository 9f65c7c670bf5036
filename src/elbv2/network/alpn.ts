/**
 * ALPN policies of TLS listeners. (User guide: "Listeners for your Network Load Balancer", ALPN policies.)
 *
 * @module
 */

/** Protocols by policy, the preferred first. */
const policies: Readonly<Record<string, readonly string[]>> = {
  None: [],
  HTTP1Only: ['http/1.1', 'http/1.0'],
  HTTP2Only: ['h2'],
  HTTP2Optional: ['http/1.1', 'http/1.0', 'h2'],
  HTTP2Preferred: ['h2', 'http/1.1', 'http/1.0']
}

export const alpnPolicyNames: readonly string[] = Object.keys(policies)

/** The protocols of a listener's policy; none without one: the extension is not answered then. */
export function alpnProtocols([name = 'None']: readonly string[] = []): readonly string[] {
  return policies[name] ?? []
}
