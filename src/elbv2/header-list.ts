/** Headers in the order of the wire, with the names as written. */
export type HeaderList = [name: string, value: string][]

/** Values of every header of that name (any case), in order. */
export function valuesOf(headers: HeaderList, name: string): string[] {
  const wanted = name.toLowerCase()
  const values: string[] = []
  for (const [candidate, value] of headers) {
    if (candidate.length === wanted.length && candidate.toLowerCase() === wanted) {
      values.push(value)
    }
  }
  return values
}

/** Value of the first header of that name (any case). */
export function firstValueOf(headers: HeaderList, name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (const [candidate, value] of headers) {
    if (candidate.length === wanted.length && candidate.toLowerCase() === wanted) {
      return value
    }
  }
  return undefined
}

/** The headers without those of the given names (lower case). */
export function without(headers: HeaderList, names: ReadonlySet<string>): HeaderList {
  return headers.filter(([name]) => !names.has(name.toLowerCase()))
}

/** The elements of a comma-separated header, over all its instances; lower case, trimmed. */
export function tokensOf(headers: HeaderList, name: string): string[] {
  const values = valuesOf(headers, name)
  if (values.length === 0) {
    return values
  }
  return values
    .flatMap(value => value.split(','))
    .map(token => token.trim().toLowerCase())
    .filter(token => token !== '')
}

/** Names and values of Node's flat lists. */
export function pairsOf(raw: readonly string[]): HeaderList {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index]!, raw[2 * index + 1]!])
}
