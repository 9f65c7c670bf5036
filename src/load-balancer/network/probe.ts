/**
 * One health check of a Network Load Balancer on the wire: a connection, or a request over one. With the PROXY protocol its header
 * goes ahead of everything, without a client's address. (User guide: "Health checks for Network Load Balancer target groups".)
 *
 * @module
 */

import { connect, type Socket } from 'node:net'
import { connect as connectTLS } from 'node:tls'
import {
  type CheckOutcome,
  localHeader,
  type NetworkTargetGroupConfiguration,
  networkSuccessCodes
} from '../../elbv2/index.ts'
import type { Probe } from '../target-group/health-check.ts'
import { probeHTTP } from '../target-group/probe.ts'
import { targetTLS } from '../transport/target-socket.ts'

/** AWS tells one reason for every failure. */
export const failed: CheckOutcome = { passed: false, reason: 'Target.FailedHealthChecks' }

/** @param hostOf the Host that a target group's HTTP checks name: the node's address and the listener's port. */
export function networkProbe(
  hostOf: (group: NetworkTargetGroupConfiguration) => string
): Probe<NetworkTargetGroupConfiguration> {
  return async (address, port, group, signal) => {
    const { protocol } = group.healthCheck
    const outcome =
      protocol === 'TCP'
        ? await probeConnection(openCheck(address, port, group), signal)
        : await probeHTTP({
            address,
            port,
            host: hostOf(group),
            healthCheck: group.healthCheck,
            codes: group.healthCheck.matcher?.httpCode ?? networkSuccessCodes,
            signal,
            connect: () => openCheck(address, port, group)
          })
    return outcome.passed ? outcome : failed
  }
}

/** A connection that begins as a check's does. A target that speaks TLS 1.3 alone fails. */
function openCheck(
  address: string,
  port: number,
  { attributes, healthCheck }: NetworkTargetGroupConfiguration
): Socket {
  const plain = connect({ host: address, port, noDelay: true })
  if (attributes.proxyProtocol) {
    plain.write(localHeader())
  }
  return healthCheck.protocol === 'HTTPS' ? connectTLS({ ...targetTLS, maxVersion: 'TLSv1.2', socket: plain }) : plain
}

/** Passed as soon as the connection is there, or the event that is waited for in its place. */
export function probeConnection(
  socket: Socket,
  signal: AbortSignal,
  event: 'connect' | 'secureConnect' = 'connect'
): Promise<CheckOutcome> {
  return new Promise(resolve => {
    function settle(outcome: CheckOutcome): void {
      signal.removeEventListener('abort', onAbort)
      resolve(outcome)
    }
    function onAbort(): void {
      settle(failed)
      socket.destroy()
    }
    signal.addEventListener('abort', onAbort)
    socket.on(event, () => {
      settle({ passed: true })
      socket.end()
      socket.resume()
    })
    socket.on('error', () => settle(failed))
    // One that is closed before it was there says nothing more.
    socket.on('close', () => settle(failed))
    // A target that does not close its half is not waited for.
    socket.on('finish', () => socket.destroy())
  })
}
