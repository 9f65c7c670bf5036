import type { ExchangeEntry, HealthCheckEntry, LoadBalancerDescription, LoadBalancerEvent } from '../../elbv2/index.ts'
import { Failure, usageFailure } from '../../failure.ts'
import { createDevelopmentAuthority, type DevelopmentAuthority } from '../../load-balancer/index.ts'
import { buildPlan, type Environment, type Plan, type Stack, type StackPlan, stackNamesOf } from '../../model/index.ts'
import { Resources as ResourceSet, type Resources } from '../../resources/index.ts'
import { domainsOf, nodeAt, targetsOf, withoutUnreachable } from '../../targets/index.ts'
import { createBindings } from '../bindings.ts'
import { LoadBalancers } from '../load-balancers.ts'
import { expectedCodes, podsAsked } from './asked.ts'
import { EmbeddedCluster } from './embedded-cluster.ts'

export interface SimulationOptions {
  environment: Environment
  /** Addresses of nodes on which something real answers; without them, an embedded cluster with a gateway stand-in. */
  nodes?: string[]
  /** Added to every listener's port. */
  portOffset?: number
  /** Let the system choose every listener's port: runs beside each other do not meet. */
  anyPort?: boolean
  /** Health checks run this many times faster; default 1. */
  timeScale?: number
  /** Host names that development certificates are made for, beside those that the objects name. */
  hosts?: string[]
  /** Pods of the EndpointSlices among the objects can be reached from here, wherever they are; default: those on loopback. */
  podsReachable?: boolean
  onEvent?(event: LoadBalancerEvent): void
  onExchange?(exchange: ExchangeEntry): void
  onHealthCheck?(check: HealthCheckEntry): void
}

/** Pods at addresses that mean something inside their cluster alone. */
function unreachable(group: string, addresses: readonly string[]): Failure {
  return usageFailure({
    code: 'POD_UNREACHABLE',
    message: `ip targets of group ${group} are at ${addresses.join(', ')}, addresses of a cluster that this machine is not part of: nothing is sent there`,
    path: 'endpoints',
    expected: 'addresses of loopback, or no EndpointSlices at all',
    actual: addresses.join(', '),
    hint: 'leave the EndpointSlices out, and the embedded cluster has pods of its own; or say --pods-reachable where the pods can be reached from here'
  })
}

/** The objects with nodes that really answer in place of those that a file tells of. */
function withNodes(resources: Resources, addresses: readonly string[]): Resources {
  const others = resources.all().filter(({ kind }) => kind !== 'Node')
  return new ResourceSet([...others, ...addresses.map((address, index) => nodeAt(address, index))])
}

/**
 * The load balancers of a set of objects, running on loopback: what the controller does, without an API server.
 * What is applied replaces what ran; a group whose plan fails keeps what it had.
 */
export class Simulation {
  readonly authority: DevelopmentAuthority
  readonly #options: SimulationOptions
  readonly #cluster: EmbeddedCluster | undefined
  readonly #loadBalancers: LoadBalancers
  #resources: Resources = new ResourceSet()

  private constructor(
    options: SimulationOptions,
    authority: DevelopmentAuthority,
    cluster: EmbeddedCluster | undefined
  ) {
    this.#options = options
    this.authority = authority
    this.#cluster = cluster
    const { environment, portOffset, anyPort, timeScale, onEvent, onExchange, onHealthCheck } = options
    this.#loadBalancers = new LoadBalancers({
      environment,
      authority,
      // A place that was asked for is that place or a failure; else a listener makes room for whoever is there.
      bindings: createBindings({ portOffset, ...(portOffset !== undefined && { isBusy: async () => false }) }),
      anyPort,
      timeScale,
      ...(onExchange && { onExchange }),
      ...(onHealthCheck && { onHealthCheck }),
      onEvent: event => onEvent?.(event)
    })
  }

  static async create(options: SimulationOptions): Promise<Simulation> {
    const authority = await createDevelopmentAuthority()
    if (options.nodes) {
      return new Simulation(options, authority, undefined)
    }
    const keyPair = await authority.issue('gateway', ['gateway'])
    const cluster = await EmbeddedCluster.create({ region: options.environment.region, keyPair })
    return new Simulation(options, authority, cluster)
  }

  /**
   * Runs the plan of the objects.
   *
   * @param plan where there is one already.
   * @throws Failure exit 2 where a port is busy; a load balancer that ran before keeps its configuration.
   */
  async apply(resources: Resources, plan: Plan = buildPlan(resources, this.#options.environment)): Promise<Plan> {
    const names = stackNamesOf(plan)
    const stacks = [...names.keys()].flatMap(({ stack }) => stack ?? [])
    const populated = this.#cluster
      ? await this.#cluster.apply(resources, { pods: podsAsked(stacks, resources) })
      : withNodes(resources, this.#options.nodes!)
    this.#cluster?.expect(expectedCodes(stacks.map(stack => ({ stack, targets: targetsOf(stack, populated) }))))
    this.#resources = populated
    const failures: Failure[] = []
    for (const [planned, id] of names) {
      if (planned.stack) {
        await this.#run(planned, id === planned.stack.id ? planned.stack : { ...planned.stack, id }, populated).catch(
          (error: unknown) => {
            if (!(error instanceof Failure)) {
              throw error
            }
            failures.push(error)
          }
        )
      }
    }
    for (const id of this.#loadBalancers.ids) {
      if (![...names.values()].includes(id)) {
        await this.#loadBalancers.remove(id)
      }
    }
    if (failures.length > 0) {
      throw new Failure(
        failures[0]!.exitCode,
        failures.flatMap(({ findings }) => findings)
      )
    }
    return plan
  }

  /** What was applied last, with the nodes and endpoints that the cluster adds. */
  get resources(): Resources {
    return this.#resources
  }

  /** The pods behind a Service of the embedded cluster; takes effect with the next {@link apply}. */
  scale(service: string, replicas: number): void {
    this.#cluster?.scale(service, replicas)
  }

  /** A host that the load balancer of a group has a certificate for: of `aws.yaml`, of the objects, or its own DNS name. */
  hostOf(group: string): string | undefined {
    return this.#loadBalancers.hostOf(group)
  }

  describe(): LoadBalancerDescription[] {
    return this.#loadBalancers.describeAll()
  }

  /** Each load balancer's counters, in Prometheus's text format. */
  metrics(): string[] {
    return this.#loadBalancers.metrics()
  }

  /** Resolves as soon as every target was checked often enough to have a state, or after the time, in milliseconds. */
  async whenChecked(longest = 5_000): Promise<void> {
    function isNew({ targetGroups }: LoadBalancerDescription): boolean {
      return targetGroups.some(({ targets }) => targets.some(({ state }) => state === 'initial'))
    }
    const deadline = performance.now() + longest
    while (this.describe().some(isNew) && performance.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Stops every load balancer, whose requests in flight may take `graceMilliseconds`, then the embedded cluster, and frees every
   * port.
   */
  async close(graceMilliseconds = 0): Promise<void> {
    await this.#loadBalancers.close(graceMilliseconds)
    await this.#cluster?.close()
  }

  async #run(planned: StackPlan, stack: Stack, resources: Resources): Promise<void> {
    const { hosts = [], podsReachable } = this.#options
    const all = targetsOf(stack, resources)
    const { targets, refused } = podsReachable ? { targets: all, refused: [] } : withoutUnreachable(all)
    if (refused.length > 0) {
      throw unreachable(stack.id, refused)
    }
    await this.#loadBalancers.apply(stack, targets, [...hosts, ...domainsOf(planned, resources)])
  }
}
