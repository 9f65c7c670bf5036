import type { Column } from '../contract.ts'

/** What a column needs to be read. */
export interface ColumnTerms {
  column: Column
  /** Pixels at least. */
  width: number
  /** Its share of the room that is left: much for long sentences, little for a protocol and a port. */
  share: number
}

/** Where a column stands. */
export interface ColumnPlace {
  x: number
  width: number
}

/** Columns side by side. */
export interface ColumnLayout {
  places: ReadonlyMap<Column, ColumnPlace>
  /** Room between two columns, for links. */
  gap: number
  /** Of all of them: more than there is room for, where they would be too narrow else. */
  width: number
}

/** Pixels between two columns. */
const narrowestGap = 14
const widestGap = 40

/** The part of the room that is left which goes between the columns. */
const gapShare = 0.15

/** Columns do not get wider than this many times what they need: lines that are too long are hard to follow. */
const mostStretched = 2.6

/** Where the columns do not fit, they are scrolled over and need not be narrow: so many times what they need. */
const comfortable = 1.3

/** Puts columns side by side: they fill the room where they find what they need in it, and reach beyond it where they do not. */
export function layColumns(columns: readonly ColumnTerms[], room: number): ColumnLayout {
  const gaps = Math.max(0, columns.length - 1)
  const needed = columns.reduce((sum, { width }) => sum + width, 0) + narrowestGap * gaps
  const shares = columns.reduce((sum, { share }) => sum + share, 0)
  const left = Math.max(0, room - needed)
  const gap = Math.min(widestGap, narrowestGap + Math.floor((left * gapShare) / Math.max(1, gaps)))
  const forColumns = left - (gap - narrowestGap) * gaps
  const least = needed > room ? comfortable : 1
  const places = new Map<Column, ColumnPlace>()
  let x = 0
  for (const { column, width, share } of columns) {
    const stretched = Math.floor(Math.min(width * mostStretched, width * least + (forColumns * share) / shares))
    places.set(column, { x, width: stretched })
    x += stretched + gap
  }
  return { places, gap, width: Math.max(0, x - gap) }
}
