export { type Action, fixedResponse, type PreRoutingAction, type RoutingAction, redirectResponse } from './action.ts'
export { createDevelopmentAuthority, type DevelopmentAuthority } from './certificate.ts'
export { createManualClock, type ManualClock, systemClock } from './clock.ts'
export { type Configuration, compileConfiguration, type ListenerConfiguration } from './configuration.ts'
export type * from './contract.ts'
export { sendablePath, takesProtocol, transform } from './forward.ts'
export { forwardedHeaders } from './forwarded-headers.ts'
export type { HeaderList } from './header-list.ts'
export { createLoadBalancer } from './load-balancer.ts'
export { type OwnResponse, ownPage } from './page.ts'
export { admitted } from './pipeline.ts'
export { refusalOf } from './refusal.ts'
export { hostName, parseTarget, type RequestFacts, type RequestHead, requestFacts } from './request.ts'
export { explainRules, type Miss, matchRule, type Rule } from './rule.ts'
export { candidatesOf, type TargetGroupConfiguration } from './target-group.ts'
export { type CheckOutcome, observe, registering, successCodes, type TargetHealth } from './target-health.ts'
export {
  compileWebACL,
  type WebACL,
  type WebACLDefinition,
  type WebACLRequest,
  type WebACLStatement,
  type WebACLVerdict
} from './web-acl.ts'
