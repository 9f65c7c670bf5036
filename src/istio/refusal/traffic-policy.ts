import type { Path } from '../../resources/index.ts'
import { parseDuration } from '../duration.ts'
import type { ConnectionPool, OutlierDetection, TrafficPolicy } from '../istio.ts'
import { refuseDuration } from './name.ts'
import { type Refusal, refuseEach, refuseIf } from './refusal.ts'

function refusePercent(value: number | undefined, path: Path): Refusal[] {
  return refuseIf(value !== undefined && (value < 0 || value > 100), {
    path,
    message: `${path.at(-1)} ${value} is not from 0 to 100`,
    expected: 'from 0 to 100',
    actual: String(value),
    hint: 'name a share of 100'
  })
}

/** Numbers that may not be below 0, by their names. */
function refuseNegative(values: Readonly<Record<string, number | undefined>>, path: Path): Refusal[] {
  return Object.entries(values).flatMap(([name, value]) =>
    refuseIf(value !== undefined && value < 0, {
      path: [...path, name],
      message: `${name} ${value} is below 0`,
      expected: '0 or more',
      actual: String(value),
      hint: 'use 0 or more, or leave it out'
    })
  )
}

/** Istio: validateOutlierDetection. */
function refuseOutlierDetection(outlier: OutlierDetection | undefined, path: Path): Refusal[] {
  if (!outlier) {
    return []
  }
  const { baseEjectionTime, interval, maxEjectionPercent, minHealthPercent } = outlier
  const { consecutiveLocalOriginFailures = 0, splitExternalLocalOriginErrors = false } = outlier
  return [
    ...refuseDuration(baseEjectionTime, [...path, 'baseEjectionTime']),
    ...refuseDuration(interval, [...path, 'interval']),
    ...refusePercent(maxEjectionPercent, [...path, 'maxEjectionPercent']),
    ...refusePercent(minHealthPercent, [...path, 'minHealthPercent']),
    ...refuseIf(consecutiveLocalOriginFailures > 0 && !splitExternalLocalOriginErrors, {
      path: [...path, 'consecutiveLocalOriginFailures'],
      message: 'consecutiveLocalOriginFailures counts for nothing without splitExternalLocalOriginErrors',
      hint: 'set splitExternalLocalOriginErrors: true beside it, or leave it out'
    })
  ]
}

function refusePoolOfHTTP(http: ConnectionPool['http'], path: Path): Refusal[] {
  if (!http) {
    return []
  }
  const { http1MaxPendingRequests, http2MaxRequests, maxRequestsPerConnection, maxRetries, maxConcurrentStreams } = http
  const numbers = {
    http1MaxPendingRequests,
    http2MaxRequests,
    maxRequestsPerConnection,
    maxRetries,
    maxConcurrentStreams
  }
  return [
    ...refuseNegative(numbers, path),
    ...refuseDuration(http.idleTimeout, [...path, 'idleTimeout']),
    ...refuseIf(http.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol, {
      path: [...path, 'useClientProtocol'],
      message: 'useClientProtocol cannot stand beside h2UpgradePolicy: UPGRADE',
      hint: 'keep one of the two'
    })
  ]
}

function refusePoolOfTCP(tcp: ConnectionPool['tcp'], path: Path): Refusal[] {
  if (!tcp) {
    return []
  }
  const { maxConnections, connectTimeout, maxConnectionDuration, idleTimeout, tcpKeepalive } = tcp
  // Without an end: what other durations may not be.
  const isEndless = parseDuration(idleTimeout ?? '') === 0
  return [
    ...refuseNegative({ maxConnections }, path),
    ...refuseDuration(connectTimeout, [...path, 'connectTimeout']),
    ...refuseDuration(maxConnectionDuration, [...path, 'maxConnectionDuration']),
    ...refuseDuration(isEndless ? undefined : idleTimeout, [...path, 'idleTimeout']),
    ...refuseDuration(tcpKeepalive?.time, [...path, 'tcpKeepalive', 'time']),
    ...refuseDuration(tcpKeepalive?.interval, [...path, 'tcpKeepalive', 'interval'])
  ]
}

/** What of a policy stands for a port as for a host: outliers, and the pool of connections (Istio: validateConnectionPool). */
function refuseLimits(
  { outlierDetection, connectionPool }: Pick<TrafficPolicy, 'outlierDetection' | 'connectionPool'>,
  path: Path
): Refusal[] {
  const pool = [...path, 'connectionPool']
  return [
    ...refuseOutlierDetection(outlierDetection, [...path, 'outlierDetection']),
    ...refuseIf(connectionPool && !connectionPool.http && !connectionPool.tcp, {
      path: pool,
      message: 'connectionPool has neither http nor tcp',
      hint: 'set one of them, or leave it out'
    }),
    ...refusePoolOfHTTP(connectionPool?.http, [...pool, 'http']),
    ...refusePoolOfTCP(connectionPool?.tcp, [...pool, 'tcp'])
  ]
}

/** The policy of a host, or of a subset, with those of its ports (Istio: validateTrafficPolicy). */
export function refuseTrafficPolicy(policy: TrafficPolicy | undefined, path: Path): Refusal[] {
  return policy
    ? [
        ...refuseLimits(policy, path),
        ...refuseEach(policy.portLevelSettings, [...path, 'portLevelSettings'], refuseLimits)
      ]
    : []
}
