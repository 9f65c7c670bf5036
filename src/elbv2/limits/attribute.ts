import type { AttributeProblem } from '../attributes.ts'
import type { Violation } from './violation.ts'

/** What the reading of attributes has against them; `field` is the one of the spec that holds them. */
export function attributeViolations(
  field: string,
  read: (onProblem: (problem: AttributeProblem) => void) => unknown
): Violation[] {
  const violations: Violation[] = []
  read(({ key, ...problem }) => violations.push({ limit: 'attribute', path: [field, key], ...problem }))
  return violations
}
