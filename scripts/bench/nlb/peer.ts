/**
 * The backend of flows and the clients that load a proxy: arguments are a role and what it needs. Each is a process of its own.
 *
 * @module
 */

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { performance } from 'node:perf_hooks'
import tls from 'node:tls'

type Transport = 'TCP' | 'TLS'

const chunk = Buffer.alloc(64 * 1024)

/** Echoes what begins with an `e`, sends for ever to whom begins with an `s`, and is silent to others. */
async function serve(port: number): Promise<void> {
  net
    .createServer({ noDelay: true }, socket => {
      socket.on('error', () => {})
      socket.once('data', first => {
        if (first[0] === 0x65) {
          socket.write(first)
          socket.on('data', bytes => socket.write(bytes))
        } else if (first[0] === 0x73) {
          function flood(): void {
            let flowing = true
            while (flowing && !socket.destroyed) {
              flowing = socket.write(chunk)
            }
          }
          socket.on('drain', flood)
          flood()
        }
      })
    })
    .listen(port, '127.0.0.1')
  const datagrams = createSocket('udp4')
  datagrams.on('message', (message, from) => datagrams.send(message, from.port, from.address))
  datagrams.bind(port, '127.0.0.1')
}

function open(port: number, transport: Transport): Promise<net.Socket> {
  const options = { port, host: '127.0.0.1', noDelay: true, rejectUnauthorized: false }
  const socket = transport === 'TLS' ? tls.connect(options) : net.connect(options)
  socket.on('error', () => {})
  return once(socket, transport === 'TLS' ? 'secureConnect' : 'connect').then(() => socket)
}

/** Connection after connection, each with one echo. */
async function connections(port: number, transport: Transport, seconds: number) {
  const end = performance.now() + seconds * 1000
  let count = 0
  let failed = 0
  async function one(): Promise<void> {
    while (performance.now() < end) {
      try {
        const socket = await open(port, transport)
        socket.write('e')
        await once(socket, 'data')
        socket.destroy()
        count += 1
      } catch {
        failed += 1
      }
    }
  }
  await Promise.all(Array.from({ length: 32 }, one))
  return { perSecond: count / seconds, failed }
}

/** What four connections are sent. */
async function bytes(port: number, transport: Transport, seconds: number) {
  let received = 0
  const sockets = await Promise.all(Array.from({ length: 4 }, () => open(port, transport)))
  for (const socket of sockets) {
    socket.on('data', data => {
      received += data.length
    })
    socket.write('s')
  }
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  const perSecond = received / seconds
  for (const socket of sockets) {
    socket.destroy()
  }
  return { perSecond }
}

/** Echoes one after the other, and a little time between them. */
async function echoes(port: number, transport: Transport, seconds: number) {
  const socket = await open(port, transport)
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const begin = performance.now()
    socket.write('e')
    await once(socket, 'data')
    times.push(performance.now() - begin)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  socket.destroy()
  times.sort((one, other) => one - other)
  return { p99: times[Math.floor(times.length * 0.99)]! }
}

/** Holds so many connections open that say nothing after their first byte. */
async function idle(port: number, transport: Transport, count: number) {
  const sockets: net.Socket[] = []
  while (sockets.length < count) {
    const opened = await Promise.all(Array.from({ length: 100 }, () => open(port, transport)))
    for (const socket of opened) {
      socket.write('i')
    }
    sockets.push(...opened)
  }
  return { open: sockets.filter(({ destroyed }) => !destroyed).length }
}

/** Datagrams and their echoes, 64 on their way at a time. */
async function packets(port: number, _transport: Transport, seconds: number) {
  const socket = createSocket('udp4')
  let count = 0
  const message = Buffer.alloc(64)
  socket.on('message', () => {
    count += 1
    socket.send(message, port, '127.0.0.1')
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  for (let index = 0; index < 64; index += 1) {
    socket.send(message, port, '127.0.0.1')
  }
  await new Promise(resolve => setTimeout(resolve, seconds * 1000))
  socket.close()
  return { perSecond: count / seconds }
}

const loads = { connections, bytes, echoes, idle, packets }
const [role = '', port = '', transport = 'TCP', amount = '0'] = process.argv.slice(2)
if (role === 'backend') {
  await serve(Number(port))
} else {
  process.send?.(await loads[role as keyof typeof loads](Number(port), transport as Transport, Number(amount)))
  process.on('disconnect', () => process.exit())
}
