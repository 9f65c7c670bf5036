import { type Failure, usageFailure } from '../../failure.ts'
import { assumeRoutes } from '../../istio/index.ts'
import {
  type EndpointSlice,
  type KubernetesObject,
  type Node,
  objectKey,
  objectName,
  type Resources,
  type Service
} from '../../resources/index.ts'
import {
  assumeEndpoints,
  describeListener,
  isBacked,
  podListener,
  podPort,
  podPorts,
  slicesByService
} from '../../targets/index.ts'
import { type BehaviourOptions, type Behaviours, behavioursOf } from './behaviour.ts'
import type { ExpectedCode } from './echo.ts'
import { chooseNodeAddresses, podAddressAt } from './node-address.ts'
import { isLocal, localPods, nodeHealth } from './node-health.ts'
import { type Behaviour, StandIn } from './stand-in.ts'

export interface EmbeddedClusterOptions extends BehaviourOptions {
  /** Nodes of the cluster; default 2, in two zones. */
  nodes?: number
  /** Region whose zones the nodes are in; default `us-west-2`. */
  region?: string
}

interface Opening {
  host: string
  port: number
  /** In words. */
  what: string
  service: Service
  behaviour: Behaviour
}

/** The Services whose pods are opened, `namespace/name`, each with the ports that somebody asks for beside those that are known. */
export type PodsAsked = ReadonlyMap<string, Iterable<number>>

/**
 * Nodes on loopback with stand-ins for what Services lead to: the node ports are open on every node, and for ip targets the pod of
 * each Service listens on its own address. Behind the Service of an ingress gateway is what Istio's would do with the Gateways and
 * VirtualServices among the objects; a port for which no server is there is closed. What is applied replaces what was there.
 */
export class EmbeddedCluster {
  /** Of the nodes. */
  readonly addresses: readonly string[]
  readonly #options: EmbeddedClusterOptions
  readonly #open = new Map<string, StandIn>()
  readonly #replicas = new Map<string, number>()
  /** Of the pods that stand here; what stands at others nobody here decides. */
  #podAddresses: ReadonlySet<string> = new Set()
  #expected: ExpectedCode = () => undefined

  private constructor(addresses: string[], options: EmbeddedClusterOptions) {
    this.addresses = addresses
    this.#options = options
  }

  static async create(options: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
    return new EmbeddedCluster(await chooseNodeAddresses(options.nodes ?? 2), options)
  }

  /** The pods behind a Service, `namespace/name`: 0 closes its ports as a gateway without pods does; default 1. */
  scale(service: string, replicas: number): void {
    this.#replicas.set(service, replicas)
  }

  /** What health checks want to hear of applications from now on. */
  expect(expected: ExpectedCode): void {
    this.#expected = expected
  }

  /**
   * Opens the ports that these objects' Services need and closes the others.
   *
   * @param pods whose pods' own ports are needed, by ip targets; they may be privileged ones, node ports never are.
   * @returns the objects together with the nodes and endpoints that this cluster adds.
   * @throws Failure exit 2 `NODE_PORT_BUSY`; what was open before stays open.
   */
  async apply(resources: Resources, { pods = new Map() }: { pods?: PodsAsked } = {}): Promise<Resources> {
    const populated = this.#populate(resources)
    const routed = this.#options.complete ? populated : assumeRoutes(populated).resources
    const wanted = new Map<string, Opening>()
    for (const opening of this.#openings(routed, pods)) {
      const address = `${opening.host}:${opening.port}`
      // Of two Services with one node port the first has it, as for who asks the objects.
      wanted.set(address, wanted.get(address) ?? opening)
    }
    const opened: [string, StandIn][] = []
    try {
      for (const [address, opening] of wanted) {
        if (!this.#open.has(address)) {
          opened.push([address, await this.#openStandIn(opening)])
        }
      }
    } catch (error) {
      await Promise.all(opened.map(([, server]) => server.close()))
      throw error
    }
    for (const [address, { behaviour }] of wanted) {
      this.#open.get(address)?.configure(behaviour)
    }
    for (const [address, server] of opened) {
      this.#open.set(address, server)
    }
    const closing = [...this.#open].filter(([address]) => !wanted.has(address))
    for (const [address] of closing) {
      this.#open.delete(address)
    }
    await Promise.all(closing.map(([, server]) => server.close()))
    return populated
  }

  /** Frees every port. */
  async close(): Promise<void> {
    const servers = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(servers.map(server => server.close()))
  }

  #replicasOf(service: Service): number {
    return this.#replicas.get(objectKey(service)) ?? 1
  }

  /** With nodes and pods that stand here. Nodes that are among the objects keep everything but their address. */
  #populate(resources: Resources): Resources {
    const { region = 'us-west-2' } = this.#options
    const assumed = assumeEndpoints(resources, region, {
      nodes: this.addresses,
      podAt: index => podAddressAt(index, this.addresses),
      hasPods: service => this.#replicasOf(service) > 0
    }).resources
    const given = new Set(resources.list('EndpointSlice'))
    const own = assumed.list('EndpointSlice').filter(slice => !given.has(slice))
    this.#podAddresses = new Set(own.flatMap(({ endpoints = [] }) => endpoints.flatMap(({ addresses }) => addresses)))
    const nodes = new Map<KubernetesObject, Node>(
      resources.list('Node').map((node, index) => {
        const address = this.addresses[index % this.addresses.length]!
        return [node, { ...node, status: { ...node.status, addresses: [{ type: 'InternalIP', address }] } }]
      })
    )
    return nodes.size === 0 ? assumed : assumed.map(object => nodes.get(object) ?? object)
  }

  #openings(resources: Resources, pods: PodsAsked): Opening[] {
    const known = new Map<Service, Behaviours>()
    const behavioursFor = (service: Service): Behaviours => {
      const behaviours =
        known.get(service) ??
        behavioursOf(service, resources, this.#options, (place, path) => this.#expected(place, path))
      known.set(service, behaviours)
      return behaviours
    }
    return [...slicesByService(resources)].flatMap(([service, slices]) => {
      const health = this.#healthOpenings(service, slices, resources)
      if (this.#replicasOf(service) === 0 || !isBacked(slices)) {
        return health
      }
      const asked = pods.get(objectKey(service))
      const addresses = slices.flatMap(({ endpoints = [] }) => endpoints.flatMap(one => one.addresses))
      const own = addresses.filter(address => this.#podAddresses.has(address))
      return [
        ...health,
        ...this.#nodeOpenings(service, slices, resources, behavioursFor),
        ...(asked ? own.flatMap(host => podOpenings(host, service, resources, asked, behavioursFor)) : [])
      ]
    })
  }

  /** The node ports of a Service: on every node, or on those with pods of its own, which another port tells of. */
  #nodeOpenings(
    service: Service,
    slices: readonly EndpointSlice[],
    resources: Resources,
    behavioursFor: (service: Service) => Behaviours
  ): Opening[] {
    const nodes = this.#podsByNode(slices, resources)
    const takers = isLocal(service) ? nodes.filter(({ pods }) => pods > 0) : nodes
    return (service.spec?.ports ?? []).flatMap((port): Opening[] => {
      const { nodePort } = port
      const behaviour =
        nodePort && podPort(service, port, resources) !== undefined ? behavioursFor(service).ofPort(port) : undefined
      const what = `port ${port.name ?? port.port} of ${objectName(service)}`
      return nodePort && behaviour ? takers.map(({ host }) => ({ host, port: nodePort, what, service, behaviour })) : []
    })
  }

  /** How many pods of a Service each node has. */
  #podsByNode(slices: readonly EndpointSlice[], resources: Resources): { host: string; pods: number }[] {
    return this.addresses.map(host => {
      const nodes = resources.list('Node').filter(node => addressOf(node) === host)
      const names = nodes.map(({ metadata }) => metadata.name)
      return { host, pods: localPods(slices, names) }
    })
  }

  /** What tells load balancers which nodes have pods of a Service, where that counts. */
  #healthOpenings(service: Service, slices: readonly EndpointSlice[], resources: Resources): Opening[] {
    const port = service.spec?.healthCheckNodePort
    if (!isLocal(service) || !port) {
      return []
    }
    const what = `the health check node port of ${objectName(service)}`
    return this.#podsByNode(slices, resources).map(({ host, pods }) => {
      return { host, port, what, service, behaviour: nodeHealth(service, this.#replicasOf(service) > 0 ? pods : 0) }
    })
  }

  async #openStandIn(opening: Opening): Promise<StandIn> {
    try {
      return await StandIn.open(opening.host, opening.port, opening.behaviour)
    } catch (error) {
      throw cannotOpen(opening, error as NodeJS.ErrnoException)
    }
  }
}

function addressOf({ status }: Node): string | undefined {
  return status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
}

function podOpenings(
  host: string,
  service: Service,
  resources: Resources,
  asked: Iterable<number>,
  behavioursFor: (service: Service) => Behaviours
): Opening[] {
  return podPorts(service, resources, asked).flatMap((port): Opening[] => {
    const listener = podListener(service, port, resources)!
    const behaviour =
      listener.kind === 'service'
        ? behavioursFor(listener.service).ofPort(listener.port)
        : behavioursFor(service).ofPod(port, listener)
    return behaviour ? [{ host, port, what: describeListener(service, port, listener), service, behaviour }] : []
  })
}

function cannotOpen({ host, port, what, service }: Opening, error: NodeJS.ErrnoException): Failure {
  return usageFailure(
    {
      code: 'NODE_PORT_BUSY',
      message: `cannot open ${host}:${port} for ${what}: ${error.code === 'EADDRINUSE' ? 'something listens there' : error.message}`,
      object: objectName(service),
      path: 'spec.ports',
      actual: String(port),
      hint:
        error.code === 'EACCES'
          ? 'give the port a targetPort above 1023, which needs no privilege'
          : 'stop what listens there, or name a cluster of your own with --nodes'
    },
    { cause: error }
  )
}
