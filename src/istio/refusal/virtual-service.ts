import type { Path } from '../../resources/index.ts'
import { isSubset } from '../host.ts'
import type { Layer4Match, Layer4Route, VirtualService } from '../istio.ts'
import { refuseDestinations } from './destination.ts'
import { refuseHTTPRoute } from './http-route.ts'
import { refuseExportTo, refuseGatewayName, refuseHost, refusePort } from './name.ts'
import { type Refusal, refuseEach, refuseIf } from './refusal.ts'

/** Routes of connections (Istio: validateTLSRoute, validateTCPRoute). */
function refuseLayer4(
  routes: readonly Layer4Route[] | undefined,
  field: 'tls' | 'tcp',
  hosts: readonly string[]
): Refusal[] {
  function refuseMatch({ port, gateways, sniHosts }: Layer4Match, path: Path): Refusal[] {
    return [
      ...(port ? refusePort(port, [...path, 'port']) : []),
      ...refuseEach(gateways, [...path, 'gateways'], refuseGatewayName),
      ...refuseIf(field === 'tls' && !sniHosts?.length, {
        path,
        message: 'a tls route must name sniHosts',
        hint: 'add sniHosts'
      }),
      ...refuseEach(field === 'tls' ? sniHosts : [], [...path, 'sniHosts'], (name, at) => [
        ...refuseHost(name, at),
        ...refuseIf(!hosts.some(host => isSubset(name, host)), {
          path: at,
          message: `the server name ${name} is not among the hosts ${hosts.join(', ')}`,
          actual: name,
          hint: 'add it to hosts'
        })
      ])
    ]
  }
  return refuseEach(routes, ['spec', field], ({ route, match }, at) => [
    ...refuseIf(!route?.length, { path: at, message: `a ${field} route must have a destination`, hint: 'add route' }),
    ...refuseIf(field === 'tls' && !match?.length, {
      path: at,
      message: 'a tls route must name sniHosts',
      hint: 'add match with sniHosts'
    }),
    ...refuseEach(match, [...at, 'match'], refuseMatch),
    ...refuseDestinations(route, at)
  ])
}

function refuseHosts(hosts: readonly string[], gateways: readonly string[]): Refusal[] {
  const path: Path = ['spec', 'hosts']
  const inMesh = gateways.length === 0 || gateways.includes('mesh')
  return [
    ...refuseEach(hosts, path, refuseHost),
    ...refuseIf(inMesh && hosts.includes('*'), {
      path,
      message: 'the host * is taken at gateways only, and it is for sidecars',
      hint: 'name gateways, without mesh'
    }),
    ...refuseEach(hosts, path, (host, at) => {
      const other = hosts.slice(0, Number(at.at(-1))).find(one => isSubset(host, one) || isSubset(one, host))
      return refuseIf(other !== undefined, {
        path: at,
        message: `the hosts ${other} and ${host} are the same, or one stands for the other`,
        actual: host,
        hint: 'leave the wider one'
      })
    })
  ]
}

/** A VirtualService; one without hosts is a delegate (Istio: ValidateVirtualService). */
export function refusalOfVirtualService({ metadata, spec = {} }: VirtualService): Refusal[] {
  const { hosts = [], gateways = [], exportTo, http = [], tls = [], tcp = [] } = spec
  const isDelegate = hosts.length === 0
  return [
    ...refuseIf(isDelegate && gateways.length > 0, {
      path: ['spec', 'hosts'],
      message: 'it names gateways and no hosts',
      expected: 'at least one host; without hosts it is a delegate, which has no gateways',
      hint: 'add hosts'
    }),
    ...refuseIf(isDelegate && tls.length + tcp.length > 0, {
      path: ['spec', tls.length > 0 ? 'tls' : 'tcp'],
      message: 'a delegate, as which one without hosts counts, has http routes only',
      hint: 'add hosts'
    }),
    ...refuseEach(gateways, ['spec', 'gateways'], refuseGatewayName),
    ...refuseHosts(hosts, gateways),
    ...refuseIf(http.length + tls.length + tcp.length === 0, {
      path: ['spec', 'http'],
      message: 'it has neither http, tls nor tcp routes',
      hint: 'add a route'
    }),
    ...refuseEach(http, ['spec', 'http'], (route, at) => refuseHTTPRoute(route, at, isDelegate)),
    ...refuseLayer4(tls, 'tls', hosts),
    ...refuseLayer4(tcp, 'tcp', hosts),
    ...refuseExportTo(exportTo, metadata.namespace ?? 'default')
  ]
}
