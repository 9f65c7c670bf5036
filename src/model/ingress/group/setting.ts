import { type Annotation, readString } from '../../annotation/parser.ts'
import type { ValueSource } from '../../stack/plan.ts'
import { byDefault, fromAnnotation, fromField } from '../task.ts'
import type { Member } from './ingress-group.ts'

/** A value that a member gives for the whole group, with its origin. */
export interface Setting<Value> {
  value: Value
  source: ValueSource
}

/** A setting from an annotation. */
export function settingOf<Value>(annotation: Annotation<Value>): Setting<Value> {
  return {
    value: annotation.value,
    source: fromAnnotation(annotation)
  }
}

/** A setting from an annotation, or the controller's default. */
export function orDefault<Value>(annotation: Annotation<Value> | undefined, value: Value): Setting<Value> {
  return annotation ? settingOf(annotation) : { value, source: byDefault }
}

/**
 * What each member says about a setting: its IngressClassParams, else its annotation; members that say nothing are left
 * out. Most settings of a load balancer are collected this way before their values are compared.
 */
export function collectSettings(
  members: Member[],
  suffix: string,
  paramsValue: (params: NonNullable<Member['params']>['spec']) => string | undefined = () => undefined,
  paramsPath = ''
): Setting<string>[] {
  return members.flatMap(({ ingress, params }) => {
    const value = params && paramsValue(params.spec)
    if (value !== undefined) {
      return [{ value, source: fromField(params!, paramsPath) }]
    }
    const annotation = readString(suffix, ingress)
    return annotation ? [settingOf(annotation)] : []
  })
}

/** The distinct values of some settings. */
export function distinctValues<Value>(settings: Setting<Value>[]): Value[] {
  return [...new Set(settings.map(({ value }) => value))]
}
