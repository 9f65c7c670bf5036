import { RefusedError } from '../refused-error.ts'

/** Which limit of AWS is broken: what tells one kind of violation from another. */
export type Limit =
  | 'name'
  | 'tag'
  | 'protocol'
  | 'certificate'
  | 'alpn'
  | 'web-acl'
  | 'ssl-policy'
  | 'attribute'
  | 'priority'
  | 'priority-in-use'
  | 'condition'
  | 'condition-values'
  | 'wildcards'
  | 'transform'
  | 'action'
  | 'target-groups'
  | 'health-check'
  | 'health-check-timeout'

/** Something in a spec that AWS refuses. */
export interface Violation {
  limit: Limit
  /** Where in the spec: `['conditions', 0, 'hostHeaderConfig', 'values', 1]`. */
  path: readonly (string | number)[]
  /** In AWS's words where they are known. */
  message: string
  expected: string
  actual: string
  /** What surely belongs in its place, where that is one thing. */
  meant?: string
}

/** The violation alone, or nothing where the value is right. */
export function refuse(isWrong: boolean, violation: Violation): Violation[] {
  return isWrong ? [violation] : []
}

/** Violations of a part, with the path from the whole. */
export function below(path: Violation['path'], violations: readonly Violation[]): Violation[] {
  return violations.map(violation => ({ ...violation, path: [...path, ...violation.path] }))
}

/** What the compiling of a value has against it. */
export function refusedBy(compile: () => unknown, violation: Omit<Violation, 'message'>): Violation[] {
  try {
    compile()
    return []
  } catch (error) {
    if (!(error instanceof RefusedError)) {
      throw error
    }
    return [{ ...violation, message: error.message }]
  }
}

/** Whether it is an integer of the range, both ends included. */
export function isWithin(number: number, lowest: number, highest: number): boolean {
  return Number.isInteger(number) && number >= lowest && number <= highest
}

/** Characters as AWS counts them: by code points, not by bytes. */
export function lengthOf(text: string): number {
  return [...text].length
}

/** A violation with the resource of the stack that it stands in. */
export interface StackViolation extends Violation {
  type: 'LoadBalancer' | 'Listener' | 'ListenerRule' | 'TargetGroup'
  /** Resource ID in the stack. */
  id: string
}
