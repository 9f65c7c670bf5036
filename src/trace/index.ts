export type { GatewayPlace } from './backend.ts'
export type { ConsideredRule, TracedTarget } from './load-balancer.ts'
export { parseRequest, readRequest, type TraceRequest } from './request.ts'
export { type PredictedTarget, predictTargets, predictTargetsOf } from './targets.ts'
export {
  followRequest,
  type Trace,
  type TracedAnswer,
  type TracedBranch,
  type TracedDestination,
  type TraceOptions,
  trace
} from './trace.ts'
export { type TracedLoadBalancer, Tracer } from './tracer.ts'
