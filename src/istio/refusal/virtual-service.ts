import type { Layer4Route, VirtualService } from '../istio.ts'
import { refuseDestinations } from './destination.ts'
import { refuseHTTPRoute } from './http-route.ts'
import type { Refusal } from './refusal.ts'

function refuseLayer4(routes: readonly Layer4Route[] | undefined, field: string): Refusal[] {
  return (routes ?? []).flatMap(({ route, match }, index): Refusal[] => {
    const at = ['spec', field, index]
    const needs = field === 'tls' && !match?.every(({ sniHosts }) => sniHosts?.length)
    return [
      ...(route?.length ? [] : [{ path: at, message: `a ${field} route must have a destination`, hint: 'add route' }]),
      ...(needs ? [{ path: at, message: 'a tls route must name sniHosts', hint: 'add match with sniHosts' }] : []),
      ...refuseDestinations(route, at)
    ]
  })
}

export function refusalOfVirtualService({ spec = {} }: VirtualService): Refusal[] {
  const { hosts = [], gateways = [], http = [], tls = [], tcp = [] } = spec
  const refused: Refusal[] = []
  if (hosts.length === 0 && gateways.length > 0) {
    refused.push({
      path: ['spec', 'hosts'],
      message: 'it names gateways and no hosts',
      expected: 'at least one host; without hosts it is a delegate, which has no gateways',
      hint: 'add hosts'
    })
  }
  if (http.length + tls.length + tcp.length === 0) {
    refused.push({ path: ['spec', 'http'], message: 'it has neither http, tls nor tcp routes', hint: 'add a route' })
  }
  return [
    ...refused,
    ...http.flatMap((route, index) => refuseHTTPRoute(route, ['spec', 'http', index])),
    ...refuseLayer4(tls, 'tls'),
    ...refuseLayer4(tcp, 'tcp')
  ]
}
