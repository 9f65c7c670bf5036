/**
 * What an API server knows of Istio's objects: the schema of each kind, which is the same in all of its versions.
 *
 * @module
 */
import { condense, type ResourceDefinition, readDefinitions } from './definitions.ts'

const groups = ['networking.istio.io', 'security.istio.io', 'telemetry.istio.io', 'extensions.istio.io']

/** The status is istiod's to write. */
function schemaOf({ spec: { names, versions } }: ResourceDefinition): string {
  const [schema = '', ...others] = versions
    .map(({ schema: { openAPIV3Schema: root } }) => ({ ...root, properties: { spec: root.properties.spec } }))
    .map(root => JSON.stringify(condense(root)))
  if (others.some(other => other !== schema)) {
    throw new Error(`versions of ${names.kind} that differ`)
  }
  return schema
}

/** The module with the schemas, of the CustomResourceDefinitions in a folder. @throws Error where a group has none. */
export function formatIstioDefinitions(folder: string): string {
  const definitions = readDefinitions([folder])
  const entries = groups.flatMap(group => {
    const own = definitions.filter(({ spec }) => spec.group === group)
    if (own.length === 0) {
      throw new Error(`no CustomResourceDefinition of ${group} in ${folder}`)
    }
    return own.map(definition => {
      const { names, versions } = definition.spec
      const served = versions.filter(version => version.served).map(({ name }) => name)
      return `  '${names.kind}.${group}': { versions: ${JSON.stringify(served)}, schema: ${JSON.stringify(schemaOf(definition))} }`
    })
  })
  return `/**
 * Istio's kinds (1.31) as their CustomResourceDefinitions describe them: written by \`npm run generate\`, never by hand. A schema
 * is a text, which is read when the first object of its kind is met.
 *
 * @module
 */

/** The versions in which a kind is served, and the JSON of its schema. */
export const istioDefinitions: Readonly<Record<string, { versions: readonly string[]; schema: string }>> = {
${entries.join(',\n')}
}
`
}
