/**
 * The API server's way to refuse a field (Kubernetes: apimachinery/pkg/util/validation/field).
 *
 * @module
 */

import type { Change } from '../failure.ts'
import { nearestName } from '../nearest-name.ts'
import type { Path } from '../resources/index.ts'

/** One field that the API server refuses, in its words. */
export interface FieldError {
  path: Path
  /** The field that the server names, where that is another than the place to mend. */
  field?: Path
  /** Who refuses it, where that is not the server itself. */
  by?: string
  /** Without the field: `Required value: pathType must be specified`. */
  detail: string
  /** What is right, and what stands there. */
  expected?: string
  actual?: string
  hint: string
  /** What mends it, where one thing surely does. */
  changes?: Change[]
}

/** What a refusal says beyond the server's own words. */
export type Advice = Pick<FieldError, 'hint' | 'expected' | 'changes' | 'field' | 'by'>

function formatValue(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value)
}

function withText(kind: string, text: string): string {
  return text === '' ? kind : `${kind}: ${text}`
}

export function required(path: Path, text: string, advice: Advice): FieldError {
  return { path, detail: withText('Required value', text), actual: 'not set', ...advice }
}

export function invalid(path: Path, value: unknown, text: string, advice: Advice): FieldError {
  const actual = typeof value === 'string' ? value : formatValue(value)
  return {
    path,
    detail: `Invalid value: ${formatValue(value)}: ${text}`,
    ...(actual !== '' && { actual }),
    ...advice
  }
}

/** One error for each thing that a check of a value says. */
export function invalidFor(path: Path, value: unknown, texts: string[], advice: Advice): FieldError[] {
  return texts.map(text => invalid(path, value, text, advice))
}

export function notSupported(path: Path, value: string, supported: string[], advice: Advice): FieldError {
  const names = supported.toSorted().map(name => JSON.stringify(name))
  return {
    path,
    detail: `Unsupported value: ${formatValue(value)}: supported values: ${names.join(', ')}`,
    expected: supported.join(' or '),
    actual: value,
    ...advice
  }
}

/** The advice to write one of several values: the nearest, where one is near. */
export function oneOf(path: Path, value: string, supported: string[]): Advice {
  const nearest = nearestName(value, supported)
  return nearest === undefined
    ? { hint: `write one of ${supported.join(', ')}` }
    : { hint: `did you mean ${nearest}?`, changes: [{ path, value: nearest }] }
}

export function duplicate(path: Path, value: unknown, advice: Advice): FieldError {
  return { path, detail: `Duplicate value: ${formatValue(value)}`, actual: String(value), ...advice }
}

export function forbidden(path: Path, text: string, advice: Advice): FieldError {
  return { path, detail: withText('Forbidden', text), ...advice }
}

/** A path as the server writes it: `spec.rules[0].http.paths[1].pathType`. */
export function formatField(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
}
