import { type Failure, usageFailure } from '../../failure.ts'
import { assumeRoutes } from '../../istio/index.ts'
import { type KubernetesObject, objectKey, Resources, type Service, type ServicePort } from '../../resources/index.ts'
import { endpointSliceOf, nodeAt, podPort } from '../../targets/index.ts'
import { type BehaviourOptions, behavioursOf } from './behaviour.ts'
import { chooseNodeAddresses } from './node-address.ts'
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
  servicePort: ServicePort
  service: Service
  behaviour: Behaviour
}

/**
 * Nodes on loopback with stand-ins for what Services lead to: the node ports are open on every node, and for ip targets one
 * pod listens on its own address. Behind the Service of an ingress gateway is what Istio's would do with the Gateways and
 * VirtualServices among the objects; a port for which no server is there is closed. What is applied replaces what was there.
 */
export class EmbeddedCluster {
  readonly addresses: readonly string[]
  readonly #options: EmbeddedClusterOptions
  readonly #open = new Map<string, StandIn>()
  readonly #replicas = new Map<string, number>()

  private constructor(addresses: string[], options: EmbeddedClusterOptions) {
    this.addresses = addresses
    this.#options = options
  }

  static async create(options: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
    const { nodes = 2 } = options
    // One address more than nodes: the pod's, for ip targets.
    return new EmbeddedCluster(await chooseNodeAddresses(nodes + 1), options)
  }

  /** The nodes' addresses; the last address of several is the pod's. */
  get #nodeAddresses(): readonly string[] {
    return this.addresses.length > 1 ? this.addresses.slice(0, -1) : this.addresses
  }

  get #podAddress(): string {
    return this.addresses.at(-1)!
  }

  /** The pods behind a Service, `namespace/name`: 0 closes its ports as a gateway without pods does; default 1. */
  scale(service: string, replicas: number): void {
    this.#replicas.set(service, replicas)
  }

  /**
   * Opens the ports that these objects' Services need and closes the others.
   *
   * @param pods whether ip targets need the pod's own ports too; they may be privileged ones, node ports never are.
   * @returns the objects together with the nodes and endpoints that this cluster adds.
   * @throws Failure exit 2 `NODE_PORT_BUSY`; what was open before stays open.
   */
  async apply(resources: Resources, { pods = false } = {}): Promise<Resources> {
    const routed = this.#options.complete ? resources : assumeRoutes(resources).resources
    const wanted = new Map(this.#openings(routed, pods).map(opening => [`${opening.host}:${opening.port}`, opening]))
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
    return new Resources([...resources.all(), ...this.#objects(resources)])
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

  #openings(resources: Resources, pods: boolean): Opening[] {
    return resources
      .list('Service')
      .filter(service => this.#replicasOf(service) > 0)
      .flatMap(service => {
        const behaviourOf = behavioursOf(service, resources, this.#options)
        return (service.spec?.ports ?? []).flatMap((servicePort): Opening[] => {
          const behaviour = behaviourOf(servicePort)
          if (!behaviour) {
            return []
          }
          const { nodePort } = servicePort
          return [
            ...(nodePort ? this.#nodeAddresses.map(host => ({ host, port: nodePort })) : []),
            ...(pods ? [{ host: this.#podAddress, port: podPort(servicePort) }] : [])
          ].map(place => ({ ...place, servicePort, service, behaviour }))
        })
      })
  }

  async #openStandIn({ host, port, servicePort, service, behaviour }: Opening): Promise<StandIn> {
    try {
      return await StandIn.open(host, port, behaviour)
    } catch (error) {
      throw cannotOpen(host, port, service, servicePort, error as NodeJS.ErrnoException)
    }
  }

  #objects(resources: Resources): KubernetesObject[] {
    const { region = 'us-west-2' } = this.#options
    return [
      ...this.#nodeAddresses.map((address, index) => nodeAt(address, index, region)),
      ...resources
        .list('Service')
        .filter(service => this.#replicasOf(service) > 0)
        .map(service => endpointSliceOf(service, this.#podAddress))
    ]
  }
}

function cannotOpen(
  host: string,
  port: number,
  service: Service,
  { name = String(port) }: ServicePort,
  error: NodeJS.ErrnoException
): Failure {
  return usageFailure(
    {
      code: 'NODE_PORT_BUSY',
      message: `cannot open ${host}:${port} for port ${name} of Service ${objectKey(service)}: ${error.code === 'EADDRINUSE' ? 'something listens there' : error.message}`,
      object: `Service ${objectKey(service)}`,
      path: `spec.ports.${name}`,
      actual: String(port),
      hint:
        error.code === 'EACCES'
          ? 'give the port a targetPort above 1023, which needs no privilege'
          : 'stop what listens there, or name a cluster of your own with --nodes'
    },
    { cause: error }
  )
}
