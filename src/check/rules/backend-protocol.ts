import { annotationPrefix, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { type Backend, backendProtocol, placeOf } from '../facts/backend.ts'
import { isStatusPort } from '../facts/health-check.ts'
import type { Problem, Rule } from '../rule.ts'
import { expectationOf } from './tls-port.ts'

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

/** Plain HTTP to a port that expects TLS: an empty reply or a 400 for every request. */
export const plainToTLS: Rule = {
  code: 'PLAIN_HTTP_TO_TLS_PORT',
  severity: 'error',
  *find(context) {
    for (const { backend, because, ...place } of mismatches(context, true)) {
      yield {
        ...place,
        message: `the load balancer sends plain HTTP to port ${backend.port.port} of ${objectName(backend.service)}, which expects TLS: ${because}`,
        expected: 'HTTPS',
        actual: `${backendProtocol(backend)}${backend.setting('backend-protocol') ? '' : ', the default'}`,
        hint: `set ${annotation}: HTTPS and ${annotationPrefix}healthcheck-protocol: HTTP, or send to the gateway's plain port`
      }
    }
  }
}

/** TLS to a port that speaks plain HTTP: the handshake fails, every request gets a 502. */
export const tlsToPlain: Rule = {
  code: 'TLS_TO_PLAIN_HTTP_PORT',
  severity: 'error',
  *find(context) {
    for (const { backend, because, ...place } of mismatches(context, false)) {
      yield {
        ...place,
        message: `the load balancer speaks TLS to port ${backend.port.port} of ${objectName(backend.service)}, which does not: ${because}`,
        expected: 'HTTP',
        actual: 'HTTPS',
        hint: isStatusPort(backend.port)
          ? `leave the path out, since the health check reaches the status port by itself, or give it an Ingress of its own with ${annotation}: HTTP`
          : `remove ${annotation}, or send to the gateway's TLS port`
      }
    }
  }
}
