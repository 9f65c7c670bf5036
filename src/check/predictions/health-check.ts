import { annotationName, objectName } from '../../resources/index.ts'
import type { TracedLoadBalancer } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import { isOf, predictedGroups } from '../facts/predicted-health.ts'
import { askStatusPort } from '../facts/setting-change.ts'
import type { Prediction } from './prediction.ts'

/** Target groups all of whose targets fail their health check, or may do so for all one knows. */
export function* predictHealthChecks(context: Context, loadBalancer: TracedLoadBalancer): Generator<Prediction> {
  for (const predicted of predictedGroups(context.tracer, loadBalancer)) {
    const { target, targetGroup, fails, asksRoutes } = predicted
    const backend = context.backends.find(
      one => context.groupOf(one.ingress) === loadBalancer.group && isOf(predicted, one)
    )
    if (!backend || !(fails || asksRoutes)) {
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
        actual: `${target.healthCheckPort}${path}`,
        hint: `set ${annotationName('healthcheck-port')}: status-port and ${annotationName('healthcheck-path')}: /healthz/ready`,
        ...asked
      }
      continue
    }
    yield {
      code: 'HEALTH_CHECK_FAILS',
      ...place,
      message: `the health check of ${objectName(backend.service)} never passes: ${target.because}; while no target is healthy, requests go to all of them`,
      expected: targetGroup.healthCheck.matcher?.httpCode ?? targetGroup.healthCheck.matcher?.grpcCode ?? '200',
      actual: target.reason ?? target.state,
      hint: 'let the health check ask a port and a path that answer it: of a gateway status-port and /healthz/ready',
      ...asked
    }
  }
}
