/**
 * One stack on its way into the account: what it shall be, what stands of it, and what differs.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import {
  diffPlans,
  type FieldChange,
  type ResourceChange,
  type ResourceType,
  referencedID,
  type Stack,
  type Tags,
  type Token
} from '../../model/index.ts'
import type { Caller } from '../client/client.ts'
import { asPlanned, withoutBindings } from '../live/as-planned.ts'
import { keyOf, type LiveStack } from '../live/live-stack.ts'
import { type Owner, trackingTags } from '../live/tracking.ts'
import { toAPI } from '../state/api-names.ts'
import type { State } from '../state/state.ts'

export interface DeploymentOptions {
  caller: Caller
  clusterName: string
  owner: Owner
  vpcID: string
  /** What shall stand; an empty stack takes everything away. */
  planned: Stack
  live: LiveStack | undefined
  state: State
}

/** A tag as the APIs have it. */
export interface Tag {
  Key: string
  Value: string
}

function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** The changes of fields below one. */
export function fieldsUnder({ fields }: ResourceChange, name: string): FieldChange[] {
  return fields.filter(({ path, kept }) => kept === undefined && (path === name || path.startsWith(`${name}.`)))
}

/** Attributes that differ. */
export function changedAttributes(change: ResourceChange, name: string): Tag[] {
  return fieldsUnder(change, name).map(({ path, new: value }) => ({
    Key: path.slice(name.length + 1),
    Value: String(value)
  }))
}

export class Deployment {
  readonly caller: Caller
  readonly planned: Stack
  readonly vpcID: string
  readonly state: State
  readonly #options: DeploymentOptions
  readonly #changes: ResourceChange[]
  /** ARNs and IDs of what stands by now. */
  readonly #arns: Map<string, string>

  constructor(options: DeploymentOptions) {
    const { planned, live, caller, vpcID, state } = options
    this.caller = caller
    this.planned = planned
    this.vpcID = vpcID
    this.state = state
    this.#options = options
    this.#arns = new Map(live?.arns)
    const old = live ? { [planned.id]: asPlanned(live.stack, planned) } : {}
    const next = { [planned.id]: withoutBindings(planned) }
    // Both sides are of one kind, whatever what is left of one looks like.
    const kinds = new Map([[planned.id, 'Ingress' as const]])
    this.#changes = diffPlans({ stacks: old, kinds, failures: [] }, { stacks: next, kinds, failures: [] }).changes
  }

  /** What happens to resources of a type. */
  changesOf(type: ResourceType): ResourceChange[] {
    return this.#changes.filter(change => change.type === type)
  }

  /** Resources of a type that are made, be it in the place of others. */
  made(type: ResourceType): string[] {
    return this.changesOf(type)
      .filter(({ change }) => change === 'create' || change === 'replace')
      .map(({ id }) => id)
  }

  modified(type: ResourceType): ResourceChange[] {
    return this.changesOf(type).filter(({ change }) => change === 'modify')
  }

  /** What stood and goes: by its ARN or ID. */
  gone(type: ResourceType): string[] {
    return this.changesOf(type).flatMap(({ change, id }) =>
      change === 'delete' || change === 'replace' ? (this.#options.live?.arns.get(keyOf(type, id)) ?? []) : []
    )
  }

  /** @throws Error for what neither stands nor was made, which no plan refers to. */
  arnOf(type: ResourceType, id: string): string {
    const arn = this.#arns.get(keyOf(type, id))
    if (arn === undefined) {
      throw new Error(`${type} ${id} has not been made`)
    }
    return arn
  }

  learn(type: ResourceType, id: string, arn: string | undefined): void {
    this.#arns.set(keyOf(type, id), arn ?? '')
  }

  /** A literal, or what a reference leads to. */
  resolve(type: ResourceType, token: Token): string {
    const id = referencedID(token)
    return id === undefined ? (token as string) : this.arnOf(type, id)
  }

  /** A value of the stack as the API has it; its references are to target groups. */
  toAPI<Value>(value: unknown): Value {
    return toAPI(value, id => this.arnOf('AWS::ElasticLoadBalancingV2::TargetGroup', id)) as Value
  }

  /** All tags of a resource. */
  tagsOf(resourceID: string, tags: Tags = {}): Tag[] {
    const { clusterName, owner, planned } = this.#options
    return tagList({ ...trackingTags(clusterName, { owner, stackID: planned.id, resourceID }), ...tags })
  }

  /** Tags that are to be set, and keys that are to go, of what stands under an ARN or ID. */
  tagChanges(arn: string, resourceID: string, tags?: Tags): { set: Tag[]; removed: string[] } {
    const wanted = this.tagsOf(resourceID, tags)
    const standing = this.state.tags[arn] ?? {}
    const keys = new Set(wanted.map(({ Key }) => Key))
    return {
      set: wanted.filter(({ Key, Value }) => !isDeepStrictEqual(standing[Key], Value)),
      removed: Object.keys(standing).filter(key => !keys.has(key))
    }
  }

  /** Makes the tags of something of Elastic Load Balancing what they shall be. */
  async retag(arn: string, resourceID: string, tags?: Tags): Promise<void> {
    const { set, removed } = this.tagChanges(arn, resourceID, tags)
    if (set.length > 0) {
      await this.caller.call('elbv2', 'AddTags', { ResourceArns: [arn], Tags: set })
    }
    if (removed.length > 0) {
      await this.caller.call('elbv2', 'RemoveTags', { ResourceArns: [arn], TagKeys: removed })
    }
  }
}
