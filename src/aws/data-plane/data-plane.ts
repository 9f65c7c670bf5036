/**
 * The load balancers of an account, running.
 *
 * @module
 */

import { type Bindings, LoadBalancers } from '../../cluster/index.ts'
import type {
  Clock,
  ExchangeEntry,
  HealthCheckEntry,
  LoadBalancerDescription,
  LoadBalancerEvent
} from '../../elbv2/index.ts'
import { Failure } from '../../failure.ts'
import type { DevelopmentAuthority } from '../../load-balancer/index.ts'
import type { Environment } from '../../model/index.ts'
import { ServiceError } from '../protocol/service-error.ts'
import { listenersOf, rulesOf } from '../state/relations.ts'
import { stackOf } from '../state/stack.ts'
import { emptyState, type LoadBalancer, type State } from '../state/state.ts'
import { refuseInvalid } from './refusal.ts'
import { type Reach, targetsOf } from './targets.ts'
import { touchedLoadBalancers } from './touched.ts'

/** What the account's load balancers tell, beside what those that run do. */
export type DataPlaneEvent =
  | LoadBalancerEvent
  | { type: 'load-balancer-created'; loadBalancer: string; arn: string; dnsName: string }
  | { type: 'load-balancer-deleted'; loadBalancer: string; arn: string }
  | { type: 'not-listening'; loadBalancer: string; reason: string }
  | { type: 'targets-refused'; loadBalancer: string; addresses: string[]; message: string; hint: string }

export interface DataPlaneOptions {
  environment: Environment
  authority: DevelopmentAuthority
  bindings: Bindings
  /** Let the system choose every listener's port. */
  anyPort?: boolean
  timeScale?: number
  clock?: Clock
  reach: Reach
  onEvent(event: DataPlaneEvent): void
  onExchange?(exchange: ExchangeEntry): void
  onHealthCheck?(check: HealthCheckEntry): void
}

/** Why a load balancer listens nowhere; undefined of the types that run. */
export function reasonOf({ Type }: LoadBalancer): string | undefined {
  return Type === 'application' || Type === 'network'
    ? undefined
    : `load balancers of type ${Type} are kept in the account and listen nowhere`
}

/** Host names of rules, for which certificates are made whose domains nobody knows. */
function hostsOf(state: State, { LoadBalancerArn }: LoadBalancer): string[] {
  return listenersOf(state, LoadBalancerArn)
    .flatMap(({ ListenerArn }) => rulesOf(state, ListenerArn))
    .flatMap(({ Conditions }) => Conditions.flatMap(({ HostHeaderConfig }) => HostHeaderConfig?.Values ?? []))
    .filter(host => /^(\*\.)?[a-z0-9.-]+$/i.test(host))
    .map(host => host.toLowerCase())
}

export class DataPlane {
  readonly #options: DataPlaneOptions
  readonly #loadBalancers: LoadBalancers
  #state: State = emptyState
  /** Addresses that were told of, by load balancer. */
  readonly #refused = new Map<string, string>()

  constructor(options: DataPlaneOptions) {
    this.#options = options
    const { environment, authority, bindings, anyPort, timeScale, clock, onEvent, onExchange, onHealthCheck } = options
    const account = this
    this.#loadBalancers = new LoadBalancers({
      environment: {
        ...environment,
        // As the account has them when a listener asks.
        get certificates() {
          return environment.certificates && account.#certificates
        }
      },
      authority,
      bindings,
      ...(anyPort !== undefined && { anyPort }),
      ...(timeScale !== undefined && { timeScale }),
      ...(clock && { clock }),
      importedCertificate: arn => this.#imported(arn),
      ...(onExchange && { onExchange }),
      ...(onHealthCheck && { onHealthCheck }),
      onEvent: event => onEvent(event)
    })
  }

  /** A load balancer that runs. */
  describe(arn: string): LoadBalancerDescription | undefined {
    return this.#loadBalancers.describe(arn)[0]
  }

  describeAll(): LoadBalancerDescription[] {
    return this.#loadBalancers.describeAll()
  }

  /** Counters of each load balancer, in Prometheus's text format. */
  metrics(): string[] {
    return this.#loadBalancers.metrics()
  }

  /**
   * Runs the next state.
   *
   * @throws {ServiceError} where AWS refuses it, or it cannot run here; what ran before runs on.
   */
  async apply(after: State): Promise<void> {
    const before = this.#state
    const touched = touchedLoadBalancers(before, after)
    const made = touched.flatMap(arn => after.loadBalancers[arn] ?? [])
    for (const loadBalancer of made.filter(one => reasonOf(one) === undefined)) {
      refuseInvalid(stackOf(after, loadBalancer))
    }
    const done: LoadBalancer[] = []
    this.#state = after
    try {
      for (const loadBalancer of made) {
        done.push(loadBalancer)
        await this.#run(after, loadBalancer)
      }
    } catch (error) {
      this.#state = before
      await this.#undo(before, done)
      throw error instanceof Failure ? asServiceError(error) : error
    }
    await this.#tell(before, after, touched)
  }

  async close(graceMilliseconds = 0): Promise<void> {
    await this.#loadBalancers.close(graceMilliseconds)
  }

  get #certificates() {
    return Object.values(this.#state.certificates).map(({ arn, domains, status }) => ({ arn, domains, status }))
  }

  #imported(arn: string) {
    const { certificates } = this.#state
    const imported = Object.hasOwn(certificates, arn) ? certificates[arn]!.imported : undefined
    return imported && { arn, certificate: `${imported.certificate}\n${imported.chain}`, key: imported.key }
  }

  async #run(state: State, loadBalancer: LoadBalancer): Promise<void> {
    if (reasonOf(loadBalancer) !== undefined) {
      return
    }
    const { LoadBalancerArn: arn, LoadBalancerName } = loadBalancer
    const { targets, refused } = targetsOf(state, loadBalancer, this.#options.reach)
    await this.#loadBalancers.apply(stackOf(state, loadBalancer), targets, hostsOf(state, loadBalancer))
    const addresses = refused.join(', ')
    if (addresses !== '' && this.#refused.get(arn) !== addresses) {
      this.#options.onEvent({
        type: 'targets-refused',
        loadBalancer: LoadBalancerName,
        addresses: refused,
        message: `targets at ${addresses} are not connected to: from here those addresses may be anybody's`,
        hint: 'say --pods-reachable where they can be reached from here'
      })
    }
    this.#refused.set(arn, addresses)
  }

  /** Brings back what ran before a write that failed. */
  async #undo(before: State, tried: readonly LoadBalancer[]): Promise<void> {
    for (const { LoadBalancerArn } of tried) {
      const known = before.loadBalancers[LoadBalancerArn]
      if (known) {
        await this.#run(before, known)
      } else {
        await this.#loadBalancers.remove(LoadBalancerArn)
      }
    }
  }

  async #tell(before: State, after: State, touched: readonly string[]): Promise<void> {
    const { onEvent } = this.#options
    for (const arn of touched) {
      const [was, is] = [before.loadBalancers[arn], after.loadBalancers[arn]]
      if (is && !was) {
        const loadBalancer = is.LoadBalancerName
        onEvent({ type: 'load-balancer-created', loadBalancer, arn, dnsName: is.DNSName })
        const reason = reasonOf(is)
        if (reason !== undefined) {
          onEvent({ type: 'not-listening', loadBalancer, reason })
        }
      } else if (was && !is) {
        await this.#loadBalancers.remove(arn)
        this.#refused.delete(arn)
        onEvent({ type: 'load-balancer-deleted', loadBalancer: was.LoadBalancerName, arn })
      }
    }
  }
}

/** Why something cannot run here, which AWS would have no words for. */
function asServiceError({ findings }: Failure): ServiceError {
  return new ServiceError('InvalidConfigurationRequest', findings.map(({ message }) => message).join('; '))
}
