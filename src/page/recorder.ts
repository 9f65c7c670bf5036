import type {
  Clock,
  ExchangeEntry,
  HealthCheckEntry,
  LoadBalancerDescription,
  LoadBalancerEvent
} from '../elbv2/index.ts'
import { describeFlowEnd } from '../report/index.ts'
import type { Trace } from '../trace/index.ts'
import type {
  Batch,
  Beginning,
  ChangeEntry,
  EdgeMap,
  FigureSecond,
  FlowEvent,
  RequestDetail,
  RequestEntry
} from './contract.ts'
import { Figures } from './figures.ts'
import { wayOfFlow } from './flow-way.ts'
import { Lights } from './lights.ts'
import { Listing } from './listing.ts'
import { drawEdge } from './map/edge-map.ts'
import { emptyMap } from './map/empty-map.ts'
import type { View } from './view.ts'
import { differencesOfExchange, hostOf, traceExchange } from './way.ts'

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
const kept = { requests: 1000, checks: 2000, changes: 100, sent: 200 }

/** Milliseconds between two batches. */
const pause = 250

function emptyBatch(): Omit<Batch, 'now' | 'figures' | 'lit'> {
  return { events: [], requests: [], unlisted: 0, checks: [], changes: [] }
}

/** What is shown at a moment. */
interface Seen {
  view: View | undefined
  running: readonly LoadBalancerDescription[]
}

/** A request, or a flow, that is kept. */
interface Kept {
  entry: RequestEntry
  exchange?: ExchangeEntry
  /** What was shown when it came; absent where nobody looked on. */
  seen?: Seen | undefined
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
  readonly #lights: Lights
  readonly #listing = new Listing()
  readonly #kept: Kept[] = []
  /** Of requests that were sent from the page, by the address and port that they came from. */
  readonly #sent = new Map<string, Trace>()
  readonly #checks: HealthCheckEntry[] = []
  readonly #changes: ChangeEntry[] = []
  readonly #readers = new Set<(batch: Batch) => void>()
  #batch = emptyBatch()
  #number = 0
  #seen: Seen | undefined
  #drawn: { view: View | undefined; targets: string; map: EdgeMap } | undefined
  #stale = false
  #timer: unknown

  constructor(source: Source, clock: Clock) {
    this.#source = source
    this.#clock = clock
    this.#lights = new Lights(clock)
  }

  event(event: LoadBalancerEvent): void {
    if (event.type === 'request') {
      return
    }
    if (event.type === 'flow') {
      this.#flow(event)
      return
    }
    this.#stale = true
    if (this.#readers.size > 0) {
      this.#batch.events.push(event)
    }
  }

  exchange(exchange: ExchangeEntry): void {
    const { event, date, timings } = exchange
    this.#figures.request(event.status, timings.ended, this.#clock.now())
    const isLookedAt = this.#readers.size > 0
    if (isLookedAt) {
      this.#lights.count(exchange)
    }
    if (!this.#isListed(event.status >= 500)) {
      return
    }
    this.#keep({ number: ++this.#number, date, host: hostOf(exchange), event }, exchange)
    if (isLookedAt && this.#seen?.view) {
      this.#lights.follow(exchange, this.#seen.view, this.#seen.running)
    }
  }

  #flow(event: FlowEvent): void {
    const now = this.#clock.now()
    if (this.#isListed(event.target === undefined)) {
      this.#keep({ number: ++this.#number, date: now - event.milliseconds, host: '', event })
      if (this.#readers.size > 0 && this.#drawn) {
        this.#lights.flow(event, this.#drawn.map)
      }
    }
  }

  /** Whether one more is listed; told where it is not. */
  #isListed(failed: boolean): boolean {
    const isListed = this.#listing.take(this.#clock.elapsed(), failed)
    if (!isListed && this.#readers.size > 0) {
      this.#batch.unlisted++
    }
    return isListed
  }

  #keep(entry: RequestEntry, exchange?: ExchangeEntry): void {
    const isLookedAt = this.#readers.size > 0
    this.#kept.push({ entry, ...(exchange && { exchange }), ...(isLookedAt && { seen: this.#seen }) })
    trim(this.#kept, kept.requests)
    if (isLookedAt) {
      this.#batch.requests.push(entry)
    }
  }

  /** A request that is about to be sent from an address and port, with what is predicted of it. */
  sending(from: string, prediction: Trace): void {
    this.#sent.set(from, prediction)
    if (this.#sent.size > kept.sent) {
      this.#sent.delete(this.#sent.keys().next().value!)
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
    this.#taken.push(...this.#figures.take(this.#clock.now(), () => this.#connections()))
    this.#stale = true
    return {
      command,
      map: this.#map(),
      running: { loadBalancers: this.#described },
      requests: this.#kept.slice(-kept.requests).map(({ entry }) => entry),
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
        this.#lights.take()
      }
    }
  }

  /** One request; undefined where it is not kept any more. */
  detail(number: number): RequestDetail | undefined {
    const found = this.#kept.find(({ entry }) => entry.number === number)
    if (!found) {
      return undefined
    }
    const { entry, exchange, seen } = found
    if (entry.event.type === 'flow') {
      const trace = this.#sent.get(entry.event.client)
      const end = describeFlowEnd(entry.event.closedBy)
      return { entry, end, way: wayOfFlow(entry.event, this.#map()), ...(trace && { trace }) }
    }
    const { view = this.#source.view(), running = this.#source.describe() } = seen ?? {}
    if (!view || !exchange) {
      return { entry, ...(exchange && { exchange }) }
    }
    try {
      const trace = traceExchange(exchange, view, running)
      return { entry, exchange, trace, differences: differencesOfExchange(exchange, trace) }
    } catch (error) {
      return { entry, exchange, traceError: (error as Error).message }
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
    const now = this.#clock.now()
    const figures = [...this.#taken, ...this.#figures.take(now, () => this.#connections())]
    this.#taken = []
    const before = this.#drawn?.map
    const map = this.#map()
    const batch: Batch = {
      ...this.#batch,
      lit: this.#lights.take(),
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
      this.#lights.forget()
      const map = view ? drawEdge(view, this.#described, this.#source.timeScale) : emptyMap
      this.#drawn = { view, targets, map }
    }
    this.#seen = { view, running: this.#described }
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
