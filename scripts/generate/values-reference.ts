import { isMap, isScalar, type Pair, parseDocument } from 'yaml'

/** One documented key of a values.yaml. */
export interface ValuesEntry {
  /** As it is typed: `gateway.ports.https.nodePort`. */
  key: string
  /** The default as JSON. */
  value: string
  description: string
}

/** The words of a `# --` comment; comments of other forms are for readers of the file alone. */
function descriptionOf(comment: string | null | undefined): string | undefined {
  const lines = (comment ?? '').split('\n').map(line => line.trim())
  const start = lines.findLastIndex(line => line.startsWith('-- '))
  return start < 0 ? undefined : [lines[start]!.slice(3), ...lines.slice(start + 1)].join(' ').trim()
}

/**
 * The documented keys of a values.yaml in its order.
 *
 * @throws Error naming every leaf key without a `# --` comment.
 */
export function readReference(text: string): ValuesEntry[] {
  const entries: ValuesEntry[] = []
  const undocumented: string[] = []
  function visit(pairs: Pair[], parents: string[], above?: string | null): void {
    for (const [index, { key, value }] of pairs.entries()) {
      const path = [...parents, String((key as { value: unknown }).value)]
      // The comment above a mapping's first key belongs to the mapping's node.
      const comment = (key as { commentBefore?: string | null }).commentBefore ?? (index === 0 ? above : undefined)
      const description = descriptionOf(comment)
      if (isMap(value) && value.items.length > 0) {
        visit(value.items, path, value.commentBefore)
      } else if (description === undefined) {
        undocumented.push(path.join('.'))
      } else {
        entries.push({
          key: path.join('.'),
          value: JSON.stringify(isScalar(value) ? value.value : (value as { toJSON(): unknown }).toJSON()),
          description
        })
      }
    }
  }
  const { contents, commentBefore } = parseDocument(text)
  if (isMap(contents)) {
    visit(contents.items, [], contents.commentBefore ?? commentBefore)
  }
  if (undocumented.length > 0) {
    throw new Error(`values without a '# --' comment: ${undocumented.join(', ')}`)
  }
  return entries
}

/** The entries as a Markdown table. */
export function formatReference(entries: ValuesEntry[]): string {
  return [
    '| key | default | |',
    '|---|---|---|',
    ...entries.map(
      ({ key, value, description }) => `| \`${key}\` | \`${value}\` | ${description.replaceAll('|', '\\|')} |`
    )
  ].join('\n')
}
