import { type Annotation, readString } from './annotation-parser.ts'
import type { Member } from './ingress-group.ts'
import type { ValueSource } from './plan.ts'
import { fromAnnotation, fromField } from './task.ts'

/** A value that a member gives for the whole group, with its origin. */
export interface Setting<Value> {
  value: Value
  source: ValueSource
}

/** A setting from an annotation. */
export const settingOf = <Value>(annotation: Annotation<Value>): Setting<Value> => ({
  value: annotation.value,
  source: fromAnnotation(annotation)
})

/**
 * What each member says about a setting: its IngressClassParams, else its annotation; members that say nothing are left
 * out. Most settings of a load balancer are collected this way before their values are compared.
 */
export const collectSettings = (
  members: Member[],
  suffix: string,
  paramsValue: (params: NonNullable<Member['params']>['spec']) => string | undefined = () => undefined,
  paramsPath = ''
): Setting<string>[] =>
  members.flatMap(({ ingress, params }) => {
    const value = params && paramsValue(params.spec)
    if (value !== undefined) return [{ value, source: fromField(params!, paramsPath) }]
    const annotation = readString(suffix, ingress)
    return annotation ? [settingOf(annotation)] : []
  })

/** The distinct values of some settings. */
export const distinctValues = <Value>(settings: Setting<Value>[]): Value[] => [
  ...new Set(settings.map(({ value }) => value))
]
