export { defaultNamespace } from '../defaults.ts'
export {
  annotationFamilies,
  annotationLevel,
  annotationLevels,
  annotationName,
  annotationPrefix,
  type ServiceAnnotationReader,
  serviceAnnotationFamilies,
  serviceAnnotationPrefix,
  serviceAnnotationReaders
} from './annotations.ts'
export { assumeMissing, hasControllerAnnotations, isAssumed } from './assumptions.ts'
export {
  collectionPath,
  type DefinedKind,
  definedKinds,
  definitionName,
  objectPath
} from './collections.ts'
export type { Definition } from './definition.ts'
export { definitionOf, istioKindsOf, istioVersionsOf, kindsWithDefinition, versionsOf } from './definition-of.ts'
export type { ManifestText } from './document-origin.ts'
export { applyEdits, EditableText } from './edit.ts'
export type * from './gateway-api.ts'
export {
  classOfGateway,
  gatewayAPIGroup,
  gatewayConfigurationGroup,
  isGateway,
  isOfIstio,
  listenerSetsOfGateway,
  namesParent
} from './gateway-api.ts'
export { gatewayOfService, makerOfService } from './gateway-api-service.ts'
export { withGatewayDefaults } from './gateway-defaults.ts'
export {
  madeAnnotations,
  madeAnnotationsPath,
  namesOtherParameters,
  overlaysOf,
  type ParameterProblem,
  parameterProblems,
  parametersOf
} from './gateway-parameters.ts'
export {
  type FoundOperator,
  gatewayServices,
  type IstioOperator,
  istioOperators,
  operatorKey
} from './gateway-service.ts'
export { readInputFile, readStandardInput, unreadableReason } from './input-file.ts'
export { kindOf } from './kind.ts'
export type * from './kubernetes.ts'
export { meetsSelector, selectorError } from './label-selector.ts'
export { type MissingService, missingServiceOf } from './missing-service.ts'
export { placeInNamespace } from './namespace.ts'
export { isHealthCheckNodePortDrawn, isNodePortDrawn } from './node-ports.ts'
export { editAt, type Origin, type Path, type Position } from './origin.ts'
export { overwrite, writeWhole } from './output-file.ts'
export { parseManifests, type RenderedFrom, readManifests, unnamedOperator } from './read.ts'
export { renameKey } from './rename-key.ts'
export { objectKey, objectName, Resources } from './resources.ts'
export { type Misfit, misfitsOf, type Schema } from './schema-fit.ts'
export { describeShape, hasShape } from './shape.ts'
export { fromHere } from './template-origin.ts'
export { describeYAMLProblem, documentValue, firstOfLines } from './yaml-problem.ts'
