import { type GatewayPlan, keyOf, type StackPlan, specOf } from '../../model/index.ts'
import { annotationName, annotationPrefix, objectName } from '../../resources/index.ts'
import type { TracedLoadBalancer } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import { serversBehind } from '../facts/gateway.ts'
import { isOf, type PredictedGroup, predictedGroups } from '../facts/predicted-health.ts'
import { askStatusPort } from '../facts/setting-change.ts'
import type { Prediction } from './prediction.ts'

/** What a target group checks: where that is said, of which Service, and what the settings of its health check are called. */
interface CheckedBackend {
  place: Pick<Prediction, 'object' | 'path' | 'about'>
  service: string
  port: string
  path: string
  /** The changes that let it ask the status port. */
  asked?: Partial<Prediction>
}

/** A target group of a Gateway is a route's: its ID says of which (LBC: buildTargetGroupResourceID). */
function backendOfRoute(context: Context, plan: GatewayPlan, id: string): CheckedBackend | undefined {
  const template = specOf(plan.stack, 'targetGroupBinding', id)?.template
  const ofRoute = id.slice(plan.id.length + 1)
  const route = ['HTTPRoute', 'GRPCRoute']
    .flatMap(kind => context.resources.list(kind))
    .find(one => ofRoute.startsWith(`${keyOf(one).replace('/', '-')}:${one.kind}-`))
  const service = `Service ${template?.metadata.namespace}/${template?.spec.serviceRef.name}`
  return (
    route &&
    template && {
      place: { object: route, path: ['spec', 'rules'], about: [service] },
      service,
      port: 'healthCheckPort',
      path: 'healthCheckPath'
    }
  )
}

function backendOf(context: Context, group: StackPlan, predicted: PredictedGroup): CheckedBackend | undefined {
  if (group.kind === 'Gateway') {
    return backendOfRoute(context, group, predicted.targetGroup.id)
  }
  const backend = context.backends.find(one => context.groupOf(one.ingress) === group && isOf(predicted, one))
  if (!backend) {
    return undefined
  }
  const gateways = new Set(serversBehind(context, backend).map(({ gateway }) => gateway))
  return {
    place: { object: backend.ingress, path: backend.path, about: [backend.service, ...gateways].map(objectName) },
    service: objectName(backend.service),
    port: annotationName('healthcheck-port'),
    path: annotationName('healthcheck-path'),
    asked: askStatusPort(context, backend)
  }
}

/** Target groups all of whose targets fail their health check, or may do so for all one knows. */
export function* predictHealthChecks(context: Context, loadBalancer: TracedLoadBalancer): Generator<Prediction> {
  for (const predicted of predictedGroups(context.tracer, loadBalancer)) {
    const { target, targetGroup, fails, asksRoutes } = predicted
    const backend = fails || asksRoutes ? backendOf(context, loadBalancer.group, predicted) : undefined
    if (!backend) {
      continue
    }
    const { place, service, port: portKey, path: pathKey, asked } = backend
    if (!fails) {
      const { port, path = '/' } = targetGroup.healthCheck
      yield {
        code: 'HEALTH_CHECK_ASKS_ROUTES',
        ...place,
        message: `the health check of ${service} asks for ${path} on ${port === 'traffic-port' ? 'the traffic port' : `port ${port}`}, where the gateway answers 404 unless a VirtualService for every host, which is not among the objects, takes it`,
        expected: `${portKey.replace(annotationPrefix, '')}: status-port and ${pathKey.replace(annotationPrefix, '')}: /healthz/ready`,
        actual: `${target.healthCheckPort}${path}`,
        hint: `set ${portKey}: status-port and ${pathKey}: /healthz/ready`,
        ...asked
      }
      continue
    }
    yield {
      code: 'HEALTH_CHECK_FAILS',
      ...place,
      message: `the health check of ${service} never passes: ${target.because}; while no target is healthy, requests go to all of them`,
      expected: targetGroup.healthCheck.matcher?.httpCode ?? targetGroup.healthCheck.matcher?.grpcCode ?? '200',
      actual: target.reason ?? target.state,
      hint: 'let the health check ask a port and a path that answer it: of a gateway status-port and /healthz/ready',
      ...asked
    }
  }
}
