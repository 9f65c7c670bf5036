import { connect, type Socket } from 'node:net'
import { connect as connectTLS } from 'node:tls'
import type { Clock, Target } from '../../elbv2/index.ts'
import type { ReusedBuffer } from './read-buffer.ts'
import { TargetError } from './transport.ts'

export interface TargetSocketOptions {
  target: Target
  protocol: 'HTTP' | 'HTTPS'
  clock: Clock
  /** Goes ahead of everything, of a handshake as well. */
  proxyHeader?: Buffer | undefined
}

/**
 * TLS to targets: AWS checks no certificate, sends no server name (the ingress gateways of Istio and Envoy notice), and
 * speaks every version from 1.0 on, which OpenSSL allows only below its first security level.
 */
export const targetTLS = {
  rejectUnauthorized: false,
  servername: '',
  minVersion: 'TLSv1',
  ciphers: 'DEFAULT@SECLEVEL=0'
} as const

/** Milliseconds that a target has to accept a connection, and again for the TLS handshake; fixed. (User guide: "Troubleshoot".) */
const connectTimeout = 10_000

/** How one kind of connection differs from the other. */
interface Manner {
  /** What ALPN is to offer; nothing where absent. */
  alpn?: string
  /** Where to read into; ignored where TLS follows a header, which Node then reads by itself. */
  onread?: ReusedBuffer
}

/** Opens a connection to a target; one that takes too long is destroyed with a {@link TargetError}. */
export function openTargetSocket(options: TargetSocketOptions, manner: Manner): Socket {
  const { protocol, clock } = options
  const socket = begin(options, manner)
  function limit(what: string): unknown {
    return clock.setTimeout(() => socket.destroy(new TargetError(504, `${what} timed out`)), connectTimeout)
  }
  let timer = limit('the connection to the target')
  function stop(): void {
    clock.clearTimeout(timer)
  }
  socket.once('connect', () => {
    stop()
    if (protocol === 'HTTPS') {
      timer = limit('the TLS handshake with the target')
    }
  })
  socket.once('secureConnect', stop)
  socket.once('close', () => {
    stop()
    manner.onread?.release()
  })
  return socket
}

function begin({ target, protocol, proxyHeader }: TargetSocketOptions, { alpn, onread }: Manner): Socket {
  const tls = { ...targetTLS, ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }) }
  const address = { host: target.address, port: target.port, noDelay: true }
  if (!proxyHeader) {
    const reading = { ...address, ...(onread && { onread }) }
    return protocol === 'HTTPS' ? connectTLS({ ...reading, ...tls }) : connect(reading)
  }
  const plain = connect({ ...address, ...(protocol === 'HTTP' && onread && { onread }) })
  plain.write(proxyHeader)
  return protocol === 'HTTPS' ? connectTLS({ ...tls, socket: plain }) : plain
}
