/** A part of a list, and the token that the next part is asked for with. */
export interface Page<Item> {
  items: Item[]
  /** Undefined for the last part. */
  next: string | undefined
}

/**
 * The part of a list that a token leads to. The token names the last item that was given, so that what is made or deleted
 * between two parts neither repeats nor hides others.
 *
 * @param keyOf what tells an item from the others; the list is in a lasting order.
 * @returns undefined for a token that is none of ours.
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { token, size }: { token: string | undefined; size: number }
): Page<Item> | undefined {
  let start = 0
  if (token !== undefined) {
    const [index, key] = decodeToken(token) ?? []
    if (index === undefined || key === undefined) {
      return undefined
    }
    const found = items.findIndex(item => keyOf(item) === key)
    // Where the last one is gone, those behind it have moved up by one at least.
    start = found >= 0 ? found + 1 : Math.min(index, items.length)
  }
  const part = items.slice(start, start + size)
  const last = part.at(-1)
  const isOver = start + size >= items.length || last === undefined
  return { items: part, next: isOver ? undefined : encodeToken(start + size - 1, keyOf(last)) }
}

function encodeToken(index: number, key: string): string {
  return Buffer.from(JSON.stringify([index, key])).toString('base64')
}

function decodeToken(token: string): [number, string] | undefined {
  try {
    const value = JSON.parse(Buffer.from(token, 'base64').toString()) as unknown
    return Array.isArray(value) && Number.isInteger(value[0]) && value[0] >= 0 && typeof value[1] === 'string'
      ? [value[0] as number, value[1]]
      : undefined
  } catch {
    return undefined
  }
}
