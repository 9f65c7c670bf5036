/**
 * The things of Elastic Load Balancing by their ARNs, with AWS's words where they are not there.
 *
 * @module
 */

import { ServiceError } from '../../protocol/service-error.ts'
import type { Listener, LoadBalancer, Rule, TargetGroup, TrustStore } from '../../state/state.ts'
import type { Call } from '../call.ts'

/** What AWS does not take, for any reason that has no code of its own. */
export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationError', message)
}

interface Kind {
  /** In `'x' is not a valid … ARN`. */
  words: string
  /** In the ARN. */
  resource: string
  code: string
}

const kinds = {
  loadBalancers: { words: 'load balancer', resource: 'loadbalancer', code: 'LoadBalancerNotFound' },
  listeners: { words: 'listener', resource: 'listener', code: 'ListenerNotFound' },
  rules: { words: 'listener rule', resource: 'listener-rule', code: 'RuleNotFound' },
  targetGroups: { words: 'target group', resource: 'targetgroup', code: 'TargetGroupNotFound' },
  trustStores: { words: 'trust store', resource: 'truststore', code: 'TrustStoreNotFound' }
} as const satisfies Record<string, Kind>

export type KindName = keyof typeof kinds

/** How a kind is called in AWS's sentences about several. */
const plural: Record<KindName, string> = {
  loadBalancers: 'load balancers',
  listeners: 'listeners',
  rules: 'rules',
  targetGroups: 'target groups',
  trustStores: 'trust stores'
}

/** The kind that an ARN is of, or undefined for one of another service. */
export function kindOf(arn: string): KindName | undefined {
  const resource = /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]*:\d*:([a-z-]+)\//.exec(arn)?.[1]
  return (Object.keys(kinds) as KindName[]).find(name => kinds[name].resource === resource)
}

function checkARN(kind: KindName, arn: string): void {
  if (kindOf(arn) !== kind) {
    throw invalid(`'${arn}' is not a valid ${kinds[kind].words} ARN`)
  }
}

/** One of several that are not there. */
export function notFound(kind: KindName, message = `One or more ${plural[kind]} not found`): ServiceError {
  return new ServiceError(kinds[kind].code, message)
}

type EntryOf = {
  loadBalancers: LoadBalancer
  listeners: Listener
  rules: Rule
  targetGroups: TargetGroup
  trustStores: TrustStore
}

/** @throws {ServiceError} for an ARN of something else, and of nothing. */
export function require<Kind extends KindName>(call: Call, kind: Kind, arn: string): EntryOf[Kind] {
  checkARN(kind, arn)
  const found = call.find(kind, arn) as EntryOf[Kind] | undefined
  if (!found) {
    const words = plural[kind].slice(0, -1)
    throw notFound(
      kind,
      kind === 'loadBalancers' ? `Load balancer '${arn}' not found` : `One or more ${words}s not found`
    )
  }
  return found
}

/** Those that are named, in their order; all of them where none is. */
export function select<Kind extends KindName>(
  call: Call,
  kind: Kind,
  { arns, names, nameOf }: { arns?: string[]; names?: string[]; nameOf?(entry: EntryOf[Kind]): string }
): EntryOf[Kind][] {
  if (arns && arns.length > 0) {
    return [...new Set(arns)].map(arn => {
      checkARN(kind, arn)
      const found = call.find(kind, arn) as EntryOf[Kind] | undefined
      if (!found) {
        throw notFound(kind)
      }
      return found
    })
  }
  const all = call.all(kind) as EntryOf[Kind][]
  if (!names || names.length === 0 || !nameOf) {
    return all
  }
  const missing = names.filter(name => !all.some(entry => nameOf(entry) === name))
  if (missing.length > 0) {
    const sentence = kind === 'loadBalancers' ? `Load balancers '[${missing.join(', ')}]' not found` : undefined
    throw notFound(kind, sentence)
  }
  return all.filter(entry => names.includes(nameOf(entry)))
}

/** AWS's largest page, and the one without a word on it. */
const largestPage = 400

/** The page that was asked for, with `NextMarker`. */
export function paged<Item>(
  call: Call,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { Marker, PageSize }: { Marker?: string; PageSize?: number }
): { items: Item[]; marker: { NextMarker?: string } } {
  const page = call.page(items, keyOf, { token: Marker, size: PageSize ?? largestPage, code: 'ValidationError' })
  return { items: page.items, marker: page.next === undefined ? {} : { NextMarker: page.next } }
}
