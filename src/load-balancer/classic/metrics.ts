/**
 * Counters named after CloudWatch's metrics of the namespace AWS/ELB.
 *
 * @module
 */

import { Counters } from '../observe/counters.ts'
import type { RequestRecord } from '../serve/request-record.ts'

const help: Record<string, string> = {
  request_count: 'Requests that were answered, and connections that were made',
  backend_connection_errors: 'Connections to instances that failed',
  httpcode_backend_2xx: '2xx answers of instances',
  httpcode_backend_3xx: '3xx answers of instances',
  httpcode_backend_4xx: '4xx answers of instances',
  httpcode_backend_5xx: '5xx answers of instances',
  httpcode_elb_4xx: '4xx answers of the load balancer itself',
  httpcode_elb_5xx: '5xx answers of the load balancer itself',
  client_tls_negotiation_error_count: 'TLS handshakes of clients that failed',
  target_tls_negotiation_error_count: 'TLS handshakes with instances that failed'
}

export class ClassicMetrics extends Counters {
  constructor() {
    super(help, () => 'aws_elb_')
  }

  request({ status, targetStatus, target, sent }: RequestRecord): void {
    this.count('request_count')
    if (target && sent === undefined) {
      this.count('backend_connection_errors')
    }
    if (targetStatus !== undefined) {
      this.count(`httpcode_backend_${Math.floor(targetStatus / 100)}xx`)
    } else if (status >= 400 && status < 600) {
      this.count(`httpcode_elb_${Math.floor(status / 100)}xx`)
    }
  }
}
