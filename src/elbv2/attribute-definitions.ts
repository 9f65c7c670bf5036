/**
 * Attributes of load balancer, listener and target group: AWS's keys, defaults and the values that it takes.
 * (API: LoadBalancerAttribute, ListenerAttribute, TargetGroupAttribute.)
 *
 * @module
 */

/** What AWS knows of one key. */
export interface AttributeDefinition {
  /** What holds without the attribute. */
  default: string
  allows(value: string): boolean
  /** What is allowed, in words. */
  expected: string
  /** All that is allowed, where that is a few words. */
  words?: readonly string[]
}

/** Any text. */
export function text(fallback = ''): AttributeDefinition {
  return { default: fallback, allows: () => true, expected: 'any text' }
}

/** The default, or one of the others. */
export function oneOf(fallback: string, ...others: string[]): AttributeDefinition {
  const words = [fallback, ...others]
  return {
    default: fallback,
    allows: value => words.includes(value),
    expected: words.length === 1 ? fallback : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
    words
  }
}

export function flag(fallback: boolean): AttributeDefinition {
  return { ...oneOf('true', 'false'), default: String(fallback) }
}

/** A number in a range, or one of the words. */
export function integer(
  fallback: number | 'off',
  lowest: number,
  highest: number,
  ...words: string[]
): AttributeDefinition {
  return {
    default: String(fallback),
    allows: value =>
      words.includes(value) || (/^\d{1,9}$/.test(value) && Number(value) >= lowest && Number(value) <= highest),
    expected: [`a whole number from ${lowest} to ${highest}`, ...words].join(', or ')
  }
}

/** By key. */
export const loadBalancerAttributeDefinitions: Record<string, AttributeDefinition> = {
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
export const renamedHeaders = {
  x_amzn_mtls_clientcert: 'X-Amzn-Mtls-Clientcert',
  x_amzn_mtls_clientcert_leaf: 'X-Amzn-Mtls-Clientcert-Leaf',
  x_amzn_mtls_clientcert_subject: 'X-Amzn-Mtls-Clientcert-Subject',
  x_amzn_mtls_clientcert_issuer: 'X-Amzn-Mtls-Clientcert-Issuer',
  x_amzn_mtls_clientcert_serial_number: 'X-Amzn-Mtls-Clientcert-Serial-Number',
  x_amzn_mtls_clientcert_validity: 'X-Amzn-Mtls-Clientcert-Validity',
  x_amzn_tls_version: 'X-Amzn-Tls-Version',
  x_amzn_tls_cipher_suite: 'X-Amzn-Tls-Cipher-Suite'
} as const

export type RenamedHeader = keyof typeof renamedHeaders

/** Headers that a listener may set on every answer: attribute part → header name. */
export const responseHeaders: Record<string, string> = {
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

/** The key that renames a header. */
export function renameKey(part: string): string {
  return `routing.http.request.${part}.header_name`
}
/** The key that sets a header. */
export function responseKey(part: string): string {
  return `routing.http.response.${part}.header_value`
}

/** By key. */
export const listenerAttributeDefinitions: Record<string, AttributeDefinition> = {
  'routing.http.response.server.enabled': flag(true),
  ...Object.fromEntries(Object.keys(renamedHeaders).map(part => [renameKey(part), text()])),
  ...Object.fromEntries(Object.keys(responseHeaders).map(part => [responseKey(part), text()]))
}

/** By key. */
export const targetGroupAttributeDefinitions: Record<string, AttributeDefinition> = {
  'deregistration_delay.timeout_seconds': integer(300, 0, 3600),
  'stickiness.enabled': flag(false),
  'stickiness.type': oneOf('lb_cookie', 'app_cookie'),
  'stickiness.lb_cookie.duration_seconds': integer(86400, 1, 604800),
  'stickiness.app_cookie.cookie_name': text(),
  'stickiness.app_cookie.duration_seconds': integer(86400, 1, 604800),
  'slow_start.duration_seconds': {
    default: '0',
    allows: value => value === '0' || integer(30, 30, 900).allows(value),
    expected: '0, or a whole number from 30 to 900'
  },
  'load_balancing.algorithm.type': oneOf('round_robin', 'least_outstanding_requests', 'weighted_random'),
  'load_balancing.algorithm.anomaly_mitigation': oneOf('off', 'on'),
  'load_balancing.cross_zone.enabled': oneOf('use_load_balancer_configuration', 'true', 'false'),
  'target_group_health.dns_failover.minimum_healthy_targets.count': integer(1, 1, 1000, 'off'),
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': integer('off', 1, 100, 'off'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': integer(1, 1, 1000),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': integer('off', 1, 100, 'off')
}
