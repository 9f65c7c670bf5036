import { isIP } from 'node:net'
import { byteLength } from '../../go/format.ts'

/** What keeps a hostname from being one; the definitions' pattern sees to the rest (LBC: IsHostNameInValidFormat). */
export function isHostname(hostname: string): boolean {
  const labels = hostname.split('.')
  return (
    isIP(hostname) === 0 &&
    (hostname.startsWith('*.') ? labels.slice(1) : labels).every(label => label !== '' && byteLength(label) <= 63)
  )
}

/**
 * The more specific of two hostnames, if one takes what the other names; a leading `*.` stands for any number of labels
 * (LBC: getCompatibleHostname).
 */
function narrowerHostname(one: string, other: string): string | undefined {
  if (one === other) {
    return one
  }
  if (one.startsWith('*.') && other.endsWith(one.slice(1))) {
    return other
  }
  return other.startsWith('*.') && one.endsWith(other.slice(1)) ? one : undefined
}

/**
 * The hostnames that a listener and a route have in common (LBC: hostnameCheck): none where the route's own, or any, count;
 * undefined where they have none.
 */
export function commonHostnames(ofListener: string | undefined, ofRoute: string[]): string[] | undefined {
  if (ofRoute.length === 0) {
    return ofListener === undefined ? [] : [ofListener]
  }
  if (ofListener === undefined) {
    return []
  }
  const common = ofRoute.filter(isHostname).flatMap(hostname => narrowerHostname(hostname, ofListener) ?? [])
  return common.length > 0 ? common : undefined
}
