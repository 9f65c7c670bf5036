/** Single-character edits, and swaps of neighbours, that make one word of another (optimal string alignment). */
function distance(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      if (swapped) {
        edits = Math.min(edits, beforeLast[column - 2]! + 1)
      }
      current.push(edits)
    }
    beforeLast = last
    last = current
  }
  return last[other.length]!
}

/**
 * The known name that a misspelt one is nearest to, whatever the case of letters; undefined where none is near, by a third of
 * its letters.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let fewest = Math.floor(name.length / 3) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= fewest) {
      continue
    }
    const edits = distance(name.toLowerCase(), candidate.toLowerCase())
    if (edits >= fewest) {
      continue
    }
    fewest = edits
    nearest = candidate
  }
  return nearest
}

/** Whether names differ in their numbers alone: those are several of a kind, as `api-v1` and `api-v2` are, and not a misspelling. */
export function isNumbered(one: string, other: string): boolean {
  return one.replace(/\d+/g, '') === other.replace(/\d+/g, '')
}

/**
 * Whether a name can only be another one misspelt: a single letter inside it is left out, added, exchanged or swapped with its
 * neighbour. Short names, numbers, another beginning (`auth`, `oauth`) and a plural may well be two names.
 */
export function isSlipOf(name: string, other: string): boolean {
  const [one = '', two = ''] = [name, other].map(text => text.toLowerCase())
  return (
    Math.min(one.length, two.length) > 4 &&
    !/\d/.test(one + two) &&
    one[0] === two[0] &&
    one !== `${two}s` &&
    two !== `${one}s` &&
    distance(one, two) === 1
  )
}
