/**
 * The way of a flow over the map: a Network Load Balancer reads nothing of it, so that it is known as far as places follow each other.
 *
 * @module
 */

import type { EdgeMap, FlowEvent, MapNode, WayPlace } from './contract.ts'
import { nodeID } from './map/node.ts'

/** A map, to be asked what leads where. */
interface Indexed {
  nodes: ReadonlyMap<string, MapNode>
  next: ReadonlyMap<string, readonly string[]>
}

const known = new WeakMap<EdgeMap, Indexed>()

function indexed(map: EdgeMap): Indexed {
  const found = known.get(map)
  if (found) {
    return found
  }
  const next = new Map<string, string[]>()
  for (const { from, to } of map.links) {
    next.set(from, [...(next.get(from) ?? []), to])
  }
  const made = { nodes: new Map(map.nodes.map(node => [node.id, node])), next }
  known.set(map, made)
  return made
}

/** The places of a flow in their order: to the target, and behind it as long as there is one way. */
export function placesOfFlow({ loadBalancer, listener, target }: FlowEvent, map: EdgeMap): string[] {
  const { next } = indexed(map)
  // `TCP:443`
  const places = [
    nodeID.loadBalancer(loadBalancer),
    nodeID.listener(loadBalancer, Number(listener.slice(listener.lastIndexOf(':') + 1)))
  ]
  function after(id: string): readonly string[] {
    return next.get(id) ?? []
  }
  const group = after(places[1]!).find(id =>
    after(id).includes(nodeID.target(id.slice('target-group '.length), target ?? ''))
  )
  if (group === undefined || target === undefined) {
    return places
  }
  places.push(group, nodeID.target(group.slice('target-group '.length), target))
  // A map has no circles; what leads back to itself would end here too.
  for (let onward = after(places.at(-1)!); onward.length === 1; onward = after(places.at(-1)!)) {
    if (places.includes(onward[0]!)) {
      break
    }
    places.push(onward[0]!)
  }
  return places
}

/** The same, for people. */
export function wayOfFlow(flow: FlowEvent, map: EdgeMap): WayPlace[] {
  const { nodes } = indexed(map)
  return placesOfFlow(flow, map).flatMap(id => {
    const node = nodes.get(id)
    return node ? [{ column: node.column, title: node.title, text: node.text }] : []
  })
}
