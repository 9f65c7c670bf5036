/** What Helm's validator is given of the schema: types and choices, which it refuses in words that help. */
const kept = new Set(['type', 'enum', 'items', 'properties', '$ref', '$schema', '$id', 'title', 'description'])

function keep(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    return schema
  }
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => kept.has(keyword))
      .map(([keyword, value]) => [keyword, keyword === 'properties' ? keepEach(value as object) : keep(value)])
  )
}

function keepEach(schemas: object): object {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, keep(schema)]))
}

/** The names of the definitions that a schema refers to. */
function referencesIn(text: string): string[] {
  return [...text.matchAll(/"#\/\$defs\/(\w+)"/g)].map(([, name]) => name!)
}

/**
 * The chart's values.schema.json: of the whole schema only what Helm's validator tells well. `minItems: got 0, want 1` helps
 * nobody, and whatever the validator refuses, the guard no longer gets to say.
 */
export function formatHelmSchema(whole: string): string {
  const schema = JSON.parse(whole) as { $defs: Record<string, unknown> }
  const kept = keep(schema) as object
  const definitions = new Map<string, unknown>()
  const pending = referencesIn(JSON.stringify(kept))
  for (const name of pending) {
    if (!definitions.has(name)) {
      const definition = keep(schema.$defs[name])
      definitions.set(name, definition)
      pending.push(...referencesIn(JSON.stringify(definition)))
    }
  }
  const $defs = Object.fromEntries([...definitions].sort(([one], [other]) => (one < other ? -1 : 1)))
  return `${JSON.stringify({ ...kept, $defs }, undefined, 2)}\n`
}
