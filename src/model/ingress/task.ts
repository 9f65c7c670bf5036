/**
 * What the building of one group's stack works on and hands from step to step (LBC: defaultModelBuildTask).
 *
 * @module
 */
import type { Resources } from '../../resources/index.ts'
import { readString } from '../annotation/parser.ts'
import { createStackTask, fromAnnotation, type StackTask } from '../build/task.ts'
import type { Environment } from '../environment/environment.ts'
import type { DroppedRule, RuleSource } from '../stack/plan.ts'
import type { LoadBalancerSpec } from '../stack/stack.ts'
import type { ValueSource } from '../value-source.ts'
import type { IngressGroup } from './group/ingress-group.ts'

export interface BuildTask extends StackTask {
  readonly group: IngressGroup
  readonly droppedRules: DroppedRule[]
  readonly ruleSources: Map<string, RuleSource>
  /** The ALB, once it is built. */
  loadBalancer?: LoadBalancerSpec
  /** The HTTPS port that every HTTP listener redirects to. */
  sslRedirectPort?: number
}

export function createTask(resources: Resources, environment: Environment, group: IngressGroup): BuildTask {
  return { ...createStackTask(resources, environment), group, droppedRules: [], ruleSources: new Map() }
}

/** The first member's annotation of a setting that members give for the group. */
export function firstAnnotation({ group }: BuildTask, suffix: string): ValueSource | undefined {
  const [annotation] = group.members.flatMap(({ ingress }) => readString(suffix, ingress) ?? [])
  return annotation && fromAnnotation(annotation)
}
