/**
 * What the building of any stack works on and hands from step to step, whatever asked for the load balancer.
 *
 * @module
 */
import type { Finding } from '../../failure.ts'
import type { KubernetesObject, Resources } from '../../resources/index.ts'
import type { Annotation } from '../annotation/parser.ts'
import type { Environment } from '../environment/environment.ts'
import { findARN, type NamedList } from '../stack/named-arn.ts'
import type { Explanation } from '../stack/plan.ts'
import type { StackResources, Token } from '../stack/stack.ts'
import type { ValueSource } from '../value-source.ts'
import { nameOf } from './cluster-objects.ts'

export interface StackTask {
  readonly resources: Resources
  readonly environment: Environment
  /** The stack's resources, filled as they are built. */
  readonly stack: StackResources
  /** Where values come from; absent unless somebody asks. */
  readonly explanations?: Explanation[]
  readonly warnings: Finding[]
  /** What AWS was taken to have, a sentence each. */
  readonly assumptions: Set<string>
  /** Security group that targets let in; without it no target group binding opens the nodes' security group. */
  backendSecurityGroup?: Token
}

export function createStackTask(resources: Resources, environment: Environment): StackTask {
  return { resources, environment, stack: {}, warnings: [], assumptions: new Set() }
}

/**
 * Adds a resource to the stack; the first of a type brings the type along. Of two with one ID the first stays (LBC:
 * defaultStack.AddResource, whose error nobody reads).
 *
 * @returns whether it was added.
 */
export function addResource<Type extends keyof StackResources>(
  { stack }: StackTask,
  type: Type,
  id: string,
  resource: NonNullable<StackResources[Type]>[string]
): boolean {
  const resources = (stack[type] ?? {}) as Record<string, unknown>
  const isNew = !Object.hasOwn(resources, id)
  if (isNew) {
    resources[id] = resource
  }
  stack[type] = resources as StackResources[Type]
  return isNew
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
  { explanations }: StackTask,
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

/** Notes something that the controller accepts but will not work as meant, once. */
export function warn({ warnings }: StackTask, warning: Omit<Finding, 'severity'>): void {
  const known = warnings.some(({ code, message }) => code === warning.code && message === warning.message)
  if (!known) {
    warnings.push({ severity: 'warning', ...warning })
  }
}

/** What AWS would say the ARN of a name is; the plan warns where that is assumed. */
export function arnOfName(task: StackTask, list: NamedList, name: string): string | undefined {
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
