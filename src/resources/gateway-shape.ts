import { type Definition, type GatewayKind, gatewayDefinitions } from './gateway-definitions.ts'
import type { Schema } from './schema-fit.ts'

/** Lists whose items the AWS Load Balancer Controller goes on with although they lack what their definition requires. */
const passedOver = new Set(['backendRefs'])

/**
 * The types of a definition, and what each part of it requires: the field is a Go string or number without a pointer, which
 * whoever reads the part counts on. What the API server fills in is not missing.
 */
function typesOf({ type, properties, items, additionalProperties, required }: Definition): Record<string, unknown> {
  return {
    ...(type !== undefined && { type }),
    ...(required && { required: required.filter(name => properties?.[name]?.default === undefined) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, part]) => [
          name,
          typesOf(passedOver.has(name) && part.items ? { ...part, items: { ...part.items, required: [] } } : part)
        ])
      )
    }),
    ...(items && { items: typesOf(items) }),
    ...(additionalProperties && { additionalProperties: typesOf(additionalProperties) })
  }
}

/** API groups of the kinds that {@link gatewayDefinitions} has. */
function groupOf(kind: string): string {
  return kind.endsWith('Configuration') ? 'gateway.k8s.aws' : 'gateway.networking.k8s.io'
}

/** The definition of an object's spec, where it is one of the Gateway API's kinds or the AWS Load Balancer Controller's for it. */
export function gatewayDefinitionOf({
  apiVersion,
  kind
}: {
  apiVersion: string
  kind: string
}): Definition | undefined {
  return Object.hasOwn(gatewayDefinitions, kind) && apiVersion.split('/')[0] === groupOf(kind)
    ? gatewayDefinitions[kind as GatewayKind]
    : undefined
}

/** The kinds that have a definition. */
export const gatewayKinds = Object.keys(gatewayDefinitions) as GatewayKind[]

const shapes = new Map<Definition, Schema>()

/** The types of an object's fields, by its definition. What the spec itself lacks, the plan is made without and the check tells. */
export function gatewayShapeOf(object: { apiVersion: string; kind: string }): Schema | undefined {
  const definition = gatewayDefinitionOf(object)
  if (!definition) {
    return undefined
  }
  const shape = shapes.get(definition) ?? { properties: { spec: typesOf({ ...definition, required: [] }) } }
  shapes.set(definition, shape)
  return shape
}
