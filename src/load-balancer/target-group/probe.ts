/**
 * One health check on the wire: a request over a connection of its own. Redirects are not followed, certificates not
 * looked at.
 *
 * @module
 */

import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import {
  type CheckOutcome,
  type Clock,
  firstValueOf,
  successCodes,
  type TargetGroupConfiguration
} from '../../elbv2/index.ts'
import type { HealthCheckConfig } from '../../model/index.ts'
import { createHttp2Transport } from '../transport/http2-transport.ts'
import { targetTLS } from '../transport/target-socket.ts'
import type { TargetRequest } from '../transport/transport.ts'
import type { Probe } from './health-check.ts'

/** Whom targets see asking. */
const defaultUserAgent = 'ELB-HealthChecker/2.0'

/** Whether targets that get requests over HTTP/2 are checked over it too. AWS documents it for gRPC alone. */
const http2IsCheckedOverHTTP2 = true

/** What a gRPC target group expects unless told otherwise: that the method is not implemented. (API: Matcher.) */
const grpcDefaults = { path: '/AWS.ALB/healthcheck', code: '12' }

/** An empty message of gRPC: not compressed, of length 0. */
const emptyMessage = Buffer.alloc(5)

/** How the targets of an Application Load Balancer are checked. */
export function targetProbe(clock: Clock): Probe<TargetGroupConfiguration> {
  return (address, port, group, signal) => {
    const host = `${address.includes(':') ? `[${address}]` : address}:${port}`
    const check = { address, port, host, group, signal, clock }
    const overHTTP2 = group.protocolVersion === 'GRPC' || (http2IsCheckedOverHTTP2 && group.protocolVersion === 'HTTP2')
    const { healthCheck } = group
    return overHTTP2
      ? probeHTTP2(check)
      : probeHTTP({ ...check, healthCheck, codes: healthCheck.matcher?.httpCode ?? '200' })
  }
}

interface Place {
  address: string
  port: number
  /** What the request names as its host, with port. */
  host: string
  signal: AbortSignal
}

interface Check extends Place {
  group: TargetGroupConfiguration
  /** Limits how long a connection may take to open. */
  clock: Clock
}

/** A check over HTTP/1.1. */
interface HTTPCheck extends Place {
  healthCheck: Pick<HealthCheckConfig, 'path'> & { protocol: string }
  userAgent?: string
  /** The success codes. */
  codes: string
  /** Opens the connection where it has something of its own ahead of the request. */
  connect?(): Socket
}

const failed: CheckOutcome = { passed: false, reason: 'Target.FailedHealthChecks' }

function failedBy(error: NodeJS.ErrnoException): CheckOutcome {
  return error.code === 'ETIMEDOUT' ? { passed: false, reason: 'Target.Timeout' } : failed
}

function compare(code: number, matcher: string): CheckOutcome {
  return successCodes(matcher)(code) ? { passed: true } : { passed: false, reason: 'Target.ResponseCodeMismatch', code }
}

export function probeHTTP({
  address,
  port,
  host,
  healthCheck,
  codes,
  signal,
  connect,
  userAgent = defaultUserAgent
}: HTTPCheck): Promise<CheckOutcome> {
  const secure = healthCheck.protocol === 'HTTPS'
  return new Promise(resolve => {
    const request = (secure && !connect ? https : http).request(
      {
        ...(secure ? targetTLS : {}),
        ...(connect ? { createConnection: connect } : { agent: false }),
        host: address,
        port,
        path: healthCheck.path ?? '/',
        method: 'GET',
        headers: ['Host', host, 'Connection', 'close', 'User-Agent', userAgent],
        setHost: false,
        setDefaultHeaders: false,
        signal
      } as https.RequestOptions,
      response => {
        response.on('error', () => {})
        response.destroy()
        resolve(compare(response.statusCode ?? 0, codes))
      }
    )
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      resolve(failed)
    })
    request.on('error', error => resolve(failedBy(error)))
    request.end()
  })
}

/** Over the client that requests go by, so that a target that is found healthy is one that answers them. */
function probeHTTP2({ address, port, host, group, signal, clock }: Check): Promise<CheckOutcome> {
  const { healthCheck } = group
  const isGRPC = group.protocolVersion === 'GRPC'
  const protocol = healthCheck.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP'
  const transport = createHttp2Transport({ target: { id: host, address, port }, protocol, clock, idleTimeout: () => 0 })
  return new Promise(resolve => {
    let grpcStatus: string | undefined
    function end(outcome: CheckOutcome): void {
      signal.removeEventListener('abort', onAbort)
      resolve(outcome)
      sending.cut()
    }
    function onAbort(): void {
      end(failed)
    }
    const sending = transport.send(isGRPC ? grpcRequest(healthCheck.path) : plainRequest(healthCheck.path), {
      onSent: () => {},
      onInformation: () => {},
      onResponse({ status, headers }) {
        // A failure ahead of any message has its code in the head.
        grpcStatus = firstValueOf(headers, 'grpc-status')
        if (!isGRPC) {
          end(compare(status, healthCheck.matcher?.httpCode ?? '200'))
        } else if (status !== 200) {
          end({ passed: false, reason: 'Target.ResponseCodeMismatch', code: status })
        }
      },
      onData: () => true,
      onQuiet: () => {},
      onEnd(trailers) {
        const code = firstValueOf(trailers, 'grpc-status') ?? grpcStatus
        const isCode = code !== undefined && /^\d+$/.test(code)
        end(isCode ? compare(Number(code), healthCheck.matcher?.grpcCode ?? grpcDefaults.code) : failed)
      },
      onUpgrade: () => {},
      onError: error => end(error.status === 504 ? { passed: false, reason: 'Target.Timeout' } : failed)
    })
    signal.addEventListener('abort', onAbort)
    transport.close()
    if (signal.aborted) {
      onAbort()
    }
  })
}

function plainRequest(path = '/'): TargetRequest {
  return {
    method: 'GET',
    path,
    headers: [['user-agent', defaultUserAgent]],
    body: () => Readable.from([]),
    bodyLength: 0,
    trailers: () => [],
    closeAfterwards: true
  }
}

function grpcRequest(path = grpcDefaults.path): TargetRequest {
  return {
    ...plainRequest(path),
    method: 'POST',
    headers: [
      ['user-agent', defaultUserAgent],
      ['content-type', 'application/grpc'],
      ['te', 'trailers']
    ],
    body: () => Readable.from([emptyMessage]),
    bodyLength: undefined
  }
}
