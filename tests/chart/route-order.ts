/** A route of the chart's values, as far as its place among the rules of a Gateway's listener goes. */
export interface RouteValues {
  name: string
  hosts?: string[]
  path?: string
  pathType?: string
  conditions?: { methods?: string[]; headers?: { name: string }[]; queryStrings?: unknown[] }
}

function hostsOf({ hosts = [] }: RouteValues): string[] {
  return hosts.length > 0 ? hosts : ['']
}

function covers(host: string, other: string): boolean {
  return host === '' || host === other || (host.startsWith('*.') && other.endsWith(host.slice(1)))
}

function isPrefix({ pathType = 'Prefix' }: RouteValues): boolean {
  return pathType === 'Prefix'
}

function pathsOverlap(one: RouteValues, other: RouteValues): boolean {
  const [path, otherPath] = [one, other].map(({ path: own = '/' }) => `${own.replace(/\/$/, '')}/`) as [string, string]
  return (
    path === otherPath ||
    [path, otherPath].some(text => text.includes('*')) ||
    (isPrefix(one) && otherPath.startsWith(path)) ||
    (isPrefix(other) && path.startsWith(otherPath))
  )
}

function compare(left: number[], right: number[]): number {
  const index = left.findIndex((measure, place) => measure !== right[place])
  return index === -1 ? 0 : left[index]! - right[index]!
}

/** How specific a route is for a host, the weightiest measure first, by the most specific of its own that covers it. */
function rankOf(route: RouteValues, host: string): number[] | undefined {
  const { path = '/', conditions: { methods = [], headers = [], queryStrings = [] } = {} } = route
  const best = hostsOf(route)
    .filter(own => covers(own, host))
    .map(own => (own === '' ? [0] : [own.startsWith('*.') ? 1 : 2, own.split('.').length, own.length]))
    .sort(compare)
    .at(-1)
  const ofPath = [isPrefix(route) ? 2 : 3, path.length]
  return best && [...best, ...ofPath, Number(methods.length > 0), headers.length, Number(queryStrings.length > 0)]
}

function changePlaces(earlier: RouteValues, later: RouteValues): boolean {
  const [hosts, others] = [hostsOf(earlier), hostsOf(later)]
  // Of equals in one HTTPRoute the earlier one wins.
  const most = JSON.stringify(hosts) === JSON.stringify(others) ? 0 : -1
  return [...hosts, ...others].some(host => {
    const [rank, otherRank] = [rankOf(earlier, host), rankOf(later, host)]
    return rank !== undefined && otherRank !== undefined && compare(otherRank, rank) > most
  })
}

/** Whether a Gateway tries routes that a request could both match in the order that they have. */
export function keepsOrder(routes: readonly RouteValues[]): boolean {
  return routes.every((earlier, index) =>
    routes.slice(index + 1).every(later => !pathsOverlap(earlier, later) || !changePlaces(earlier, later))
  )
}
