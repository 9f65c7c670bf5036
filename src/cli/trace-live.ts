import { request as requestHTTP } from 'node:http'
import { type RequestOptions, request as requestHTTPS } from 'node:https'
import type { HeaderList, LoadBalancerDescription } from '../alb/index.ts'
import { Simulation } from '../cluster/index.ts'
import { usageFailure } from '../failure.ts'
import type { Environment } from '../model/index.ts'
import type { Resources } from '../resources/index.ts'
import { readRequest, type Trace, type TraceOptions, type TraceRequest, trace } from '../trace/index.ts'
import { whenChecked } from './first-request.ts'

/** What really came back. */
export interface LiveAnswer {
  /** 0 without an answer. */
  status: number
  headers: HeaderList
  body: string
  /** Why there is no answer. */
  error?: string
  /** What the trace had told otherwise; always empty unless this program has a defect. */
  differences: string[]
}

/** Health checks this many times faster, so that every target is soon what it will be. */
const timeScale = 100

/** Loopback is where a client of this machine comes from. */
const client = '127.0.0.1'

/**
 * Runs the load balancers of the objects on loopback, sends the request, and traces it by what they tell of their targets.
 *
 * @throws Failure as trace and the simulation do; exit 2 `CLIENT_FIXED` for another client than loopback.
 */
export async function sendLive(
  resources: Resources,
  environment: Environment,
  request: TraceRequest,
  options: TraceOptions
): Promise<Trace & { live: LiveAnswer }> {
  if (request.client !== undefined && request.client !== client)
    throw usageFailure({
      code: 'CLIENT_FIXED',
      message: `a request that is really sent comes from ${client}, not from ${request.client}`,
      path: '--client',
      hint: 'leave out --client or --live'
    })
  const read = readRequest(request)
  const simulation = await Simulation.create({ environment, hosts: [read.host], timeScale, anyPort: true })
  try {
    await simulation.apply(resources)
    await whenChecked(simulation)
    const find = (group: string): LoadBalancerDescription | undefined =>
      simulation.describe().find(({ id }) => id === group)
    const { loadBalancer } = trace(resources, environment, { ...request, client }, options)
    const observed = find(loadBalancer.group)
    const traced = trace(
      simulation.resources,
      environment,
      { ...request, client },
      { group: loadBalancer.group, observed }
    )
    const address = observed?.listeners.find(({ port }) => port === read.port)?.address
    const live = await send(read, address, simulation.authority.certificate)
    return { ...traced, live: { ...live, differences: compare(traced, live) } }
  } finally {
    await simulation.close()
  }
}

type Sent = Omit<LiveAnswer, 'differences'>

function send(
  { head, scheme, host }: ReturnType<typeof readRequest>,
  address: string | undefined,
  ca: string
): Promise<Sent> {
  const nothing = { status: 0, headers: [], body: '' }
  if (!address) return Promise.resolve({ ...nothing, error: 'there is no listener on that port' })
  const [hostname, port] = address.split(/:(?=\d+$)/) as [string, string]
  return new Promise(resolve => {
    const sent = (scheme === 'https' ? requestHTTPS : requestHTTP)(
      {
        hostname,
        port,
        method: head.method,
        path: head.target,
        headers: head.headers.flat(),
        servername: host,
        ca,
        agent: false,
        setDefaultHeaders: false
      } as RequestOptions,
      response => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          body += chunk
        })
        response.once('end', () => {
          const { rawHeaders } = response
          const headers = Array.from({ length: rawHeaders.length / 2 }, (_, index): [string, string] => [
            rawHeaders[2 * index]!,
            rawHeaders[2 * index + 1]!
          ])
          resolve({ status: response.statusCode ?? 0, headers, body })
        })
      }
    )
    sent.once('error', error => resolve({ ...nothing, error: error.message }))
    sent.end()
  })
}

const headerOf = (headers: HeaderList, name: string): string | undefined =>
  headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1]

/** Where the answer is not one of those that the trace tells. */
function compare({ answer, destinations }: Trace, { status, headers, error }: Sent): string[] {
  const told = destinations.length > 0 ? destinations.map(one => one.answer) : [answer]
  if (error !== undefined) return told.some(({ from }) => from === 'nobody') ? [] : [`there was no answer: ${error}`]
  const fits = told.some(
    one =>
      one.from !== 'nobody' &&
      (one.status === undefined || one.status === status) &&
      headerOf(one.headers ?? [], 'location') === headerOf(headers, 'location')
  )
  return fits ? [] : [`the answer was ${status}, told was ${told.map(one => one.status ?? one.from).join(' or ')}`]
}
