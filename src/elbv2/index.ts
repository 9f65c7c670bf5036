export type { ForwardAction, PreRoutingAction, RoutingAction, WeightedTargetGroup } from './action.ts'
export {
  type AttributeDefinition,
  flag,
  listenerAttributeDefinitions,
  loadBalancerAttributeDefinitions,
  targetGroupAttributeDefinitions
} from './attribute-definitions.ts'
export type { DesyncMode, ListenerAttributes, TargetGroupAttributes } from './attributes.ts'
export { coversHost } from './certificate.ts'
export {
  type ClassicConfiguration,
  compileClassicConfiguration,
  type FlowListener,
  type InstancesConfiguration,
  type RequestListener
} from './classic/configuration.ts'
export { type ClassicHealthCheck, classicHealthCheck } from './classic/health-check.ts'
export { textProxyHeader } from './classic/proxy-protocol.ts'
export { type Configuration, compileConfiguration, type ListenerConfiguration } from './configuration.ts'
export type {
  Certificate,
  Clock,
  ExchangeEntry,
  FlowEnd,
  HealthCheckEntry,
  ListenerDescription,
  ListenerProtocol,
  LoadBalancer,
  LoadBalancerDescription,
  LoadBalancerEvent,
  LoadBalancerOptions,
  LoadBalancerType,
  Target,
  TargetGroupDescription,
  TargetHealthDescription,
  TargetState,
  Targets
} from './contract.ts'
export {
  answerOfAction,
  decide,
  handOver,
  headersForTarget,
  ownAnswer,
  type Transformed,
  targetlessAnswer,
  weightlessAnswer
} from './decide.ts'
export {
  type Classification,
  classify,
  isSendable,
  isToken,
  mitigation,
  type RawHead,
  type Reason,
  trimSpace
} from './desync.ts'
export { givenTraceID, traceID } from './forwarded-headers.ts'
export { compileGlob } from './glob.ts'
export {
  connectionOptions,
  firstValueOf,
  type HeaderList,
  pairsOf,
  tokensOf,
  valuesOf,
  without
} from './header-list.ts'
export { partViolations } from './limits/action.ts'
export { certificateARNViolations, targetGroupARNViolations, webACLARNViolations } from './limits/arn.ts'
export { nameViolations } from './limits/load-balancer.ts'
export { networkTargetGroupViolations } from './limits/network.ts'
export { exceededQuotas } from './limits/quota.ts'
export { applicationViolations, stackViolations } from './limits/stack.ts'
export { targetGroupNameViolations, targetGroupViolations } from './limits/target-group.ts'
export type { Limit, StackViolation, Violation } from './limits/violation.ts'
export { admits } from './network/admission.ts'
export {
  carries,
  clientAtTargets,
  headerPlacement,
  type NetworkTargetGroupAttributes,
  networkListenerAttributeDefinitions,
  networkLoadBalancerAttributeDefinitions,
  networkTargetGroupAttributeDefinitions,
  udpIdleTimeout
} from './network/attributes.ts'
export {
  compileNetworkConfiguration,
  type NetworkConfiguration,
  type NetworkListenerConfiguration,
  type NetworkTargetGroupConfiguration
} from './network/configuration.ts'
export { flowCandidates, isHairpin, targetGroupOfFlow, targetOfFlow, zonesInDNS } from './network/flow.ts'
export { localHeader, proxyHeader } from './network/proxy-protocol.ts'
export { type OwnResponse, ownPage, reasons, server } from './page.ts'
export { RefusedError } from './refused-error.ts'
export { type HttpVersion, isGRPC, parseTarget, type RequestHead, requestFacts } from './request.ts'
export { explainRules, matchRule, type Rule } from './rule.ts'
export {
  describeActions,
  describeConditions,
  describeRule,
  describeToken,
  describeTransforms
} from './rule-words.ts'
export { defaultSSLPolicy, isSSLPolicy, sslPolicy, sslPolicyNames } from './ssl-policy.ts'
export { candidatesOf, type TargetGroupConfiguration } from './target-group.ts'
export { selectTargetGroup } from './target-group-selection.ts'
export {
  type CheckOutcome,
  draining,
  initialChecking,
  networkSuccessCodes,
  notInUse,
  notRegistered,
  observe,
  registering,
  successCodes,
  type TargetHealth,
  unusableFor
} from './target-health.ts'
export { compileWebACL, type WebACL, type WebACLRequest, type WebACLVerdict } from './web-acl.ts'
