/**
 * What a delegate's routes ask for, inside of what the root's asks for (Istio: mergeHTTPMatchRequests).
 *
 * @module
 */

import { ownEntry } from '../own-entry.ts'
import type { HTTPMatch, StringMatch } from './istio.ts'

/** Whether everything that the delegate's match takes is something that the root's takes too (Istio: stringMatchConflict). */
function conflict(root: StringMatch | undefined, leaf: StringMatch | undefined): boolean {
  if (!root || !leaf) {
    return false
  }
  function says({ exact, prefix, regex }: StringMatch): boolean {
    return Boolean(exact || prefix || regex)
  }
  if ((root.regex && says(leaf)) || (leaf.regex && says(root))) {
    return true
  }
  if (root.exact) {
    return Boolean(leaf.prefix) || leaf.exact !== root.exact
  }
  if (root.prefix) {
    const inner = leaf.prefix || leaf.exact
    return !inner?.startsWith(root.prefix)
  }
  return true
}

const singles = ['uri', 'scheme', 'method', 'authority'] as const
const named = ['headers', 'withoutHeaders', 'queryParams'] as const

function conflicts(root: HTTPMatch, leaf: HTTPMatch): boolean {
  return (
    singles.some(field => conflict(root[field], leaf[field])) ||
    named.some(field =>
      Object.entries(leaf[field] ?? {}).some(([name, value]) => conflict(ownEntry(root[field], name), value))
    ) ||
    (root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false) ||
    Boolean(root.port && leaf.port && root.port !== leaf.port) ||
    Boolean(root.sourceNamespace && root.sourceNamespace !== leaf.sourceNamespace) ||
    Object.entries(leaf.sourceLabels ?? {}).some(
      ([key, value]) => root.sourceLabels?.[key] !== undefined && root.sourceLabels[key] !== value
    ) ||
    Boolean(root.gateways?.length && leaf.gateways?.some(one => !root.gateways!.includes(one)))
  )
}

function mergeMatch(root: HTTPMatch, leaf: HTTPMatch): HTTPMatch {
  const merged: HTTPMatch = { ...root, ...leaf }
  for (const field of [...named, 'sourceLabels'] as const) {
    if (root[field] ?? leaf[field]) {
      Object.assign(merged, { [field]: { ...root[field], ...leaf[field] } })
    }
  }
  return { ...merged, gateways: leaf.gateways?.length ? leaf.gateways : root.gateways }
}

/** The matches of a delegate's route inside those of the root's; undefined where they exclude each other. */
export function mergeMatches(root: HTTPMatch[] = [], leaf: HTTPMatch[] = []): HTTPMatch[] | undefined {
  if (root.length === 0 || leaf.length === 0) {
    return root.length === 0 ? leaf : root
  }
  const merged: HTTPMatch[] = []
  for (const inner of leaf) {
    const fitting = root.filter(outer => !conflicts(outer, inner))
    if (fitting.length === 0) {
      return undefined
    }
    merged.push(...fitting.map(outer => mergeMatch(outer, inner)))
  }
  return merged
}
