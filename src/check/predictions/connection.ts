import { roleOf } from '../../istio/index.ts'
import { findService, type StackPlan } from '../../model/index.ts'
import type { KubernetesObject, Path } from '../../resources/index.ts'
import { type Front, followRequest, frontsOf, predictTargetsOf, readRequest, type Trace } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import { portPath, serviceAnnotation } from '../facts/front-door.ts'
import { type MeantConnection, meantConnections } from '../facts/requests.ts'
import { annotationPath } from '../rule.ts'
import { type CausedPrediction, predictAnswers } from './answer.ts'

/** Where a port of a Network or Classic Load Balancer stands: in its Service, or its Gateway. */
function placeOf(
  { resources }: Context,
  { kind, id }: StackPlan,
  port: number
): { object: KubernetesObject; path: Path } | undefined {
  const [namespace = '', name = ''] = id.split('/')
  if (kind === 'Service') {
    const service = findService(resources, namespace, name)
    const servicePort = service?.spec?.ports?.find(one => one.port === port)
    return service && servicePort && { object: service, path: portPath(service, servicePort) }
  }
  const gateway = resources.find('Gateway', name, namespace)
  const listeners = (gateway?.spec as { listeners?: { port?: number }[] } | undefined)?.listeners ?? []
  const index = listeners.findIndex(one => one.port === port)
  return gateway && { object: gateway, path: index < 0 ? ['metadata', 'name'] : ['spec', 'listeners', index] }
}

/** What comes of a request over a port, by the scheme that gets an answer; by the likelier one where none does. */
function follow(context: Context, plan: StackPlan, { requests }: MeantConnection): Trace | undefined {
  const traces = requests.map(request =>
    followRequest(context.tracer, request.url, readRequest(request), { group: plan.id, explain: false })
  )
  return traces.find(({ answer }) => answer.from !== 'nobody') ?? traces[0]
}

/** The first of the targets of a port: they are alike. */
function firstTarget({ destinations }: Front) {
  const [found] = destinations.flatMap(({ targetType, targets }) =>
    targets.slice(0, 1).map(target => ({ ...target, targetType }))
  )
  return found
}

/** The status port of a gateway, which nobody means to reach from outside. */
function asksStatusPort({ tracer }: Context, front: Front): boolean {
  const at = firstTarget(front)
  const found = at && tracer.backends.gatewayAt(at)
  return found !== undefined && roleOf(found.port) === 'status'
}

/**
 * The ports without those that a gateway's pods do not listen on, for want of a server, beside others that it serves: every
 * installation of Istio has such a port where HTTP or HTTPS alone is served. That of a certificate is there for a server.
 */
function withoutSparePorts({ tracer }: Context, fronts: readonly Front[]): readonly Front[] {
  const served = fronts.filter(front => {
    const at = firstTarget(front)
    const isGateway = at !== undefined && tracer.backends.gatewayAt(at) !== undefined
    const refusal = isGateway ? tracer.backends.refusalAt(at) : undefined
    // One that only lacks a route has a server.
    return !isGateway || front.decrypts || refusal === undefined || refusal.server !== undefined
  })
  return served.length > 0 ? served : fronts
}

/** What comes of the health checks of a Network or Classic Load Balancer, and of one request for each port and host. */
export function followConnections(
  context: Context,
  plan: StackPlan,
  dnsName: string
): { health: Iterable<CausedPrediction>; followed: Iterable<{ place: string; predicted: CausedPrediction[] }> } {
  const all = frontsOf(context.tracer, plan).filter(front => !asksStatusPort(context, front))
  const fronts = withoutSparePorts(context, all)
  return { health: predictHealth(context, plan, fronts), followed: predictConnections(context, plan, fronts, dnsName) }
}

function* predictConnections(
  context: Context,
  plan: StackPlan,
  fronts: readonly Front[],
  dnsName: string
): Generator<{ place: string; predicted: CausedPrediction[] }> {
  // Routes are written by the teams behind the edge, and seldom stand beside it: without any, nobody knows which hosts have one.
  const hasRoutes = ['VirtualService', 'HTTPRoute', 'GRPCRoute'].some(kind => context.resources.list(kind).length > 0)
  for (const meant of meantConnections(context.tracer, fronts, dnsName)) {
    const place = placeOf(context, plan, meant.front.port)
    const trace = follow(context, plan, meant)
    if (place && trace) {
      const predicted = [...predictAnswers(context.tracer, plan, trace)].map(prediction => ({
        ...place,
        ...prediction
      }))
      yield {
        place: `${meant.front.port} ${meant.host}`,
        predicted: predicted.filter(({ code }) => hasRoutes || code !== 'GATEWAY_HAS_NO_HOST')
      }
    }
  }
}

/** Target groups all of whose targets fail their health check. */
function* predictHealth(context: Context, plan: StackPlan, fronts: readonly Front[]): Generator<CausedPrediction> {
  const byTargetGroup = Map.groupBy(predictTargetsOf(context.tracer, plan), one => one.targetGroup)
  for (const [targetGroup, targets] of byTargetGroup) {
    const front = fronts.find(({ destinations }) => destinations.some(({ name }) => name === targetGroup))
    const place = front && placeOf(context, plan, front.port)
    const [target] = targets
    if (!place || !target || targets.some(({ state }) => state !== 'unhealthy')) {
      continue
    }
    const name = serviceAnnotation('healthcheck-port')
    const isSaid = plan.kind === 'Service' && place.object.metadata.annotations?.[name] !== undefined
    const [destination] = front.destinations
    const checked = `the health check of ${front.protocol}:${front.port} of ${plan.kind} ${plan.id}`
    const at = { ...target.target, targetType: destination!.targetType, port: Number(target.healthCheckPort) }
    const refusal = context.tracer.backends.refusalAt(at)
    const gateway = refusal?.server && refusal.server.gateway.split(' listener ')[0]!
    const found = {
      object: place.object,
      path: isSaid ? annotationPath(name) : place.path,
      about: [`${plan.kind} ${plan.id}`, ...(gateway === undefined ? [] : [gateway])],
      cause: target.because
    }
    const hint =
      refusal?.hint ??
      'let the health check ask a port and a path that answer it: of a gateway its status port and /healthz/ready'
    if (context.tracer.backends.healthNeedsRoutes(at) && refusal === undefined) {
      const message = `${checked} asks routes of the gateway that are not among the objects: ${target.because}`
      yield { code: 'HEALTH_CHECK_ASKS_ROUTES', ...found, message, actual: target.healthCheckPort, hint }
      continue
    }
    yield {
      code: 'HEALTH_CHECK_FAILS',
      ...found,
      message: `${checked} never passes: ${target.because}; while no target is healthy, ${destination!.failsOpen ? 'connections go to all of them' : 'clients get no answer'}`,
      actual: target.reason ?? target.state,
      hint
    }
  }
}
