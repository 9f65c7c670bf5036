export { describeAssumptions } from './assumptions.ts'
export { describeCoverage, describeNotLookedAt } from './coverage.ts'
export { describeDiff } from './diff.ts'
export { findingCodes, findingPage } from './finding-page.ts'
export { type FindingsFormat, formatFindings, type SourceText } from './findings.ts'
export { describeRoutes } from './gateway-plan.ts'
export {
  describeEvent,
  describeFlowEnd,
  describeLoadBalancers,
  endsTLS,
  preferredListener,
  schemeOf,
  urlOf
} from './load-balancer.ts'
export { describeMigration } from './migration.ts'
export { describeHealthCheck, describePlan, describeValue, explainPlan } from './plan.ts'
export { describeTrace } from './trace.ts'
