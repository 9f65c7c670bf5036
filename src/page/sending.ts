import { type SentAnswer, sendTo } from '../cluster/index.ts'
import { Failure } from '../failure.ts'
import { endsTLS } from '../report/index.ts'
import { differencesOf, followRequest, readRequest, type Trace, type TraceRequest } from '../trace/index.ts'
import type { SendingOrder, SendingReport } from './contract.ts'
import type { Source } from './recorder.ts'

/** Where a client of this machine comes from. */
const loopback = '127.0.0.1'

/** Characters of an answer's body that are shown. */
const mostBody = 65_536

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

/**
 * Sends a request to the load balancer that it would go to, and predicts what becomes of it by what that tells of its targets.
 * From an address that is not of this machine it is predicted alone.
 *
 * @param sending told where it is sent from, with the prediction.
 * @throws Failure exit 1 where there is no plan, exit 2 for a malformed request.
 */
export async function carryOut(
  order: SendingOrder,
  source: Source,
  sending?: (from: string, prediction: Trace) => void
): Promise<SendingReport> {
  const { client = loopback, ...asked } = order
  const request: TraceRequest = { ...asked, client }
  const read = readRequest(request)
  const view = source.view()
  if (!view) {
    return { notSent: 'nothing runs yet', differences: [] }
  }
  const running = source.describe()
  const { group: likeliest } = followRequest(view.tracer, request.url, read).loadBalancer
  // Of a host that no load balancer knows, the port tells which one is meant.
  const listening = running.filter(({ listeners }) => listeners.some(({ port }) => port === read.port))
  const observed =
    listening.find(({ id }) => id === likeliest) ?? listening[0] ?? running.find(({ id }) => id === likeliest)
  const group = observed?.id ?? likeliest
  const prediction = followRequest(view.tracer, request.url, read, { group, ...(observed && { observed }) })
  if (!isLoopback(client)) {
    const notSent = `predicted alone: what is really sent comes from loopback, not from ${client}`
    return { prediction, notSent, differences: [] }
  }
  const listener = observed?.listeners.find(({ port }) => port === read.port)
  if (!listener) {
    return { prediction, error: `there is no listener on port ${read.port}`, differences: [] }
  }
  const { head, scheme, host } = read
  const from = client === loopback ? {} : { from: client }
  function onConnect(sentFrom: string): void {
    sending?.(sentFrom, prediction)
  }
  return sendTo(
    listener.address,
    { ...head, scheme, host, ...from, endsTLS: endsTLS(listener), onConnect },
    source.authority
  ).then(
    answer => reportOf(prediction, answer),
    (error: Error) => ({
      prediction,
      error: error.message,
      differences: differencesOf(prediction, { error: error.message })
    })
  )
}

function reportOf(prediction: Trace, answer: SentAnswer): SendingReport {
  const { body } = answer
  const shown = body.length > mostBody ? `${body.slice(0, mostBody)}…` : body
  return { prediction, answer: { ...answer, body: shown }, differences: differencesOf(prediction, answer) }
}

/** What somebody at the page wrote, as an order. @throws Failure exit 2 `ORDER_MALFORMED`. */
export function readOrder(text: string): SendingOrder {
  const order = parse(text)
  const { method, url, headers, client } = order
  const areHeaders =
    Array.isArray(headers) &&
    headers.every(one => Array.isArray(one) && one.length === 2 && one.every(part => typeof part === 'string'))
  const isClient = client === undefined || typeof client === 'string'
  if (typeof method !== 'string' || typeof url !== 'string' || !areHeaders || !isClient) {
    throw malformed()
  }
  return { method, url, headers: headers as SendingOrder['headers'], ...(client ? { client } : {}) }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (value !== null && typeof value === 'object') {
      return value as Record<string, unknown>
    }
  } catch {
    // Told below, as every other text that is no order.
  }
  throw malformed()
}

function malformed(): Failure {
  return new Failure(2, {
    code: 'ORDER_MALFORMED',
    severity: 'error',
    message: 'a request to send is JSON with method, url and headers',
    hint: '{"method": "GET", "url": "https://shop.example.com/", "headers": []}'
  })
}
