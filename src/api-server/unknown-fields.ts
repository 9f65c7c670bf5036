/**
 * Fields that the kinds do not have: kubectl asks the API server to decode strictly, and the server refuses them all at
 * once, before it looks at any value (Kubernetes: networking/v1 and core/v1 types).
 *
 * @module
 */

import { nearestName } from '../nearest-name.ts'
import { type Definition, definitionOf, type KubernetesObject, objectName, type Path } from '../resources/index.ts'
import { formatField } from './field-error.ts'
import { leadsInto } from './place.ts'

/** A kind's fields; `true` for what is taken as it is. */
interface Fields {
  [field: string]: Fields | true
}

function fields(...names: string[]): Fields {
  return Object.fromEntries(names.map(name => [name, true as const]))
}

const meta = fields(
  ...['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'labels', 'annotations', 'ownerReferences', 'finalizers'],
  'managedFields'
)
const top = { apiVersion: true, kind: true, metadata: meta, status: true } as const
const backend: Fields = {
  service: { name: true, port: fields('name', 'number') },
  resource: fields('apiGroup', 'kind', 'name')
}

const kinds: Record<string, Fields> = {
  'networking.k8s.io/v1 Ingress': {
    ...top,
    spec: {
      ingressClassName: true,
      defaultBackend: backend,
      rules: { host: true, http: { paths: { path: true, pathType: true, backend } } },
      tls: fields('hosts', 'secretName')
    }
  },
  'networking.k8s.io/v1 IngressClass': {
    ...top,
    spec: { controller: true, parameters: fields('apiGroup', 'kind', 'name', 'scope', 'namespace') }
  },
  'v1 Service': {
    ...top,
    spec: {
      ...fields(
        ...['selector', 'clusterIP', 'clusterIPs', 'type', 'externalIPs', 'sessionAffinity', 'loadBalancerIP'],
        ...['loadBalancerSourceRanges', 'externalName', 'externalTrafficPolicy', 'healthCheckNodePort', 'ipFamilies'],
        ...['publishNotReadyAddresses', 'ipFamilyPolicy', 'allocateLoadBalancerNodePorts', 'loadBalancerClass'],
        ...['internalTrafficPolicy', 'trafficDistribution']
      ),
      sessionAffinityConfig: { clientIP: fields('timeoutSeconds') },
      ports: fields('name', 'protocol', 'appProtocol', 'port', 'targetPort', 'nodePort')
    }
  }
}

/** A field that the kind does not have, and those that it has in that place. */
export interface UnknownField {
  path: Path
  known: string[]
}

function* unknownIn(value: unknown, known: Fields | true, path: Path): Generator<UnknownField> {
  if (known === true || typeof value !== 'object' || value === null) {
    return
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* unknownIn(item, known, [...path, index])
    }
    return
  }
  for (const [key, child] of Object.entries(value)) {
    const below = Object.hasOwn(known, key) ? known[key] : undefined
    if (below === undefined) {
      yield { path: [...path, key], known: Object.keys(known) }
    } else {
      yield* unknownIn(child, below, [...path, key])
    }
  }
}

/** By a definition: what does not describe its fields holds anything. */
function* unknownByDefinition(value: unknown, definition: Definition, path: Path): Generator<UnknownField> {
  const { properties, items, additionalProperties } = definition
  if (typeof value !== 'object' || value === null) {
    return
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* items ? unknownByDefinition(item, items, [...path, index]) : []
    }
    return
  }
  for (const [key, child] of Object.entries(value)) {
    const part = properties && Object.hasOwn(properties, key) ? properties[key] : additionalProperties
    if (part) {
      yield* unknownByDefinition(child, part, [...path, key])
    } else if (properties) {
      yield { path: [...path, key], known: Object.keys(properties) }
    }
  }
}

export function unknownFields(object: KubernetesObject): UnknownField[] {
  const known = kinds[`${object.apiVersion} ${object.kind}`]
  if (known) {
    return [...unknownIn(object, known, [])]
  }
  const definition = definitionOf(object)
  return definition
    ? [
        ...unknownIn({ ...object, spec: undefined }, { ...top, spec: true }, []),
        ...unknownByDefinition(object.spec, definition.properties!.spec!, ['spec'])
      ]
    : []
}

/** What a server that decodes strictly says of them. */
export function unknownMessage(object: KubernetesObject, unknown: readonly UnknownField[]): string {
  const words = unknown.map(({ path }) => `unknown field ${JSON.stringify(formatField(path))}`).join(', ')
  return `the API server refuses ${objectName(object)}: strict decoding error: ${words}`
}

/** The names that were meant; undefined for one that is near to none. */
export function namesMeant(unknown: readonly UnknownField[]): (string | undefined)[] {
  return unknown.map(({ path, known }) => nearestName(String(path.at(-1)), known))
}

/** Whether what is wrong at a place is what a misnamed field leaves unset: the same cause. */
export function followsFrom(unknown: readonly UnknownField[], path: Path): boolean {
  return unknown.some(one => leadsInto(one.path, path) || leadsInto(path, one.path.slice(0, -1)))
}
