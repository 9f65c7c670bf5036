import type { Definition } from './definition.ts'
import { definitionOf, gatewayDefinitionOf } from './definition-of.ts'
import type { Schema } from './schema-fit.ts'

/** Lists whose items the AWS Load Balancer Controller goes on with although they lack what their definition requires. */
const passedOver = new Set(['backendRefs'])

/**
 * The types of a definition, and what each part of it requires: the field is a Go string or number without a pointer, which
 * whoever reads the part counts on. What the API server fills in is not missing.
 */
function typesOf({ type, properties, items, additionalProperties, required }: Definition): Schema {
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

const shapes = new Map<Definition, Schema>()

/**
 * The types of an object's fields, by its definition. What the spec of one of the Gateway API's lacks, the plan is made without
 * and the check tells, as it tells of a spec that is missing.
 */
export function shapeByDefinition(object: { apiVersion: string; kind: string }): Schema | undefined {
  const definition = definitionOf(object)
  if (!definition) {
    return undefined
  }
  const { spec } = definition.properties!
  const lenient = gatewayDefinitionOf(object) ? { required: [] } : {}
  const shape = shapes.get(definition) ?? { properties: { spec: typesOf({ ...spec, ...lenient }) } }
  shapes.set(definition, shape)
  return shape
}
