import type { FlowEnd, NetworkListenerConfiguration, Target } from '../../elbv2/index.ts'
import type { ClientTLS } from '../client/exchange.ts'
import type { ClientHello } from '../tls/client-hello.ts'

/** A new flow's client. */
export interface FlowClient {
  address: string
  port: number
  /** Address of the load balancer's that it connected to. */
  nodeAddress: string
}

/** What is known of a flow's TLS. */
export interface FlowTLS {
  /** What the client began its handshake with; absent where it began none. */
  hello?: ClientHello
  /** The alert with which the client ended its handshake. */
  alert?: number
  /** The handshake, where it came to its end. */
  session?: ClientTLS & { protocolByALPN: string | undefined; established: number }
  /** What was agreed on with the target by ALPN. */
  targetProtocol?: string
}

/** A flow that is over. */
export interface EndedFlow {
  listener: NetworkListenerConfiguration
  transport: 'TCP' | 'UDP'
  client: FlowClient
  target: Target | undefined
  bytesIn: number
  bytesOut: number
  /** When, by the clock that no one sets: milliseconds. */
  started: number
  end: FlowEnd
  tls?: FlowTLS
}
