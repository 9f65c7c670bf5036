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

/** Keywords that an API server decides by; the rest is for readers. */
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

interface Validation {
  rule: string
  message: string
}

/** An expression as CEL's own dialect of JavaScript's regular expressions, and the names of fields, take it. */
function portable(rule: string): string {
  const written = rule.replaceAll(/\s+/g, ' ').trim().replaceAll('__namespace__', 'namespace')
  // The evaluator's has() takes no item of a list. Go's flag for whatever case stands before letters alone.
  const asked = written.replaceAll(/has\((\w+(?:\.\w+)*\[\d+\])\.(\w+)\)/g, '("$2" in $1)')
  const text = asked.replaceAll(/\(\?i\)([^"]*)/g, (_all, pattern: string) => pattern.replaceAll('a-z', 'a-zA-Z'))
  if (/\(\?[a-z]/.test(text)) {
    throw new Error(`flags of a regular expression that JavaScript has not: ${rule}`)
  }
  return text
}

/** What is said in CEL of one state of an object; what compares two states holds of an object that is new. */
function condenseValidations(validations: Validation[]): Validation[] {
  return validations
    .filter(({ rule }) => !rule.includes('oldSelf'))
    .map(validation => {
      const { rule, message, ...others } = validation
      if (Object.keys(others).length > 0) {
        throw new Error(`a validation with ${Object.keys(others).join(', ')}, which nobody reads: ${rule}`)
      }
      return { rule: portable(rule), message: message.trim() }
    })
}

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
      if (keyword === 'x-kubernetes-validations') {
        const validations = condenseValidations(value as Validation[])
        return validations.length > 0 ? [['validations', validations]] : []
      }
      if (keyword === 'x-kubernetes-list-map-keys' || (keyword === 'x-kubernetes-list-type' && value === 'set')) {
        return [['keys', value === 'set' ? [] : value]]
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
  /** What the fields of a list's items must differ in; the items themselves where there are none (x-kubernetes-list-type). */
  keys?: string[]
  /** Rules in CEL with what the server says where they do not hold. */
  validations?: { rule: string; message: string }[]
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
