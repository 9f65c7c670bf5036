/**
 * What an API server knows of the objects of the Gateway API and of the controller's own kinds: the schema of each kind's spec, in
 * the version that is stored, and the versions that are served.
 *
 * @module
 */
import { condense, type ResourceDefinition, readDefinitions } from './definitions.ts'

const kinds = [
  'IngressClassParams',
  'TargetGroupBinding',
  'GatewayClass',
  'Gateway',
  'ListenerSet',
  'HTTPRoute',
  'GRPCRoute',
  'TCPRoute',
  'UDPRoute',
  'TLSRoute',
  'ReferenceGrant',
  'LoadBalancerConfiguration',
  'TargetGroupConfiguration',
  'ListenerRuleConfiguration'
]

/** The definition of a kind. The folder of another channel or project may have one of it too: the first counts. */
function definitionOf(kind: string, definitions: ResourceDefinition[]): ResourceDefinition {
  const definition = definitions.find(({ spec }) => spec.names.kind === kind)
  if (!definition) {
    throw new Error(`no CustomResourceDefinition of ${kind}`)
  }
  return definition
}

/**
 * Versions of the channel for experiments are served where that one is installed; a version that the stored definition names is
 * known to its cluster one way or the other, so that only what it does not name at all is surely none.
 */
function versionsOf({ spec: { group, versions } }: ResourceDefinition): string {
  return JSON.stringify({ group, versions: versions.map(({ name }) => name) })
}

/** The module with the schemas, of the CustomResourceDefinitions in some folders. @throws Error for a kind that none has. */
export function formatGatewayDefinitions(folders: string[]): string {
  const all = readDefinitions(folders)
  const definitions = kinds.map(kind => definitionOf(kind, all))
  const lines = definitions.map(({ spec: { names, versions } }) => {
    const stored = versions.find(({ storage }) => storage)!
    return `  ${names.kind}: ${JSON.stringify(condense(stored.schema.openAPIV3Schema.properties.spec))}`
  })
  return `/**
 * The specs of the Gateway API's objects (v1.6.0, standard channel) and of the AWS Load Balancer Controller's own (v3.5.0), as
 * their CustomResourceDefinitions describe them: written by \`npm run generate\`, never by hand.
 *
 * @module
 */

import type { Definition } from './definition.ts'

/** Kinds that it describes. */
export type GatewayKind =
${kinds.map(kind => `  | '${kind}'`).join('\n')}

/** The schema of each kind's spec. */
export const gatewayDefinitions: Readonly<Record<GatewayKind, Definition>> = {
${lines.join(',\n')}
}

/** The API group of each kind, and the versions that its definition names. */
export const gatewayVersions: Readonly<Record<GatewayKind, { group: string; versions: readonly string[] }>> = {
${definitions.map(definition => `  ${definition.spec.names.kind}: ${versionsOf(definition)}`).join(',\n')}
}
`
}
