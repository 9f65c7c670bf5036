/**
 * Paths as Envoy writes them before anything looks at them (Envoy: PathUtil, which canonicalises as Chromium does).
 *
 * @module
 */

/** `pathNormalization.normalization` of the mesh. */
export type PathNormalization = 'NONE' | 'BASE' | 'DEFAULT' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES'

/** Where the query begins; the fragment is cut off before. */
function split(target: string): [path: string, query: string] {
  const end = target.indexOf('?')
  return end < 0 ? [target, ''] : [target.slice(0, end), target.slice(end)]
}

/** An escaped character that may stand for itself does; others stay as they were written. */
function unescapePlain(path: string): string {
  return path.replace(/%([0-9A-Fa-f]{2})/g, (escaped, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : escaped
  })
}

function escapeUnsafe(path: string): string {
  return path.replace(/[ "<>^`{|}\u007f-\uffff]+/g, text => encodeURI(text))
}

/** Takes `.` and `..` out, as a browser does. */
function removeDots(path: string): string {
  const kept: string[] = []
  const segments = path.split('/')
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (segment === '..') {
      // The first segment is the empty one before the leading slash.
      if (kept.length > 1) {
        kept.pop()
      }
    } else if (segment !== '.') {
      kept.push(segment)
    }
    if (isLast && (segment === '.' || segment === '..')) {
      kept.push('')
    }
  }
  return kept.length === 1 ? `/${kept[0]}` : kept.join('/')
}

/**
 * The path, with its query, that routes and policies see; undefined where Envoy answers 400.
 *
 * @param target as sent; a fragment is taken off, since Istio tells Envoy not to refuse it.
 */
export function normalizePath(target: string, normalization: PathNormalization = 'BASE'): string | undefined {
  const [written, query] = split(target.split('#', 1)[0]!)
  if (normalization === 'NONE' || !written.startsWith('/')) {
    return written + query
  }
  const decoded =
    normalization === 'DECODE_AND_MERGE_SLASHES' ? written.replace(/%2f/gi, '/').replace(/%5c/gi, '\\') : written
  // An escaped control character is the one thing that Chromium refuses in a path.
  if (/%[01][0-9A-Fa-f]|%7f/i.test(decoded)) {
    return undefined
  }
  const canonical = removeDots(escapeUnsafe(unescapePlain(decoded.replaceAll('\\', '/'))))
  const merged = normalization.endsWith('MERGE_SLASHES') ? canonical.replace(/\/{2,}/g, '/') : canonical
  return merged + query
}
