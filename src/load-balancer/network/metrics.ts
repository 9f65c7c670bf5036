/**
 * Counters named after CloudWatch's metrics of the namespace AWS/NetworkELB.
 *
 * @module
 */

import type { NetworkListenerConfiguration } from '../../elbv2/index.ts'
import { Counters } from '../observe/counters.ts'
import type { EndedFlow } from './ended-flow.ts'

const kinds = { tcp: 'TCP', tls: 'TLS', udp: 'UDP' }

type Kind = keyof typeof kinds

/** Names of what is counted of each kind of flow: made once, and not with every flow. */
const names = Object.fromEntries(
  Object.keys(kinds).map(kind => [kind, { flows: `new_flow_count_${kind}`, bytes: `processed_bytes_${kind}` }])
) as Record<Kind, { flows: string; bytes: string }>

const help: Record<string, string> = {
  new_flow_count: 'Flows that clients began',
  processed_bytes: 'Bytes that were passed on, both ways',
  ...Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, name]) => [
      [`new_flow_count_${kind}`, `Flows of ${name} that clients began`],
      [`processed_bytes_${kind}`, `Bytes of ${name} that were passed on, both ways`]
    ])
  ),
  tcp_client_reset_count: 'Resets that clients sent',
  tcp_target_reset_count: 'Resets that targets sent',
  tcp_elb_reset_count: 'Resets that the load balancer sent by itself',
  client_tls_negotiation_error_count: 'TLS handshakes of clients that failed',
  target_tls_negotiation_error_count: 'TLS handshakes with targets that failed',
  unhealthy_routing_flow_count: 'Flows that went to unhealthy targets because too few are healthy',
  rejected_flow_count: 'Flows for which there was no room',
  security_group_blocked_flow_count_inbound_tcp: 'Flows of TCP that no security group let in',
  security_group_blocked_flow_count_inbound_udp: 'Flows of UDP that no security group let in'
}

const resets = {
  client: 'tcp_client_reset_count',
  target: 'tcp_target_reset_count',
  'load-balancer': 'tcp_elb_reset_count'
} as const

function kindOf(listener: NetworkListenerConfiguration, transport: 'TCP' | 'UDP'): Kind {
  return listener.protocol === 'TLS' ? 'tls' : transport === 'UDP' ? 'udp' : 'tcp'
}

export class NetworkMetrics extends Counters {
  constructor() {
    super(help, () => 'aws_networkelb_')
  }

  started(listener: NetworkListenerConfiguration, transport: 'TCP' | 'UDP'): void {
    this.count('new_flow_count')
    this.count(names[kindOf(listener, transport)].flows)
  }

  ended({ listener, transport, bytesIn, bytesOut, end }: EndedFlow): void {
    if (end === 'security-group') {
      this.count(`security_group_blocked_flow_count_inbound_${transport.toLowerCase()}`)
      return
    }
    if (end === 'rejected') {
      this.count('rejected_flow_count')
      return
    }
    this.count('processed_bytes', '', bytesIn + bytesOut)
    this.count(names[kindOf(listener, transport)].bytes, '', bytesIn + bytesOut)
  }

  reset(from: keyof typeof resets): void {
    this.count(resets[from])
  }
}
