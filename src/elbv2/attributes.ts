/**
 * What the attributes of load balancer, listener and target group mean for one that runs.
 *
 * @module
 */

import type { KeyValue } from '../model/index.ts'
import { nearestName } from '../nearest-name.ts'
import { ownEntry } from '../own-entry.ts'
import {
  type AttributeDefinition,
  listenerAttributeDefinitions,
  loadBalancerAttributeDefinitions,
  type RenamedHeader,
  renamedHeaders,
  renameKey,
  responseHeaders,
  responseKey,
  targetGroupAttributeDefinitions
} from './attribute-definitions.ts'

/** What is wrong with an attribute. */
export interface AttributeProblem {
  key: string
  /** What is refused: the key, or the key with its value. */
  actual: string
  expected: string
  message: string
  /** What was surely meant in the place of what is refused. */
  meant?: string
}

export type Problems = (problem: AttributeProblem) => void

/** For attributes that were judged before. */
export function ignore(): void {}

/**
 * The attributes over their defaults; keys that the resource does not have, and values out of range, are problems.
 *
 * @param refusal of a key that the resource does not have.
 */
export function readAttributes(
  resource: string,
  known: Record<string, AttributeDefinition>,
  given: readonly KeyValue[],
  onProblem: Problems,
  refusal: (key: string) => string = key => `${resource} attribute key '${key}' is not recognized`
): (key: string) => string {
  const values = new Map<string, string>()
  for (const { key, value } of given) {
    const attribute = ownEntry(known, key)
    if (!attribute) {
      const meant = nearestName(key, Object.keys(known))
      const expected = meant ?? 'a key that AWS knows'
      onProblem({ key, actual: key, expected, message: refusal(key), ...(meant && { meant }) })
    } else if (!attribute.allows(value)) {
      const message = `${resource} attribute '${key}' cannot have the value '${value}'`
      const lines = `${key}=${value}`.split('\n')
      const near = nearestName(value, attribute.words ?? [])
      onProblem({
        key,
        actual: `${key}=${value}`,
        message,
        ...(lines.length > 1
          ? { expected: 'commas between attributes', meant: lines.map(line => line.trim()).join(',') }
          : { expected: `${attribute.expected} for ${key}`, ...(near && { meant: `${key}=${near}` }) })
      })
    } else {
      values.set(key, value)
    }
  }
  return key => values.get(key) ?? known[key]!.default
}

/** Logs that are on, for which no bucket is named. (API: LoadBalancerAttribute: "required if access logs are enabled".) */
export function logsWithoutBucket(value: (key: string) => string, logs: readonly string[]): AttributeProblem[] {
  return logs
    .filter(log => value(`${log}.s3.enabled`) === 'true' && value(`${log}.s3.bucket`) === '')
    .map(log => ({
      key: `${log}.s3.enabled`,
      actual: `${log}.s3.enabled=true`,
      expected: `the name of a bucket as ${log}.s3.bucket`,
      message: `The attribute '${log}.s3.bucket' must be specified where '${log}.s3.enabled' is true`
    }))
}

export type DesyncMode = 'monitor' | 'defensive' | 'strictest'

/** Durations in milliseconds. */
export interface LoadBalancerAttributes {
  idleTimeout: number
  clientKeepAlive: number
  desyncMode: DesyncMode
  dropInvalidHeaders: boolean
  preserveHost: boolean
  tlsHeaders: boolean
  forwardedForPort: boolean
  forwardedFor: 'append' | 'preserve' | 'remove'
  http2: boolean
  webACLFailOpen: boolean
}

export function loadBalancerAttributes(
  given: readonly KeyValue[],
  onProblem: Problems = ignore
): LoadBalancerAttributes {
  const value = readAttributes('Load balancer', loadBalancerAttributeDefinitions, given, onProblem)
  for (const problem of logsWithoutBucket(value, ['access_logs', 'connection_logs', 'health_check_logs'])) {
    onProblem(problem)
  }
  return {
    idleTimeout: Number(value('idle_timeout.timeout_seconds')) * 1000,
    clientKeepAlive: Number(value('client_keep_alive.seconds')) * 1000,
    desyncMode: value('routing.http.desync_mitigation_mode') as DesyncMode,
    dropInvalidHeaders: value('routing.http.drop_invalid_header_fields.enabled') === 'true',
    preserveHost: value('routing.http.preserve_host_header.enabled') === 'true',
    tlsHeaders: value('routing.http.x_amzn_tls_version_and_cipher_suite.enabled') === 'true',
    forwardedForPort: value('routing.http.xff_client_port.enabled') === 'true',
    forwardedFor: value('routing.http.xff_header_processing.mode') as LoadBalancerAttributes['forwardedFor'],
    http2: value('routing.http2.enabled') === 'true',
    webACLFailOpen: value('waf.fail_open.enabled') === 'true'
  }
}

export interface ListenerAttributes {
  /** Whether the load balancer's own answers name it in `Server`. */
  server: boolean
  /** Names of the headers to the target. */
  headerNames: Record<RenamedHeader, string>
  /** Set on every answer, over what the target sends. */
  responseHeaders: [name: string, value: string][]
}

export function listenerAttributes(given: readonly KeyValue[], onProblem: Problems = ignore): ListenerAttributes {
  const value = readAttributes('Listener', listenerAttributeDefinitions, given, onProblem)
  const parts = Object.keys(renamedHeaders) as RenamedHeader[]
  return {
    server: value('routing.http.response.server.enabled') === 'true',
    headerNames: Object.fromEntries(
      parts.map(part => [part, value(renameKey(part)) || renamedHeaders[part]])
    ) as ListenerAttributes['headerNames'],
    responseHeaders: Object.entries(responseHeaders)
      .map(([part, name]): [string, string] => [name, value(responseKey(part))])
      .filter(([, text]) => text !== '')
  }
}

export type Algorithm = 'round_robin' | 'least_outstanding_requests' | 'weighted_random'

/** Durations in milliseconds. */
export interface TargetGroupAttributes {
  deregistrationDelay: number
  stickiness?: { kind: 'lb_cookie'; duration: number } | { kind: 'app_cookie'; name: string; duration: number }
  slowStart: number
  algorithm: Algorithm
  anomalyMitigation: boolean
  /** Whether targets in other zones than the load balancer's get requests. */
  crossZone: boolean
  /** Fewer healthy targets than this, or a smaller share of them (in percent), and all targets get requests. */
  minimumHealthy: { count: number; percentage?: number }
  /** Whether unhealthy targets get requests where none is healthy; default true. Classic Load Balancers answer 503. */
  failsOpen?: boolean
}

export function targetGroupAttributes(given: readonly KeyValue[], onProblem: Problems = ignore): TargetGroupAttributes {
  const value = readAttributes('Target group', targetGroupAttributeDefinitions, given, onProblem)
  const minimum = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets'
  const percentage = value(`${minimum}.percentage`)
  const kind = value('stickiness.type') as 'lb_cookie' | 'app_cookie'
  const duration = Number(value(`stickiness.${kind}.duration_seconds`)) * 1000
  const name = value('stickiness.app_cookie.cookie_name')
  const stickiness = kind === 'lb_cookie' ? { kind, duration } : { kind, name, duration }
  for (const problem of targetGroupConflicts(value)) {
    onProblem(problem)
  }
  return {
    deregistrationDelay: Number(value('deregistration_delay.timeout_seconds')) * 1000,
    ...(value('stickiness.enabled') === 'true' ? { stickiness } : {}),
    slowStart: Number(value('slow_start.duration_seconds')) * 1000,
    algorithm: value('load_balancing.algorithm.type') as Algorithm,
    // The load balancer's own setting is always on.
    crossZone: value('load_balancing.cross_zone.enabled') !== 'false',
    anomalyMitigation: value('load_balancing.algorithm.anomaly_mitigation') === 'on',
    minimumHealthy: {
      count: Number(value(`${minimum}.count`)),
      ...(percentage === 'off' ? {} : { percentage: Number(percentage) })
    }
  }
}

/** Names that no application cookie may begin with. (User guide: "Application-based stickiness".) */
const reservedCookies = /^(AWSALB|AWSALBAPP|AWSALBTG)/

/** Attributes of a target group that AWS refuses together. */
function targetGroupConflicts(value: (key: string) => string): AttributeProblem[] {
  const problems: AttributeProblem[] = []
  function refuse(key: string, expected: string, message: string): void {
    problems.push({ key, actual: `${key}=${value(key)}`, expected, message })
  }
  const algorithmKey = 'load_balancing.algorithm.type'
  const algorithm = value(algorithmKey)
  const slowStart = 'slow_start.duration_seconds'
  if (algorithm !== 'round_robin' && value(slowStart) !== '0') {
    refuse(slowStart, `${slowStart}=0`, `Slow start is not possible with the algorithm '${algorithm}'`)
  }
  const mitigation = 'load_balancing.algorithm.anomaly_mitigation'
  if (algorithm !== 'weighted_random' && value(mitigation) === 'on') {
    refuse(mitigation, `${mitigation}=off`, `Anomaly mitigation is not possible with the algorithm '${algorithm}'`)
  }
  if (value('stickiness.enabled') !== 'true') {
    return problems
  }
  if (algorithm === 'weighted_random') {
    refuse(
      'stickiness.enabled',
      `stickiness.enabled=false, or another ${algorithmKey}`,
      `Stickiness is not possible with the algorithm '${algorithm}'`
    )
  }
  if (value('load_balancing.cross_zone.enabled') === 'false') {
    refuse(
      'stickiness.enabled',
      'stickiness.enabled=false, or load_balancing.cross_zone.enabled=true',
      'Stickiness is not possible with cross-zone load balancing turned off'
    )
  }
  const name = 'stickiness.app_cookie.cookie_name'
  if (value('stickiness.type') !== 'app_cookie') {
    return problems
  }
  if (value(name) === '') {
    refuse(name, 'the name of a cookie', 'A cookie name must be specified for application-based stickiness')
  } else if (reservedCookies.test(value(name))) {
    refuse(name, 'a name that does not begin with AWSALB', `The cookie name '${value(name)}' is reserved`)
  }
  return problems
}
