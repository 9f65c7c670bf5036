import { keyOf } from '../../model/index.ts'
import { annotationName, objectName } from '../../resources/index.ts'
import { predictTargetsOf, type TracedLoadBalancer, type Tracer } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import { askStatusPort } from '../facts/setting-change.ts'
import type { Prediction } from './prediction.ts'

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
    const backend = context.backends.find(
      ({ ingress, service }) =>
        context.groupOf(ingress) === group && targetGroup.id.startsWith(`${keyOf(ingress)}-${service.metadata.name}:`)
    )
    if (!backend) {
      continue
    }
    const place = { object: backend.ingress, path: backend.path }
    const asked = askStatusPort(context, backend)
    if (!fails) {
      const { port, path = '/' } = targetGroup.healthCheck
      yield {
        code: 'HEALTH_CHECK_ASKS_ROUTES',
        ...place,
        message: `the health check of ${objectName(backend.service)} asks for ${path} on ${port === 'traffic-port' ? 'the traffic port' : `port ${port}`}, where the gateway answers 404 unless a VirtualService for every host, which is not among the objects, takes it`,
        expected: 'healthcheck-port: status-port and healthcheck-path: /healthz/ready',
        actual: `${first.healthCheckPort}${path}`,
        hint: `set ${annotationName('healthcheck-port')}: status-port and ${annotationName('healthcheck-path')}: /healthz/ready`,
        ...asked
      }
      continue
    }
    yield {
      code: 'HEALTH_CHECK_FAILS',
      ...place,
      message: `the health check of ${objectName(backend.service)} never passes: ${first.because}; while no target is healthy, requests go to all of them`,
      expected: targetGroup.healthCheck.matcher?.httpCode ?? targetGroup.healthCheck.matcher?.grpcCode ?? '200',
      actual: first.reason ?? first.state,
      hint: 'let the health check ask a port and a path that answer it: of a gateway status-port and /healthz/ready',
      ...asked
    }
  }
}
