/**
 * What the engine's JSON parser does not tell of a text.
 *
 * @module
 */

/**
 * Where the elements of the list `items` of a JSON text begin and end: kubectl writes a whole cluster as one List, and no one
 * wants to parse all of it for the position of a key. Empty where there is no such list.
 */
export function itemRanges(text: string): [start: number, end: number][] {
  const ranges: [number, number][] = []
  let depth = 0
  let inItems = false
  let start: number | undefined
  const token = /"(?:[^"\\]|\\.)*"(\s*:\s*\[)?|[{}[\],]/gs
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found, opensList] = match
    if (found.startsWith('"')) {
      if (opensList) {
        if (depth === 1 && /^"items"/.test(found)) {
          inItems = true
        }
        depth++
      }
      continue
    }
    if (found === '{' || found === '[') {
      depth++
      if (inItems && depth === 3) {
        start = match.index
      }
    } else if (found !== ',') {
      if (inItems && depth === 3 && start !== undefined) {
        ranges.push([start, match.index + 1])
      }
      depth--
      if (inItems && depth === 1) {
        break
      }
    }
  }
  return ranges
}

function countKeys(value: unknown): number {
  return typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((sum, child) => sum + countKeys(child), 0) +
        (Array.isArray(value) ? 0 : Object.keys(value).length)
    : 0
}

/** Whether a JSON text writes more keys than its value has: one of them twice, which the engine's parser does not tell. */
export function repeatsKeys(text: string, value: unknown): boolean {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/gs)].filter(([, colon]) => colon).length !== countKeys(value)
}
