import { computed, signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { RequestDetail, RequestEntry } from '../contract.ts'
import { Fact } from './finding-card.tsx'
import { FlowView } from './flow-view.tsx'
import { ScrollRegion } from './scroll-region.tsx'
import { SendForm } from './send-form.tsx'
import { go, map, place, requests, unlisted } from './store.ts'
import { HeaderTable, TraceView } from './trace-view.tsx'
import { VirtualList } from './virtual-list.tsx'
import { clock, milliseconds } from './words.ts'

const filters = { status: signal(''), rule: signal(''), target: signal(''), host: signal('') }
const paused = signal<readonly RequestEntry[] | undefined>(undefined)

/** The rule that took a request; of a flow, the listener. */
function ruleOf({ event }: RequestEntry): string {
  return event.type === 'flow' ? event.listener : `${event.listener}: ${event.rule}`
}

/** What was asked for; of a flow, who came. */
function titleOf({ host, event }: RequestEntry): string {
  return event.type === 'flow' ? `from ${event.client}` : `${host}${event.url}`
}

function hasStatus({ event }: RequestEntry, wanted: string): boolean {
  if (event.type === 'flow') {
    return wanted === 'flow'
  }
  return wanted === 'own' ? event.targetStatus === undefined : String(event.status).startsWith(wanted)
}

function fits(entry: RequestEntry): boolean {
  const { status, rule, target, host } = filters
  return (
    (status.value === '' || hasStatus(entry, status.value)) &&
    (rule.value === '' || ruleOf(entry) === rule.value) &&
    (target.value === '' || (entry.event.target ?? 'none') === target.value) &&
    (host.value === '' || titleOf(entry).toLowerCase().includes(host.value.toLowerCase()))
  )
}

const listed = computed(() => (paused.value ?? requests.value).filter(fits).toReversed())

/** Ends that nobody wants: the target was not there, or nobody let the client in. */
const goodEnds: readonly string[] = ['client', 'target']

function toneOf(event: RequestEntry['event']): string {
  if (event.type === 'flow') {
    return goodEnds.includes(event.closedBy) ? 'quiet' : 'bad'
  }
  const { status, cause } = event
  return cause || status >= 500 ? 'bad' : status >= 400 ? 'warn' : status >= 300 ? 'quiet' : 'good'
}

/** What the requests that are kept had, to choose among. */
function choices(of: (entry: RequestEntry) => string): string[] {
  return [...new Set(requests.value.map(of))].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
}

function Filters() {
  return (
    <search class="toolbar">
      <label>
        <span class="label">Status</span>
        <select value={filters.status.value} onChange={event => (filters.status.value = event.currentTarget.value)}>
          <option value="">all</option>
          {['2', '3', '4', '5'].map(one => (
            <option key={one} value={one}>
              {one}xx
            </option>
          ))}
          <option value="own">the load balancer's own</option>
          <option value="flow">flows</option>
        </select>
      </label>
      <label>
        <span class="label">Rule</span>
        <select value={filters.rule.value} onChange={event => (filters.rule.value = event.currentTarget.value)}>
          <option value="">all</option>
          {choices(ruleOf).map(one => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="label">Target</span>
        <select value={filters.target.value} onChange={event => (filters.target.value = event.currentTarget.value)}>
          <option value="">all</option>
          {choices(({ event }) => event.target ?? 'none').map(one => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      <label class="grow">
        <span class="hidden">Host and path</span>
        <input
          type="search"
          placeholder="Host or path"
          value={filters.host.value}
          onInput={event => (filters.host.value = event.currentTarget.value)}
        />
      </label>
      <button
        type="button"
        aria-pressed={paused.value !== undefined}
        onClick={() => (paused.value = paused.value ? undefined : requests.value)}
      >
        {paused.value ? 'Go on' : 'Hold the list'}
      </button>
      <span class="quiet-text">
        {listed.value.length} of {requests.value.length}
        {unlisted.value > 0 && `; ${unlisted.value} more came faster than they are listed`}
      </span>
    </search>
  )
}

function Row({ entry }: { entry: RequestEntry }) {
  const { number, date, event } = entry
  const isSelected = place.value[1] === String(number)
  return (
    <button
      type="button"
      class={`request${isSelected ? ' selected' : ''}`}
      aria-pressed={isSelected}
      onClick={() => go('requests', String(number))}
    >
      <span class="time">{clock(date)}</span>
      <span class={`badge ${toneOf(event)}`}>{event.type === 'flow' ? 'flow' : event.status}</span>
      <span class="method">{event.type === 'flow' ? event.listener.split(':')[0] : event.method}</span>
      <span class="url">{titleOf(entry)}</span>
      <span class="rule">{ruleOf(entry)}</span>
      <span class="target">
        {event.target ?? (event.type === 'flow' ? event.closedBy : (event.cause ?? 'own answer'))}
      </span>
      <span class="ms">{milliseconds(event.milliseconds)}</span>
    </button>
  )
}

/** From the client's first byte to its last, in parts. */
function Timings({ timings: { sent, answered, ended } }: NonNullable<RequestDetail['exchange']>) {
  const parts: [label: string, length: number, tone: string][] =
    sent === undefined
      ? [['load balancer', ended, 'quiet']]
      : [
          ['to the target', sent, 'quiet'],
          ['target answers', (answered ?? ended) - sent, 'good'],
          ['rest of the answer', ended - (answered ?? ended), 'warn']
        ]
  return (
    <div class="timings">
      <div class="bar" aria-hidden="true">
        {parts.map(([label, length, tone]) => (
          <span key={label} class={tone} style={{ flexGrow: Math.max(length / ended, 0.01) }} />
        ))}
      </div>
      <dl class="facts">
        {parts.map(([label, length]) => (
          <Fact key={label} label={label} value={milliseconds(length)} />
        ))}
        <Fact label="in all" value={milliseconds(ended)} />
      </dl>
    </div>
  )
}

function Detail({ number }: { number: string }) {
  const [detail, setDetail] = useState<RequestDetail | string>()
  useEffect(() => {
    let isLeft = false
    async function load(): Promise<void> {
      const answer = await fetch(`/requests/${encodeURIComponent(number)}`)
      const value = (await answer.json()) as RequestDetail & { error?: string }
      if (!isLeft) {
        setDetail(answer.ok ? value : value.error)
      }
    }
    load().catch((error: Error) => setDetail(error.message))
    return () => {
      isLeft = true
    }
  }, [number])
  if (detail === undefined || typeof detail === 'string') {
    return <p class="empty">{detail ?? 'Loading…'}</p>
  }
  const { entry, exchange, trace, traceError, differences = [] } = detail
  const { event } = entry
  if (event.type === 'flow' || !exchange) {
    return <FlowView {...detail} />
  }
  const { headers, toTarget, fromTarget } = exchange
  return (
    <>
      <h2>
        {event.method} {exchange.scheme}://{entry.host}
        {event.url}
      </h2>
      <p>
        <span class={`badge ${toneOf(event)}`}>{event.status}</span> {clock(entry.date)}, HTTP/{exchange.version}, from{' '}
        {event.client}
        {event.target && `, to ${event.target}`}
      </p>
      {event.targetStatus === undefined && (
        <p class={`note ${event.cause ? 'bad' : 'quiet'}`}>
          <strong>The load balancer answered by itself.</strong> {event.cause ?? trace?.answer.reason}
        </p>
      )}
      {exchange.unhealthyRouting && (
        <p class="note warn">
          <strong>fail-open</strong> It went to a target although not enough of them are healthy.
        </p>
      )}
      <Timings {...exchange} />
      <h3>Its way</h3>
      {differences.map(one => (
        <p key={one} class="note bad">
          <strong>The trace differs from what happened.</strong> {one}
        </p>
      ))}
      {trace ? (
        <TraceView trace={trace} />
      ) : (
        <p class="note warn">There is no trace: {traceError ?? 'no objects are known to follow it through'}</p>
      )}
      <h3>Headers</h3>
      <HeaderTable title="from the client" headers={headers} />
      {toTarget && (
        <HeaderTable title={`to the target: ${toTarget.method} ${toTarget.path}`} headers={toTarget.headers} />
      )}
      {fromTarget && <HeaderTable title={`from the target: ${fromTarget.status}`} headers={fromTarget.headers} />}
    </>
  )
}

/** The requests that came, each with its way, and a form that sends one. */
export function RequestsView() {
  const number = place.value[1]
  const isSending = number === 'send'
  return (
    <div class="map-view">
      <Filters />
      <div class="split">
        <div class="list">
          <div class="request head" aria-hidden="true">
            <span class="time">Time</span>
            <span class="badge-head">Status</span>
            <span class="method">Method</span>
            <span class="url">Host and path, or client</span>
            <span class="rule">Rule</span>
            <span class="target">Target, or why none</span>
            <span class="ms">Took</span>
          </div>
          {listed.value.length === 0 ? (
            <p class="empty">
              {requests.value.length === 0 ? 'No request has come yet.' : 'No request fits the filter.'}
            </p>
          ) : (
            <VirtualList
              items={listed.value}
              row={30}
              label="Requests, the newest first"
              keyOf={({ number: one }) => one}
              draw={entry => <Row entry={entry} />}
            />
          )}
        </div>
        <ScrollRegion class="details" label={isSending ? 'Send a request' : 'Request'}>
          <div class="tabs">
            <button
              type="button"
              aria-pressed={isSending || number === undefined}
              onClick={() => go('requests', 'send')}
            >
              Send a request
            </button>
            {number !== undefined && !isSending && (
              <button type="button" aria-pressed="true">
                Request {number}
              </button>
            )}
          </div>
          {number === undefined || isSending ? (
            <SendForm loadBalancers={map.value.loadBalancers.length} />
          ) : (
            <Detail key={number} number={number} />
          )}
        </ScrollRegion>
      </div>
    </div>
  )
}
