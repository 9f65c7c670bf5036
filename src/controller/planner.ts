import { isDeepStrictEqual } from 'node:util'
import type { Targets } from '../elbv2/index.ts'
import { buildPlan, type Environment, hasLoadBalancer, type Plan, type Stack, type StackPlan } from '../model/index.ts'
import { type Gateway, type KubernetesObject, objectName, Resources } from '../resources/index.ts'
import { domainsOf, targetsOf } from '../targets/index.ts'
import { dryRunPlan, processedConfiguration, processedTime } from './gateway/annotations.ts'
import { configurationFinalizers } from './gateway/finalizers.ts'
import { planAnnotation } from './owners.ts'

/** Kinds that decide on targets, but have no part in a plan. */
const apart = new Set(['EndpointSlice', 'Node', 'Pod', 'TargetGroupBinding'])

/** Kinds of what the controller writes to. */
const written = new Set([
  ...['Ingress', 'Service', 'GatewayClass', 'Gateway', 'ListenerSet'],
  ...['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'UDPRoute', 'TLSRoute'],
  ...['LoadBalancerConfiguration', 'TargetGroupConfiguration', 'ListenerRuleConfiguration']
])

/** Annotations that the controller writes and no plan is made of. */
const ownAnnotations = new Set([planAnnotation, dryRunPlan, processedConfiguration, processedTime])

/** What a plan is made of in a status: another Gateway's load balancer, by the message of a condition. */
function essenceOfStatus({ kind, status }: KubernetesObject): unknown {
  const { conditions = [] } = kind === 'Gateway' ? ((status ?? {}) as NonNullable<Gateway['status']>) : {}
  const programmed = conditions.find(({ type }) => type === 'Programmed')
  return programmed && [programmed.status, programmed.message]
}

/**
 * The plan of each snapshot, and its targets, each made anew only where something that it is made of has changed: most changes of
 * a large cluster are what the controller itself writes (status, finalizers, the plan's annotation), or targets.
 */
export class Planner {
  readonly #environment: Environment
  /** Host names for certificates, beside those of the Ingresses. */
  readonly #hosts: readonly string[]
  #resources = new Resources()
  /** What the plan is made of, in the snapshot's order. An object is replaced when it changes. */
  #objects: readonly KubernetesObject[] = []
  #plan: Plan | undefined
  /** By owner of a load balancer its finalizer, which says nothing new about it. */
  #finalizers = new Map<string, string>()
  /** What the targets are made of beside the plan. */
  #targetObjects: readonly KubernetesObject[] = []
  #targets = new WeakMap<Stack, Targets>()
  readonly #domains = new WeakMap<StackPlan, string[]>()

  /** @param hosts host names for certificates, beside those of the Ingresses. */
  constructor(environment: Environment, hosts: readonly string[] = []) {
    this.#environment = environment
    this.#hosts = hosts
  }

  /** The snapshot that was planned last. */
  get resources(): Resources {
    return this.#resources
  }

  planOf(resources: Resources): Plan {
    if (this.#plan && resources === this.#resources) {
      return this.#plan
    }
    this.#resources = resources
    const objects = resources.all()
    const planned = objects.filter(({ kind }) => !apart.has(kind))
    const others = objects.filter(({ kind }) => apart.has(kind))
    if (!this.#areSame(others, this.#targetObjects)) {
      this.#targets = new WeakMap()
    }
    if (!this.#plan || !this.#areSame(planned, this.#objects)) {
      this.#plan = this.#build(resources)
    }
    // The newest of equals, so that the next look finds the same objects.
    this.#targetObjects = others
    this.#objects = planned
    return this.#plan
  }

  /** The targets of a stack of the newest plan: the same object for as long as nothing that they are made of changes. */
  targetsOf(stack: Stack): Targets {
    const targets = this.#targets.get(stack) ?? targetsOf(stack, this.#resources)
    this.#targets.set(stack, targets)
    return targets
  }

  /** The host names of a stack of the newest plan. */
  domainsOf(plan: StackPlan): string[] {
    const domains = this.#domains.get(plan) ?? [...new Set([...this.#hosts, ...domainsOf(plan, this.#resources)])]
    this.#domains.set(plan, domains)
    return domains
  }

  #build(resources: Resources): Plan {
    const plan = buildPlan(resources, this.#environment)
    this.#finalizers = new Map([
      ...plan.groups.flatMap(({ members, finalizer }) =>
        members.map((key): [string, string] => [`Ingress ${key}`, finalizer])
      ),
      // Of one whose load balancer goes, the finalizer is what it is still planned for.
      ...plan.services
        .filter(hasLoadBalancer)
        .map(({ id, finalizer }): [string, string] => [`Service ${id}`, finalizer]),
      ...plan.gateways.map(({ id, controller }): [string, string] => [`Gateway ${id}`, controller])
    ])
    return plan
  }

  #areSame(some: readonly KubernetesObject[], others: readonly KubernetesObject[]): boolean {
    return some.length === others.length && some.every((one, index) => this.#isSame(one, others[index]!))
  }

  #isSame(one: KubernetesObject, other: KubernetesObject): boolean {
    if (one === other) {
      return true
    }
    return written.has(one.kind) && isDeepStrictEqual(this.#essenceOf(one), this.#essenceOf(other))
  }

  /** What counts of an object that the controller writes to. */
  #essenceOf(object: KubernetesObject): object {
    const { apiVersion, kind, metadata, spec } = object
    const { name, namespace, annotations = {}, finalizers = [], deletionTimestamp, uid } = metadata
    const own = this.#finalizers.get(objectName(object))
    const foreign = finalizers.filter(finalizer => finalizer !== own && !configurationFinalizers.has(finalizer))
    const rest = Object.entries(annotations).filter(([key]) => !ownAnnotations.has(key))
    const status = essenceOfStatus(object)
    return {
      apiVersion,
      kind,
      name,
      namespace,
      uid,
      deletionTimestamp,
      foreign,
      annotations: rest.sort(),
      spec,
      status
    }
  }
}
