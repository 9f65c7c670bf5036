import type {
  Certificate,
  Clock,
  ExchangeEntry,
  HealthCheckEntry,
  LoadBalancer,
  LoadBalancerDescription,
  LoadBalancerEvent,
  LoadBalancerOptions,
  LoadBalancerType,
  Target,
  Targets
} from '../elbv2/index.ts'
import { Failure } from '../failure.ts'
import { createLoadBalancer, type DevelopmentAuthority } from '../load-balancer/index.ts'
import {
  classicLoadBalancer,
  type Environment,
  type LoadBalancerSpec,
  referencedID,
  type Stack,
  specEntries,
  specsOf,
  type Token
} from '../model/index.ts'
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
  onExchange?(exchange: ExchangeEntry): void
  onHealthCheck?(check: HealthCheckEntry): void
  /** For tests. */
  create?(options: LoadBalancerOptions, type: LoadBalancerType): LoadBalancer
}

/** One load balancer of a stack: the stack's own, or the network one in front of it. */
interface Part {
  type: LoadBalancerType
  /** Its places are bound by this. */
  bindingsID: string
  loadBalancer: LoadBalancer
}

interface Running {
  stack: Stack
  /** Without those that are load balancers here. */
  targets: Targets
  /** What its development certificates are for. */
  hosts: string[]
  /** The stack's own one first; the one in front of it leads to it. */
  parts: Part[]
}

/** A load balancer of a stack, with its listeners. */
interface PlannedPart {
  type: LoadBalancerType
  bindingsID: string
  spec: Pick<LoadBalancerSpec, 'name' | 'scheme'> & { type?: LoadBalancerType }
  subnets: string[]
  listeners: { port: number; protocol: string }[]
}

/** The load balancers of a stack: beside an application one stands the network one in front of it, if there is any. */
function partsOf(stack: Stack): PlannedPart[] {
  const planned = specEntries(stack, 'loadBalancer').map(([id, spec]) => ({
    type: spec.type as LoadBalancerType,
    spec,
    subnets: spec.subnetMapping.map(({ subnetID }) => subnetID),
    listeners: specsOf(stack, 'listener').filter(({ loadBalancerARN }) =>
      [id, undefined].includes(referencedID(loadBalancerARN))
    )
  }))
  const classic = classicLoadBalancer(stack)
  if (classic) {
    const listeners = classic.listeners.map(({ loadBalancerPort: port, protocol }) => ({ port, protocol }))
    return [{ type: 'classic', bindingsID: stack.id, spec: classic, subnets: classic.subnets, listeners }]
  }
  // Two of one stack may listen on the same ports.
  return planned
    .sort((one, other) => one.type.localeCompare(other.type))
    .map((part, index) => ({ ...part, bindingsID: index === 0 ? stack.id : `${stack.id} ${part.type}` }))
}

/**
 * The load balancers that run, one for each stack's ID: made with the first stack, fed with each next one, and released with
 * all that they hold. What they are made of is found here: places for listeners, certificates, trust stores, web ACLs, names.
 */
export class LoadBalancers {
  readonly #options: LoadBalancersOptions
  readonly #certificates: Certificates
  readonly #running = new Map<string, Running>()
  /** Names by stack ID, of what runs or is about to. */
  readonly #names = new Map<string, string[]>()

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
    const planned = partsOf(stack)
    if (planned.length === 0) {
      return
    }
    const { id } = stack
    const { environment, bindings } = this.#options
    this.#requireOwnNames(
      id,
      planned.map(({ spec }) => spec.name)
    )
    const names = planned.map(({ spec }) => dnsNameOf(spec, environment.region))
    const hosts = [...new Set([...domains, ...names])]
    const known = this.#running.get(id)
    const running: Running = known ?? { stack, targets, hosts, parts: [] }
    try {
      for (const { bindingsID, listeners } of planned) {
        await bindings.assign(bindingsID, listeners)
      }
      Object.assign(running, { stack, targets, hosts })
      await this.#applyParts(running, planned)
    } catch (error) {
      if (!known) {
        this.#names.delete(id)
        await this.#endParts(running, running.parts)
        for (const { bindingsID } of planned) {
          bindings.release(bindingsID)
        }
      }
      throw error
    }
    this.#running.set(id, running)
    await this.#feedInFrontOf(running)
  }

  /** AWS has one load balancer of a name, whatever stack it is of. @throws {Failure} */
  #requireOwnNames(id: string, names: string[]): void {
    for (const [other, taken] of this.#names) {
      const name = other === id ? undefined : names.find(one => taken.includes(one))
      if (name !== undefined) {
        throw new Failure(1, {
          code: 'LOAD_BALANCER_NAME_TAKEN',
          severity: 'error',
          message: `DuplicateLoadBalancerName: A load balancer with the same name '${name}' exists, but with different settings`,
          object: id,
          expected: 'a name of its own',
          actual: `the name of the load balancer of ${other}`,
          hint: 'give it another alb.ingress.kubernetes.io/load-balancer-name'
        })
      }
    }
    this.#names.set(id, names)
  }

  get ids(): string[] {
    return [...this.#running.keys()]
  }

  /** Whether one runs. */
  has(id: string): boolean {
    return this.#running.has(id)
  }

  /** What those of a stack are like, its own first, then the one in front of it; none where none runs. */
  describe(id: string): LoadBalancerDescription[] {
    return (this.#running.get(id)?.parts ?? []).map(({ loadBalancer }) => loadBalancer.describe())
  }

  describeAll(): LoadBalancerDescription[] {
    return this.#parts().map(({ loadBalancer }) => loadBalancer.describe())
  }

  /** Each load balancer's counters, in Prometheus's text format. */
  metrics(): string[] {
    return this.#parts().map(({ loadBalancer }) => loadBalancer.metrics())
  }

  /** A host that one has a certificate for: of `aws.yaml`, of the domains that it was given, or its own DNS name. */
  hostOf(id: string): string | undefined {
    const running = this.#running.get(id)
    if (!running) {
      return undefined
    }
    const arns = certificatesOf(running.stack)
    const listed = (this.#options.environment.certificates ?? []).filter(({ arn }) => arns.includes(arn))
    const [host] = [...listed.flatMap(({ domains }) => domains), ...running.hosts]
    return host?.replace(/^\*\./, 'www.')
  }

  /** Ends one; requests in flight get so many milliseconds. Its places stay its own: the next of the same ID finds them. */
  async end(id: string, graceMilliseconds = 0): Promise<void> {
    const running = this.#running.get(id)
    this.#running.delete(id)
    this.#names.delete(id)
    if (running) {
      await this.#endParts(running, [...running.parts], graceMilliseconds)
    }
  }

  /** Ends one, and gives its places to others. */
  async remove(id: string): Promise<void> {
    const bound = this.#running.get(id)?.parts.map(({ bindingsID }) => bindingsID) ?? []
    await this.end(id)
    for (const bindingsID of new Set([id, ...bound])) {
      this.#options.bindings.release(bindingsID)
    }
  }

  /** Ends them all. */
  async close(graceMilliseconds = 0): Promise<void> {
    await Promise.all(this.ids.map(id => this.end(id, graceMilliseconds)))
  }

  #parts(): Part[] {
    return [...this.#running.values()].flatMap(({ parts }) => parts)
  }

  /** In their order: the one in front has to know where the other listens. */
  async #applyParts(running: Running, planned: readonly PlannedPart[]): Promise<void> {
    const { stack, targets } = running
    const gone = running.parts.filter(({ bindingsID }) => !planned.some(part => part.bindingsID === bindingsID))
    await this.#endParts(running, gone)
    for (const part of gone) {
      this.#options.bindings.release(part.bindingsID)
    }
    for (const wanted of planned) {
      const known = running.parts.find(
        ({ bindingsID, type }) => bindingsID === wanted.bindingsID && type === wanted.type
      )
      const part = known ?? {
        type: wanted.type,
        bindingsID: wanted.bindingsID,
        loadBalancer: this.#create(wanted, stack.id, () => running.hosts)
      }
      if (!known) {
        running.parts.push(part)
      }
      // What stands in front of the first has it as its target; of a Gateway behind a Gateway the target is another stack's.
      const [behind] = running.parts
      const inFront = targetsInFront(stack, arn => (part === behind ? this.#applicationOf(arn) : behind))
      await part.loadBalancer.apply(stack, new Map([...targets, ...inFront]))
    }
  }

  /** Network Load Balancers of other Gateways learn where an application one that they lead to listens now. */
  async #feedInFrontOf(running: Running): Promise<void> {
    const changed = running.parts.filter(({ type }) => type === 'application')
    for (const { stack, targets, parts } of changed.length > 0 ? this.#running.values() : []) {
      const [front] = stack === running.stack ? [] : parts
      const inFront = front ? targetsInFront(stack, arn => this.#applicationOf(arn)) : []
      const names = changed.map(({ loadBalancer }) => loadBalancer.describe().name)
      if (inFront.some(([, [target]]) => target && names.includes(target.id))) {
        await front!.loadBalancer.apply(stack, new Map([...targets, ...inFront]))
      }
    }
  }

  /** The Application Load Balancer of an ARN that runs here; its name is in the ARN, which ends with an ID that only AWS knows. */
  #applicationOf(arn: Token): Part | undefined {
    const name = typeof arn === 'string' ? /:loadbalancer\/app\/([^/]+)\//.exec(arn)?.[1] : undefined
    return name === undefined
      ? undefined
      : this.#parts().find(one => one.type === 'application' && one.loadBalancer.describe().name === name)
  }

  async #endParts(running: Running, parts: readonly Part[], graceMilliseconds = 0): Promise<void> {
    running.parts = running.parts.filter(part => !parts.includes(part))
    await Promise.all(parts.map(({ loadBalancer }) => loadBalancer.close(graceMilliseconds)))
  }

  #create({ type, spec, subnets: listed, bindingsID }: PlannedPart, id: string, hosts: () => string[]): LoadBalancer {
    const { environment, authority, bindings, anyPort, timeScale, clock, onEvent } = this.#options
    const { create = createLoadBalancer, importedCertificate, onExchange, onHealthCheck } = this.#options
    const { name } = spec
    const subnets = new Set(listed)
    const zones = new Set(environment.subnets.filter(subnet => subnets.has(subnet.id)).map(({ zone }) => zone))
    return create(
      {
        dnsName: dnsNameOf(spec, environment.region),
        account: environment,
        certificateFor: async arn => importedCertificate?.(arn) ?? this.#certificates.for(name, arn, hosts()),
        webACLFor: webACLFinder(environment),
        // Whose certificates a trust store takes nobody knows here: those of the development CA, and no others.
        trustStoreFor: async () => authority.certificate,
        bind: ({ port }) => (anyPort ? { host: '127.0.0.1', port: 0 } : bindings.of(bindingsID, port)),
        ...(zones.size > 0 && { zones: [...zones] }),
        ...(timeScale !== undefined && { timeScale }),
        ...(clock && { clock }),
        ...(onExchange && { onExchange }),
        ...(onHealthCheck && { onHealthCheck }),
        onEvent: event => onEvent?.(event, id)
      },
      type
    )
  }
}

/** The certificates that listeners of a stack name. */
function certificatesOf(stack: Stack): string[] {
  const listeners = specsOf(stack, 'listener')
  return [
    ...listeners.flatMap(({ certificates = [] }) => certificates.map(one => one.certificateARN)),
    ...(classicLoadBalancer(stack)?.listeners ?? []).flatMap(({ sslCertificateID }) => sslCertificateID ?? [])
  ]
}

/** The targets of a network load balancer in front of application ones, which listen by then: the listeners of those. */
function targetsInFront({ resources }: Stack, partOf: (arn: Token) => Part | undefined): [string, Target[]][] {
  const groups = Object.values(resources.FrontendNLBTargetGroup ?? {}).flatMap(({ TargetGroups }) =>
    Object.values(TargetGroups)
  )
  return groups.flatMap(({ ARN, TargetARN, TargetPort }): [string, Target[]][] => {
    const behind = partOf(TargetARN)
    if (behind?.type !== 'application') {
      return []
    }
    const { name, listeners } = behind.loadBalancer.describe()
    const listener = listeners.find(({ port }) => port === TargetPort)
    const [address = '', port] = listener?.address.split(/:(?=\d+$)/) ?? []
    return [[referencedID(ARN) ?? String(ARN), listener ? [{ id: name, address, port: Number(port) }] : []]]
  })
}
