/**
 * Counters in Prometheus's text format, named after CloudWatch's metrics of the namespace AWS/ApplicationELB.
 *
 * @module
 */

import type { WebACLVerdict } from '../../elbv2/index.ts'
import { isGRPC } from '../../elbv2/index.ts'
import type { Exchange } from '../client/exchange.ts'
import type { RequestRecord } from '../serve/request-record.ts'
import type { TargetGroup } from '../target-group/target-group.ts'
import { Counters, labelText } from './counters.ts'

/** Namespace of CloudWatch by the beginning of a name. */
function namespaceOf(name: string): string {
  return name.startsWith('wafv2_') ? 'aws_' : 'aws_applicationelb_'
}

const help: Record<string, string> = {
  request_count: 'Requests that were routed',
  new_connection_count: 'Connections that clients opened',
  processed_bytes: 'Bytes received from and sent to clients',
  httpcode_elb_3xx_count: 'Redirects that the load balancer answered',
  httpcode_elb_4xx_count: '4xx answers of the load balancer itself',
  httpcode_elb_5xx_count: '5xx answers of the load balancer itself',
  httpcode_elb_500_count: '500 answers of the load balancer itself',
  httpcode_elb_502_count: '502 answers of the load balancer itself',
  httpcode_elb_503_count: '503 answers of the load balancer itself',
  httpcode_elb_504_count: '504 answers of the load balancer itself',
  http_redirect_count: 'Redirect actions that were carried out',
  http_fixed_response_count: 'Fixed-response actions that were carried out',
  grpc_request_count: 'gRPC requests',
  desync_mitigation_mode_noncompliant_request_count: 'Requests that do not comply with RFC 9112',
  client_tls_negotiation_error_count: 'TLS handshakes of clients that failed',
  httpcode_target_2xx_count: '2xx answers of targets',
  httpcode_target_3xx_count: '3xx answers of targets',
  httpcode_target_4xx_count: '4xx answers of targets',
  httpcode_target_5xx_count: '5xx answers of targets',
  request_count_per_target_group: 'Requests that went to a target group',
  target_connection_error_count: 'Connections to targets that failed',
  unhealthy_routing_request_count: 'Requests that went to unhealthy targets because too few are healthy',
  target_tls_negotiation_error_count: 'TLS handshakes with targets that failed',
  elb_auth_success: 'Logins that ended well',
  elb_auth_failure: 'Logins that the identity provider or the load balancer refused',
  elb_auth_error: 'Logins that failed because something did not work',
  elb_auth_user_claims_size_exceeded: 'Logins with claims and tokens of more than 11K',
  wafv2_allowed_requests: 'Requests that the web ACL let pass',
  wafv2_blocked_requests: 'Requests that the web ACL blocked',
  wafv2_counted_requests: 'Requests that a rule of the web ACL counted',
  target_response_time_seconds: 'Seconds from the request leaving the load balancer to the head of the answer'
}

/** By the first digit of a status code. */
const targetStatusCounts = [0, 1, 2, 3, 4, 5].map(digit => `httpcode_target_${digit}xx_count`)

/** Counts for one load balancer. */
export class Metrics extends Counters {
  readonly #groupLabels = new WeakMap<TargetGroup, string>()

  constructor() {
    super(help, namespaceOf)
  }

  /** Counts a request that is over. */
  request(exchange: Exchange, record: RequestRecord): void {
    this.count('processed_bytes', '', exchange.receivedBytes + exchange.sentBytes)
    if (record.rule !== undefined) {
      this.count('request_count')
    }
    if (isGRPC(exchange.head)) {
      this.count('grpc_request_count')
    }
    if (exchange.classification && exchange.classification.tier !== 'Compliant') {
      this.count('desync_mitigation_mode_noncompliant_request_count')
    }
    if (record.actions.includes('redirect')) {
      this.count('http_redirect_count')
    }
    if (record.actions.includes('fixed-response')) {
      this.count('http_fixed_response_count')
    }
    if (record.targetStatus === undefined) {
      this.#ownStatus(record)
    }
    if (record.webACL) {
      this.#webACL(record.webACL)
    }
    if (record.actions.includes('authenticate')) {
      this.#authentication(record)
    }
    if (record.targetGroup) {
      this.#targetGroup(record, this.#labelsOf(record.targetGroup))
    }
  }

  #webACL({ action, rule = 'Default_Action', counted }: WebACLVerdict): void {
    this.count(action === 'block' ? 'wafv2_blocked_requests' : 'wafv2_allowed_requests', labelText({ rule }))
    for (const name of counted) {
      this.count('wafv2_counted_requests', labelText({ rule: name }))
    }
  }

  #authentication({ status, errorReason, loggedIn }: RequestRecord): void {
    if (loggedIn) {
      this.count('elb_auth_success')
    }
    if (errorReason === 'AuthUserClaimsSizeExceeded') {
      this.count('elb_auth_user_claims_size_exceeded')
    } else if (errorReason?.startsWith('Auth')) {
      this.count(status === 500 ? 'elb_auth_error' : 'elb_auth_failure')
    }
  }

  #ownStatus({ status, actions }: RequestRecord): void {
    // A fixed response is the user's, not a failure of the load balancer.
    if (actions.includes('fixed-response') || status < 300) {
      return
    }
    this.count(`httpcode_elb_${Math.floor(status / 100)}xx_count`)
    if ([500, 502, 503, 504].includes(status)) {
      this.count(`httpcode_elb_${status}_count`)
    }
  }

  #labelsOf(group: TargetGroup): string {
    const present = this.#groupLabels.get(group)
    if (present !== undefined) {
      return present
    }
    const labels = labelText({ target_group: group.configuration.name })
    this.#groupLabels.set(group, labels)
    return labels
  }

  #targetGroup(record: RequestRecord, labels: string): void {
    if (record.target) {
      this.count('request_count_per_target_group', labels)
    }
    if (record.target && record.unhealthyRouting) {
      this.count('unhealthy_routing_request_count', labels)
    }
    if (record.target && record.sent === undefined && record.status !== 460) {
      const handshake = record.cause?.includes('TLS handshake')
      this.count(handshake ? 'target_tls_negotiation_error_count' : 'target_connection_error_count', labels)
    }
    if (record.targetStatus === undefined) {
      return
    }
    this.count(targetStatusCounts[Math.floor(record.targetStatus / 100)]!, labels)
    if (record.sent !== undefined && record.answered !== undefined) {
      this.count('target_response_time_seconds_sum', labels, (record.answered - record.sent) / 1000)
      this.count('target_response_time_seconds_count', labels)
    }
  }
}
