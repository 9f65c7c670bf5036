/** As much of JSON schema as our own schemas use. */
interface SchemaNode {
  description?: string
  type?: string
  enum?: readonly string[]
  items?: SchemaNode
  additionalProperties?: boolean | SchemaNode
  properties?: Record<string, SchemaNode>
}

function kindOf({ type, enum: values, items, additionalProperties }: SchemaNode): string {
  if (values) {
    return values.map(value => `\`${value}\``).join(', ')
  }
  if (type === 'array') {
    return items?.properties ? 'list' : 'list of strings'
  }
  const entries = typeof additionalProperties === 'object' ? additionalProperties.type : undefined
  return type === 'object' ? `mapping of ${entries}s` : (type ?? '')
}

function rowsOf(properties: Record<string, SchemaNode>, parent: string): string[] {
  return Object.entries(properties).flatMap(([key, node]) => {
    const path = parent === '' ? key : `${parent}.${key}`
    const nested = node.properties ?? node.items?.properties
    const description = (node.description ?? '').replaceAll('|', '\\|')
    const own = `| \`${path}\` | ${node.properties ? '' : kindOf(node)} | ${description} |`
    return nested ? [own, ...rowsOf(nested, node.items ? `${path}[]` : path)] : [own]
  })
}

/** The keys of a schema as a Markdown table, in its order; items of lists have `[]` in their path. */
export function formatSchema({ properties = {} }: SchemaNode): string {
  return ['| key | | |', '|---|---|---|', ...rowsOf(properties, '')].join('\n')
}
