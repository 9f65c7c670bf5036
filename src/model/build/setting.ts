import type { Annotation } from '../annotation/parser.ts'
import type { ValueSource } from '../value-source.ts'
import { byDefault, fromAnnotation } from './task.ts'

/** A value with its origin. */
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

/** The distinct values of some settings. */
export function distinctValues<Value>(settings: Setting<Value>[]): Value[] {
  return [...new Set(settings.map(({ value }) => value))]
}
