/**
 * What an API server knows of the objects of the Gateway API and of the controller's configurations for it: the schema of each
 * kind's spec, in the version that is stored.
 *
 * @module
 */
import { condense, readDefinitions } from './definitions.ts'

const kinds = [
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

/** The module with the schemas, of the CustomResourceDefinitions in some folders. @throws Error for a kind that none has. */
export function formatGatewayDefinitions(folders: string[]): string {
  const definitions = readDefinitions(folders)
  const lines = kinds.map(kind => {
    const definition = definitions.find(({ spec }) => spec.names.kind === kind)
    const version = definition?.spec.versions.find(({ storage }) => storage)
    if (!version) {
      throw new Error(`no CustomResourceDefinition of ${kind} in ${folders.join(', ')}`)
    }
    return `  ${kind}: ${JSON.stringify(condense(version.schema.openAPIV3Schema.properties.spec))}`
  })
  return `/**
 * The specs of the Gateway API's objects (v1.6.0, standard channel) and of the AWS Load Balancer Controller's configurations for
 * it (v3.5.0), as their CustomResourceDefinitions describe them: written by \`npm run generate\`, never by hand.
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
`
}
