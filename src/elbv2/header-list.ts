/** Headers in the order of the wire, with the names as written. */
export type HeaderList = [name: string, value: string][]

const noValues: readonly string[] = []

/** Values of every header of that name (any case), in order. */
export function valuesOf(headers: HeaderList, name: string): readonly string[] {
  const wanted = name.toLowerCase()
  let values: string[] | undefined
  for (const header of headers) {
    const candidate = header[0]
    if (candidate.length === wanted.length && candidate.toLowerCase() === wanted) {
      if (values) {
        values.push(header[1])
      } else {
        values = [header[1]]
      }
    }
  }
  return values ?? noValues
}

/** Value of the first header of that name (any case). */
export function firstValueOf(headers: HeaderList, name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (const header of headers) {
    const candidate = header[0]
    if (candidate.length === wanted.length && candidate.toLowerCase() === wanted) {
      return header[1]
    }
  }
  return undefined
}

/** The headers without those of the given names (lower case). */
export function without(headers: HeaderList, names: ReadonlySet<string>): HeaderList {
  return headers.filter(([name]) => !names.has(name.toLowerCase()))
}

const noTokens: readonly string[] = []

/** The elements of a comma-separated header, over all its instances; lower case, trimmed. */
export function tokensOf(headers: HeaderList, name: string): readonly string[] {
  const values = valuesOf(headers, name)
  if (values.length === 0) {
    return noTokens
  }
  const tokens: string[] = []
  for (const value of values) {
    for (const part of value.split(',')) {
      const token = part.trim().toLowerCase()
      if (token !== '') {
        tokens.push(token)
      }
    }
  }
  return tokens
}

const noNames: ReadonlySet<string> = new Set()

/** Names, in lower case, that the Connection header says are for this connection alone. (RFC 9110 §7.6.1.) */
export function connectionOptions(headers: HeaderList): ReadonlySet<string> {
  const tokens = tokensOf(headers, 'connection')
  // The one that nearly all have names a header that nobody passes on anyhow.
  return tokens.every(token => token === 'keep-alive') ? noNames : new Set(tokens)
}

/** Names and values of Node's flat lists. */
export function pairsOf(raw: readonly string[]): HeaderList {
  const pairs: HeaderList = []
  for (let index = 0; index < raw.length; index += 2) {
    pairs.push([raw[index]!, raw[index + 1]!])
  }
  return pairs
}
