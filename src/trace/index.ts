export type { BackendAnswer, BackendOutcome } from './backend.ts'
export type { ConsideredRule, HealthState, TracedTarget, TracedTargetGroup } from './load-balancer.ts'
export { defaultClient, type ReadRequest, readRequest, type TraceRequest } from './request.ts'
export { type Trace, type TracedAnswer, type TracedDestination, type TraceOptions, trace } from './trace.ts'
