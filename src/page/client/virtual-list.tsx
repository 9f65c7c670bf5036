import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

export interface Span {
  /** Of the first row that shows, and of the one behind the last. */
  first: number
  end: number
}

/** Rows that are drawn beyond what shows, so that scrolling finds them there. */
const margin = 8

/** The rows that show of a list of rows of one height. */
function spanOf(top: number, height: number, row: number, count: number): Span {
  const first = Math.max(0, Math.floor(top / row) - margin)
  return { first: Math.min(first, count), end: Math.min(count, Math.ceil((top + height) / row) + margin) }
}

interface Props<Item> {
  items: readonly Item[]
  /** Height of a row in pixels. */
  row: number
  label: string
  class?: string
  keyOf(item: Item): string | number
  draw(item: Item, index: number): ComponentChildren
  /** How far it is scrolled, and how high it is. */
  onScroll?(top: number, height: number): void
  /** Index of the row that has to show. */
  show?: number | undefined
}

/** A list that draws no more of its rows than show: a thousand cost what twenty do. */
export function VirtualList<Item>({ items, row, label, keyOf, draw, onScroll, show, ...more }: Props<Item>) {
  const element = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })
  function look(): void {
    if (!element.current) {
      return
    }
    const { scrollTop: top, clientHeight: height } = element.current
    setView({ top, height })
    onScroll?.(top, height)
  }
  useEffect(() => {
    look()
    const observer = new ResizeObserver(look)
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const { scrollTop, clientHeight } = element.current!
    if (show !== undefined && (show * row < scrollTop || (show + 1) * row > scrollTop + clientHeight)) {
      element.current!.scrollTop = Math.max(0, show * row - clientHeight / 3)
    }
  }, [show])
  const { first, end } = spanOf(view.top, view.height, row, items.length)
  return (
    <div ref={element} class={`scroll ${more.class ?? ''}`} onScroll={look}>
      <ul class="rows" aria-label={label} style={{ height: `${items.length * row}px` }}>
        {items.slice(first, end).map((item, index) => (
          <li
            key={keyOf(item)}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            style={{ top: `${(first + index) * row}px`, height: `${row}px` }}
          >
            {draw(item, first + index)}
          </li>
        ))}
      </ul>
    </div>
  )
}
