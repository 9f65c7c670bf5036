/**
 * Adds the matchers to Jest's `expect`:
 *
 * ```ts
 * import 'istio-alb/jest'
 *
 * expect(edge).toHaveNoFindings()
 * expect(edge).toRoute('GET https://shop.example.com/orders', { targetGroup: 'shop/web-web:80' })
 * ```
 *
 * @module
 */

// Nothing of it is needed but that the compiler knows what is added to.
import type {} from 'expect'
import type { EnvironmentOption, TraceRequest } from '../index.ts'
import { type FindingsOptions, matchers, type PartialPlan, type RouteExpectation } from './matchers.ts'

export {
  type FindingsOptions,
  matchers,
  type PartialPlan,
  type RouteExpectation,
  type WithTargets
} from './matchers.ts'
export type { ListenerSummary, PlanSummary, TargetGroupSummary } from './plan-summary.ts'

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    /** Of the objects: nothing that will not work on AWS. */
    toHaveNoFindings(options?: FindingsOptions): R
    /** Of the objects: the request ends where it should. */
    toRoute(request: TraceRequest | string, expected: RouteExpectation, options?: EnvironmentOption): R
    /** Of the objects: the controller's plan holds what is named, or fails with the error. */
    toPlan(expected?: PartialPlan | { error: string | RegExp }, options?: EnvironmentOption & { group?: string }): R
    /** Of a simulation, descriptions, or objects, whose targets' health is predicted: there are targets, and all are healthy. */
    toHaveHealthyTargets(options?: EnvironmentOption): Promise<void>
  }
}

/** Where Jest injects its globals; elsewhere call `expect.extend(matchers)`. */
const { expect } = globalThis as { expect?: { extend(added: object): void } }
expect?.extend(matchers)
