export { type FindingsFormat, formatFindings, type SourceText } from './findings.ts'
export { describeEvent, describeLoadBalancers } from './load-balancer.ts'
