import type { LoadBalancer, LoadBalancerDescription, LoadBalancerEvent, Target } from '../../elbv2/index.ts'
import { Failure } from '../../failure.ts'
import { createDevelopmentAuthority, createLoadBalancer, type DevelopmentAuthority } from '../../load-balancer/index.ts'
import {
  applicationLoadBalancer,
  buildPlan,
  type Environment,
  type GroupPlan,
  type Plan,
  type Stack,
  specsOf
} from '../../model/index.ts'
import { Resources as ResourceSet, type Resources } from '../../resources/index.ts'
import { dnsNameOf, domainsOf, nodeAt, targetsOf } from '../../targets/index.ts'
import { type Bindings, createBindings } from '../bindings.ts'
import { Certificates } from '../certificates.ts'
import { webACLFinder } from '../web-acls.ts'
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
  onEvent?(event: LoadBalancerEvent): void
}

function needsPods(stack: Stack): boolean {
  return specsOf(stack, 'targetGroupBinding').some(({ template }) => template.spec.targetType === 'ip')
}

interface Running {
  loadBalancer: LoadBalancer
  stack: Stack
  /** What its development certificates are for. */
  hosts: string[]
}

/**
 * The load balancers of a set of objects, running on loopback: what the controller does, without an API server.
 * What is applied replaces what ran; a group whose plan fails keeps what it had.
 */
export class Simulation {
  readonly authority: DevelopmentAuthority
  readonly #options: SimulationOptions
  readonly #cluster: EmbeddedCluster | undefined
  /** By group. */
  readonly #running = new Map<string, Running>()
  readonly #certificates: Certificates
  readonly #bindings: Bindings
  #resources: Resources = new ResourceSet()

  private constructor(
    options: SimulationOptions,
    authority: DevelopmentAuthority,
    cluster: EmbeddedCluster | undefined
  ) {
    this.#options = options
    this.authority = authority
    this.#cluster = cluster
    const { environment, portOffset, onEvent } = options
    this.#certificates = new Certificates(authority, environment, made => onEvent?.(made))
    // Load balancers make room for each other; a port that another program has is a failure.
    this.#bindings = createBindings({ portOffset, isBusy: async () => false })
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
   * Builds the plan of the objects and runs it.
   *
   * @throws Failure exit 2 where a port is busy; a load balancer that ran before keeps its configuration.
   */
  async apply(resources: Resources): Promise<Plan> {
    const plan = buildPlan(resources, this.#options.environment)
    const pods = plan.groups.some(({ stack }) => stack && needsPods(stack))
    const populated = this.#cluster
      ? await this.#cluster.apply(resources, { pods })
      : new ResourceSet([...resources.all(), ...this.#options.nodes!.map((address, index) => nodeAt(address, index))])
    this.#resources = populated
    const failures: Failure[] = []
    for (const group of plan.groups) {
      if (group.stack) {
        await this.#run(group, group.stack, populated).catch((error: unknown) => {
          if (!(error instanceof Failure)) {
            throw error
          }
          failures.push(error)
        })
      }
    }
    const gone = [...this.#running].filter(([id]) => !plan.groups.some(group => group.id === id))
    for (const [id, { loadBalancer }] of gone) {
      this.#running.delete(id)
      await loadBalancer.close()
      this.#bindings.release(id)
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
    const running = this.#running.get(group)
    if (!running) {
      return undefined
    }
    const arns = specsOf(running.stack, 'listener').flatMap(({ certificates = [] }) =>
      certificates.map(one => one.certificateARN)
    )
    const listed = (this.#options.environment.certificates ?? []).filter(({ arn }) => arns.includes(arn))
    const [host] = [...listed.flatMap(({ domains }) => domains), ...running.hosts]
    return host?.replace(/^\*\./, 'www.')
  }

  describe(): LoadBalancerDescription[] {
    return [...this.#running.values()].map(({ loadBalancer }) => loadBalancer.describe())
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

  /** Stops every load balancer, then the embedded cluster, and frees every port. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ loadBalancer }) => loadBalancer.close()))
    this.#running.clear()
    await this.#cluster?.close()
  }

  async #run(group: GroupPlan, stack: Stack, resources: Resources): Promise<void> {
    const { environment, onEvent, timeScale, anyPort, hosts: named = [] } = this.#options
    const spec = applicationLoadBalancer(stack)
    if (!spec) {
      return
    }
    const dnsName = dnsNameOf(spec.name, spec.scheme, environment.region)
    const targets: Map<string, Target[]> = targetsOf(stack, resources)
    const hosts = [...new Set([...named, ...domainsOf(group, resources), dnsName])]
    await this.#bindings.assign(group.id, specsOf(stack, 'listener'))
    const known = this.#running.get(group.id)
    if (known) {
      Object.assign(known, { stack, hosts })
      return known.loadBalancer.apply(stack, targets)
    }
    const running: Running = {
      stack,
      hosts,
      loadBalancer: createLoadBalancer({
        dnsName,
        certificateFor: arn => this.#certificates.for(spec.name, arn, running.hosts),
        webACLFor: webACLFinder(environment),
        // Whose certificates a trust store takes nobody knows here: those of the development CA, and no others.
        trustStoreFor: async () => this.authority.certificate,
        bind: ({ port }) => (anyPort ? { host: '127.0.0.1', port: 0 } : this.#bindings.of(group.id, port)),
        timeScale,
        onEvent
      })
    }
    try {
      await running.loadBalancer.apply(stack, targets)
    } catch (error) {
      await running.loadBalancer.close()
      this.#bindings.release(group.id)
      throw error
    }
    this.#running.set(group.id, running)
  }
}
