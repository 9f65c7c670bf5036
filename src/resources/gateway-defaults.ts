import type { Definition } from './definition.ts'
import { gatewayDefinitionOf } from './definition-of.ts'
import type { KubernetesObject } from './kubernetes.ts'

const answers = new Map<Definition, boolean>()

/** Whether a definition, or what it is made of, has a default. */
function holdsDefaults(definition: Definition): boolean {
  const known = answers.get(definition)
  if (known !== undefined) {
    return known
  }
  const { properties = {}, items, additionalProperties } = definition
  const parts = [
    ...Object.values(properties),
    ...(items ? [items] : []),
    ...(additionalProperties ? [additionalProperties] : [])
  ]
  const answer = parts.some(part => part.default !== undefined || holdsDefaults(part))
  answers.set(definition, answer)
  return answer
}

function completeObject(object: Record<string, unknown>, definition: Definition): Record<string, unknown> {
  const { properties = {}, additionalProperties } = definition
  let completed = object
  for (const name of additionalProperties ? Object.keys(object) : Object.keys(properties)) {
    const property = additionalProperties ?? properties[name]!
    const given = Object.hasOwn(object, name) ? object[name] : undefined
    // A copy, as what stands in the definition must not come to be shared by objects.
    const value = given ?? (property.default === undefined ? undefined : structuredClone(property.default))
    const filled = complete(value, property)
    if (filled !== undefined && filled !== given) {
      completed = completed === object ? { ...object } : completed
      completed[name] = filled
    }
  }
  return completed
}

function complete(value: unknown, definition: Definition): unknown {
  if (value === null || typeof value !== 'object' || !holdsDefaults(definition)) {
    return value
  }
  if (!Array.isArray(value)) {
    return completeObject(value as Record<string, unknown>, definition)
  }
  const { items } = definition
  if (!items) {
    return value
  }
  const completed = value.map(item => complete(item, items))
  return completed.some((item, index) => item !== value[index]) ? completed : value
}

/**
 * An object with what an API server fills in from the defaults in its CustomResourceDefinition, at every depth
 * (k8s.io/apiextensions-apiserver: structural defaulting). An object of a kind without a definition is itself.
 */
export function withGatewayDefaults<Kind extends KubernetesObject>(object: Kind): Kind {
  const definition = gatewayDefinitionOf(object)
  if (!definition) {
    return object
  }
  const spec = complete(object.spec, definition)
  return spec === object.spec ? object : { ...object, spec }
}
