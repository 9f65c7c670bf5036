import { type GatewayPlan, specEntries, specOf } from '../../model/index.ts'
import { annotationPrefix, objectName, type TargetGroupConfiguration } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { placeOf } from '../facts/backend.ts'
import { healthCheckPortOf, isStatusPort } from '../facts/health-check.ts'
import { describePorts, listenPortsOf, sslRedirectOf } from '../facts/listen-ports.ts'
import { parsePath } from '../facts/listener-rules.ts'
import { loadBalancerOf } from '../facts/load-balancer.ts'
import { predictedGroups, predictedHealthOf } from '../facts/predicted-health.ts'
import { changeSettings, statusPortSettings } from '../facts/setting-change.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

/** Whether a path is none of gRPC's, `/package.Service/Method`, nor the default. */
function isPlainPath(path: string): boolean {
  return !/^\/[\w.-](?=[^/]*\.)[\w.-]*\/|^\/AWS\.ALB\//.test(path)
}

/**
 * A target group of a GRPCRoute is gRPC unless a TargetGroupConfiguration says otherwise, and so are its health checks, with the
 * path that was meant for the Service's other routes (LBC: buildTargetGroupProtocolVersion, buildTargetGroupHealthCheckPath).
 */
function* gatewayHealthChecks(context: Context, plan: GatewayPlan): Generator<Problem> {
  const loadBalancer = loadBalancerOf(context.tracer, plan)
  for (const [id, { protocolVersion, healthCheckConfig }] of specEntries(plan.stack, 'targetGroup')) {
    const { path } = healthCheckConfig
    if (protocolVersion !== 'GRPC' || path === undefined || !isPlainPath(path)) {
      continue
    }
    const predicted =
      loadBalancer && predictedGroups(context.tracer, loadBalancer).find(one => one.targetGroup.id === id)
    const said = plan.explanations.find(
      ({ resource, field }) => resource === `TargetGroup ${id}` && field === 'healthCheckConfig.path'
    )
    const object = context.resources.list('TargetGroupConfiguration').find(one => objectName(one) === said?.object)
    const template = specOf(plan.stack, 'targetGroupBinding', id)?.template
    if (!said || !object || !template || predicted?.fails === false) {
      continue
    }
    const service = `Service ${template.metadata.namespace}/${template.spec.serviceRef.name}`
    yield {
      object,
      path: [...parsePath(said.key), 'healthCheckPath'],
      message: `the target group of Gateway ${plan.id} for ${service} is gRPC, so its health check is a gRPC call to ${path}, which answers plain HTTP`,
      expected: '/AWS.ALB/healthcheck, the default',
      actual: path,
      hint: 'give routeConfigurations an entry of the kind GRPCRoute with protocolVersion: HTTP2, which carries gRPC and keeps the HTTP health check; or one without healthCheckPath',
      ...carryOverHTTP2(object as TargetGroupConfiguration)
    }
  }
}

/** An entry for GRPCRoutes, where a configuration has none that says otherwise. */
function carryOverHTTP2({ spec }: TargetGroupConfiguration): Pick<Problem, 'changes'> {
  const { routeConfigurations = [] } = spec ?? {}
  const entry = { routeIdentifier: { kind: 'GRPCRoute' }, targetGroupProps: { protocolVersion: 'HTTP2' } }
  return routeConfigurations.some(({ routeIdentifier }) => routeIdentifier?.kind === 'GRPCRoute')
    ? {}
    : { changes: [{ path: ['spec', 'routeConfigurations'], value: [...routeConfigurations, entry] }] }
}

/**
 * With GRPC the health check is a gRPC call as well, success codes are gRPC's, and a path for plain HTTP answers without a
 * grpc-status (LBC: buildTargetGroupHealthCheckMatcher; istio/istio#49724).
 */
export const grpcHealthCheck: Rule = {
  code: 'GRPC_WITH_HTTP_HEALTH_CHECK',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS'],
  *find(context) {
    for (const backend of context.backends) {
      if (backend.setting('backend-protocol-version')?.value !== 'GRPC') {
        continue
      }
      const path = backend.setting('healthcheck-path')
      const codes = backend.setting('success-codes')
      const isHTTPPath = path !== undefined && isPlainPath(path.value)
      const isHTTPCode = codes?.value.split(/[,-]/).some(code => Number(code) > 99)
      const place = isHTTPPath ? path : isHTTPCode ? codes : undefined
      // Envoy answers a call for a path that it does not know with UNIMPLEMENTED, which the default takes for healthy.
      const passes = predictedHealthOf(context, backend)?.fails === false
      if (!place || passes) {
        continue
      }
      const { port } = healthCheckPortOf(backend)
      const { hint, ...edit } = changeSettings(
        backend,
        {
          'backend-protocol-version': 'HTTP2',
          ...(port?.name && isStatusPort(port) && statusPortSettings(context, backend, port.name))
        },
        context
      )
      yield {
        object: place.object,
        path: ['metadata', 'annotations', place.name],
        message: isHTTPPath
          ? `backend-protocol-version is GRPC, so the health check of ${objectName(backend.service)} is a gRPC call to ${path.value} on ${port?.name ?? 'its port'}, which answers plain HTTP`
          : `backend-protocol-version is GRPC, so success codes of ${objectName(backend.service)} are gRPC's, from 0 to 99, not ${codes?.value}`,
        expected: isHTTPPath ? '/AWS.ALB/healthcheck, the default' : '12, the default',
        actual: place.value,
        hint: `${hint}: HTTP2 carries gRPC and keeps the HTTP health check; or remove ${place.name}`,
        ...edit
      }
    }
    for (const plan of context.plan.gateways) {
      yield* gatewayHealthChecks(context, plan)
    }
  }
}

/** Targets of HTTP2 and GRPC can be reached from HTTPS listeners alone (API: CreateListener). */
export const versionWithoutTLS: Rule = {
  code: 'PROTOCOL_VERSION_NEEDS_HTTPS_LISTENER',
  severity: 'error',
  explains: ['PROTOCOL_VERSION_UNFIT'],
  *find(context) {
    for (const backend of context.backends) {
      const version = backend.setting('backend-protocol-version')?.value
      if (version !== 'HTTP2' && version !== 'GRPC') {
        continue
      }
      const { ingress } = backend
      if (sslRedirectOf(context, context.groupOf(ingress))) {
        continue
      }
      const plain = listenPortsOf(context, ingress)?.filter(({ protocol }) => protocol === 'HTTP') ?? []
      if (plain.length === 0) {
        continue
      }
      const secure = listenPortsOf(context, ingress)?.find(({ protocol }) => protocol === 'HTTPS')
      yield {
        ...placeOf(backend, 'backend-protocol-version'),
        message: `${objectName(backend.ingress)} sends ${version} to ${objectName(backend.service)}, which AWS allows from HTTPS listeners alone; it listens on ${describePorts(plain)} too, without ssl-redirect`,
        expected: 'HTTPS listeners alone',
        actual: describePorts(plain),
        hint: `set ${annotationPrefix}ssl-redirect, or take ${describePorts(plain)} out of ${annotationPrefix}listen-ports`,
        ...(secure && {
          changed: ingress,
          changes: [{ path: annotationPath(`${annotationPrefix}ssl-redirect`), value: String(secure.port) }]
        })
      }
    }
  }
}
