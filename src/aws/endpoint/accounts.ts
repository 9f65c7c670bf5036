/**
 * The accounts of an endpoint, each in a region: they begin with the first call, and are kept in a file where there is one.
 *
 * @module
 */

import { type Bindings, createBindings } from '../../cluster/index.ts'
import type { LoadBalancerDescription } from '../../elbv2/index.ts'
import type { DevelopmentAuthority } from '../../load-balancer/index.ts'
import { defaultEnvironment, type Environment, inRegion } from '../../model/index.ts'
import { unreadableReason } from '../../resources/index.ts'
import { DataPlane } from '../data-plane/data-plane.ts'
import { type NodeInstance, seedState, withNodes } from '../state/seed.ts'
import type { State } from '../state/state.ts'
import { Account } from './account.ts'
import type { AWSOptions } from './options.ts'
import { type Standing, standingIn } from './standing.ts'
import { readStateFile, writeStateFile } from './state-file.ts'

/** What stands in the accounts, and what runs of it. */
export interface AccountsNow extends Standing {
  describe(): LoadBalancerDescription[]
  /** Counters of each load balancer, in Prometheus's text format. */
  metrics(): string[]
}

export class Accounts {
  readonly #options: AWSOptions
  readonly #environment: Environment
  readonly #authority: DevelopmentAuthority
  readonly #bindings: Bindings
  /** By account and region. */
  readonly #accounts = new Map<string, Promise<Account>>()
  /** Those of them that are open. */
  #open: readonly Account[] = []
  #saved: Record<string, State>
  /** The last write of the file succeeded. */
  #isKept = true
  readonly #reachable: Set<string>
  #looked: { states: readonly State[]; standing: Standing } | undefined

  /** @throws Failure exit 2 `STATE_FILE_UNREADABLE`. */
  constructor(options: AWSOptions, authority: DevelopmentAuthority) {
    const { environment = defaultEnvironment, portOffset, host, listenerHost = host, stateFile } = options
    this.#options = options
    this.#environment = environment
    this.#authority = authority
    this.#saved = stateFile === undefined ? {} : readStateFile(stateFile)
    this.#reachable = new Set(environment.instances?.map(({ id }) => id))
    this.#bindings = createBindings({
      ...(portOffset !== undefined && { portOffset }),
      ...(listenerHost !== undefined && { host: listenerHost })
    })
  }

  /** Runs what the file holds. */
  async openSaved(): Promise<void> {
    await Promise.all(Object.keys(this.#saved).map(key => this.account(key)))
  }

  /** The key of an account in a region; what a request does not say is as `aws.yaml` has it. */
  keyOf({
    accountID = this.#environment.accountID,
    region = this.#environment.region
  }: {
    accountID?: string
    region?: string
  }): string {
    return `${accountID}/${region}`
  }

  /** The load balancers that run, with the addresses of their listeners. */
  async describe(): Promise<LoadBalancerDescription[]> {
    const accounts = await Promise.all(this.#accounts.values())
    return accounts.flatMap(({ dataPlane }) => dataPlane.describeAll())
  }

  /** What stands in the accounts now, and runs of it; looking is cheap, and the plan is another object where it has changed. */
  look(): AccountsNow {
    const states = this.#open.map(({ state }) => state)
    if (!this.#looked || !isSame(this.#looked.states, states)) {
      this.#looked = { states, standing: standingIn(states) }
    }
    const planes = this.#open.map(({ dataPlane }) => dataPlane)
    return {
      ...this.#looked.standing,
      describe: () => planes.flatMap(plane => plane.describeAll()),
      metrics: () => planes.flatMap(plane => plane.metrics())
    }
  }

  /**
   * Makes the nodes of a cluster instances of the account, beside those that calls made; nodes that are gone are no targets
   * any more.
   */
  async setNodes(nodes: readonly NodeInstance[]): Promise<void> {
    const account = await this.account(this.keyOf({}))
    await account.change(state => {
      for (const { id } of nodes) {
        this.#reachable.add(id)
      }
      return withNodes(state, nodes, [...this.#reachable], this.#environment)
    })
  }

  /** Empties every account: they are as `aws.yaml` has them. */
  async reset(): Promise<void> {
    const accounts = await Promise.all(this.#accounts.values())
    this.#accounts.clear()
    this.#open = []
    this.#saved = {}
    await Promise.all(accounts.map(({ dataPlane }) => dataPlane.close()))
    for (const { state } of accounts) {
      for (const arn of Object.keys(state.loadBalancers)) {
        this.#bindings.release(arn)
      }
    }
    await this.#save()
  }

  /** Stops every load balancer. */
  async close(graceMilliseconds: number): Promise<void> {
    const accounts = await Promise.all(this.#accounts.values())
    await Promise.all(accounts.map(({ dataPlane }) => dataPlane.close(graceMilliseconds)))
  }

  /** An account in a region, which begins with the first call. */
  account(key: string): Promise<Account> {
    const known = this.#accounts.get(key)
    if (known) {
      return known
    }
    const made = this.#begin(key)
    this.#accounts.set(key, made)
    // What cannot be opened is tried again with the next call.
    made.catch(() => this.#accounts.delete(key))
    return made
  }

  async #begin(key: string): Promise<Account> {
    const { provisioning = 0, anyPort, timeScale, clock, podsReachable = false } = this.#options
    const { onExchange, onHealthCheck } = this.#options
    const environment = this.#environmentOf(key)
    function now(): Date {
      return new Date(clock?.now() ?? Date.now())
    }
    const dataPlane = new DataPlane({
      environment,
      authority: this.#authority,
      bindings: this.#bindings,
      ...(anyPort !== undefined && { anyPort }),
      ...(timeScale !== undefined && { timeScale }),
      ...(clock && { clock }),
      reach: { reachable: this.#reachable, podsReachable },
      ...(onExchange && { onExchange }),
      ...(onHealthCheck && { onHealthCheck }),
      onEvent: event => this.#options.onEvent?.(event)
    })
    const seeded = seedState(environment, now())
    const saved = this.#saved[key]
    const state = saved ? { ...saved, instances: { ...saved.instances, ...seeded.instances } } : seeded
    const account = new Account(state, {
      environment,
      dataPlane,
      provisioning,
      now,
      onWrite: () => this.#save()
    })
    await dataPlane.apply(state)
    this.#open = [...this.#open, account]
    return account
  }

  /** What an account has in the beginning; of others than that of `aws.yaml` nobody has said anything. */
  #environmentOf(key: string): Environment {
    const [accountID = '', region = ''] = key.split('/')
    const { accountID: ownAccount, region: ownRegion } = this.#environment
    if (accountID === ownAccount && region === ownRegion) {
      return this.#environment
    }
    return { ...inRegion(defaultEnvironment, region), accountID }
  }

  async #save(): Promise<void> {
    const { stateFile } = this.#options
    if (stateFile === undefined) {
      return
    }
    const entries = await Promise.all(
      [...this.#accounts].map(async ([key, account]) => [key, (await account).state] as const)
    )
    this.#saved = { ...this.#saved, ...Object.fromEntries(entries) }
    // A full disk is told once, and refuses no call that has been carried out.
    try {
      writeStateFile(stateFile, this.#saved)
      this.#isKept = true
    } catch (error) {
      if (this.#isKept) {
        process.emitWarning(
          `cannot write ${stateFile}: ${unreadableReason(error)}; what calls change is not kept until it can be`
        )
      }
      this.#isKept = false
    }
  }
}

function isSame(one: readonly State[], other: readonly State[]): boolean {
  return one.length === other.length && one.every((state, index) => state === other[index])
}
