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
import { type EdgeMatchers, matchers } from './matchers.ts'

export {
  type EdgeMatchers,
  type FindingsOptions,
  matchers,
  type PartialPlan,
  type RouteExpectation,
  type WithTargets
} from './matchers.ts'
export type { ListenerSummary, PlanSummary, TargetGroupSummary } from './plan-summary.ts'

// What `@jest/globals` has.
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends EdgeMatchers<R> {}
}

declare global {
  // What `@types/jest` has: of an interface all declarations have the same parameters.
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: as above.
    interface Matchers<R, T = {}> extends EdgeMatchers<R> {}
  }
}

/** Where Jest injects its globals; elsewhere call `expect.extend(matchers)`. */
const { expect } = globalThis as { expect?: { extend(added: object): void } }
expect?.extend(matchers)
