import type {
  Certificate,
  Clock,
  LoadBalancer,
  LoadBalancerDescription,
  LoadBalancerEvent,
  LoadBalancerOptions,
  Targets
} from '../elbv2/index.ts'
import { createLoadBalancer, type DevelopmentAuthority } from '../load-balancer/index.ts'
import type { Environment, Stack } from '../model/index.ts'
import { dnsNameOf } from '../targets/index.ts'
import type { Bindings } from './bindings.ts'
import { Certificates } from './certificates.ts'
import { webACLFinder } from './web-acls.ts'

export interface LoadBalancersOptions {
  environment: Environment
  authority: DevelopmentAuthority
  bindings: Bindings
  /** Let the system choose every listener's port, whatever the bindings say. */
  anyPort?: boolean
  /** Health checks run this many times faster; default 1. */
  timeScale?: number
  clock?: Clock
  /** A certificate that somebody brought with its key; undefined for those that the development CA makes. */
  importedCertificate?(arn: string): Certificate | undefined
  /** `id` is the stack's whose load balancer tells it; a certificate that is made concerns none yet. */
  onEvent?(event: LoadBalancerEvent, id?: string): void
  /** For tests. */
  create?(options: LoadBalancerOptions): LoadBalancer
}

interface Running {
  loadBalancer: LoadBalancer
  stack: Stack
  /** What its development certificates are for. */
  hosts: string[]
}

function loadBalancerOf({ resources }: Stack) {
  return Object.values(resources['AWS::ElasticLoadBalancingV2::LoadBalancer'] ?? {})[0]?.spec
}

function listenersOf({ resources }: Stack) {
  return Object.values(resources['AWS::ElasticLoadBalancingV2::Listener'] ?? {}).map(({ spec }) => spec)
}

/**
 * The load balancers that run, one for each stack's ID: made with the first stack, fed with each next one, and released with
 * all that they hold. What they are made of is found here: places for listeners, certificates, trust stores, web ACLs, names.
 */
export class LoadBalancers {
  readonly #options: LoadBalancersOptions
  readonly #certificates: Certificates
  readonly #running = new Map<string, Running>()

  constructor(options: LoadBalancersOptions) {
    this.#options = options
    const { authority, environment, onEvent } = options
    this.#certificates = new Certificates(authority, environment, made => onEvent?.(made))
  }

  /**
   * Makes the stack and targets what its load balancer is, which begins with the first of them. A stack without a load
   * balancer is nothing to run.
   *
   * @param domains host names that certificates are made for, beside the load balancer's own.
   * @throws {Failure} where a listener or what it needs cannot be had; one that ran before keeps its configuration.
   */
  async apply(stack: Stack, targets: Targets, domains: readonly string[]): Promise<void> {
    const spec = loadBalancerOf(stack)
    if (!spec) {
      return
    }
    const { id } = stack
    const hosts = [...new Set([...domains, dnsNameOf(spec.name, spec.scheme, this.#options.environment.region)])]
    const known = this.#running.get(id)
    try {
      await this.#options.bindings.assign(id, listenersOf(stack))
      if (known) {
        Object.assign(known, { stack, hosts })
        await known.loadBalancer.apply(stack, targets)
      } else {
        await this.#begin(stack, targets, hosts)
      }
    } catch (error) {
      if (!known) {
        this.#options.bindings.release(id)
      }
      throw error
    }
  }

  get ids(): string[] {
    return [...this.#running.keys()]
  }

  /** Whether one runs. */
  has(id: string): boolean {
    return this.#running.has(id)
  }

  /** What one is like; undefined where none runs. */
  describe(id: string): LoadBalancerDescription | undefined {
    return this.#running.get(id)?.loadBalancer.describe()
  }

  describeAll(): LoadBalancerDescription[] {
    return [...this.#running.values()].map(({ loadBalancer }) => loadBalancer.describe())
  }

  /** Each load balancer's counters, in Prometheus's text format. */
  metrics(): string[] {
    return [...this.#running.values()].map(({ loadBalancer }) => loadBalancer.metrics())
  }

  /** A host that one has a certificate for: of `aws.yaml`, of the domains that it was given, or its own DNS name. */
  hostOf(id: string): string | undefined {
    const running = this.#running.get(id)
    if (!running) {
      return undefined
    }
    const arns = listenersOf(running.stack).flatMap(({ certificates = [] }) =>
      certificates.map(one => one.certificateARN)
    )
    const listed = (this.#options.environment.certificates ?? []).filter(({ arn }) => arns.includes(arn))
    const [host] = [...listed.flatMap(({ domains }) => domains), ...running.hosts]
    return host?.replace(/^\*\./, 'www.')
  }

  /** Ends one; requests in flight get so many milliseconds. Its places stay its own: the next of the same ID finds them. */
  async end(id: string, graceMilliseconds = 0): Promise<void> {
    const running = this.#running.get(id)
    this.#running.delete(id)
    await running?.loadBalancer.close(graceMilliseconds)
  }

  /** Ends one, and gives its places to others. */
  async remove(id: string): Promise<void> {
    await this.end(id)
    this.#options.bindings.release(id)
  }

  /** Ends them all. */
  async close(graceMilliseconds = 0): Promise<void> {
    await Promise.all(this.ids.map(id => this.end(id, graceMilliseconds)))
  }

  async #begin(stack: Stack, targets: Targets, hosts: string[]): Promise<void> {
    const running: Running = { stack, hosts, loadBalancer: this.#create(stack, () => running.hosts) }
    try {
      await running.loadBalancer.apply(stack, targets)
    } catch (error) {
      await running.loadBalancer.close()
      throw error
    }
    this.#running.set(stack.id, running)
  }

  #create(stack: Stack, hosts: () => string[]): LoadBalancer {
    const { environment, authority, bindings, anyPort, timeScale, clock, onEvent } = this.#options
    const { create = createLoadBalancer, importedCertificate } = this.#options
    const { id } = stack
    const { name, scheme } = loadBalancerOf(stack)!
    return create({
      dnsName: dnsNameOf(name, scheme, environment.region),
      account: environment,
      certificateFor: async arn => importedCertificate?.(arn) ?? this.#certificates.for(name, arn, hosts()),
      webACLFor: webACLFinder(environment),
      // Whose certificates a trust store takes nobody knows here: those of the development CA, and no others.
      trustStoreFor: async () => authority.certificate,
      bind: ({ port }) => (anyPort ? { host: '127.0.0.1', port: 0 } : bindings.of(id, port)),
      ...(timeScale !== undefined && { timeScale }),
      ...(clock && { clock }),
      onEvent: event => onEvent?.(event, id)
    })
  }
}
