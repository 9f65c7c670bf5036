import type { Schema } from '../../src/resources/index.ts'

function kindOf({ type, enum: values, items, additionalProperties }: Schema): string {
  if (values) {
    return values.map(value => `\`${value}\``).join(', ')
  }
  if (type === 'array') {
    return items?.properties ? 'list' : 'list of strings'
  }
  const { type: entry } = additionalProperties || {}
  return type === 'object' ? `mapping of ${entry}s` : String(type ?? '')
}

function rowsOf(properties: Readonly<Record<string, Schema>>, parent: string): string[] {
  return Object.entries(properties).flatMap(([key, node]) => {
    const path = parent === '' ? key : `${parent}.${key}`
    const nested = node.properties ?? node.items?.properties
    const description = (node.description ?? '').replaceAll('|', '\\|')
    const own = `| \`${path}\` | ${node.properties ? '' : kindOf(node)} | ${description} |`
    return nested ? [own, ...rowsOf(nested, node.items ? `${path}[]` : path)] : [own]
  })
}

/** The keys of a schema as a Markdown table, in its order; items of lists have `[]` in their path. */
export function formatSchema({ properties = {} }: Schema): string {
  return ['| key | | |', '|---|---|---|', ...rowsOf(properties, '')].join('\n')
}
