import type {
  Clock,
  ExchangeEntry,
  HealthCheckEntry,
  LoadBalancerDescription,
  LoadBalancerEvent
} from '../elbv2/index.ts'
import type { Batch, Beginning, ChangeEntry, EdgeMap, FigureSecond, RequestDetail, RequestEntry } from './contract.ts'
import { Figures } from './figures.ts'
import { drawEdge } from './map/edge-map.ts'
import { emptyMap } from './map/empty-map.ts'
import type { View } from './view.ts'
import { hostOf, traceExchange, Ways } from './way.ts'

/** What runs, as a command lets the page look at it. */
export interface Source {
  /** `simulate` */
  command: string
  /** Health checks run this many times faster; default 1. */
  timeScale?: number
  /** What is shown now: another object where it has changed. Undefined until there is anything. */
  view(): View | undefined
  describe(): LoadBalancerDescription[]
  /** Counters in Prometheus's text format. */
  metrics(): string[]
  /** PEM of the authority that signs certificates. */
  authority: string
}

/** Requests, health checks and changes that are kept for who begins to look. */
const kept = { requests: 1000, checks: 2000, changes: 100 }

/** Requests of one batch that a list shows: more come faster than anybody reads. */
const mostListed = 50

/** Requests that are followed for one batch. */
const followed = 10

/** Milliseconds between two batches. */
const pause = 250

function emptyBatch(): Omit<Batch, 'now' | 'figures'> {
  return { events: [], requests: [], unlisted: 0, checks: [], changes: [], lit: {} }
}

/** Keeps the newest of a list. */
function trim(list: unknown[], most: number): void {
  if (list.length > most * 1.2) {
    list.splice(0, list.length - most)
  }
}

/**
 * Takes down what happens, for those who look on: everything that was for who begins, and in batches what is new. While nobody
 * looks, it only keeps the newest.
 */
export class Recorder {
  readonly #source: Source
  readonly #clock: Clock
  readonly #figures = new Figures()
  readonly #ways = new Ways()
  readonly #exchanges: { entry: RequestEntry; exchange: ExchangeEntry }[] = []
  readonly #checks: HealthCheckEntry[] = []
  readonly #changes: ChangeEntry[] = []
  readonly #readers = new Set<(batch: Batch) => void>()
  #batch = emptyBatch()
  #number = 0
  #drawn: { view: View | undefined; targets: string; map: EdgeMap } | undefined
  #stale = false
  #timer: unknown

  constructor(source: Source, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  event(event: LoadBalancerEvent): void {
    if (event.type === 'request') {
      return
    }
    if (event.type !== 'flow') {
      this.#stale = true
    }
    if (this.#readers.size > 0) {
      this.#batch.events.push(event)
    }
  }

  exchange(exchange: ExchangeEntry): void {
    const { event, date, timings } = exchange
    this.#figures.request(event.status, timings.ended, this.#clock.now())
    const entry: RequestEntry = { number: ++this.#number, date, host: hostOf(exchange), event }
    this.#exchanges.push({ entry, exchange })
    trim(this.#exchanges, kept.requests)
    if (this.#readers.size > 0) {
      this.#list(entry, exchange)
    }
  }

  check(check: HealthCheckEntry): void {
    this.#checks.push(check)
    trim(this.#checks, kept.checks)
    if (this.#readers.size > 0) {
      this.#batch.checks.push(check)
    }
  }

  change(change: ChangeEntry): void {
    this.#changes.push(change)
    trim(this.#changes, kept.changes)
    this.#stale = true
    if (this.#readers.size > 0) {
      this.#batch.changes.push(change)
    }
  }

  /** Everything until now. */
  begin(): Beginning {
    const { command } = this.#source
    // Who looks on already gets these seconds too, with the next batch.
    this.#taken.push(...this.#figures.take(this.#clock.now(), this.#connections()))
    this.#stale = true
    return {
      command,
      map: this.#map(),
      running: { loadBalancers: this.#described },
      requests: this.#exchanges.slice(-kept.requests).map(({ entry }) => entry),
      checks: this.#checks.slice(-kept.checks),
      figures: this.#figures.seconds,
      changes: [...this.#changes],
      now: this.#clock.now()
    }
  }

  /** Calls back with each batch, until what is returned is called. */
  read(reader: (batch: Batch) => void): () => void {
    this.#readers.add(reader)
    this.#schedule()
    return () => {
      this.#readers.delete(reader)
      if (this.#readers.size === 0) {
        this.#clock.clearTimeout(this.#timer)
        this.#timer = undefined
        this.#batch = emptyBatch()
      }
    }
  }

  /** One request; undefined where it is not kept any more. */
  detail(number: number): RequestDetail | undefined {
    const found = this.#exchanges.find(({ entry }) => entry.number === number)
    const view = this.#source.view()
    if (!found || !view) {
      return found
    }
    try {
      return { ...found, trace: traceExchange(found.exchange, view, this.#source.describe()) }
    } catch (error) {
      return { ...found, traceError: (error as Error).message }
    }
  }

  #list(entry: RequestEntry, exchange: ExchangeEntry): void {
    const { requests, lit } = this.#batch
    if (requests.length < mostListed) {
      requests.push(entry)
    } else {
      this.#batch.unlisted++
    }
    const view = this.#source.view()
    if (!view) {
      return
    }
    const places = this.#ways.placesOf(exchange, view, this.#described)
    for (const [index, place] of places.entries()) {
      const before = places[index - 1]
      if (before !== undefined) {
        const link = `${before}\n${place}`
        lit[link] = (lit[link] ?? 0) + 1
      }
    }
  }

  /** As they were when the map was looked at last. */
  #described: LoadBalancerDescription[] = []
  #taken: FigureSecond[] = []

  #schedule(): void {
    if (this.#timer === undefined && this.#readers.size > 0) {
      this.#timer = this.#clock.setTimeout(() => {
        this.#timer = undefined
        this.#tell()
        this.#schedule()
      }, pause)
    }
  }

  #tell(): void {
    this.#ways.refill(followed)
    const now = this.#clock.now()
    const figures = [...this.#taken, ...this.#figures.take(now, this.#connections())]
    this.#taken = []
    const before = this.#drawn?.map
    const map = this.#map()
    const batch: Batch = {
      ...this.#batch,
      figures,
      now,
      ...(map !== before && { map }),
      ...(this.#stale && { running: { loadBalancers: this.#described } })
    }
    this.#stale = false
    this.#batch = emptyBatch()
    for (const reader of this.#readers) {
      reader(batch)
    }
  }

  /** The map, drawn anew where what is shown, or a target, has come or gone. */
  #map(): EdgeMap {
    const view = this.#source.view()
    if (this.#drawn?.view === view && !this.#stale) {
      return this.#drawn!.map
    }
    this.#described = this.#source.describe()
    const targets = this.#described
      .flatMap(({ targetGroups }) =>
        targetGroups.flatMap(({ name, targets }) => targets.map(({ target }) => `${name} ${target.id}:${target.port}`))
      )
      .join('\n')
    if (!this.#drawn || this.#drawn.view !== view || this.#drawn.targets !== targets) {
      this.#ways.forget()
      const map = view ? drawEdge(view, this.#described, this.#source.timeScale) : emptyMap
      this.#drawn = { view, targets, map }
    }
    return this.#drawn.map
  }

  /** How many connections and flows all load balancers have counted. */
  #connections(): number {
    const counts = this.#source
      .metrics()
      .flatMap(text => [...text.matchAll(/^aws_\w+_new_(?:connection|flow)_count\S* (\d+)$/gm)])
    return counts.reduce((sum, [, count]) => sum + Number(count), 0)
  }
}
