import { type GatewayPlan, keyOf, type StackPlan, specOf } from '../../model/index.ts'
import { annotationName, annotationPrefix, objectName } from '../../resources/index.ts'
import { predictTargetsOf, type TracedLoadBalancer, type Tracer } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import { askStatusPort } from '../facts/setting-change.ts'
import type { Prediction } from './prediction.ts'

/** What a target group checks: where that is said, of which Service, and what the settings of its health check are called. */
interface CheckedBackend {
  place: Pick<Prediction, 'object' | 'path'>
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
  return (
    route &&
    template && {
      place: { object: route, path: ['spec', 'rules'] },
      service: `Service ${template.metadata.namespace}/${template.spec.serviceRef.name}`,
      port: 'healthCheckPort',
      path: 'healthCheckPath'
    }
  )
}

function backendOf(context: Context, group: StackPlan, id: string): CheckedBackend | undefined {
  if (group.kind === 'Gateway') {
    return backendOfRoute(context, group, id)
  }
  const backend = context.backends.find(
    ({ ingress, service }) =>
      context.groupOf(ingress) === group && id.startsWith(`${keyOf(ingress)}-${service.metadata.name}:`)
  )
  return (
    backend && {
      place: { object: backend.ingress, path: backend.path },
      service: objectName(backend.service),
      port: annotationName('healthcheck-port'),
      path: annotationName('healthcheck-path'),
      asked: askStatusPort(context, backend)
    }
  )
}

/** Target groups all of whose targets fail their health check. */
export function* predictHealthChecks(
  context: Context,
  tracer: Tracer,
  { group, configuration }: TracedLoadBalancer
): Generator<Prediction> {
  const byTargetGroup = Map.groupBy(predictTargetsOf(tracer, group), ({ targetGroup }) => targetGroup)
  for (const [name, targets] of byTargetGroup) {
    const [first] = targets
    const targetGroup = [...configuration.targetGroups.values()].find(one => one.name === name)
    const fails = targets.every(({ state }) => state === 'unhealthy')
    if (
      !first ||
      !targetGroup ||
      !(
        fails ||
        tracer.backends.healthNeedsRoutes({
          targetType: targetGroup.targetType,
          address: first.target.address,
          port: Number(first.healthCheckPort)
        })
      )
    ) {
      continue
    }
    const backend = backendOf(context, group, targetGroup.id)
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
        actual: `${first.healthCheckPort}${path}`,
        hint: `set ${portKey}: status-port and ${pathKey}: /healthz/ready`,
        ...asked
      }
      continue
    }
    yield {
      code: 'HEALTH_CHECK_FAILS',
      ...place,
      message: `the health check of ${service} never passes: ${first.because}; while no target is healthy, requests go to all of them`,
      expected: targetGroup.healthCheck.matcher?.httpCode ?? targetGroup.healthCheck.matcher?.grpcCode ?? '200',
      actual: first.reason ?? first.state,
      hint: 'let the health check ask a port and a path that answer it: of a gateway status-port and /healthz/ready',
      ...asked
    }
  }
}
