export { type FindingsFormat, formatFindings, type SourceText } from './findings.ts'
export { describeEvent, describeLoadBalancers } from './load-balancer.ts'
export { describePlan, explainPlan } from './plan.ts'
export { describeActions, describeConditions, describeToken, describeTransforms } from './rule.ts'
