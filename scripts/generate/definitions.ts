/**
 * What an API server knows of the kinds that others define: the schemas of their CustomResourceDefinitions, without their prose.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'

/** The schema of a kind, or of a part of it. */
export type Schema = Record<string, unknown>

/** A version of a kind. */
export interface Version {
  name: string
  served: boolean
  storage: boolean
  schema: { openAPIV3Schema: Schema & { properties: { spec: Schema } } }
}

/** A CustomResourceDefinition. */
export interface ResourceDefinition {
  spec: { group: string; names: { kind: string }; versions: Version[] }
}

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

/** The names of which an object has one at most, which is what `oneOf` says of names in all the definitions that are read. */
function choiceOf(oneOf: Schema[]): string[][] {
  if (oneOf.every(({ required, not }) => !(required || (not as Schema | undefined)?.anyOf))) {
    return []
  }
  const names = oneOf.slice(1).flatMap(({ required = [] }) => required as string[])
  const none = { not: { anyOf: names.map(name => ({ required: [name] })) } }
  if (JSON.stringify(oneOf) !== JSON.stringify([none, ...names.map(name => ({ required: [name] }))])) {
    throw new Error(`a choice that nobody reads: ${JSON.stringify(oneOf)}`)
  }
  return names.length > 1 ? [names] : []
}

function choicesOf({ oneOf, allOf = [] }: Schema): string[][] {
  return [...(oneOf ? choiceOf(oneOf as Schema[]) : []), ...(allOf as Schema[]).flatMap(choicesOf)]
}

/** A format that bounds what is written: one of the server's (k8s.io/kube-openapi: pkg/validation/strfmt). */
function boundsOf({ format }: Schema): Schema {
  return format === 'int32' ? { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 } : {}
}

/** A part of a schema without what is for readers. */
export function condense(schema: Schema): Schema {
  const choices = choicesOf(schema)
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true
  if (keeps && schema.properties) {
    throw new Error(`fields beside those that are pruned: ${Object.keys(schema.properties)}`)
  }
  // What has no fields of its own is emptied, unless it says that it keeps what is there.
  const isEmpty = schema.type === 'object' && !schema.properties && !schema.additionalProperties && !keeps
  return {
    ...boundsOf(schema),
    ...Object.fromEntries(
      Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
        if (keyword === 'properties') {
          const properties = Object.entries(value as Record<string, Schema>)
          return [[keyword, Object.fromEntries(properties.map(([name, property]) => [name, condense(property)]))]]
        }
        if (keyword === 'items' || keyword === 'additionalProperties') {
          return [[keyword, condense(value as Schema)]]
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
    ),
    ...(isEmpty && { properties: {} }),
    ...(choices.length > 0 && { choices })
  }
}

/** The CustomResourceDefinitions in the files of some folders. */
export function readDefinitions(folders: string[]): ResourceDefinition[] {
  return folders
    .flatMap(folder => readdirSync(folder).map(file => `${folder}/${file}`))
    .filter(file => file.endsWith('.yaml'))
    .flatMap(file => parseAllDocuments(readFileSync(file, 'utf8')).map(document => document.toJS()))
    .filter((object): object is ResourceDefinition => object?.kind === 'CustomResourceDefinition')
}
