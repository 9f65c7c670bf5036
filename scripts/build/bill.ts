/** The bill of materials of what is published: of the packages in the lock file those that the build puts in. */

interface Component {
  name: string
  version: string
  type: string
  'bom-ref': string
  scope?: string
  properties?: { name: string; value: string }[]
}

/** As much of CycloneDX as npm writes and this changes. */
export interface Bill {
  metadata: { component: Component }
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

/** What npm calls a development dependency is part of what is published, once it is built in. */
const developmentProperty = 'cdx:npm:package:development'

function published(component: Component): Component {
  const { properties = [] } = component
  return {
    ...component,
    scope: 'required',
    properties: properties.filter(({ name }) => name !== developmentProperty)
  }
}

/**
 * @param bill what npm says of the lock file.
 * @param name the package's: npm calls it by the folder that it stands in.
 * @param builtIn `name@version` of the packages that are built in.
 * @throws Error where the lock file does not have one of them.
 */
export function billOf(bill: Bill, name: string, builtIn: ReadonlySet<string>): Bill {
  const own = { ...bill.metadata.component, name, type: 'application' }
  const components = bill.components.filter(({ 'bom-ref': reference }) => builtIn.has(reference)).map(published)
  const kept = new Set([own, ...components].map(({ 'bom-ref': reference }) => reference))
  const missing = [...builtIn].filter(reference => !kept.has(reference))
  if (missing.length > 0) {
    throw new Error(`the lock file has no ${missing.join(', ')}`)
  }
  const dependencies = bill.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(one => kept.has(one)) }))
  return { ...bill, metadata: { ...bill.metadata, component: own }, components, dependencies }
}
