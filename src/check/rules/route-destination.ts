import { virtualServices } from '../../istio/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { objectName, type Path, type Resources } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

interface Route {
  route?: { destination?: { host?: unknown } }[]
}

/** Service and namespace that a destination's host means; undefined for a host outside the cluster. */
function serviceOf(host: string, own: string): { name: string; namespace: string } | undefined {
  if (!host.includes('.')) {
    return { name: host, namespace: own }
  }
  const [, name, namespace] = /^([^.*]+)\.([^.]+)\.svc\.cluster\.local$/.exec(host) ?? []
  return name && namespace ? { name, namespace } : undefined
}

/** Every destination of a VirtualService, and its place. */
function* destinationsOf(spec: Record<string, unknown>): Generator<{ host: string; path: Path }> {
  for (const kind of ['http', 'tls', 'tcp']) {
    const routes = Array.isArray(spec[kind]) ? (spec[kind] as Route[]) : []
    for (const [routeIndex, { route }] of routes.entries()) {
      for (const [index, { destination }] of (Array.isArray(route) ? route : []).entries()) {
        if (typeof destination?.host === 'string') {
          yield {
            host: destination.host,
            path: ['spec', kind, routeIndex, 'route', index, 'destination', 'host']
          }
        }
      }
    }
  }
}

function namesOf(resources: Resources): Map<string, Set<string>> {
  const byNamespace = new Map<string, Set<string>>()
  for (const { metadata } of resources.list('Service')) {
    const namespace = metadata.namespace ?? 'default'
    byNamespace.set(namespace, (byNamespace.get(namespace) ?? new Set()).add(metadata.name))
  }
  return byNamespace
}

/** Hosts that ServiceEntries bring into the mesh. */
function entriesOf(resources: Resources): Set<string> {
  return new Set(
    resources.list('ServiceEntry').flatMap(({ spec }) => {
      const { hosts } = (spec ?? {}) as { hosts?: unknown }
      return Array.isArray(hosts) ? hosts.map(String) : []
    })
  )
}

/**
 * A route of the gateway to a Service that is not there: 503. A host without a dot is of the VirtualService's own namespace.
 * Files seldom hold every Service, so it is told only where one of that name is elsewhere, or one of nearly that name there.
 */
export const routeDestination: Rule = {
  code: 'ROUTE_DESTINATION_NOT_THERE',
  severity: 'warning',
  *find({ resources }) {
    const services = namesOf(resources)
    const entries = entriesOf(resources)
    for (const virtualService of virtualServices(resources)) {
      const gateways = virtualService.spec?.gateways
      const own = virtualService.metadata.namespace ?? 'default'
      if (!Array.isArray(gateways) || gateways.every(gateway => gateway === 'mesh')) {
        continue
      }
      for (const { host, path } of destinationsOf(virtualService.spec as Record<string, unknown>)) {
        const wanted = serviceOf(host, own)
        const there = wanted && services.get(wanted.namespace)
        if (!wanted || there?.has(wanted.name) || entries.has(host)) {
          continue
        }
        const elsewhere = [...services].find(([, names]) => names.has(wanted.name))?.[0]
        const similar = elsewhere === undefined ? nearestName(wanted.name, there ?? []) : wanted.name
        if (similar === undefined) {
          continue
        }
        const meant = `${similar}.${elsewhere ?? wanted.namespace}.svc.cluster.local`
        yield {
          object: virtualService,
          path,
          message: `${objectName(virtualService)} sends to ${host}, which is Service ${wanted.namespace}/${wanted.name}, and that is not among the objects: 503 from the gateway`,
          expected: meant,
          actual: host,
          hint: `did you mean ${meant}?`,
          changes: [{ path, value: meant }]
        }
      }
    }
  }
}
