/** Which places of a map belong together. */

import type { EdgeMap, MapLink } from '../contract.ts'

function reach(starts: Iterable<string>, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set(starts)
  const open = [...found]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const other of next.get(id) ?? []) {
      if (!found.has(other)) {
        found.add(other)
        open.push(other)
      }
    }
  }
  return found
}

function indexOf(links: readonly MapLink[], from: 'from' | 'to', to: 'from' | 'to'): Map<string, string[]> {
  const index = new Map<string, string[]>()
  for (const link of links) {
    const known = index.get(link[from])
    if (known) {
      known.push(link[to])
    } else {
      index.set(link[from], [link[to]])
    }
  }
  return index
}

/** The links of a map, to be asked in both directions. */
export class Ways {
  readonly next: ReadonlyMap<string, readonly string[]>
  readonly before: ReadonlyMap<string, readonly string[]>

  constructor({ links }: Pick<EdgeMap, 'links'>) {
    this.next = indexOf(links, 'from', 'to')
    this.before = indexOf(links, 'to', 'from')
  }

  /** A place with all that leads to it, and all that it leads to. */
  through(ids: Iterable<string>): Set<string> {
    const starts = [...ids]
    return new Set([...reach(starts, this.next), ...reach(starts, this.before)])
  }

  /** A place with all that it leads to. */
  after(ids: Iterable<string>): Set<string> {
    return reach(ids, this.next)
  }
}
