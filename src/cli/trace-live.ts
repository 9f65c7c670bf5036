import { type SentAnswer, Simulation, sendTo } from '../cluster/index.ts'
import type { Edge } from '../edge.ts'
import type { LoadBalancerDescription } from '../elbv2/index.ts'
import { usageFailure } from '../failure.ts'
import { endsTLS } from '../report/index.ts'
import {
  differencesOf,
  followRequest,
  readRequest,
  type Trace,
  type TraceOptions,
  type TraceRequest,
  Tracer
} from '../trace/index.ts'

/** What really came back. */
export interface LiveAnswer extends Partial<SentAnswer> {
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
  edge: Edge,
  request: TraceRequest,
  options: TraceOptions
): Promise<Trace & { live: LiveAnswer }> {
  if (request.client !== undefined && request.client !== client) {
    throw usageFailure({
      code: 'CLIENT_FIXED',
      message: `a request that is really sent comes from ${client}, not from ${request.client}`,
      path: '--client',
      hint: 'leave out --client or --live'
    })
  }
  const { environment, resources, plan } = edge
  const own = { ...request, client }
  const { host, port, scheme, head } = readRequest(own)
  const simulation = await Simulation.create({ environment, hosts: [host], timeScale, anyPort: true })
  try {
    await simulation.apply(resources, plan)
    await simulation.whenChecked()
    const { group } = edge.trace(own, options).loadBalancer
    const observed: LoadBalancerDescription | undefined = simulation.describe().find(({ id }) => id === group)
    // The nodes and pods that really answer; the plan is the same, since it looks at neither.
    const tracer = new Tracer(simulation.resources, environment, plan)
    const traced = followRequest(tracer, own.url, readRequest(own), { group, observed })
    const listener = observed?.listeners.find(one => one.port === port)
    const sent = { ...head, scheme, host }
    const live: Partial<SentAnswer> & { error?: string } = listener
      ? await sendTo(listener.address, { ...sent, endsTLS: endsTLS(listener) }, simulation.authority.certificate).catch(
          (error: Error) => ({ error: error.message })
        )
      : { error: `there is no listener on port ${port}` }
    return { ...traced, live: { ...live, differences: differencesOf(traced, live) } }
  } finally {
    await simulation.close()
  }
}
