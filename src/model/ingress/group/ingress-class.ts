import {
  type Ingress,
  type IngressClassParams,
  meetsSelector,
  type Resources,
  selectorError
} from '../../../resources/index.ts'
import { getNamespace, namespaceOf } from '../../build/cluster-objects.ts'
import type { Environment } from '../../environment/environment.ts'
import { InvalidIngressClass, ModelError, withErrorPrefix } from '../../model-error.ts'
import { autoModeController, autoModeGroup, autoModeParams, autoModeTargetType } from './auto-mode.ts'

const albController = 'ingress.k8s.aws/alb'
const classAnnotation = 'kubernetes.io/ingress.class'
const defaultClassAnnotation = 'ingressclass.kubernetes.io/is-default-class'

/** Whether the controller owns an Ingress, and the parameters of its class. */
export interface Classification {
  owned: boolean
  params?: IngressClassParams
  /** EKS Auto Mode's controller owns it, which differs from the AWS Load Balancer Controller. */
  autoMode?: true
}

/** LBC: GetDefaultIngressClass. @throws ModelError for more than one default, which spoils the loading of every group. */
function defaultClassName(resources: Resources): string | undefined {
  const names = resources
    .list('IngressClass')
    .filter(({ metadata }) => metadata.annotations?.[defaultClassAnnotation] === 'true')
    .map(({ metadata }) => metadata.name)
  if (names.length > 1) {
    throw new ModelError('multiple default IngressClasses found')
  }
  return names[0]
}

/** LBC: defaultClassLoader.Load. */
function loadClass(ingress: Ingress, className: string, resources: Resources): Classification {
  const ingressClass = resources.find('IngressClass', className)
  if (!ingressClass) {
    throw new ModelError(`IngressClass.networking.k8s.io "${className}" not found`)
  }
  const { controller, parameters } = ingressClass.spec ?? {}
  const autoMode = controller === autoModeController
  if (controller !== albController && !autoMode) {
    return { owned: false }
  }
  const owned = { owned: true, ...(autoMode && { autoMode }) }
  if (!parameters) {
    return owned
  }
  const group = autoMode ? autoModeGroup : 'elbv2.k8s.aws'
  if (parameters.apiGroup !== group || parameters.kind !== 'IngressClassParams') {
    throw new ModelError(`IngressClass ${className} references unknown parameters`)
  }
  const params = autoMode
    ? autoModeParams(resources, parameters.name)
    : resources.find('IngressClassParams', parameters.name)
  if (!params) {
    throw new ModelError(`IngressClassParams.${group} "${parameters.name}" not found`)
  }
  const selector = params.spec?.namespaceSelector
  if (selector) {
    const { labels = {} } = getNamespace(resources, namespaceOf(ingress)).metadata
    const error = selectorError(selector)
    if (error !== undefined) {
      throw new ModelError(error)
    }
    if (!meetsSelector(labels, selector)) {
      throw new ModelError(`namespaceSelector of IngressClassParams ${parameters.name} mismatch`)
    }
  }
  return { ...owned, params }
}

/**
 * Decides whether an Ingress is the controller's: by the old annotation, which beats everything, else by its class or the
 * default class (LBC: classifyIngress).
 *
 * @throws InvalidIngressClass, or ModelError where the default class is ambiguous.
 */
export function classifyIngress(ingress: Ingress, resources: Resources, { controller }: Environment): Classification {
  const annotated = ingress.metadata.annotations?.[classAnnotation]
  if (annotated !== undefined) {
    return { owned: annotated === controller.ingressClass || (controller.ingressClass === '' && annotated === 'alb') }
  }
  const className = ingress.spec?.ingressClassName ?? defaultClassName(resources)
  if (className === undefined) {
    return { owned: controller.ingressClass === '' }
  }
  return withErrorPrefix('invalid ingress class', () => loadClass(ingress, className, resources), InvalidIngressClass)
}

/** What the class of an Ingress that a controller owns sets for it. */
export function settingsOfClass(
  ingress: Ingress,
  resources: Resources,
  environment: Environment
): { params?: IngressClassParams; defaultTargetType: string } {
  const { params, autoMode } = classifyIngress(ingress, resources, environment)
  return {
    ...(params && { params }),
    defaultTargetType: autoMode ? autoModeTargetType : environment.controller.defaultTargetType
  }
}
