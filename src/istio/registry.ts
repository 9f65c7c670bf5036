/**
 * What Istio knows of the hosts that routes send to: Services and ServiceEntries, as far as they are exported to the gateway.
 *
 * @module
 */

import { objectName, type Resources, type Service } from '../resources/index.ts'
import { type ServiceEntry, serviceEntries } from './istio.ts'
import { whyRefused } from './refusal.ts'
import { visibleTo } from './virtual-service.ts'

/** The host of a Service, with its name and its namespace. */
export const inCluster = /^([^.]+)\.([^.]+)\.svc\.cluster\.local$/

/** Who looks for a host. */
interface Viewer {
  resources: Resources
  /** Namespace of the gateway's pods. */
  namespace: string
  /** Whether the objects are all that there is. */
  complete: boolean
}

/** What Istio knows of a host. */
export interface Registered {
  /** The host of the cluster: of an ExternalName Service the one behind it. */
  host: string
  service?: Service
  entry?: ServiceEntry
}

/** The Service or ServiceEntry of a host, as far as the gateway's namespace sees it (Istio: exportTo). */
export function registered(host: string, { resources, namespace }: Viewer): Registered {
  const [, name, owner] = inCluster.exec(host) ?? []
  const service = name && owner ? resources.find('Service', name, owner) : undefined
  if (service) {
    const { type, externalName } = service.spec ?? {}
    // Istio sends to the Service behind the alias; the port is the alias's own.
    return { host: type === 'ExternalName' && externalName ? externalName : host, service }
  }
  const entry = serviceEntries(resources).find(
    one =>
      whyRefused(one).length === 0 &&
      one.spec?.hosts?.includes(host) &&
      visibleTo(one.spec.exportTo, one.metadata.namespace ?? 'default').some(to => to === '*' || to === namespace)
  )
  return { host, ...(entry && { entry }) }
}

/** The ports of what is registered; undefined where none are told. */
export function portsOf({ service, entry }: Registered): number[] | undefined {
  return service?.spec?.ports?.map(({ port }) => port) ?? entry?.spec?.ports?.map(({ number }) => number)
}

function isVisible({ metadata }: Service, namespace: string): boolean {
  const text = metadata.annotations?.['networking.istio.io/exportTo']
  const exportTo = text?.split(',').map(one => one.trim())
  return visibleTo(exportTo, metadata.namespace ?? 'default').some(to => to === '*' || to === namespace)
}

/** Why a host is not known, and what mends it. */
export interface Unknown {
  reason: string
  hint?: string
}

/** Why Istio has no cluster for a destination. */
export function whyUnknown(host: string, found: Registered, port: number, viewer: Viewer): Unknown | undefined {
  const { service, entry, host: behind } = found
  if (host === '') {
    return {
      reason: 'the backend is none that the route may use: no Service of the namespace, and no ReferenceGrant',
      hint: "name a Service of the route's own namespace with its port, or add a ReferenceGrant to the backend's namespace, from this kind of route and its namespace to Service"
    }
  }
  if (service && !isVisible(service, viewer.namespace)) {
    return {
      reason: `Service ${host} is not exported to namespace ${viewer.namespace}`,
      hint: `add ${viewer.namespace} to networking.istio.io/exportTo of the Service`
    }
  }
  if (service && behind !== host) {
    return whyUnknownBehind(host, behind, port, viewer)
  }
  return (service ?? entry) ? withoutPort(`Service ${host}`, found, port) : whyNowhere(host, viewer)
}

/** That a port is none of those that a host has. */
function withoutPort(name: string, found: Registered, port: number): Unknown | undefined {
  const ports = portsOf(found)
  return ports?.includes(port) === false
    ? { reason: `${name} has no port ${port}`, hint: `send to a port that it has: ${ports.join(', ')}` }
    : undefined
}

/** Of an ExternalName Service: what stands behind it. */
function whyUnknownBehind(host: string, behind: string, port: number, viewer: Viewer): Unknown | undefined {
  const concrete = registered(behind, viewer)
  const name = `${behind}, for which Service ${host} stands,`
  if (concrete.service || concrete.entry) {
    return withoutPort(name, concrete, port)
  }
  return viewer.complete || !inCluster.test(behind)
    ? { reason: `${name} is neither a Service nor a ServiceEntry`, hint: `add a ServiceEntry for ${behind}` }
    : undefined
}

/** Of a host that is not registered. */
function whyNowhere(host: string, { resources, namespace, complete }: Viewer): Unknown | undefined {
  const [, name] = inCluster.exec(host) ?? []
  if (name === undefined) {
    return whyNoEntry(host, resources, namespace)
  }
  // A Service that is not there may be in another repository; one of the name in another namespace is a name too short.
  const elsewhere = resources.list('Service').find(({ metadata }) => metadata.name === name)
  if (elsewhere) {
    return {
      reason: `there is no Service ${host}; ${objectName(elsewhere)} is of another namespace`,
      hint: `name the namespace too, if ${objectName(elsewhere)} is meant`
    }
  }
  return complete ? { reason: `there is no Service ${host}` } : undefined
}

/** Of a host that is none of a Service. */
function whyNoEntry(host: string, resources: Resources, namespace: string): Unknown {
  const entry = serviceEntries(resources).find(({ spec }) => spec?.hosts?.includes(host))
  if (entry) {
    return whyRefused(entry).length > 0
      ? { reason: `${objectName(entry)}, which has the host ${host}, does not count`, hint: 'mend the ServiceEntry' }
      : {
          reason: `${objectName(entry)}, which has the host ${host}, is not exported to namespace ${namespace}`,
          hint: `export it to namespace ${namespace} (spec.exportTo)`
        }
  }
  const [, name, owner, ofCluster] = /^([^.]+)\.([^.]+)(\.svc(?:\.cluster)?)?$/.exec(host) ?? []
  // Two labels may be a name of DNS; where the second is a namespace of the objects, they are hardly meant so.
  const isService =
    ofCluster !== undefined ||
    resources.all().some(({ metadata }) => owner !== undefined && metadata.namespace === owner)
  return {
    reason: `there is no ServiceEntry for the host ${host}`,
    hint: isService
      ? `write the host in full: ${name}.${owner}.svc.cluster.local`
      : `add a ServiceEntry for ${host}, or name a Service in full: NAME.NAMESPACE.svc.cluster.local`
  }
}
