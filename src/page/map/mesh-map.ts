/**
 * The other half of the map: ports of Services, and what Istio's gateways do behind them.
 *
 * @module
 */

import type { PortRoute, PortRoutes } from '../../istio/index.ts'
import { objectName, type Service, type ServicePort } from '../../resources/index.ts'
import type { Tracer } from '../../trace/index.ts'
import type { MapLink, MapNode } from '../contract.ts'
import { nodeAt, nodeID } from './node.ts'
import type { Sources } from './sources.ts'

interface Drawing {
  nodes: Map<string, MapNode>
  links: MapLink[]
  sources: Sources
}

function portText({ port, nodePort, targetPort }: ServicePort): string {
  return [nodePort && `node port ${nodePort}`, `port ${port}`, targetPort && `to ${targetPort}`]
    .filter(Boolean)
    .join(', ')
}

function drawServicePort(drawing: Drawing, service: Service, port: ServicePort): string {
  const name = objectName(service)
  const id = nodeID.port(name, port.port)
  const place = drawing.sources.placeOf(name)
  drawing.nodes.set(
    id,
    nodeAt('port', id, {
      title: `${port.name ?? port.port} of ${service.metadata.name}`,
      text: portText(port),
      facts: [
        ['Service', `${service.metadata.namespace}/${service.metadata.name}`],
        ['port', String(port.port)],
        ...(port.nodePort ? [['node port', String(port.nodePort)] as [string, string]] : []),
        ...(port.targetPort ? [['target port', String(port.targetPort)] as [string, string]] : []),
        ['external traffic policy', service.spec?.externalTrafficPolicy ?? 'Cluster']
      ],
      object: name,
      ...(place && { place })
    })
  )
  return id
}

/** What a route takes, in words. */
function takenBy({ reads, domains, conditions }: PortRoute): { text: string; facts: [label: string, value: string][] } {
  const names = domains.join(', ')
  switch (reads) {
    case 'requests':
      return {
        text: [names, ...conditions].join(' and '),
        facts: [
          ['hosts', names],
          ['takes', conditions.join(' and ') || 'everything']
        ]
      }
    case 'server names':
      return {
        text: `server name ${names}`,
        facts: [
          ['server names', names],
          ['takes', 'connections of TLS with these server names, and passes them on unread']
        ]
      }
    case 'nothing':
      return { text: 'every connection', facts: [['takes', 'every connection, and passes it on unread']] }
  }
}

function drawRoute({ nodes, links, sources }: Drawing, from: readonly string[], route: PortRoute): void {
  const { name, own, destinations } = route
  const id = nodeID.route(name)
  // `VirtualService shop/web http[0].match[1]`, of a delegate with another behind it.
  const object = name.split(' > ').at(-1)!.split(' ').slice(0, 2).join(' ')
  const place = sources.placeOf(object)
  const { text, facts } = takenBy(route)
  nodes.set(
    id,
    nodeAt('route', id, {
      title: `${name.split(' > ').at(-1)!.split(' ').slice(1).join(' ')}`,
      text,
      facts: [['route', name], ...facts, ...(own === undefined ? [] : [['answers', own] as [string, string]])],
      object,
      ...(place && { place })
    })
  )
  links.push(...from.map(one => ({ from: one, to: id })))
  for (const { host, port, subset, share, problem } of destinations) {
    const service = nodeID.service(`${host}:${port}`)
    const [short, namespace] = host.endsWith('.svc.cluster.local') ? host.split('.') : [host, '']
    nodes.set(
      service,
      nodeAt('service', service, {
        title: `${short}:${port}`,
        text: namespace ?? '',
        facts: [['host', host], ['port', String(port)], ...(subset ? [['subset', subset] as [string, string]] : [])],
        ...(problem && { mark: { kind: 'error' as const, text: problem.reason } }),
        ...(namespace && { object: `Service ${namespace}/${short}` })
      })
    )
    const text = [subset, destinations.length > 1 && `${Math.round(share)} %`].filter(Boolean).join(', ')
    links.push({ from: id, to: service, ...(text && { text }) })
  }
}

function drawServers(drawing: Drawing, from: string, { servers, routes }: PortRoutes): void {
  const gateways = servers.map(({ gateway, port, protocol, hosts, tlsMode }) => {
    const id = nodeID.gateway(gateway, port)
    const place = drawing.sources.placeOf(gateway)
    drawing.nodes.set(
      id,
      nodeAt('gateway', id, {
        title: gateway.split(' ').slice(1).join(' '),
        text: `${protocol}:${port}${tlsMode ? ` ${tlsMode}` : ''}, ${hosts.join(', ')}`,
        facts: [
          ['Gateway', gateway],
          ['server', `${protocol}:${port}`],
          ...(tlsMode ? [['TLS', tlsMode] as [string, string]] : []),
          ['hosts', hosts.join(', ')]
        ],
        object: gateway,
        ...(place && { place })
      })
    )
    drawing.links.push({ from, to: id })
    return id
  })
  for (const route of routes) {
    drawRoute(drawing, gateways, route)
  }
}

/** The ports of Services that target groups lead to, and what stands behind them. Each place is drawn once. */
export class MeshMap {
  readonly #drawing: Drawing
  readonly #tracer: Tracer
  readonly #drawn = new Set<string>()

  constructor(tracer: Tracer, sources: Sources) {
    this.#tracer = tracer
    this.#drawing = { nodes: new Map(), links: [], sources }
  }

  get nodes(): MapNode[] {
    return [...this.#drawing.nodes.values()]
  }

  get links(): MapLink[] {
    return this.#drawing.links
  }

  /** Draws the port of a Service, with the gateway behind it if it is one. @returns its place. */
  draw(service: Service, port: ServicePort): string {
    const id = drawServicePort(this.#drawing, service, port)
    if (this.#drawn.has(id)) {
      return id
    }
    this.#drawn.add(id)
    const gateway = this.#tracer.backends.gatewayOf(service)
    for (const routes of gateway?.routesOn(port) ?? []) {
      drawServers(this.#drawing, id, routes)
    }
    return id
  }
}
