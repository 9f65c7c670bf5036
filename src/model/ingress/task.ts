/**
 * What the building of one group's stack works on and hands from step to step (LBC: defaultModelBuildTask).
 *
 * @module
 */
import type { Finding } from '../../failure.ts'
import type { KubernetesObject, Resources } from '../../resources/index.ts'
import { type Annotation, readString } from '../annotation/parser.ts'
import type { Environment } from '../environment/environment.ts'
import { findARN, type NamedList } from '../stack/named-arn.ts'
import type { DroppedRule, Explanation, RuleSource, ValueSource } from '../stack/plan.ts'
import type { LoadBalancerSpec, StackResources, Token } from '../stack/stack.ts'
import { nameOf } from './cluster-objects.ts'
import type { IngressGroup } from './group/ingress-group.ts'

export interface BuildTask {
  readonly resources: Resources
  readonly environment: Environment
  readonly group: IngressGroup
  /** The stack's resources, filled as they are built. */
  readonly stack: StackResources
  /** Where values come from; absent unless somebody asks. */
  readonly explanations?: Explanation[]
  readonly droppedRules: DroppedRule[]
  readonly ruleSources: Map<string, RuleSource>
  readonly warnings: Finding[]
  /** What AWS was taken to have, a sentence each. */
  readonly assumptions: Set<string>
  /** Security group that targets let in; without it no target group binding opens the nodes' security group. */
  backendSecurityGroup?: Token
  /** The ALB, once it is built. */
  loadBalancer?: LoadBalancerSpec
  /** The HTTPS port that every HTTP listener redirects to. */
  sslRedirectPort?: number
}

export function createTask(resources: Resources, environment: Environment, group: IngressGroup): BuildTask {
  return {
    resources,
    environment,
    group,
    stack: {},
    droppedRules: [],
    ruleSources: new Map(),
    warnings: [],
    assumptions: new Set()
  }
}

/** Adds a resource to the stack; the first of a type brings the type along. */
export function addResource<Type extends keyof StackResources>(
  { stack }: BuildTask,
  type: Type,
  id: string,
  resource: NonNullable<StackResources[Type]>[string]
): void {
  const resources = (stack[type] ?? {}) as Record<string, unknown>
  resources[id] = resource
  stack[type] = resources as StackResources[Type]
}

/** A value taken from an annotation. */
export function fromAnnotation({ object, name }: Annotation<unknown>): ValueSource {
  return {
    object: nameOf(object),
    key: name
  }
}

/** A value taken from a field of an object. */
export function fromField(object: KubernetesObject, path: string): ValueSource {
  return {
    object: nameOf(object),
    key: path
  }
}

export const byDefault: ValueSource = { key: "the controller's default" }

/** A value of a flag of the controller. */
export function fromFlag(flag: string): ValueSource {
  return { key: `the controller's flag ${flag}` }
}

/** Notes where a value of the stack comes from, if anybody asks. */
export function explain(
  { explanations }: BuildTask,
  resource: string,
  field: string,
  value: unknown,
  source: ValueSource
): void {
  explanations?.push({
    resource,
    field,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    ...source
  })
}

/** The first member's annotation of a setting that members give for the group. */
export function firstAnnotation({ group }: BuildTask, suffix: string): ValueSource | undefined {
  const [annotation] = group.members.flatMap(({ ingress }) => readString(suffix, ingress) ?? [])
  return annotation && fromAnnotation(annotation)
}

/** Notes something that the controller accepts but will not work as meant, once. */
export function warn({ warnings }: BuildTask, warning: Omit<Finding, 'severity'>): void {
  const known = warnings.some(({ code, message }) => code === warning.code && message === warning.message)
  if (!known) {
    warnings.push({ severity: 'warning', ...warning })
  }
}

/** What AWS would say the ARN of a name is; the plan warns where that is assumed. */
export function arnOfName(task: BuildTask, list: NamedList, name: string): string | undefined {
  const { environment } = task
  if (!environment[list]) {
    warn(task, {
      code: 'NAME_ASSUMED',
      message: `${name} is assumed to be among the account's ${list}`,
      hint: `list ${list} in aws.yaml`
    })
  }
  return findARN(environment, list, name)
}
