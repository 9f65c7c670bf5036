/**
 * A client of HTTP/2 that writes its frames by hand, so that it may write what no client would (RFC 9113 §4, §6).
 */

import tls from 'node:tls'

const types = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
  continuation: 9
}

export type FrameType = keyof typeof types

export function frame(
  type: FrameType | number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0)
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = typeof type === 'number' ? type : types[type]
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export const flags = { endStream: 1, acknowledge: 1, endHeaders: 4, padded: 8 }

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function reset(stream: number, code = 8): Buffer {
  return frame('reset', 0, stream, word(code))
}

export function window(stream: number, more: number): Buffer {
  return frame('window', 0, stream, word(more))
}

export function settings(pairs: [id: number, value: number][] = []): Buffer {
  const list = pairs.map(([id, value]) => Buffer.concat([Buffer.of(id >> 8, id & 0xff), word(value)]))
  return frame('settings', 0, 0, Buffer.concat(list))
}

/** An integer with a prefix of so many bits (RFC 7541 §5.1). */
function integer(value: number, bits: number, first: number): Buffer {
  const most = (1 << bits) - 1
  if (value < most) {
    return Buffer.of(first | value)
  }
  const bytes = [first | most]
  let rest = value - most
  for (; rest >= 128; rest >>>= 7) {
    bytes.push((rest & 127) | 128)
  }
  return Buffer.from([...bytes, rest])
}

function text(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value
  return Buffer.concat([integer(bytes.length, 7, 0), bytes])
}

/** Fields as literals that no table remembers, in whatever order and form they are given (RFC 7541 §6.2.2). */
export function fields(pairs: [name: string, value: string | Buffer][]): Buffer {
  return Buffer.concat(pairs.map(([name, value]) => Buffer.concat([Buffer.of(0), text(name), text(value)])))
}

/** A field that the table remembers, and a reference to the last one (RFC 7541 §6.2.1, §6.1). */
export function remembered(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(0x40), text(name), text(value)])
}
export const lastRemembered = integer(62, 7, 0x80)

export function requestFields(
  path: string,
  more: [string, string | Buffer][] = [],
  method = 'GET'
): [string, string | Buffer][] {
  return [[':method', method], [':scheme', 'https'], [':authority', 'app.test'], [':path', path], ...more]
}

/** HEADERS of a request: complete unless a body is to follow. */
export function headers(stream: number, list: [string, string | Buffer][], hasBody = false): Buffer {
  return frame('headers', flags.endHeaders | (hasBody ? 0 : flags.endStream), stream, fields(list))
}

export function data(stream: number, bytes: string | Buffer, isLast = false): Buffer {
  return frame('data', isLast ? flags.endStream : 0, stream, Buffer.from(bytes))
}

export interface RawSession {
  readonly socket: tls.TLSSocket
  /** Types of the frames that came, with their stream. */
  readonly frames: { type: number; flags: number; stream: number; payload: Buffer }[]
  send(...frames: Buffer[]): void
  /** Sends as many as the other side takes, until the connection is closed; resolves to how many went out. */
  flood(count: number, make: (index: number) => Buffer): Promise<number>
  /** Resolves once it is closed, by whomever. */
  readonly closed: Promise<void>
  isClosed(): boolean
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export function openSession(port: number): Promise<RawSession> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host: '127.0.0.1',
      port,
      servername: 'app.test',
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false
    })
    let isClosed = false
    const closed = new Promise<void>(done =>
      socket.on('close', () => {
        isClosed = true
        done()
      })
    )
    const frames: RawSession['frames'] = []
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const length = rest.readUIntBE(0, 3)
        const payload = Buffer.from(rest.subarray(9, 9 + length))
        frames.push({ type: rest[3]!, flags: rest[4]!, stream: rest.readUInt32BE(5), payload })
        rest = rest.subarray(9 + length)
      }
    })
    async function flood(count: number, make: (index: number) => Buffer): Promise<number> {
      const atOnce = 200
      let sent = 0
      while (sent < count && !isClosed) {
        const length = Math.min(atOnce, count - sent)
        const some = Buffer.concat(Array.from({ length }, (_, index) => make(sent + index)))
        sent += length
        if (!socket.write(some)) {
          await Promise.race([closed, new Promise(done => socket.once('drain', done))])
        }
      }
      return sent
    }
    socket.on('error', reject)
    socket.once('secureConnect', () => {
      socket.write(Buffer.concat([preface, settings()]))
      resolve({
        socket,
        frames,
        closed,
        flood,
        send: (...list) => void (isClosed || socket.write(Buffer.concat(list))),
        isClosed: () => isClosed
      })
    })
  })
}
