/**
 * The definitions of the kinds that CustomResourceDefinitions describe: the Gateway API's, the AWS Load Balancer Controller's and
 * Istio's.
 *
 * @module
 */

import type { Definition } from './definition.ts'
import { type GatewayKind, gatewayDefinitions, gatewayVersions } from './gateway-definitions.ts'
import { istioDefinitions } from './istio-definitions.ts'

interface TypeMeta {
  apiVersion: string
  kind: string
}

function gatewayKindOf({ apiVersion, kind }: TypeMeta): GatewayKind | undefined {
  return Object.hasOwn(gatewayVersions, kind) && apiVersion.split('/')[0] === gatewayVersions[kind as GatewayKind].group
    ? (kind as GatewayKind)
    : undefined
}

/** The definition of an object's spec, where it is of one of the Gateway API's kinds or of the AWS Load Balancer Controller's. */
export function gatewayDefinitionOf(object: TypeMeta): Definition | undefined {
  const kind = gatewayKindOf(object)
  return kind && gatewayDefinitions[kind]
}

function istioName({ apiVersion, kind }: TypeMeta): string | undefined {
  const name = `${kind}.${apiVersion.split('/')[0]}`
  return Object.hasOwn(istioDefinitions, name) ? name : undefined
}

const known = new Map<string | Definition, Definition>()

/** Kept, as each is made or read once. */
function remembered(key: string | Definition, make: () => Definition): Definition {
  const definition = known.get(key) ?? make()
  known.set(key, definition)
  return definition
}

/** The definition of an object, with its spec; undefined where none is known of its kind. */
export function definitionOf(object: TypeMeta): Definition | undefined {
  const spec = gatewayDefinitionOf(object)
  if (spec) {
    return remembered(spec, () => ({ properties: { spec } }))
  }
  const name = istioName(object)
  return name === undefined
    ? undefined
    : remembered(name, () => JSON.parse(istioDefinitions[name]!.schema) as Definition)
}

/** The versions in which Istio's definition of an object's kind serves it; undefined where the kind is none of Istio's. */
export function istioVersionsOf(object: TypeMeta): readonly string[] | undefined {
  const name = istioName(object)
  return name === undefined ? undefined : istioDefinitions[name]!.versions
}

/** The versions that the definition of an object's kind names; undefined where no definition is known of it. */
export function versionsOf(object: TypeMeta): readonly string[] | undefined {
  const kind = gatewayKindOf(object)
  return kind ? gatewayVersions[kind].versions : istioVersionsOf(object)
}

/** The kinds of an API group of Istio's; none of any other group. */
export function istioKindsOf(group: string): string[] {
  return Object.keys(istioDefinitions)
    .filter(name => name.slice(name.indexOf('.') + 1) === group)
    .map(name => name.slice(0, name.indexOf('.')))
}

/** The kinds that have a definition. */
export const kindsWithDefinition: readonly string[] = [
  ...new Set([...Object.keys(gatewayDefinitions), ...Object.keys(istioDefinitions).map(name => name.split('.')[0]!)])
]
