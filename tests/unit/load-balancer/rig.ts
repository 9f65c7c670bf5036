/**
 * A load balancer on loopback with a clock of its own, and small servers as its targets.
 */

import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { afterEach } from '@jest/globals'
import type {
  HealthCheckEntry,
  LoadBalancer,
  LoadBalancerEvent,
  LoadBalancerOptions,
  LoadBalancerType,
  Target,
  TargetHealthDescription
} from '../../../src/elbv2/index.ts'
import {
  createDevelopmentAuthority,
  createLoadBalancer,
  type DevelopmentAuthority
} from '../../../src/load-balancer/index.ts'
import { type Stack, specsOf } from '../../../src/model/index.ts'
import { createManualClock, type ManualClock } from '../../manual-clock.ts'
import { type StackSketch, stackOf } from '../elbv2/sketch.ts'

export * from '../elbv2/sketch.ts'

/** What a target saw of a request. */
export interface Seen {
  method: string
  url: string
  headers: [string, string][]
  body: string
}

export function headerOf(seen: { headers: [string, string][] }, name: string): string | undefined {
  return seen.headers.find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1]
}

function isHealthCheck(request: IncomingMessage): boolean {
  return request.headers['user-agent']?.startsWith('ELB-HealthChecker/') === true
}

/** A target on loopback. */
export interface TargetServer {
  port: number
  /** Requests other than health checks. */
  seen: Seen[]
  checks: Seen[]
  target(id?: string): Target
  close(): Promise<void>
}

type Handler = (request: IncomingMessage, response: ServerResponse, seen: Seen) => void

function collect(request: IncomingMessage, done: (seen: Seen) => void): void {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () =>
    done({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: Array.from({ length: request.rawHeaders.length / 2 }, (_, index): [string, string] => [
        request.rawHeaders[2 * index]!,
        request.rawHeaders[2 * index + 1]!
      ]),
      body: Buffer.concat(chunks).toString()
    })
  )
}

export interface RawAnswer {
  text: string
  head: string
  status: number
  /** In order, as written. */
  headers: [string, string][]
  body: string
}

export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const head = text.slice(0, end)
  const [statusLine, ...lines] = head.split('\r\n')
  return {
    text,
    head,
    status: Number(statusLine?.split(' ')[1]),
    headers: lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 2)
    ]),
    body: text.slice(end + 4)
  }
}

export interface Rig {
  clock: ManualClock
  loadBalancer: LoadBalancer
  events: LoadBalancerEvent[]
  log: string[]
  checks: HealthCheckEntry[]
  authority: DevelopmentAuthority
  apply(sketch: StackSketch | Stack, targets?: Record<string, Target[]>): Promise<void>
  /** Where a listener really listens. */
  portOf(listenerPort: number): number
  /** Sends bytes, and reads until the load balancer closes the connection. */
  raw(listenerPort: number, bytes: string | Buffer): Promise<string>
  /** One request with `Connection: close`. */
  get(listenerPort: number, path: string, headers?: Record<string, string>, method?: string): Promise<RawAnswer>
  /** Starts the checks that are due `milliseconds` from now, and waits for as many to be over as are registered. */
  check(milliseconds?: number): Promise<void>
  until(condition: () => boolean): Promise<void>
  health(id: string): TargetHealthDescription[]
  requests(): Extract<LoadBalancerEvent, { type: 'request' }>[]
  /** Flows that are over. */
  flows(): Extract<LoadBalancerEvent, { type: 'flow' }>[]
  /** The next flow that ends, after so many. */
  flow(after?: number): Promise<Extract<LoadBalancerEvent, { type: 'flow' }>>
}

function stackFrom(sketch: StackSketch | Stack): Stack {
  return 'resources' in sketch ? sketch : stackOf(sketch)
}

function typeOf(sketch: StackSketch | Stack): LoadBalancerType {
  return specsOf(stackFrom(sketch), 'loadBalancer')[0]?.type ?? 'classic'
}

/** Gives each test file its rigs and targets, and ends them after each test. */
export function useRigs() {
  const cleanups: (() => Promise<unknown> | unknown)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) {
      await cleanup()
    }
  })

  function listen(server: net.Server, host = '127.0.0.1', port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
    })
  }

  /** A plain TCP server as a target; `onConnection` gets each connection. */
  async function startTCP(
    onConnection: (socket: net.Socket) => void,
    // `stop` leaves the connections that there are.
    { host = '127.0.0.1', port: wanted = 0, ...options }: net.ServerOpts & { host?: string; port?: number } = {}
  ): Promise<{ port: number; target(id?: string, more?: Partial<Target>): Target; stop(): void }> {
    const sockets = new Set<net.Socket>()
    const server = net.createServer(options, socket => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => {})
      onConnection(socket)
    })
    const port = await listen(server, host, wanted)
    cleanups.push(() => {
      for (const socket of sockets) {
        socket.destroy()
      }
      return new Promise(resolve => server.close(resolve))
    })
    return {
      port,
      stop: () => void server.close(),
      target: (id = 'i-tcp', more = {}) => ({ id, address: host, port, ...more })
    }
  }

  async function serve(
    server: net.Server & { closeAllConnections?(): void },
    seen: Seen[],
    checks: Seen[]
  ): Promise<TargetServer> {
    const port = await listen(server)
    let closed: Promise<void> | undefined
    function close(): Promise<void> {
      closed ??= new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections?.()
      })
      return closed
    }
    cleanups.push(close)
    return { port, seen, checks, close, target: (id = 'i-1') => ({ id, address: '127.0.0.1', port }) }
  }

  /** An HTTP server as a target. Health checks are answered with 200 unless `onCheck` says otherwise. */
  async function startTarget(
    handler: Handler = (_request, response, seen) => void response.end(JSON.stringify(seen)),
    onCheck: Handler = (_request, response) => void response.end('ok'),
    create: (listener: RequestListener) => net.Server & { closeAllConnections?(): void } = http.createServer
  ): Promise<TargetServer> {
    const seen: Seen[] = []
    const checks: Seen[] = []
    const server = create((request, response) =>
      collect(request, one => {
        const isCheck = isHealthCheck(request)
        ;(isCheck ? checks : seen).push(one)
        ;(isCheck ? onCheck : handler)(request, response, one)
      })
    )
    return serve(server, seen, checks)
  }

  async function start(
    sketch: StackSketch | Stack,
    targets: Record<string, Target[]> = {},
    options: Partial<LoadBalancerOptions> & { domains?: Record<string, string[]> } = {}
  ): Promise<Rig> {
    const clock = createManualClock()
    const events: LoadBalancerEvent[] = []
    const log: string[] = []
    const checks: HealthCheckEntry[] = []
    const waiting = new Set<() => void>()
    function wake(): void {
      for (const one of waiting) {
        one()
      }
    }
    const authority = await createDevelopmentAuthority()
    const { domains = {}, ...rest } = options
    const loadBalancer = createLoadBalancer(
      {
        dnsName: 'edge-123.eu-west-1.elb.amazonaws.com',
        clock,
        certificateFor: arn => authority.issue(arn, domains[arn] ?? ['app.test']),
        bind: () => ({ host: '127.0.0.1', port: 0 }),
        onEvent(event) {
          events.push(event)
          wake()
        },
        onHealthCheck(check) {
          checks.push(check)
          wake()
        },
        accessLog: line => void log.push(line),
        ...rest
      },
      typeOf(sketch)
    )
    cleanups.push(() => loadBalancer.close())
    await loadBalancer.apply(stackFrom(sketch), new Map(Object.entries(targets)))
    function until(condition: () => boolean): Promise<void> {
      return new Promise(resolve => {
        function look(): void {
          if (!condition()) {
            return
          }
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      })
    }
    const rig: Rig = {
      clock,
      loadBalancer,
      events,
      log,
      checks,
      authority,
      until,
      apply: (next, nextTargets = {}) => loadBalancer.apply(stackFrom(next), new Map(Object.entries(nextTargets))),
      portOf(port) {
        const listener = loadBalancer.describe().listeners.find(one => one.port === port)
        return Number(listener?.address.split(':').at(-1))
      },
      raw: (port, bytes) =>
        new Promise((resolve, reject) => {
          const socket = net.connect(rig.portOf(port), '127.0.0.1')
          let text = ''
          socket.setEncoding('latin1')
          socket.on('data', chunk => {
            text += chunk
          })
          socket.on('error', reject)
          socket.on('close', () => resolve(text))
          socket.write(bytes)
        }),
      async get(port, url, headers = {}, method = 'GET') {
        const lines = Object.entries({ Host: 'app.test', ...headers, Connection: 'close' })
        const text = `${method} ${url} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
        return parseAnswer(await rig.raw(port, text))
      },
      async check(milliseconds = 0) {
        const due = loadBalancer
          .describe()
          .targetGroups.flatMap(group => group.targets)
          .filter(({ state }) => state !== 'unused' && state !== 'draining').length
        const wanted = checks.length + due
        clock.advance(milliseconds)
        await until(() => checks.length >= wanted)
      },
      health: id => loadBalancer.describe().targetGroups.find(group => group.id === id)?.targets ?? [],
      requests: () => events.filter(event => event.type === 'request'),
      flows: () => events.filter(event => event.type === 'flow'),
      async flow(after = 0) {
        await until(() => rig.flows().length > after)
        return rig.flows()[after]!
      }
    }
    return rig
  }

  /** A port on which nothing listens. */
  async function closedPort(): Promise<number> {
    const server = net.createServer()
    const port = await listen(server)
    await new Promise(resolve => server.close(resolve))
    return port
  }

  return { start, startTarget, startTCP, serve, closedPort, cleanups }
}
