/**
 * One health check on the wire: a request over a connection of its own. Redirects are not followed, certificates not
 * looked at.
 *
 * @module
 */

import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { Socket } from 'node:net'
import { type CheckOutcome, successCodes, type TargetGroupConfiguration } from '../../elbv2/index.ts'
import type { HealthCheckConfig } from '../../model/index.ts'
import { targetTLS } from '../transport/target-socket.ts'
import type { Probe } from './health-check.ts'

/** Whom targets see asking. */
const defaultUserAgent = 'ELB-HealthChecker/2.0'

/** Whether targets that get requests over HTTP/2 are checked over it too. AWS documents it for gRPC alone. */
const http2IsCheckedOverHTTP2 = true

/** What a gRPC target group expects unless told otherwise: that the method is not implemented. (API: Matcher.) */
const grpcDefaults = { path: '/AWS.ALB/healthcheck', code: '12' }

/** An empty message of gRPC: not compressed, of length 0. */
const emptyMessage = Buffer.alloc(5)

export const probeTarget: Probe<TargetGroupConfiguration> = (address, port, group, signal) => {
  const host = `${address.includes(':') ? `[${address}]` : address}:${port}`
  const check = { address, port, host, group, signal }
  const overHTTP2 = group.protocolVersion === 'GRPC' || (http2IsCheckedOverHTTP2 && group.protocolVersion === 'HTTP2')
  const { healthCheck } = group
  return overHTTP2
    ? probeHTTP2(check)
    : probeHTTP({ ...check, healthCheck, codes: healthCheck.matcher?.httpCode ?? '200' })
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

function probeHTTP2({ host, group, signal }: Check): Promise<CheckOutcome> {
  const { healthCheck } = group
  const isGRPC = group.protocolVersion === 'GRPC'
  const scheme = healthCheck.protocol.toLowerCase()
  return new Promise(resolve => {
    const session = http2.connect(`${scheme}://${host}`, {
      ...(scheme === 'https' ? { ...targetTLS, ALPNProtocols: ['h2'] } : {}),
      settings: { enablePush: false }
    })
    function end(outcome: CheckOutcome): void {
      signal.removeEventListener('abort', onAbort)
      resolve(outcome)
      session.destroy()
    }
    function onAbort(): void {
      end(failed)
    }
    signal.addEventListener('abort', onAbort)
    session.on('error', error => end(failedBy(error)))
    const stream = session.request({
      ':method': isGRPC ? 'POST' : 'GET',
      ':path': healthCheck.path ?? (isGRPC ? grpcDefaults.path : '/'),
      ':authority': host,
      'user-agent': defaultUserAgent,
      ...(isGRPC ? { 'content-type': 'application/grpc', te: 'trailers' } : {})
    })
    let status = 0
    let grpcStatus: string | undefined
    stream.on('response', headers => {
      status = headers[':status'] ?? 0
      // A failure ahead of any message has its code in the head.
      grpcStatus = headers['grpc-status'] as string | undefined
      if (!isGRPC) {
        end(compare(status, healthCheck.matcher?.httpCode ?? '200'))
      } else if (status !== 200) {
        end({ passed: false, reason: 'Target.ResponseCodeMismatch', code: status })
      }
    })
    stream.on('trailers', trailers => {
      grpcStatus = (trailers['grpc-status'] as string | undefined) ?? grpcStatus
    })
    stream.on('error', error => end(failedBy(error)))
    stream.on('close', () =>
      end(
        grpcStatus === undefined
          ? failed
          : compare(Number(grpcStatus), healthCheck.matcher?.grpcCode ?? grpcDefaults.code)
      )
    )
    stream.resume()
    stream.end(isGRPC ? emptyMessage : undefined)
  })
}
