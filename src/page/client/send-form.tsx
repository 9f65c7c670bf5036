import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { SendingReport } from '../contract.ts'
import { TextBlock } from './scroll-region.tsx'
import { map, running } from './store.ts'
import { HeaderTable, TraceView } from './trace-view.tsx'

const method = signal('GET')
const url = signal('')
const headers = signal('')
const client = signal('')
const report = signal<SendingReport | { error: string } | undefined>(undefined)

/** A URL that the first load balancer would take. */
function likelyURL(): string {
  const { dnsName, listeners = [] } = running.value.loadBalancers[0] ?? {}
  const listener = listeners.find(({ protocol }) => protocol === 'HTTPS') ?? listeners[0]
  const condition = map.value.nodes
    .filter(({ column }) => column === 'rule')
    .map(({ title }) => /host is ([^\s*]+\.[^\s*]+)/.exec(title)?.[1])
    .find(Boolean)
  const scheme = listener?.protocol === 'HTTPS' || listener?.port === 443 ? 'https' : 'http'
  const isUsual = listener === undefined || listener.port === (scheme === 'https' ? 443 : 80)
  return `${scheme}://${condition ?? dnsName ?? 'localhost'}${isUsual ? '' : `:${listener.port}`}/`
}

function parseHeaders(text: string): [string, string][] {
  return text
    .split('\n')
    .filter(line => line.includes(':'))
    .map(line => {
      const [name = '', ...value] = line.split(':')
      return [name.trim(), value.join(':').trim()]
    })
}

async function send(): Promise<void> {
  const order = {
    method: method.value,
    url: url.value || likelyURL(),
    headers: parseHeaders(headers.value),
    ...(client.value.trim() && { client: client.value.trim() })
  }
  const answer = await fetch('/requests', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(order)
  })
  report.value = (await answer.json()) as SendingReport
}

function Report() {
  const value = report.value
  if (!value) {
    return null
  }
  const { answer, prediction, differences = [], notSent, error } = value as SendingReport
  return (
    <div class="report" role="status">
      <div class="beside">
        <div class="card">
          <div class="label">Predicted</div>
          <strong class="big">{prediction ? (prediction.answer.status ?? prediction.answer.from) : '–'}</strong>
          <div class="quiet-text">{prediction?.answer.reason}</div>
        </div>
        <div class="card">
          <div class="label">{notSent ? 'Not sent' : 'Answered'}</div>
          <strong class="big">{answer ? `${answer.status} ${answer.reason}` : '–'}</strong>
          <div class="quiet-text">{notSent ?? error}</div>
        </div>
      </div>
      {differences.map(one => (
        <p key={one} class="note bad">
          <strong>The prediction differs.</strong> {one}
        </p>
      ))}
      {answer && differences.length === 0 && <p class="note good">The answer is the one that was predicted.</p>}
      {answer && <HeaderTable title="headers of the answer" headers={answer.headers} />}
      {answer && (
        <details open>
          <summary>body</summary>
          <TextBlock label="Body of the answer" text={answer.body || '(empty)'} />
        </details>
      )}
      {prediction && <h3>Its way, as predicted</h3>}
      {prediction && <TraceView trace={prediction} />}
    </div>
  )
}

/** Sends a request to the load balancer, and puts the prediction beside the answer. */
export function SendForm({ loadBalancers }: { loadBalancers: number }) {
  const [isBusy, setBusy] = useState(false)
  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    setBusy(true)
    await send().catch((error: Error) => {
      report.value = { error: error.message }
    })
    setBusy(false)
  }
  return (
    <form class="send" onSubmit={event => void submit(event)}>
      <div class="row">
        <label>
          <span class="label">Method</span>
          <input
            list="methods"
            size={7}
            value={method.value}
            onInput={event => (method.value = event.currentTarget.value)}
          />
        </label>
        <label class="grow">
          <span class="label">URL</span>
          <input
            value={url.value}
            placeholder={likelyURL()}
            onInput={event => (url.value = event.currentTarget.value)}
            spellcheck={false}
          />
        </label>
      </div>
      <datalist id="methods">
        {['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map(one => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <label>
        <span class="label">Headers, one a line</span>
        <textarea
          rows={3}
          value={headers.value}
          placeholder="X-Request-ID: 7"
          onInput={event => (headers.value = event.currentTarget.value)}
          spellcheck={false}
        />
      </label>
      <label>
        <span class="label">Client address; one that is not of loopback is predicted alone</span>
        <input
          value={client.value}
          placeholder="127.0.0.1"
          onInput={event => (client.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={isBusy || loadBalancers === 0}>
        {isBusy ? 'Sending…' : 'Send'}
      </button>
      <Report />
    </form>
  )
}
