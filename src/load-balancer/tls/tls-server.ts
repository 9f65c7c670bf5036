/**
 * The TLS side of an HTTPS listener: versions and ciphers by its policy, the certificate by the name that the client
 * asks for, and the client's own certificate where the listener wants one.
 *
 * @module
 */

import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import {
  createSecureContext,
  createServer,
  type DetailedPeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket
} from 'node:tls'
import { type Clock, coversHost, sslPolicy } from '../../elbv2/index.ts'
import type { ClientTLS } from '../client/exchange.ts'
import { certificatesFor, type ListedCertificate } from './certificate.ts'
import { isAcceptedButForExpiry } from './client-certificate.ts'
import { type ClientHello, peekClientHello } from './client-hello.ts'
import { authoritiesOf, type TLSState } from './listener-state.ts'

/** Who hears of handshakes. */
export interface TLSServerHost {
  readonly clock: Clock
  onConnection(socket: TLSSocket, session: ClientTLS): void
  /** A handshake failed, or the client's certificate does not let it in. */
  onFailure(socket: TLSSocket, error?: Error): void
}

/** Does the handshakes of a listener's state. */
export class TLSServer {
  readonly #state: TLSState
  readonly #host: TLSServerHost
  readonly #options: TLSOptions
  /** By ARN. */
  readonly #contexts = new Map<string, SecureContext>()
  /** By what clients have in common. */
  readonly #servers = new Map<string, Server>()
  /** Deadlines of the handshakes that are on their way, by the client's address. */
  readonly #deadlines = new Map<string, unknown>()

  constructor(state: TLSState, host: TLSServerHost) {
    this.#state = state
    this.#host = host
    this.#options = { ...contextOptions(state), ...clientCertificateOptions(state) }
    for (const one of state.certificates) {
      this.#contexts.set(one.arn, createSecureContext({ ...this.#options, ...pairOf(one) }))
    }
  }

  /**
   * Calls back once the client has begun its handshake; undefined for what begins none. A client that has not completed it
   * in so many milliseconds is cut off, whatever it has sent.
   */
  accept(socket: Socket, milliseconds: number, onHello: (hello: ClientHello | undefined) => void = () => {}): void {
    const { clock } = this.#host
    const client = addressOf(socket)
    const deadline = clock.setTimeout(() => socket.destroy(), milliseconds)
    this.#deadlines.set(client, deadline)
    socket.once('close', () => {
      clock.clearTimeout(deadline)
      if (this.#deadlines.get(client) === deadline) {
        this.#deadlines.delete(client)
      }
    })
    peekClientHello(socket, hello => {
      onHello(hello)
      this.#serverFor(hello).emit('connection', socket)
    })
  }

  #serverFor(hello: ClientHello | undefined): Server {
    const offered = this.#state.protocols
    // Where no protocol is common, AWS chooses none and goes on without; Node would end the handshake.
    const protocols = offered.some(protocol => hello?.protocols.includes(protocol)) ? offered : []
    const isTLS13 = hello?.speaksTLS13 && this.#options.maxVersion === 'TLSv1.3'
    const known = isTLS13 ? hello : hello?.tls12
    function fits({ isECDSA }: ListedCertificate): boolean {
      return (isECDSA ? known?.ecdsa : known?.rsa) ?? true
    }
    const certificates = this.#state.certificates.filter(fits)
    const key = `${protocols} ${certificates.map(({ arn }) => arn)}`
    const server = this.#servers.get(key) ?? this.#create(certificates, protocols)
    this.#servers.set(key, server)
    return server
  }

  #create(certificates: ListedCertificate[], protocols: readonly string[]): Server {
    const fallback = this.#state.certificates[0]!
    function certificateFor(serverName: string): ListedCertificate {
      return certificatesFor(certificates, serverName)[0] ?? fallback
    }
    const server = createServer({
      ...this.#options,
      ...pairOf(fallback),
      SNICallback: (serverName, done) => done(null, this.#contexts.get(certificateFor(serverName).arn)),
      ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] })
    })
    server.on('secureConnection', socket => {
      const { servername } = socket
      // Node says false where the client named none. Asking the socket for its certificate would parse it each time.
      this.#onConnection(socket, typeof servername === 'string' ? certificateFor(servername) : fallback)
    })
    server.on('tlsClientError', (error, socket) => {
      this.#host.onFailure(socket, error)
      socket.destroy()
    })
    return server
  }

  #onConnection(socket: TLSSocket, presented: ListedCertificate): void {
    this.#host.clock.clearTimeout(this.#deadlines.get(addressOf(socket)))
    const clientCertificates = this.#options.requestCert ? clientCertificatesOf(socket) : []
    if (admits(this.#state, socket, clientCertificates)) {
      this.#host.onConnection(socket, sessionOf(socket, presented, this.#state.certificates, clientCertificates))
      return
    }
    this.#host.onFailure(socket)
    socket.destroy()
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** Changes whenever new handshakes have to go another way. */
export function tlsKey({ configuration, certificates, trustStore, protocols }: TLSState): string {
  return JSON.stringify([
    protocols,
    trustStore,
    configuration.sslPolicy,
    configuration.mutualAuthentication,
    certificates.map(({ arn, fingerprint }) => [arn, fingerprint])
  ])
}

type TLSOptions = SecureContextOptions & { requestCert?: boolean; rejectUnauthorized?: boolean }

function pairOf({ certificate, key }: ListedCertificate): SecureContextOptions {
  return { cert: certificate, key }
}

function contextOptions({ configuration, trustStore }: TLSState): SecureContextOptions {
  const mode = configuration.mutualAuthentication?.mode ?? 'off'
  return {
    ...sslPolicy(configuration.sslPolicy),
    honorCipherOrder: true,
    // Clients may not renegotiate; and a session that is resumed would not show the client's certificate again.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (mode === 'off' ? 0 : constants.SSL_OP_NO_TICKET),
    ...(trustStore === undefined ? {} : authoritiesOf(trustStore))
  }
}

function clientCertificateOptions({ configuration: { mutualAuthentication: mutual } }: TLSState) {
  if (mutual === undefined || mutual.mode === 'off') {
    return {}
  }
  return { requestCert: true, rejectUnauthorized: mutual.mode === 'verify' && !mutual.ignoreClientCertificateExpiry }
}

/** Whether the client may come in; what the handshake itself refuses never gets here. */
function admits({ configuration, trustStore = '' }: TLSState, socket: TLSSocket, chain: Buffer[]): boolean {
  const { mode, ignoreClientCertificateExpiry } = configuration.mutualAuthentication ?? { mode: 'off' }
  if (mode !== 'verify' || !ignoreClientCertificateExpiry || socket.authorized) {
    return true
  }
  // OpenSSL tells only the last thing that it finds wrong, so that all the rest has to be looked at again.
  const isExpired = (socket.authorizationError as unknown as string) === 'CERT_HAS_EXPIRED'
  try {
    return isExpired && isAcceptedButForExpiry(chain, trustStore, Date.now())
  } catch {
    // What cannot be read a second time is not let in.
    return false
  }
}

function sessionOf(
  socket: TLSSocket,
  presented: ListedCertificate,
  certificates: ListedCertificate[],
  clientCertificates: Buffer[]
): ClientTLS {
  return {
    protocol: socket.getProtocol() ?? '-',
    cipher: socket.getCipher().name,
    ...serverNameOf(socket, certificates),
    certificateARN: presented.arn,
    clientCertificates
  }
}

function serverNameOf({ servername }: TLSSocket, certificates: ListedCertificate[]): Partial<ClientTLS> {
  if (typeof servername !== 'string') {
    return {}
  }
  const host = servername.toLowerCase()
  const serverNameMatched = certificates.some(({ domains }) => domains.some(domain => coversHost(domain, host)))
  return { serverName: servername, serverNameMatched }
}

/** The certificates that the client sent, leaf first. */
function clientCertificatesOf(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = []
  let certificate = socket.getPeerCertificate(true) as DetailedPeerCertificate | undefined
  // The chain ends in itself, or in nothing.
  while (certificate?.raw && !chain.some(known => known.equals(certificate!.raw))) {
    chain.push(certificate.raw)
    certificate = certificate.issuerCertificate
  }
  return chain
}
