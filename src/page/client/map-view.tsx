import { computed, signal } from '@preact/signals'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Column, MapNode } from '../contract.ts'
import { type ColumnLayout, type ColumnPlace, layColumns } from './column-layout.ts'
import { Ways } from './connected.ts'
import { Details } from './details.tsx'
import { HealthBadge, toneOf } from './health-badge.tsx'
import { command, failingOpen, go, healthOf, lit, map, nodesByID, place } from './store.ts'
import { VirtualList } from './virtual-list.tsx'
import { columns, plural } from './words.ts'

/** Height of a place with the room below it. */
const row = 68
/** Height of a place. */
const box = 60
/** Height of the heads of columns. */
const head = 34
/** Room at either side of the map. */
const side = 16

const search = signal('')
const chosen = signal('')
const onlyConnected = signal(false)

const ways = computed(() => new Ways(map.value))

/** The place that is selected: `#map/ID`. */
const selected = computed(() => {
  const [view, id] = place.value
  return view === 'map' && id !== undefined ? nodesByID.value.get(id) : undefined
})

/** What belongs to the selected place; undefined where none is. */
const focus = computed(() => (selected.value ? ways.value.through([selected.value.id]) : undefined))

function textOf({ title, text, facts, mark }: MapNode): string {
  return [title, text, mark?.text, ...facts.map(([, value]) => value)].join(' ').toLowerCase()
}

/** The places that are drawn: of the load balancer that is chosen, and what a search found with all that belongs to it. */
const shown = computed(() => {
  const { nodes } = map.value
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
  const ofChosen = chosen.value === '' ? undefined : ways.value.after([chosen.value])
  const inside = ofChosen ? nodes.filter(({ id }) => ofChosen.has(id)) : nodes
  const connected = onlyConnected.value ? focus.value : undefined
  const found =
    words.length === 0
      ? undefined
      : ways.value.through(inside.filter(node => words.every(word => textOf(node).includes(word))).map(({ id }) => id))
  return inside.filter(({ id }) => (found?.has(id) ?? true) && (connected?.has(id) ?? true))
})

const byColumn = computed(() => {
  const groups = new Map<Column, MapNode[]>(columns.map(({ column }) => [column, []]))
  for (const node of shown.value) {
    groups.get(node.column)!.push(node)
  }
  return groups
})

/** Links that a request has just taken have these places at their ends. */
const litNodes = computed(() => new Set([...lit.value.keys()].flatMap(link => link.split('\n'))))

interface Scrolled {
  top: number
  height: number
}

/** Moves along a column, or to what the place leads to and comes from. */
function move(node: MapNode, key: string): string | undefined {
  const list = byColumn.value.get(node.column)!
  const index = list.indexOf(node)
  const visible = new Set(shown.value.map(({ id }) => id))
  switch (key) {
    case 'ArrowDown':
      return list[index + 1]?.id
    case 'ArrowUp':
      return list[index - 1]?.id
    case 'Home':
      return list[0]?.id
    case 'End':
      return list.at(-1)?.id
    case 'ArrowRight':
      return ways.value.next.get(node.id)?.find(id => visible.has(id))
    case 'ArrowLeft':
      return ways.value.before.get(node.id)?.find(id => visible.has(id))
    default:
      return undefined
  }
}

/** The ID of an instance stays in one line where it fits: no line ends behind its first hyphen. */
function unbroken(title: string): string {
  return title.replace(/^i-/, 'i-\u2060')
}

function Box({ node, isEntry, onMove }: { node: MapNode; isEntry: boolean; onMove(id: string): void }) {
  const health = healthOf(node)
  const isOpen = node.column === 'target-group' && failingOpen.value.has(node.title)
  const dim = focus.value !== undefined && !focus.value.has(node.id)
  const tone = health ? toneOf(health.state) : isOpen ? 'bad' : ''
  const classes = [
    'box',
    tone,
    node.mark?.kind ?? '',
    dim ? 'dim' : '',
    selected.value === node ? 'selected' : '',
    litNodes.value.has(node.id) ? 'lit' : ''
  ]
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(' ')}
      style={{ height: `${box}px` }}
      data-node={node.id}
      tabIndex={isEntry ? 0 : -1}
      aria-pressed={selected.value === node}
      title={`${node.title}\n${node.text}${node.mark ? `\n${node.mark.text}` : ''}`}
      onClick={() => go('map', ...(selected.value === node ? [] : [node.id]))}
      onKeyDown={event => {
        const next = move(node, event.key)
        if (next !== undefined) {
          event.preventDefault()
          onMove(next)
        }
      }}
    >
      <span class="box-title">{unbroken(node.title)}</span>
      <span class="box-text">
        {health && <HealthBadge health={health} />}
        {isOpen && <span class="badge bad">fail-open</span>}
        {node.mark && <span class={`badge ${node.mark.kind === 'error' ? 'bad' : 'warn'}`}>{node.mark.kind}</span>}
        <span class="box-rest">{node.text}</span>
      </span>
    </button>
  )
}

/** Links between what shows; their ends follow the columns as those are scrolled. */
function Links({
  scrolled,
  height,
  layout
}: {
  scrolled: Readonly<Record<string, Scrolled>>
  height: number
  layout: ColumnLayout
}) {
  const places = useMemo(() => {
    const at = new Map<string, ColumnPlace & { index: number; column: Column }>()
    for (const [column, place] of layout.places) {
      for (const [index, { id }] of byColumn.value.get(column)!.entries()) {
        at.set(id, { ...place, index, column })
      }
    }
    return at
  }, [byColumn.value, layout])
  function y({ index, column }: { index: number; column: string }): number {
    return index * row + box / 2 - (scrolled[column]?.top ?? 0)
  }
  const drawn = map.value.links.flatMap(link => {
    const from = places.get(link.from)
    const to = places.get(link.to)
    if (!from || !to) {
      return []
    }
    const [y1, y2] = [y(from), y(to)]
    const [isOut1, isOut2] = [y1, y2].map(value => value < 0 || value > height)
    if (isOut1 && isOut2) {
      return []
    }
    const [x1, x2] = [from.x + from.width, to.x]
    const bend = Math.max(8, (x2 - x1) / 2)
    const isLit = lit.value.has(`${link.from}\n${link.to}`)
    const isIn = focus.value?.has(link.from) && focus.value.has(link.to)
    const state = isLit ? 'lit' : focus.value === undefined ? '' : isIn ? 'focus' : 'dim'
    return [
      <path
        key={`${link.from} ${link.to}`}
        class={state}
        d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
      >
        {link.text && <title>{link.text}</title>}
      </path>
    ]
  })
  return (
    <svg class="links" width={layout.width} height={height} aria-hidden="true">
      {drawn}
    </svg>
  )
}

function ColumnList({
  column,
  title,
  width,
  margin,
  show,
  onScroll,
  onMove
}: {
  column: Column
  title: string
  width: number
  margin: number
  show: string | undefined
  onScroll(top: number, height: number): void
  onMove(id: string): void
}) {
  const nodes = byColumn.value.get(column)!
  const index = show === undefined ? -1 : nodes.findIndex(({ id }) => id === show)
  const entry = selected.value?.column === column ? selected.value : nodes[0]
  return (
    <section class="column" style={{ width: `${width}px`, marginRight: `${margin}px` }} aria-label={title}>
      <h2>
        {title} <span class="count">{nodes.length}</span>
      </h2>
      <VirtualList
        items={nodes}
        row={row}
        label={title}
        keyOf={({ id }) => id}
        onScroll={onScroll}
        show={index < 0 ? undefined : index}
        draw={node => <Box node={node} isEntry={node === entry} onMove={onMove} />}
      />
    </section>
  )
}

function Toolbar() {
  const { loadBalancers } = map.value
  const namespaces = Map.groupBy(loadBalancers, ({ namespace }) => namespace)
  return (
    <search class="toolbar">
      {loadBalancers.length > 1 && (
        <label>
          <span class="label">Load balancer</span>
          <select value={chosen.value} onChange={event => (chosen.value = event.currentTarget.value)}>
            <option value="">all {loadBalancers.length}</option>
            {[...namespaces].map(([namespace, ofNamespace]) => (
              <optgroup key={namespace} label={namespace || 'no namespace'}>
                {ofNamespace.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
      )}
      <label class="grow">
        <span class="hidden">Search the map</span>
        <input
          type="search"
          placeholder="Search hosts, paths, names, addresses…"
          value={search.value}
          onInput={event => (search.value = event.currentTarget.value)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={onlyConnected.value}
          disabled={!selected.value}
          onChange={event => (onlyConnected.value = event.currentTarget.checked)}
        />
        only what belongs to the selection
      </label>
      <span class="quiet-text" role="status">
        {plural(shown.value.length, 'place')}
      </span>
    </search>
  )
}

export function MapView() {
  const [scrolled, setScrolled] = useState<Readonly<Record<string, Scrolled>>>({})
  const [wanted, setWanted] = useState<string>()
  const area = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState({ width: innerWidth - 2 * side, height: 600 })
  useLayoutEffect(() => {
    const element = area.current!
    function measure(): void {
      setRoom({ width: element.clientWidth - 2 * side, height: element.clientHeight - head })
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    // Once it is drawn: it may have been out of sight.
    const frame = requestAnimationFrame(() => {
      if (wanted !== undefined) {
        document.querySelector<HTMLElement>(`[data-node="${CSS.escape(wanted)}"]`)?.focus()
      }
    })
    return () => cancelAnimationFrame(frame)
  }, [wanted, scrolled])
  /** What belongs to the selection comes into sight in every column. */
  function showIn(column: Column): string | undefined {
    const moved = wanted === undefined ? undefined : nodesByID.value.get(wanted)
    if (moved?.column === column) {
      return moved.id
    }
    return focus.value && byColumn.value.get(column)!.find(({ id }) => focus.value!.has(id))?.id
  }
  const used = columns.filter(({ column }) => byColumn.value.get(column)!.length > 0)
  const layout = useMemo(() => layColumns(used, room.width), [byColumn.value, room.width])
  return (
    <div class="map-view">
      <Toolbar />
      <Failures />
      <div class="split">
        <div class="map scroll" ref={area} tabIndex={-1}>
          {used.length === 0 ? (
            <p class="empty">{emptyText()}</p>
          ) : (
            <div class="map-inner">
              <Links scrolled={scrolled} height={room.height} layout={layout} />
              {used.map(({ column, title }, index) => (
                <ColumnList
                  key={column}
                  column={column}
                  title={title}
                  width={layout.places.get(column)!.width}
                  margin={index < used.length - 1 ? layout.gap : 0}
                  show={showIn(column)}
                  onScroll={(top, height) => setScrolled(known => ({ ...known, [column]: { top, height } }))}
                  onMove={setWanted}
                />
              ))}
            </div>
          )}
        </div>
        {selected.value && <Details key={selected.value.id} node={selected.value} onClose={() => go('map')} />}
      </div>
    </div>
  )
}

/** Why there is nothing to see. */
function emptyText(): string {
  if (map.value.nodes.length > 0) {
    return 'The search finds nothing.'
  }
  return command.value === 'aws'
    ? 'The account has no load balancer yet. What is created through the API shows here at once.'
    : 'No load balancer is planned.'
}

function Failures() {
  const { failures } = map.value
  if (failures.length === 0) {
    return null
  }
  return (
    <ul class="failures" aria-label="Load balancers that do not run">
      {failures.map(({ code, message, object }) => (
        <li key={`${code} ${message}`}>
          <span class="badge bad">{code}</span> {object && <code>{object}</code>} {message}
        </li>
      ))}
    </ul>
  )
}
