export { createDevelopmentAuthority, type DevelopmentAuthority } from './certificate.ts'
export { createManualClock, type ManualClock, systemClock } from './clock.ts'
export { type Configuration, compileConfiguration, type ListenerConfiguration } from './configuration.ts'
export type * from './contract.ts'
export { createLoadBalancer } from './load-balancer.ts'
export { hostName, type RequestFacts, requestFacts } from './request.ts'
export { explainRules, type Miss, matchRule, type Rule } from './rule.ts'
export {
  compileWebACL,
  type WebACL,
  type WebACLDefinition,
  type WebACLRequest,
  type WebACLStatement,
  type WebACLVerdict
} from './web-acl.ts'
