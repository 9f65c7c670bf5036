/** The text of a response; undefined where it has more bytes, of which no more are read. */
export async function readBounded(response: Response, mostBytes: number): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  let total = 0
  // Leaving the loop cancels what is still to come.
  for await (const part of response.body ?? []) {
    total += part.length
    if (total > mostBytes) {
      return undefined
    }
    parts.push(part)
  }
  return new TextDecoder().decode(Buffer.concat(parts))
}
