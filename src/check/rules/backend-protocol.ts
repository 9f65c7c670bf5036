import { annotationPrefix, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { type Backend, backendProtocol, placeOf } from '../facts/backend.ts'
import { serversBehind } from '../facts/gateway.ts'
import { healthCheckPortOf, isStatusPort } from '../facts/health-check.ts'
import { changeSettings } from '../facts/setting-change.ts'
import { expectationOf } from '../facts/tls-port.ts'
import type { Problem, Rule } from '../rule.ts'

const annotation = `${annotationPrefix}backend-protocol`

function* mismatches(
  context: Context,
  tls: boolean
): Generator<{ backend: Backend; because: string } & Pick<Problem, 'object' | 'path' | 'severity'>> {
  for (const backend of context.backends) {
    const expectation = expectationOf(context, backend)
    if (expectation?.tls !== tls || (backendProtocol(backend) === 'HTTPS') === tls) {
      continue
    }
    yield {
      backend,
      because: expectation.because,
      ...(expectation.guessed && { severity: 'warning' }),
      ...placeOf(backend, 'backend-protocol')
    }
  }
}

/** Nothing, which means plain HTTP, where one annotation alone says otherwise. */
function plainSetting({ ingress, service }: Backend): string | undefined {
  const [own, shared] = [service, ingress].map(({ metadata }) => metadata.annotations?.[annotation])
  return own === undefined || shared === undefined ? undefined : 'HTTP'
}

/** Plain HTTP to a port that expects TLS: an empty reply or a 400 for every request. */
export const plainToTLS: Rule = {
  code: 'PLAIN_HTTP_TO_TLS_PORT',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    for (const { backend, because, ...place } of mismatches(context, true)) {
      const { port } = healthCheckPortOf(backend)
      const { hint, ...edit } = changeSettings(
        backend,
        {
          'backend-protocol': 'HTTPS',
          ...(port && isStatusPort(port) && { 'healthcheck-protocol': 'HTTP' })
        },
        context
      )
      yield {
        ...place,
        message: `the load balancer sends plain HTTP to port ${backend.port.port} of ${objectName(backend.service)}, which expects TLS: ${because}`,
        expected: 'HTTPS',
        actual: `${backendProtocol(backend)}${backend.setting('backend-protocol') ? '' : ', the default'}`,
        hint: `${hint}, or send to the gateway's plain port`,
        ...edit
      }
    }
  }
}

/** Plain HTTP, or the gateway's port for TLS, where the other one has no server that would answer. */
function speakPlain(context: Context, backend: Backend): Pick<Problem, 'hint' | 'changed' | 'changes'> {
  const { ingress, path, service } = backend
  const served = (service.spec?.ports ?? []).find(port => {
    const servers = serversBehind(context, { ...backend, port })
    return servers.length > 0 && expectationOf(context, { ...backend, port })?.tls === true
  })
  if (served && serversBehind(context, backend).length === 0 && path.at(-1) === 'service') {
    return {
      hint: `send to port ${served.port}, which a Gateway serves with TLS`,
      changed: ingress,
      changes: [{ path: [...path, 'port'], value: { number: served.port } }]
    }
  }
  const { hint, ...edit } = changeSettings(backend, { 'backend-protocol': plainSetting(backend) }, context)
  return { hint: `${hint}, or send to the gateway's TLS port`, ...edit }
}

/** TLS to a port that speaks plain HTTP: the handshake fails, every request gets a 502. */
export const tlsToPlain: Rule = {
  code: 'TLS_TO_PLAIN_HTTP_PORT',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    for (const { backend, because, ...place } of mismatches(context, false)) {
      yield {
        ...place,
        message: `the load balancer speaks TLS to port ${backend.port.port} of ${objectName(backend.service)}, which does not: ${because}`,
        expected: 'HTTP',
        actual: 'HTTPS',
        ...speakPlain(context, backend)
      }
    }
  }
}
