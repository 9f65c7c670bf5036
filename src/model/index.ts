export {
  type Annotation,
  readString,
  readStringList,
  readStringMap,
  splitKeyValuePairs
} from './annotation-parser.ts'
export {
  type AnnotationLevel,
  annotationFamilies,
  annotationLevel,
  annotationLevels,
  annotationPrefix
} from './annotations.ts'
export * from './attribute-definitions.ts'
export { readConditions } from './backend.ts'
export { buildPlan } from './build-plan.ts'
export { findService, keyOf, namespaceOf } from './cluster-objects.ts'
export {
  type BlockedGroup,
  type ChangeKind,
  diffPlans,
  type PlanDiff,
  type ResourceChange,
  type StackSet,
  stacksOf
} from './diff.ts'
export type { FieldChange } from './diff-values.ts'
export * from './environment.ts'
export { parseEnvironment } from './environment-file.ts'
export { environmentSchema } from './environment-schema.ts'
export { classifyIngress } from './ingress-class.ts'
export { meetsSelector } from './label-selector.ts'
export { ModelError } from './model-error.ts'
export { arnOfEntry, findARN, targetGroupNameOf } from './named-arn.ts'
export type { DroppedRule, Explanation, GroupPlan, Plan, RuleSource, ValueSource } from './plan.ts'
export { type PlanJSON, planToJSON } from './plan-json.ts'
export * from './stack.ts'
export type * from './web-acl.ts'
