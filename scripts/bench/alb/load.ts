/**
 * Load from wrk (HTTP/1.1) and h2load (HTTP/2, gRPC, and a fixed rate), on a core of its own.
 *
 * @module
 */

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { percentile } from '../figures.ts'
import { emulatedHost } from './emulator.ts'
import type { Launch, Protocol } from './proxies.ts'

/** Figures of one run; times in milliseconds. */
export interface Figures {
  requestsPerSecond: number
  p50: number
  p99: number
  /** Answers other than 2xx and 3xx, and requests without one. */
  failed: number
}

export interface LoadOptions {
  seconds: number
  /** Ahead of other programs; default false. */
  preferred?: boolean
  core: number
  /** For logs and bodies. */
  folder: string
}

const connectionCount = 32

/** As many requests at a time, on connections of which none comes to the 10,000 requests after which AWS ends it. */
const http2Connections = ['-c16', '-m2']

/** Sends as many requests as come back. */
export function load(protocol: Protocol, { ports }: Launch, options: LoadOptions): Promise<Figures> {
  if (protocol === 'HTTP/1.1') {
    return wrk(`http://127.0.0.1:${ports.HTTP}/`, options)
  }
  if (protocol === 'HTTPS') {
    return wrk(`https://127.0.0.1:${ports.HTTPS}/`, options)
  }
  if (protocol === 'HTTP/2') {
    return h2load([`https://127.0.0.1:${ports.HTTPS}/`, ...http2Connections], options)
  }
  const call = ['-d', join(options.folder, 'message'), '-H', 'content-type: application/grpc', '-H', 'te: trailers']
  return h2load([`https://127.0.0.1:${ports.gRPC}/bench.Echo/Unary`, ...http2Connections, ...call], options)
}

/** 500 requests a second, whatever comes back. */
export function loadSteadily(port: number, options: LoadOptions): Promise<Figures> {
  return h2load([`http://127.0.0.1:${port}/`, '--h1', '-c10', '--rps=50'], options)
}

const milliseconds: Record<string, number> = { us: 0.001, ms: 1, s: 1000 }

function inMilliseconds(text: string, label: string): number {
  const [, figure = '0', unit = 'ms'] = new RegExp(`${label}\\s+([\\d.]+)(us|ms|s)`).exec(text) ?? []
  return Number(figure) * milliseconds[unit]!
}

async function wrk(url: string, { seconds, core }: LoadOptions): Promise<Figures> {
  const { stdout } = await execa('taskset', [
    '-c',
    `${core}`,
    'wrk',
    '-t1',
    `-c${connectionCount}`,
    `-d${seconds}s`,
    '--latency',
    ...['-H', `Host: ${emulatedHost}`],
    url
  ])
  const failed = [...stdout.matchAll(/(?:Non-2xx or 3xx responses:|connect|read|write|timeout) (\d+)/g)]
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50: inMilliseconds(stdout, '50%'),
    p99: inMilliseconds(stdout, '99%'),
    failed: failed.reduce((sum, [, count]) => sum + Number(count), 0)
  }
}

async function h2load(args: string[], { seconds, core, folder, preferred = false }: LoadOptions): Promise<Figures> {
  const log = join(folder, 'h2load.log')
  rmSync(log, { force: true })
  const { stdout } = await execa('taskset', [
    '-c',
    `${core}`,
    ...(preferred ? ['chrt', '--rr', '1'] : []),
    'h2load',
    '-t1',
    '-D',
    `${seconds}`,
    `--log-file=${log}`,
    ...args
  ])
  // A line is the start in microseconds, the status, and the duration in microseconds.
  const times = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => Number(line.split('\t')[2]) / 1000)
  const [, done = '0', succeeded = '0'] = /(\d+) done, (\d+) succeeded/.exec(stdout) ?? []
  const [, codes2 = '0', codes3 = '0'] = /status codes: (\d+) 2xx, (\d+) 3xx/.exec(stdout) ?? []
  return {
    requestsPerSecond: Number(/([\d.]+) req\/s/.exec(stdout)?.[1]),
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    failed: Number(done) - Math.min(Number(succeeded), Number(codes2) + Number(codes3))
  }
}
