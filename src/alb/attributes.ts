/**
 * Attributes of load balancer, listener and target group, with AWS's keys and defaults.
 * (API: LoadBalancerAttribute, ListenerAttribute, TargetGroupAttribute.)
 *
 * @module
 */

import type { KeyValue } from '../model/index.ts'

interface Attribute {
  /** What holds without the attribute. */
  default: string
  allows(value: string): boolean
}

const text = (fallback = ''): Attribute => ({ default: fallback, allows: () => true })
const oneOf = (fallback: string, ...others: string[]): Attribute => ({
  default: fallback,
  allows: value => [fallback, ...others].includes(value)
})
const flag = (fallback: boolean): Attribute => oneOf(String(fallback), String(!fallback))
const integer = (fallback: number | 'off', lowest: number, highest: number, ...words: string[]): Attribute => ({
  default: String(fallback),
  allows: value =>
    words.includes(value) || (/^\d{1,9}$/.test(value) && Number(value) >= lowest && Number(value) <= highest)
})

const LOAD_BALANCER: Record<string, Attribute> = {
  'access_logs.s3.enabled': flag(false),
  'access_logs.s3.bucket': text(),
  'access_logs.s3.prefix': text(),
  'connection_logs.s3.enabled': flag(false),
  'connection_logs.s3.bucket': text(),
  'connection_logs.s3.prefix': text(),
  'health_check_logs.s3.enabled': flag(false),
  'health_check_logs.s3.bucket': text(),
  'health_check_logs.s3.prefix': text(),
  'deletion_protection.enabled': flag(false),
  'load_balancing.cross_zone.enabled': oneOf('true'),
  'idle_timeout.timeout_seconds': integer(60, 1, 4000),
  'client_keep_alive.seconds': integer(3600, 60, 604800),
  'ipv6.deny_all_igw_traffic': flag(false),
  'routing.http.desync_mitigation_mode': oneOf('defensive', 'monitor', 'strictest'),
  'routing.http.drop_invalid_header_fields.enabled': flag(false),
  'routing.http.preserve_host_header.enabled': flag(false),
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': flag(false),
  'routing.http.xff_client_port.enabled': flag(false),
  'routing.http.xff_header_processing.mode': oneOf('append', 'preserve', 'remove'),
  'routing.http2.enabled': flag(true),
  'waf.fail_open.enabled': flag(false),
  'zonal_shift.config.enabled': flag(false)
}

/** Headers to the target whose names a listener may change: attribute part → name without it. */
export const RENAMED_HEADERS = {
  x_amzn_mtls_clientcert: 'X-Amzn-Mtls-Clientcert',
  x_amzn_mtls_clientcert_leaf: 'X-Amzn-Mtls-Clientcert-Leaf',
  x_amzn_mtls_clientcert_subject: 'X-Amzn-Mtls-Clientcert-Subject',
  x_amzn_mtls_clientcert_issuer: 'X-Amzn-Mtls-Clientcert-Issuer',
  x_amzn_mtls_clientcert_serial_number: 'X-Amzn-Mtls-Clientcert-Serial-Number',
  x_amzn_mtls_clientcert_validity: 'X-Amzn-Mtls-Clientcert-Validity',
  x_amzn_tls_version: 'X-Amzn-Tls-Version',
  x_amzn_tls_cipher_suite: 'X-Amzn-Tls-Cipher-Suite'
} as const

export type RenamedHeader = keyof typeof RENAMED_HEADERS

/** Headers that a listener may set on every answer: attribute part → header name. */
const RESPONSE_HEADERS: Record<string, string> = {
  strict_transport_security: 'Strict-Transport-Security',
  access_control_allow_origin: 'Access-Control-Allow-Origin',
  access_control_allow_methods: 'Access-Control-Allow-Methods',
  access_control_allow_headers: 'Access-Control-Allow-Headers',
  access_control_allow_credentials: 'Access-Control-Allow-Credentials',
  access_control_expose_headers: 'Access-Control-Expose-Headers',
  access_control_max_age: 'Access-Control-Max-Age',
  content_security_policy: 'Content-Security-Policy',
  x_content_type_options: 'X-Content-Type-Options',
  x_frame_options: 'X-Frame-Options'
}

const renameKey = (part: string): string => `routing.http.request.${part}.header_name`
const responseKey = (part: string): string => `routing.http.response.${part}.header_value`

const LISTENER: Record<string, Attribute> = {
  'routing.http.response.server.enabled': flag(true),
  ...Object.fromEntries(Object.keys(RENAMED_HEADERS).map(part => [renameKey(part), text()])),
  ...Object.fromEntries(Object.keys(RESPONSE_HEADERS).map(part => [responseKey(part), text()]))
}

const TARGET_GROUP: Record<string, Attribute> = {
  'deregistration_delay.timeout_seconds': integer(300, 0, 3600),
  'stickiness.enabled': flag(false),
  'stickiness.type': oneOf('lb_cookie', 'app_cookie'),
  'stickiness.lb_cookie.duration_seconds': integer(86400, 1, 604800),
  'stickiness.app_cookie.cookie_name': text(),
  'stickiness.app_cookie.duration_seconds': integer(86400, 1, 604800),
  'slow_start.duration_seconds': {
    default: '0',
    allows: value => value === '0' || integer(30, 30, 900).allows(value)
  },
  'load_balancing.algorithm.type': oneOf('round_robin', 'least_outstanding_requests', 'weighted_random'),
  'load_balancing.algorithm.anomaly_mitigation': oneOf('off', 'on'),
  'load_balancing.cross_zone.enabled': oneOf('use_load_balancer_configuration', 'true', 'false'),
  'target_group_health.dns_failover.minimum_healthy_targets.count': integer(1, 1, 1000, 'off'),
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': integer('off', 1, 100, 'off'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': integer(1, 1, 1000),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': integer('off', 1, 100, 'off')
}

/** What is wrong with an attribute. */
export interface AttributeProblem {
  key: string
  value: string
  message: string
}

type Problems = (problem: AttributeProblem) => void

/** The attributes over their defaults; keys that the resource does not have, and values out of range, are problems. */
function readAttributes(
  resource: string,
  known: Record<string, Attribute>,
  given: readonly KeyValue[],
  onProblem: Problems
): (key: string) => string {
  const values = new Map<string, string>()
  for (const { key, value } of given) {
    const attribute = known[key]
    if (!attribute) {
      onProblem({ key, value, message: `${resource} attribute key '${key}' is not recognized` })
    } else if (!attribute.allows(value)) {
      onProblem({ key, value, message: `${resource} attribute '${key}' cannot have the value '${value}'` })
    } else values.set(key, value)
  }
  return key => values.get(key) ?? known[key]!.default
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

export function loadBalancerAttributes(given: readonly KeyValue[], onProblem: Problems): LoadBalancerAttributes {
  const value = readAttributes('Load balancer', LOAD_BALANCER, given, onProblem)
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

export function listenerAttributes(given: readonly KeyValue[], onProblem: Problems): ListenerAttributes {
  const value = readAttributes('Listener', LISTENER, given, onProblem)
  const parts = Object.keys(RENAMED_HEADERS) as RenamedHeader[]
  return {
    server: value('routing.http.response.server.enabled') === 'true',
    headerNames: Object.fromEntries(
      parts.map(part => [part, value(renameKey(part)) || RENAMED_HEADERS[part]])
    ) as ListenerAttributes['headerNames'],
    responseHeaders: Object.entries(RESPONSE_HEADERS)
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
  /** Fewer healthy targets than this, or a smaller share of them (in percent), and all targets get requests. */
  minimumHealthy: { count: number; percentage?: number }
}

export function targetGroupAttributes(given: readonly KeyValue[], onProblem: Problems): TargetGroupAttributes {
  const value = readAttributes('Target group', TARGET_GROUP, given, onProblem)
  const minimum = 'target_group_health.unhealthy_state_routing.minimum_healthy_targets'
  const percentage = value(`${minimum}.percentage`)
  const kind = value('stickiness.type') as 'lb_cookie' | 'app_cookie'
  const duration = Number(value(`stickiness.${kind}.duration_seconds`)) * 1000
  const name = value('stickiness.app_cookie.cookie_name')
  const stickiness = kind === 'lb_cookie' ? { kind, duration } : { kind, name, duration }
  return {
    deregistrationDelay: Number(value('deregistration_delay.timeout_seconds')) * 1000,
    ...(value('stickiness.enabled') === 'true' ? { stickiness } : {}),
    slowStart: Number(value('slow_start.duration_seconds')) * 1000,
    algorithm: value('load_balancing.algorithm.type') as Algorithm,
    anomalyMitigation: value('load_balancing.algorithm.anomaly_mitigation') === 'on',
    minimumHealthy: {
      count: Number(value(`${minimum}.count`)),
      ...(percentage === 'off' ? {} : { percentage: Number(percentage) })
    }
  }
}
