import type { KubernetesObject, TargetGroupConfiguration, TargetGroupProperties } from '../../../resources/index.ts'
import { namespaceOf } from '../../build/cluster-objects.ts'
import { byDefault, fromField } from '../../build/task.ts'
import type { ValueSource } from '../../value-source.ts'
import type { GatewayConfiguration } from './gateway-configuration.ts'
import { mergeProperties } from './merge.ts'

/** Properties, and the field of the object that says them. */
interface Layer {
  properties: TargetGroupProperties
  object: TargetGroupConfiguration
  path: string
}

/** What the configurations say of one backend of one route. */
export interface BackendProperties {
  properties: TargetGroupProperties
  /** What it is made of, the strongest first. */
  layers: Layer[]
}

/** Where a property comes from. */
export function sourceOfProperty(
  { layers }: BackendProperties,
  field: keyof TargetGroupProperties,
  otherwise: ValueSource = byDefault
): ValueSource {
  const layer = layers.find(({ properties }) => properties[field] !== undefined)
  return layer ? fromField(layer.object, `${layer.path}.${field}`) : otherwise
}

/** A route's kind, namespace and name that fit best, the first of equal rank (LBC: mergeWithLongestMatch). */
function routeLayer(configuration: TargetGroupConfiguration, route: KubernetesObject): Layer | undefined {
  let best: Layer | undefined
  let rank = 0
  for (const [index, entry] of (configuration.spec?.routeConfigurations ?? []).entries()) {
    const { kind = '', namespace = '', name = '' } = entry.routeIdentifier ?? {}
    const layer = {
      properties: entry.targetGroupProps ?? {},
      object: configuration,
      path: `spec.routeConfigurations.${index}.targetGroupProps`
    }
    if (kind !== route.kind) {
      continue
    }
    const isNamespace = namespace === namespaceOf(route)
    if (isNamespace && name === route.metadata.name) {
      return layer
    }
    const reached = name === '' && isNamespace ? 2 : name === '' && namespace === '' ? 1 : 0
    if (reached > rank) {
      best = layer
      rank = reached
    }
  }
  return best
}

/** LBC: ConstructTargetGroupConfigForRoute. */
function ofConfiguration(
  configuration: TargetGroupConfiguration | undefined,
  layers: TargetGroupConfiguration[],
  route: KubernetesObject
): BackendProperties | undefined {
  if (!configuration) {
    return undefined
  }
  const whole = configuration.spec?.defaultConfiguration ?? {}
  const matched = routeLayer(configuration, route)
  return {
    properties: matched ? mergeProperties(matched.properties, whole) : whole,
    layers: [
      ...(matched ? [{ ...matched, object: layers[0]! }] : []),
      ...layers.map(object => ({
        properties: object.spec?.defaultConfiguration ?? {},
        object,
        path: 'spec.defaultConfiguration'
      }))
    ]
  }
}

/** What a Service's configuration, or a Gateway's that is a backend, says, over the default one (LBC: serviceLoader, MergeProps). */
export function propertiesOf(
  route: KubernetesObject,
  own: TargetGroupConfiguration | undefined,
  defaults?: GatewayConfiguration
): BackendProperties | undefined {
  const strong = ofConfiguration(own, own ? [own] : [], route)
  const weak = ofConfiguration(defaults?.targetGroups, defaults?.targetGroupLayers ?? [], route)
  if (!strong || !weak) {
    return strong ?? weak
  }
  return {
    properties: mergeProperties(strong.properties, weak.properties),
    layers: [...strong.layers, ...weak.layers]
  }
}
