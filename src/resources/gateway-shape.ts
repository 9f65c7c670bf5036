import type { Schema } from 'ajv/dist/2020.js'
import { type Definition, type GatewayKind, gatewayDefinitions } from './gateway-definitions.ts'

/** The types of a definition, and nothing more: a plan is made of objects that lack what is required, too. */
function typesOf({ type, properties, items, additionalProperties }: Definition): Record<string, unknown> {
  return {
    ...(type !== undefined && { type }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, typesOf(part)]))
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

/** The types of an object's fields, by its definition. */
export function gatewayShapeOf(object: { apiVersion: string; kind: string }): Schema | undefined {
  const definition = gatewayDefinitionOf(object)
  if (!definition) {
    return undefined
  }
  const shape = shapes.get(definition) ?? { properties: { spec: typesOf(definition) } }
  shapes.set(definition, shape)
  return shape
}
