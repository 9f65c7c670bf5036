/**
 * A load balancer to be attacked, with targets that note each head as it comes: a strict server, one that takes what lenient
 * servers take, and one of HTTP/2.
 */

import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import type { Rig, useRigs } from '../unit/load-balancer/rig.ts'
import { forwardTo, path } from '../unit/load-balancer/rig.ts'

/** What a server noted. */
export interface Notes {
  /** Request lines with headers, in the order in which they came. */
  heads: { url: string; method: string; headers: string[] }[]
  /** What its parser says of the load balancer. */
  complaints: string[]
}

export interface AttackedEdge {
  rig: Rig
  strict: Notes
  lenient: Notes
  overHTTP2: Notes
}

async function startNoting({ serve }: ReturnType<typeof useRigs>, insecureHTTPParser: boolean) {
  const notes: Notes = { heads: [], complaints: [] }
  const server = http.createServer({ insecureHTTPParser }, (request, response) => {
    if (request.headers['user-agent'] !== 'ELB-HealthChecker/2.0') {
      notes.heads.push({ url: request.url ?? '', method: request.method ?? '', headers: request.rawHeaders })
    }
    request.resume()
    request.on('error', () => {})
    request.on('end', () => response.end('ok'))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code?.startsWith('HPE_') && error.code !== 'HPE_INVALID_EOF_STATE') {
      notes.complaints.push(`${error.code} ${error.message}`)
    }
    socket.destroy()
  })
  // Whatever asks to become something else gets no tunnel.
  server.on('upgrade', (request, socket) => {
    notes.heads.push({ url: request.url ?? '', method: request.method ?? '', headers: request.rawHeaders })
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })
  const target = await serve(server, [], [])
  return { notes, target }
}

async function startNotingHTTP2({ serve }: ReturnType<typeof useRigs>) {
  const notes: Notes = { heads: [], complaints: [] }
  const sessions = new Set<http2.ServerHttp2Session>()
  const server = http2.createServer((request, response) => {
    if (request.headers['user-agent'] !== 'ELB-HealthChecker/2.0') {
      notes.heads.push({ url: request.url, method: request.method, headers: request.rawHeaders })
    }
    request.resume()
    request.on('error', () => {})
    request.on('end', () => response.end('ok'))
  })
  server.on('sessionError', error => notes.complaints.push(error.message))
  server.on('session', session => sessions.add(session))
  function closeAllConnections(): void {
    for (const session of sessions) {
      session.destroy()
    }
  }
  return { notes, target: await serve(Object.assign(server, { closeAllConnections }), [], []) }
}

/** The listener whose requests all go to the server of HTTP/2. */
export const http2Port = 8443

/** Paths that begin with `/lenient` go to the lenient server; HTTP on 80, HTTPS on 443. */
export async function startEdge(rigs: ReturnType<typeof useRigs>): Promise<AttackedEdge> {
  const strict = await startNoting(rigs, false)
  const lenient = await startNoting(rigs, true)
  const overHTTP2 = await startNotingHTTP2(rigs)
  const rules = [{ conditions: [path('/lenient*')], actions: [forwardTo('lenient')] }]
  const listeners = [
    { port: 80, rules, defaultActions: [forwardTo('strict')] },
    { port: 443, protocol: 'HTTPS' as const, rules, defaultActions: [forwardTo('strict')] },
    { port: http2Port, protocol: 'HTTPS' as const, defaultActions: [forwardTo('http2')] }
  ]
  const rig = await rigs.start(
    { listeners, targetGroups: { strict: {}, lenient: {}, http2: { protocolVersion: 'HTTP2' } } },
    {
      strict: [strict.target.target('i-strict')],
      lenient: [lenient.target.target('i-lenient')],
      http2: [overHTTP2.target.target('i-http2')]
    }
  )
  await rig.check()
  return { rig, strict: strict.notes, lenient: lenient.notes, overHTTP2: overHTTP2.notes }
}

/** A plain request, answered: whatever was sent before it has been read by then. */
export async function settle(rig: Rig): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    const { status } = await rig.get(80, '/settle')
    if (status !== 200) {
      throw new Error(`a plain request is answered ${status}`)
    }
  }
}

/** Sends bytes on a connection of their own; `closed` resolves to what was heard. */
export function attack(port: number, bytes: string | Buffer): { closed: Promise<string>; socket: net.Socket } {
  const socket = net.connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', () => {})
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  return { socket, closed: new Promise(resolve => socket.on('close', () => resolve(text))) }
}

/** Lets the event loop turn, so that what was written to loopback is read: turns, not time. */
export async function rounds(count = 300): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Lets time pass until all is over: nothing may stay open longer than its time-outs. */
export async function outlast(rig: Rig, endings: Promise<unknown>[]): Promise<void> {
  let isOver = false
  const all = Promise.all(endings).then(() => {
    isOver = true
  })
  for (let minute = 0; minute < 200 && !isOver; minute += 1) {
    rig.clock.advance(61_000)
    await new Promise(resolve => setImmediate(resolve))
  }
  await all
}
