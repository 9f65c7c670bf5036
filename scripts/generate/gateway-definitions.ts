/**
 * What an API server knows of the objects of the Gateway API and of the controller's configurations for it: the schema of each
 * kind's spec, in the version that is stored, without its prose.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'

interface Definition {
  spec?: {
    names: { kind: string }
    versions: { storage: boolean; schema: { openAPIV3Schema: { properties: { spec: unknown } } } }[]
  }
}

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

/** Keywords that an API server decides by; the rest is for readers, or in a language of its own. */
const keywords = new Set([
  'type',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
  'required'
])

function condense(schema: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
      if (keyword === 'properties') {
        const properties = Object.entries(value as Record<string, Record<string, unknown>>)
        return [[keyword, Object.fromEntries(properties.map(([name, property]) => [name, condense(property)]))]]
      }
      if (keyword === 'items' || keyword === 'additionalProperties') {
        return [[keyword, condense(value as Record<string, unknown>)]]
      }
      return keywords.has(keyword) ? [[keyword, value]] : []
    })
  )
}

/** The module with the schemas, of the CustomResourceDefinitions in some folders. @throws Error for a kind that none has. */
export function formatDefinitions(folders: string[]): string {
  const definitions = folders
    .flatMap(folder => readdirSync(folder).map(file => `${folder}/${file}`))
    .filter(file => file.endsWith('.yaml'))
    .flatMap(file =>
      parseAllDocuments(readFileSync(file, 'utf8')).map(document => document.toJS() as Definition | null)
    )
  const lines = kinds.map(kind => {
    const definition = definitions.find(candidate => candidate?.spec?.names.kind === kind)
    const version = definition?.spec?.versions.find(({ storage }) => storage)
    if (!version) {
      throw new Error(`no CustomResourceDefinition of ${kind} in ${folders.join(', ')}`)
    }
    const spec = version.schema.openAPIV3Schema.properties.spec as Record<string, unknown>
    return `  ${kind}: ${JSON.stringify(condense(spec))}`
  })
  return `/**
 * The specs of the Gateway API's objects (v1.6.0, standard channel) and of the AWS Load Balancer Controller's configurations for
 * it (v3.5.0), as their CustomResourceDefinitions describe them: written by \`npm run generate\`, never by hand.
 *
 * @module
 */

/** A part of a CustomResourceDefinition's schema. */
export interface Definition {
  type?: string
  default?: unknown
  enum?: (string | number)[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  minProperties?: number
  maxProperties?: number
  minimum?: number
  maximum?: number
  required?: string[]
  properties?: Record<string, Definition>
  items?: Definition
  additionalProperties?: Definition
}

/** Kinds that it describes. */
export type GatewayKind =
${kinds.map(kind => `  | '${kind}'`).join('\n')}

/** The schema of each kind's spec. */
export const gatewayDefinitions: Readonly<Record<GatewayKind, Definition>> = {
${lines.join(',\n')}
}
`
}
