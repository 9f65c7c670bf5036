/**
 * What an action works with: the state that it reads and changes, and where and when it was asked.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import type { LoadBalancerDescription } from '../../elbv2/index.ts'
import type { Environment } from '../../model/index.ts'
import { pageOf } from '../protocol/page.ts'
import { ServiceError } from '../protocol/service-error.ts'
import type { State, Table } from '../state/state.ts'

/** Members of a state that have entries by ARN or ID. */
type TableName = Exclude<keyof State, 'publicSubnets' | 'shieldSubscription'>

type EntryOf<Name extends TableName> = State[Name] extends Table<infer Entry> ? Entry : never

export interface CallOptions {
  /** Region and account with what `aws.yaml` says of them. */
  environment: Environment
  now: Date
  /** Seconds for which a load balancer is `provisioning`. */
  provisioning: number
  /** A load balancer that runs. */
  describe(arn: string): LoadBalancerDescription | undefined
}

/** One call of an action. What it writes becomes the account's state when the action is through. */
export class Call {
  readonly environment: Environment
  readonly now: Date
  readonly provisioning: number
  readonly describe: CallOptions['describe']
  #state: State

  constructor(state: State, { environment, now, provisioning, describe }: CallOptions) {
    this.#state = state
    this.environment = environment
    this.now = now
    this.provisioning = provisioning
    this.describe = describe
  }

  get state(): State {
    return this.#state
  }

  get region(): string {
    return this.environment.region
  }

  get accountID(): string {
    return this.environment.accountID
  }

  /** `aws`, or that of another partition. */
  get partition(): string {
    if (this.region.startsWith('cn-')) {
      return 'aws-cn'
    }
    return this.region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  }

  /** The ARN of something of a service. */
  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.accountID}:${resource}`
  }

  /** Hexadecimal digits that no other ID has. */
  digits(length: number): string {
    return randomBytes(Math.ceil(length / 2))
      .toString('hex')
      .slice(0, length)
  }

  put<Name extends TableName>(table: Name, key: string, entry: EntryOf<Name>): void {
    this.set({ [table]: { ...this.#state[table], [key]: entry } } as Partial<State>)
  }

  remove(table: TableName, key: string): void {
    const { [key]: _removed, ...others } = this.#state[table] as Table<unknown>
    this.set({ [table]: others } as Partial<State>)
  }

  set(part: Partial<State>): void {
    this.#state = { ...this.#state, ...part }
  }

  /** The entry, or undefined: a name such as `constructor` is no entry. */
  find<Name extends TableName>(table: Name, key: string | undefined): EntryOf<Name> | undefined {
    const entries = this.#state[table] as Table<EntryOf<Name>>
    return key !== undefined && Object.hasOwn(entries, key) ? entries[key] : undefined
  }

  all<Name extends TableName>(table: Name): EntryOf<Name>[] {
    return Object.values(this.#state[table] as Table<EntryOf<Name>>)
  }

  tagsOf(key: string): Table<string> {
    return this.find('tags', key) ?? {}
  }

  /** The tags as lists of AWS's APIs have them. */
  tagList(key: string): { Key: string; Value: string }[] {
    return Object.entries(this.tagsOf(key)).map(([Key, Value]) => ({ Key, Value }))
  }

  /**
   * A part of a list with the token for the next one.
   *
   * @throws {ServiceError} for a token that no answer had.
   */
  page<Item>(
    items: readonly Item[],
    keyOf: (item: Item) => string,
    { token, size, code }: { token: string | undefined; size: number; code: string }
  ): { items: Item[]; next: string | undefined } {
    const page = pageOf(items, keyOf, { token, size })
    if (!page) {
      throw new ServiceError(code, `'${token}' is not a valid pagination token`)
    }
    return page
  }
}

/** How a service's actions are answered: `output` of `input`, or a {@link ServiceError}. Those left out are not answered yet. */
export type Actions<Operations> = {
  [Name in keyof Operations]?: Operations[Name] extends { input: infer Input; output: infer Output }
    ? (input: Input, call: Call) => Output
    : never
}
