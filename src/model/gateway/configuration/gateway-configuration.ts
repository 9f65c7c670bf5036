import type {
  LoadBalancerConfiguration,
  LoadBalancerConfigurationSpec,
  TargetGroupConfiguration
} from '../../../resources/index.ts'
import { namespaceOf } from '../../build/cluster-objects.ts'
import { byDefault, fromField } from '../../build/task.ts'
import { quote } from '../../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../../model-error.ts'
import type { ValueSource } from '../../value-source.ts'
import type { GatewayObjects } from '../objects.ts'
import { acceptClass, getConfiguration, getDefaultTargetGroupConfiguration, type OwnGateway } from './gateway-class.ts'
import { mergeConfigurations, mergeDefaults } from './merge.ts'

/** What the configurations of a class and a Gateway come to. */
export interface GatewayConfiguration {
  spec: LoadBalancerConfigurationSpec
  /** The objects it is made of, the stronger one first. */
  layers: LoadBalancerConfiguration[]
  /** The default TargetGroupConfiguration, with what it is made of, the stronger one first. */
  targetGroups?: TargetGroupConfiguration
  targetGroupLayers: TargetGroupConfiguration[]
}

/** Where a field of the merged configuration comes from. */
export function sourceOf(
  { layers }: GatewayConfiguration,
  field: keyof LoadBalancerConfigurationSpec,
  otherwise: ValueSource = byDefault
): ValueSource {
  const layer = layers.find(({ spec }) => spec?.[field] !== undefined)
  return layer ? fromField(layer, `spec.${field}`) : otherwise
}

/** LBC: resolveAndMergeDefaultTGCs. @throws ModelError */
function resolveDefault(
  objects: GatewayObjects,
  configuration: LoadBalancerConfiguration | undefined,
  owner: 'GatewayClass' | 'Gateway'
): TargetGroupConfiguration | undefined {
  if (!configuration) {
    return undefined
  }
  const name = configuration.spec?.defaultTargetGroupConfiguration?.name ?? ''
  return withErrorPrefix(
    `failed to resolve default TargetGroupConfiguration ${quote(name)} referenced by ${owner} LoadBalancerConfiguration ${quote(configuration.metadata.name)} in namespace ${quote(namespaceOf(configuration))}`,
    () => getDefaultTargetGroupConfiguration(objects, configuration)
  )
}

function present<Value>(values: (Value | undefined)[]): Value[] {
  return values.filter(value => value !== undefined)
}

/**
 * Resolves the configuration of a Gateway (LBC: getLoadBalancerConfigForGateway): that of its class and its own, merged in the
 * order that the class's mergingMode gives.
 *
 * @throws ModelError
 */
export function resolveConfiguration(
  objects: GatewayObjects,
  { gateway, gatewayClass }: OwnGateway
): GatewayConfiguration {
  const acceptance = acceptClass(objects, gatewayClass)
  if (!acceptance.accepted) {
    throw new ModelError(
      `Unable to materialize gateway when gateway class [${gatewayClass.metadata.name}] is not accepted`
    )
  }
  const classReference = gatewayClass.spec?.parametersRef
  const ofClass =
    acceptance.configuration ??
    (classReference && getConfiguration(objects, classReference.namespace ?? '', classReference.name))
  const reference = gateway.spec?.infrastructure?.parametersRef
  const ofGateway = reference && getConfiguration(objects, namespaceOf(gateway), reference.name)
  const classTargetGroups = resolveDefault(objects, ofClass, 'GatewayClass')
  const gatewayTargetGroups = resolveDefault(objects, ofGateway, 'Gateway')
  const prefersGateway = ofClass?.spec?.mergingMode === 'prefer-gateway'
  const [strong, weak] = prefersGateway ? [ofGateway, ofClass] : [ofClass, ofGateway]
  const [strongGroups, weakGroups] = prefersGateway
    ? [gatewayTargetGroups, classTargetGroups]
    : [classTargetGroups, gatewayTargetGroups]
  const targetGroups =
    strongGroups && weakGroups ? mergeDefaults(strongGroups, weakGroups) : (strongGroups ?? weakGroups)
  return {
    spec: strong && weak ? mergeConfigurations(strong.spec ?? {}, weak.spec ?? {}) : ((strong ?? weak)?.spec ?? {}),
    layers: present([strong, weak]),
    ...(targetGroups && { targetGroups }),
    targetGroupLayers: present([strongGroups, weakGroups])
  }
}
