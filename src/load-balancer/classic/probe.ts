/**
 * One health check of a Classic Load Balancer on the wire: a connection, a handshake of TLS, or a request.
 *
 * @module
 */

import { connect, type Socket } from 'node:net'
import { connect as connectTLS } from 'node:tls'
import { type CheckOutcome, type InstancesConfiguration, textProxyHeader } from '../../elbv2/index.ts'
import { endpointText } from '../listen.ts'
import { failed, probeConnection } from '../network/probe.ts'
import type { Probe } from '../target-group/health-check.ts'
import { probeHTTP } from '../target-group/probe.ts'
import { targetTLS } from '../transport/target-socket.ts'

/** Whom instances see asking. */
const userAgent = 'ELB-HealthChecker/1.0'

/** The client whom a PROXY header of a health check names: the load balancer itself. */
const ownEnd = { address: '127.0.0.1', port: 0 }

export const classicProbe: Probe<InstancesConfiguration> = async (address, port, instances, signal) => {
  const { protocol, path = '/', matcher } = instances.healthCheck
  function open(): Socket {
    return openCheck(address, port, instances)
  }
  const outcome: CheckOutcome =
    protocol === 'TCP' || protocol === 'SSL'
      ? await probeConnection(open(), signal, protocol === 'SSL' ? 'secureConnect' : 'connect')
      : await probeHTTP({
          address,
          port,
          host: endpointText(address, port),
          healthCheck: { protocol, path },
          codes: matcher?.httpCode ?? '',
          userAgent,
          signal,
          connect: open
        })
  return outcome.passed ? outcome : failed
}

function openCheck(address: string, port: number, { healthCheck, proxyProtocol }: InstancesConfiguration): Socket {
  const plain = connect({ host: address, port, noDelay: true })
  if (proxyProtocol) {
    plain.write(textProxyHeader({ source: ownEnd, destination: { address, port } }))
  }
  const isTLS = healthCheck.protocol === 'SSL' || healthCheck.protocol === 'HTTPS'
  return isTLS ? connectTLS({ ...targetTLS, maxVersion: 'TLSv1.2', socket: plain }) : plain
}
