export { type Annotation, readString, readStringList, splitKeyValuePairs } from './annotation/parser.ts'
export { findService, keyOf, namespaceOf } from './build/cluster-objects.ts'
export { givenRegion, inRegionOf, regionOfARN } from './build/region.ts'
export { buildPlan } from './build-plan.ts'
export {
  type ChangeKind,
  diffPlans,
  kindOf,
  type PlanDiff,
  type ResourceChange,
  type StackSet,
  stacksOf
} from './diff/diff.ts'
export { compareMove, type MoveDifference } from './diff/move.ts'
export { canonical, type FieldChange } from './diff/values.ts'
export { defaultEnvironment, type Environment, inRegion, type NamedTargetGroup } from './environment/environment.ts'
export { parseEnvironment } from './environment/environment-file.ts'
export { environmentSchema } from './environment/environment-schema.ts'
export type { WebACLDefinition, WebACLField, WebACLStatement } from './environment/web-acl.ts'
export { addOnAnnotation, storedAddOns } from './gateway/add-ons.ts'
export { acceptClass, gatewayControllers } from './gateway/configuration/gateway-class.ts'
export { type AnyRoute, GatewayObjects } from './gateway/objects.ts'
export { ruleConfigurationNames, statusOfRuleConfiguration } from './gateway/route/rule-configuration.ts'
export { parseBool } from './go/strconv.ts'
export { readConditions } from './ingress/backend.ts'
export { autoModeIgnored } from './ingress/group/auto-mode.ts'
export { classifyIngress, settingsOfClass } from './ingress/group/ingress-class.ts'
export { unknownMembers } from './ingress/json-annotations.ts'
export { type MigratedGroup, migratePlan } from './migration/migrate-plan.ts'
export { ModelError } from './model-error.ts'
export { ownerOf } from './service/owner.ts'
export {
  type Account,
  arnOfEntry,
  findARN,
  loadBalancerARNOf,
  targetGroupARN,
  targetGroupNameOf
} from './stack/named-arn.ts'
export { listenerARN, loadBalancerARN, securityGroupID, targetGroupARN as targetGroupReference } from './stack/names.ts'
export {
  type AddOn,
  type DroppedRule,
  type Explanation,
  type GatewayPlan,
  type GroupPlan,
  type ListenerValidation,
  type Plan,
  type RouteStatus,
  type ServicePlan,
  type StackKind,
  type StackPlan,
  stackNamesOf,
  stackPlansOf
} from './stack/plan.ts'
export { hasLoadBalancer, noLoadBalancer, planFailed, planFailures } from './stack/plan-failure.ts'
export { type PlanJSON, planToJSON, stackToJSON } from './stack/plan-json.ts'
export { type RouteJSON, routesToJSON } from './stack/routes-json.ts'
export { readSavedPlan } from './stack/saved-plan.ts'
export {
  applicationLoadBalancer,
  applicationLoadBalancerID,
  classicLoadBalancer,
  type SpecType,
  specEntries,
  specOf,
  specsOf
} from './stack/specs.ts'
export {
  type Action,
  type AuthenticateCognitoConfig,
  type AuthenticateOIDCConfig,
  type ClassicListener,
  type ClassicLoadBalancerSpec,
  type FixedResponseConfig,
  type ForwardConfig,
  type HealthCheckConfig,
  type IPPermission,
  type JwtValidationConfig,
  type KeyValue,
  type ListenerRuleSpec,
  type ListenerSpec,
  type LoadBalancerSpec,
  type MutualAuthentication,
  type NetworkProtocol,
  type RedirectConfig,
  type Reference,
  type ResourceType,
  type RuleCondition,
  referencedID,
  type SecurityGroupSpec,
  type Stack,
  type StackResources,
  type Tags,
  type TargetGroupSpec,
  type Token,
  type Transform
} from './stack/stack.ts'
