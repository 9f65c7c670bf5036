import type { Finding } from '../../src/failure.ts'
import { mergeValues, type Values } from '../../src/values/index.ts'

/** One edge of a release: complete values, without `edges`. */
export interface Edge {
  /** Its name; empty where the values name none. */
  name: string
  /** What its keys begin with, as the user types them: `edges.internal.`, or nothing. */
  prefix: string
  values: Values
}

/** The edges of values, each laid over what stands outside `edges`, as the chart's template does. */
export function edgesOf(values: Values): Edge[] {
  const { edges, ...outside } = values
  const named = Object.entries((edges ?? {}) as Record<string, Values>).sort(([one], [other]) => (one < other ? -1 : 1))
  if (named.length === 0) {
    return [{ name: '', prefix: '', values: { ...outside, edges: {} } }]
  }
  return named.map(([name, own]) => ({
    name,
    prefix: `edges.${name}.`,
    values: { ...mergeValues(outside, own), edges: {} }
  }))
}

interface EdgeValues {
  loadBalancer: { type: string; api: string }
  gateway: {
    name: string
    provider: string
    ports: Record<string, { nodePort: number }>
    service: { extraPorts: { nodePort?: number }[] }
  }
  ingress: {
    name: string
    loadBalancerName: string
    group: { name: string }
    healthCheck: unknown
    backendProtocolVersion: string
  }
  network: { name: string }
  classic: unknown
}

function read(edge: Edge): EdgeValues {
  return edge.values as unknown as EdgeValues
}

/** All that a gateway and its Service are made of: edges with one gateway must agree on it. */
function natureOf({ gateway, loadBalancer, network, classic, ingress }: EdgeValues): string {
  return JSON.stringify([
    gateway,
    loadBalancer.type,
    network,
    classic,
    ingress.healthCheck,
    ingress.backendProtocolVersion === 'GRPC'
  ])
}

interface Entry {
  key: string
  value: string | number
}

function repeated(code: string, entries: Entry[]): Finding[] {
  const seen = new Map<string | number, string>()
  return entries.flatMap(({ key, value }) => {
    const other = seen.get(value)
    if (other === undefined) {
      seen.set(value, key)
    }
    return other === undefined ? [] : [contradiction(code, key, String(value), `another than ${other}'s`)]
  })
}

function contradiction(code: string, path: string, actual: string, expected: string): Finding {
  return {
    code,
    severity: 'error',
    message: `${path}: is ${actual}, expected ${expected}`,
    path,
    expected,
    actual,
    hint: 'each edge needs its own, or one gateway that they agree on'
  }
}

/** What edges of one release may not share: node ports, names, a gateway that they do not agree on. */
export function checkEdges(edges: Edge[]): Finding[] {
  const gateways = new Map<string, { edge: Edge; nature: string }>()
  const nodePorts: Entry[] = []
  const ingresses: Entry[] = []
  const loadBalancers: Entry[] = []
  const shared: Finding[] = []
  const twice: Finding[] = []
  for (const edge of edges) {
    const values = read(edge)
    const { gateway, loadBalancer, ingress, network } = values
    const nature = natureOf(values)
    const other = gateways.get(gateway.name)
    if (!other) {
      gateways.set(gateway.name, { edge, nature })
      for (const port of ['status', 'http2', 'https']) {
        nodePorts.push({ key: `${edge.prefix}gateway.ports.${port}.nodePort`, value: gateway.ports[port]!.nodePort })
      }
      for (const [index, { nodePort }] of gateway.service.extraPorts.entries()) {
        if (nodePort !== undefined) {
          nodePorts.push({ key: `${edge.prefix}gateway.service.extraPorts[${index}].nodePort`, value: nodePort })
        }
      }
    } else if (other.nature !== nature || loadBalancer.type === 'network' || loadBalancer.type === 'classic') {
      shared.push(
        contradiction('GATEWAY_SHARED', `${edge.prefix}gateway.name`, gateway.name, `another than ${other.edge.name}'s`)
      )
    }
    if (loadBalancer.type === 'application') {
      // Both would be Gateways of one name.
      if (loadBalancer.api === 'gateway' && gateway.provider === 'gateway-api' && ingress.name === gateway.name) {
        twice.push(
          contradiction('GATEWAY_TWICE', `${edge.prefix}ingress.name`, ingress.name, "another than the gateway's")
        )
      }
      // Names that are derived carry the edge's own.
      ingresses.push({ key: `${edge.prefix}ingress.name`, value: ingress.name || `derived of ${edge.name}` })
      if (ingress.loadBalancerName && !ingress.group.name) {
        loadBalancers.push({ key: `${edge.prefix}ingress.loadBalancerName`, value: ingress.loadBalancerName })
      }
    } else if (loadBalancer.type === 'network' && network.name) {
      loadBalancers.push({ key: `${edge.prefix}network.name`, value: network.name })
    }
  }
  return [
    ...shared,
    ...twice,
    ...repeated('NODE_PORT_TWICE', nodePorts),
    ...repeated('INGRESS_TWICE', ingresses),
    ...repeated('LOAD_BALANCER_TWICE', loadBalancers)
  ]
}
