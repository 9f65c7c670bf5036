/**
 * Texts and orders as Go makes them: what `%v` prints, what `sort.Strings` and `strings.TrimSpace` do.
 *
 * @module
 */

/** UTF-16 surrogates sort after U+E000..U+FFFF in UTF-8, which is what Go compares. */
function utf8Rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit
}

/** The order of Go's strings: byte by byte of their UTF-8. */
export function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const difference = utf8Rank(left.charCodeAt(index)) - utf8Rank(right.charCodeAt(index))
    if (difference !== 0) {
      return difference
    }
  }
  return left.length - right.length
}

/** A set's members in Go's order: `sets.String.List`. */
export function sortedStrings(strings: Iterable<string>): string[] {
  return [...new Set(strings)].sort(compareStrings)
}

/** `%v` of a slice: `[a b]`. */
export function formatSlice(items: Iterable<string | number>): string {
  return `[${[...items].join(' ')}]`
}

/** `%v` of a `sets.String`: a map to empty structs, its keys sorted. */
export function formatSet(items: Iterable<string>): string {
  return `map[${sortedStrings(items)
    .map(item => `${item}:{}`)
    .join(' ')}]`
}

/** `%v` of a map of strings, its keys sorted. */
export function formatMap(map: ReadonlyMap<string, string>): string {
  return `map[${sortedStrings(map.keys())
    .map(key => `${key}:${map.get(key)}`)
    .join(' ')}]`
}

/** Length in bytes of the UTF-8, as Go's `len`. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text)
}

const whiteSpace = /\p{White_Space}/u
const controlCharacter = /\p{Cc}/u

/** `strings.TrimSpace`: Unicode's White_Space, which unlike JavaScript's `trim` has U+0085 and lacks U+FEFF. */
export function trimSpace(text: string): string {
  let start = 0
  while (start < text.length && whiteSpace.test(text[start]!)) {
    start += 1
  }
  return trimRightSpace(text.slice(start))
}

/** `strings.TrimRightFunc(text, unicode.IsSpace)`. */
export function trimRightSpace(text: string): string {
  return trimRight(text, whiteSpace)
}

/** `strings.TrimRightFunc(text, unicode.IsControl)`. */
export function trimRightControls(text: string): string {
  return trimRight(text, controlCharacter)
}

/** Each character is looked at once; an expression that ends in `+$` looks at a run of them again from each of its members. */
function trimRight(text: string, member: RegExp): string {
  let end = text.length
  while (end > 0 && member.test(text[end - 1]!)) {
    end -= 1
  }
  return text.slice(0, end)
}
