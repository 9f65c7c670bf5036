/**
 * Taking an address for a listener.
 *
 * @module
 */

import type { AddressInfo, Server } from 'node:net'
import { type Failure, usageFailure } from '../failure.ts'
import type { Binding } from './listener-set.ts'

/** An address without the prefix that a socket for both families puts before IPv4. */
export function plainAddress(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}

/** An address and a port as one text: `127.0.0.1:8443`, `[::1]:8443`. */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Where a server listens. */
export function addressOf(server: { address(): AddressInfo | string | null }): string {
  const { address, port } = server.address() as AddressInfo
  return endpointText(address, port)
}

/** The address that every connection of a server comes to; undefined where it takes those of all addresses. */
export function singleAddressOf(server: Server): string | undefined {
  const { address } = server.address() as AddressInfo
  return address === '0.0.0.0' || address === '::' ? undefined : plainAddress(address)
}

/**
 * Listens for a listener.
 *
 * @throws {Failure} when the address cannot be had.
 */
export function listen(
  server: Server,
  { host, port }: Binding,
  listener: { port: number; protocol: string }
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(bindFailure(error, listener, host, port)))
    server.listen({ host, port, exclusive: true }, () => {
      server.removeAllListeners('error').on('error', () => {})
      resolve()
    })
  })
}

/** Why an address cannot be had, and what to do. */
export function bindFailure(
  error: NodeJS.ErrnoException,
  { port, protocol }: { port: number; protocol: string },
  host: string,
  bound: number
): Failure {
  const listener = `the ${protocol} listener on port ${port}`
  const where = `${host}:${bound}`
  if (error.code === 'EADDRINUSE') {
    return usageFailure(
      {
        code: 'PORT_BUSY',
        message: `port ${bound} on ${host} is in use by another program, so ${listener} cannot open`,
        path: `listener ${port}`,
        expected: `${where} is free`,
        actual: 'another program listens there',
        hint: `end the program that listens on ${where}, or move the listeners with --port-offset`
      },
      { cause: error }
    )
  }
  if (error.code === 'EACCES') {
    return usageFailure(
      {
        code: 'PORT_NOT_PERMITTED',
        message: `this user may not open port ${bound} on ${host}, so ${listener} cannot open`,
        path: `listener ${port}`,
        hint: 'move the listeners above port 1023 with --port-offset'
      },
      { cause: error }
    )
  }
  return usageFailure(
    {
      code: 'ADDRESS_UNAVAILABLE',
      message: `${where} cannot be listened on (${error.code ?? error.message}), so ${listener} cannot open`,
      path: `listener ${port}`,
      hint: 'bind to an address of this machine, such as 127.0.0.1'
    },
    { cause: error }
  )
}
