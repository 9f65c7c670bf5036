import { gatewayName, istioGateways, namesEgressGateway, virtualServices } from '../../istio/index.ts'
import { keyOf } from '../../model/index.ts'
import { isNumbered, isSlipOf, nearestName } from '../../nearest-name.ts'
import { isGateway, type KubernetesObject, objectKey, objectName, type Resources } from '../../resources/index.ts'
import type { Problem, Rule } from '../rule.ts'
import { isOfTheMesh } from './virtual-service-fit.ts'

/** Whether a host of a server is that of a VirtualService: the same, or a wildcard for it; one for every host says nothing. */
function serves(served: string, host: string): boolean {
  const name = served.split('/').at(-1)!
  return name === host || (name.startsWith('*.') && host.endsWith(name.slice(1)))
}

/** VirtualServices that name no Gateway are for sidecars alone (istio.io: VirtualService, gateways), also where one serves their host. */
function* forSidecarsAlone(resources: Resources): Generator<Problem> {
  const bound = virtualServices(resources).filter(({ spec }) => spec?.gateways?.length)
  for (const virtualService of virtualServices(resources)) {
    const { hosts = [], gateways } = virtualService.spec ?? {}
    const host = (Array.isArray(hosts) ? hosts : []).find(
      one => typeof one === 'string' && !isOfTheMesh(one) && !bound.some(({ spec }) => spec?.hosts?.includes(one))
    )
    const serving = istioGateways(resources).filter(
      ({ spec }) =>
        host !== undefined &&
        spec?.servers?.some(server => Array.isArray(server.hosts) && server.hosts.some(served => serves(served, host)))
    )
    const [gateway, ...others] = serving
    if (gateways !== undefined || !gateway) {
      continue
    }
    const key = objectKey(gateway)
    yield {
      object: virtualService,
      path: ['spec', 'hosts', hosts.indexOf(host!)],
      message: `${objectName(virtualService)} names no gateways, so it is for sidecars alone, and ${objectName(gateway)} serves ${host}, which gets 404 there`,
      expected: `gateways: [${key}]`,
      actual: 'no gateways',
      ...(others.length === 0 && { changes: [{ path: ['spec', 'gateways'], value: [key] }] }),
      hint: `set spec.gateways: [${key}], with mesh beside it where sidecars ask for ${host} too`
    }
  }
}

/**
 * The Gateway that a key is meant for: of that name in another namespace, or of nearly that name in its own; sure where it was named
 * without a namespace, or only a letter is wrong. Another team's Gateway in other files has a name like these, and may be internal.
 */
function meantGateway(
  reference: string,
  key: string,
  known: readonly string[]
): { meant: string; isSure: boolean; isElsewhere: boolean } | undefined {
  const [namespace = '', name = ''] = key.split('/')
  const elsewhere = known.find(one => one.endsWith(`/${name}`))
  if (elsewhere !== undefined) {
    const isSure = reference === name || isSlipOf(namespace, elsewhere.split('/')[0]!)
    return { meant: elsewhere, isSure, isElsewhere: true }
  }
  const beside = known.filter(one => one.startsWith(`${namespace}/`)).map(one => one.slice(namespace.length + 1))
  const similar = nearestName(
    name,
    beside.filter(one => !isNumbered(one, name))
  )
  return similar === undefined
    ? undefined
    : { meant: `${namespace}/${similar}`, isSure: isSlipOf(name, similar), isElsewhere: false }
}

/** A Gateway of the Gateway API with that key, to whose listeners no VirtualService is bound. */
function gatewayOfAPI(key: string, resources: Resources): KubernetesObject | undefined {
  return resources.list('Gateway').find(one => isGateway(one) && objectKey(one) === key)
}

/** VirtualServices that name a Gateway of the Gateway API: istiod looks for one of its own kind (Istio: ResolveGatewayName). */
function* boundToGatewayAPI(resources: Resources): Generator<Problem> {
  const known = istioGateways(resources).map(objectKey)
  for (const virtualService of virtualServices(resources)) {
    const { hosts, gateways } = virtualService.spec ?? {}
    const own = virtualService.metadata.namespace ?? 'default'
    for (const [index, name] of (Array.isArray(gateways) ? gateways : []).entries()) {
      const key = typeof name === 'string' ? gatewayName(name, own) : ''
      const gateway = known.includes(key) ? undefined : gatewayOfAPI(key, resources)
      if (!gateway) {
        continue
      }
      const { metadata } = gateway
      yield {
        object: virtualService,
        path: ['spec', 'gateways', index],
        message: `${objectName(virtualService)} is bound to ${key}, which is a Gateway of the Gateway API (${gateway.apiVersion}): no VirtualService belongs to one, and ${(hosts ?? []).join(', ')} gets 404 from it`,
        expected: 'a Gateway of networking.istio.io',
        actual: `Gateway ${key} of ${gateway.apiVersion}`,
        hint: `write an HTTPRoute with parentRefs: [{name: ${metadata.name}, namespace: ${metadata.namespace ?? 'default'}}] in its place, or bind the VirtualService to a Gateway of networking.istio.io`
      }
    }
  }
}

/**
 * A VirtualService of Gateways that are not there: its hosts get 404. Gateways may stand in other files, so only where some are
 * among the objects, and none of those that it names.
 */
export const virtualServiceUnbound: Rule = {
  code: 'VIRTUAL_SERVICE_WITHOUT_GATEWAY',
  severity: 'warning',
  explains: ['GATEWAY_HAS_NO_HOST'],
  *find({ resources }) {
    yield* forSidecarsAlone(resources)
    yield* boundToGatewayAPI(resources)
    const all = istioGateways(resources)
    const known = all.map(keyOf)
    const ofIngress = all.filter(({ spec }) => !namesEgressGateway(spec?.selector)).map(keyOf)
    if (ofIngress.length === 0) {
      return
    }
    for (const virtualService of virtualServices(resources)) {
      const { hosts, gateways } = virtualService.spec ?? {}
      const named = (Array.isArray(gateways) ? gateways : []).filter(
        name => typeof name === 'string' && name !== 'mesh'
      )
      const keys = named.map(name => gatewayName(name, virtualService.metadata.namespace ?? 'default'))
      const isOfGatewayAPI = keys.some(key => gatewayOfAPI(key, resources))
      if (keys.length === 0 || isOfGatewayAPI || keys.some(key => known.includes(key))) {
        continue
      }
      const nearest = meantGateway(named[0]!, keys[0]!, ofIngress)
      const path = ['spec', 'gateways', gateways!.indexOf(named[0]!)]
      yield {
        object: virtualService,
        path,
        message: `${objectName(virtualService)} is bound to ${keys.join(', ')}, and no such Gateway is among the objects: ${(hosts ?? []).join(', ')} gets 404 from the gateway`,
        expected: ofIngress.join(' or '),
        actual: named.join(', '),
        ...(nearest?.isSure && { changes: [{ path, value: nearest.meant }] }),
        hint: nearest
          ? `bind it to a Gateway that is there: ${nearest.meant}${nearest.isElsewhere ? `, which is in another namespace than ${keys[0]}` : ''}`
          : `let ${keys[0]} be among what is checked, or bind it to the Gateway that is meant`
      }
    }
  }
}
