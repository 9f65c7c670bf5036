/** What the page knows, and how it learns it. */

import { batch, computed, signal } from '@preact/signals'
import type {
  Batch,
  Beginning,
  ChangeEntry,
  EdgeMap,
  FigureSecond,
  MapNode,
  RequestEntry,
  Running,
  TargetHealth
} from '../contract.ts'
import { emptyMap } from '../map/empty-map.ts'

type Check = Beginning['checks'][number]

/** `live` of a page that is served, `lost` while what serves it is away, `still` of an exported map. */
export const connection = signal<'connecting' | 'live' | 'lost' | 'still'>('connecting')
export const command = signal('')
export const map = signal<EdgeMap>(emptyMap)
export const running = signal<Running>({ loadBalancers: [] })
export const requests = signal<readonly RequestEntry[]>([])
/** Requests that came too fast to be listed. */
export const unlisted = signal(0)
export const checks = signal<ReadonlyMap<string, readonly Check[]>>(new Map())
export const figures = signal<readonly FigureSecond[]>([])
export const changes = signal<readonly ChangeEntry[]>([])
/** Changes that nobody has looked at. */
export const unseenChanges = signal(0)
/** Links that requests have just taken, each with how many. */
export const lit = signal<ReadonlyMap<string, number>>(new Map())
/** What is told to screen readers as it happens. */
export const announcement = signal('')

/** A place in the page: `#requests/12`. */
export const place = signal<readonly string[]>(readHash())

const kept = { requests: 1000, checks: 60, figures: 300, changes: 100 }

function readHash(): string[] {
  const parts = location.hash.slice(1).split('/').map(decodeURIComponent)
  return parts[0] ? parts : ['map']
}

export function go(...parts: string[]): void {
  location.hash = parts.map(encodeURIComponent).join('/')
}

export const nodesByID = computed(() => new Map(map.value.nodes.map(node => [node.id, node])))

/** The health of each target that runs, by its place. */
const liveHealth = computed(() => {
  const health = new Map<string, TargetHealth>()
  for (const { targetGroups } of running.value.loadBalancers) {
    for (const { name, targets } of targetGroups) {
      for (const { target, state, reason, description } of targets) {
        health.set(`target ${name} ${target.id}:${target.port}`, {
          state,
          ...(reason && { reason }),
          ...(description && { description })
        })
      }
    }
  }
  return health
})

/** Names of the target groups that send requests to unhealthy targets. */
export const failingOpen = computed(
  () =>
    new Set(
      running.value.loadBalancers.flatMap(({ targetGroups }) =>
        targetGroups.filter(({ failOpen }) => failOpen).map(({ name }) => name)
      )
    )
)

/** As it runs, or as it is predicted. */
export function healthOf(node: MapNode): TargetHealth | undefined {
  return liveHealth.value.get(node.id) ?? node.health
}

function keyOf({ targetGroup, target, port }: Check): string {
  return `target ${targetGroup} ${target}:${port}`
}

function withChecks(
  known: ReadonlyMap<string, readonly Check[]>,
  added: readonly Check[]
): Map<string, readonly Check[]> {
  const next = new Map(known)
  for (const check of added) {
    const key = keyOf(check)
    next.set(key, [...(next.get(key) ?? []), check].slice(-kept.checks))
  }
  return next
}

function withFigures(known: readonly FigureSecond[], added: readonly FigureSecond[]): readonly FigureSecond[] {
  const seconds = new Map([...known, ...added].map(one => [one.second, one]))
  return [...seconds.values()].sort((one, other) => one.second - other.second).slice(-kept.figures)
}

function begin(beginning: Beginning): void {
  batch(() => {
    command.value = beginning.command
    map.value = beginning.map
    running.value = beginning.running
    requests.value = beginning.requests
    checks.value = withChecks(new Map(), beginning.checks)
    figures.value = beginning.figures
    changes.value = beginning.changes
    connection.value = 'live'
  })
}

/** Milliseconds for which a link shows that a request took it. */
const afterglow = 900
let darkening: ReturnType<typeof setTimeout> | undefined

function take(news: Batch): void {
  batch(() => {
    if (news.map) {
      map.value = news.map
    }
    if (news.running) {
      running.value = news.running
    }
    if (news.requests.length > 0) {
      requests.value = [...requests.value, ...news.requests].slice(-kept.requests)
    }
    unlisted.value += news.unlisted
    if (news.checks.length > 0) {
      checks.value = withChecks(checks.value, news.checks)
    }
    if (news.figures.length > 0) {
      figures.value = withFigures(figures.value, news.figures)
    }
    if (news.changes.length > 0) {
      changes.value = [...changes.value, ...news.changes].slice(-kept.changes)
      unseenChanges.value += news.changes.length
    }
    light(news.lit)
    announce(news)
  })
}

function light(links: Record<string, number>): void {
  const entries = Object.entries(links)
  if (entries.length === 0) {
    return
  }
  lit.value = new Map(entries)
  clearTimeout(darkening)
  darkening = setTimeout(() => {
    lit.value = new Map()
  }, afterglow)
}

/** What turns for the worse, and what changed, is told; requests are too many to tell. */
function announce({ events, changes: told }: Batch): void {
  const texts = events.flatMap(event => {
    if (event.type === 'target-health') {
      return `target ${event.target} of ${event.targetGroup} is ${event.state}${event.description ? `: ${event.description}` : ''}`
    }
    return event.type === 'fail-open'
      ? `${event.targetGroup} ${event.active ? 'sends requests to unhealthy targets' : 'has healthy targets again'}`
      : []
  })
  texts.push(...told.map(({ title }) => title))
  if (texts.length > 0) {
    announcement.value = texts.slice(-3).join('. ')
  }
}

/** Begins to listen; of an exported map, reads what stands in it. */
export function start(): void {
  addEventListener('hashchange', () => {
    place.value = readHash()
  })
  const still = document.getElementById('map')
  if (still) {
    map.value = JSON.parse(still.textContent ?? '') as EdgeMap
    connection.value = 'still'
    return
  }
  const events = new EventSource('/events')
  events.addEventListener('beginning', event => begin(JSON.parse((event as MessageEvent<string>).data) as Beginning))
  events.addEventListener('batch', event => take(JSON.parse((event as MessageEvent<string>).data) as Batch))
  events.addEventListener('error', () => {
    connection.value = 'lost'
  })
}
