/**
 * A target of HTTP/2 whose frames are written by hand, and a transport to it whose clock stands still.
 */

import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { HeaderList } from '../../../../src/elbv2/index.ts'
import { FieldDecoder } from '../../../../src/load-balancer/http2/field-decoder.ts'
import { createHttp2Transport } from '../../../../src/load-balancer/transport/http2-transport.ts'
import type { Sending, TargetRequest } from '../../../../src/load-balancer/transport/transport.ts'
import { flags, frame, settings } from '../../../attacks/http2-frames.ts'
import { createManualClock } from '../../../manual-clock.ts'
import type { useRigs } from '../rig.ts'

const types = ['data', 'headers', 'priority', 'reset', 'settings', 'push', 'ping', 'goAway', 'window', 'continuation']

/** A frame that the load balancer sent. */
export interface Heard {
  type: string
  flags: number
  stream: number
  payload: Buffer
}

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** Lets the event loop turn until something is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** One connection, as its target sees it. */
export class HandConnection {
  readonly socket: Socket
  readonly frames: Heard[] = []
  readonly #decoder = new FieldDecoder()
  #bytes: Buffer = Buffer.alloc(0)
  #isOpen = false
  #pings = 0
  isEnded = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', chunk => this.#take(chunk))
    socket.on('close', () => {
      this.isEnded = true
    })
    socket.on('end', () => {
      this.isEnded = true
    })
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    if (!this.#isOpen) {
      if (this.#bytes.length < preface.length) {
        return
      }
      if (this.#bytes.toString('latin1', 0, preface.length) !== preface) {
        throw new Error('it begins with something else')
      }
      this.#isOpen = true
      this.#bytes = this.#bytes.subarray(preface.length)
    }
    while (this.#bytes.length >= 9 && this.#bytes.length >= 9 + this.#bytes.readUIntBE(0, 3)) {
      const end = 9 + this.#bytes.readUIntBE(0, 3)
      const [type, flag, stream] = [this.#bytes[3]!, this.#bytes[4]!, this.#bytes.readUInt32BE(5)]
      this.frames.push({ type: types[type]!, flags: flag, stream, payload: this.#bytes.subarray(9, end) })
      this.#bytes = this.#bytes.subarray(end)
    }
  }

  send(...list: Buffer[]): void {
    this.socket.write(Buffer.concat(list))
  }

  /** Resolves once the load balancer has read all that was sent, and said what it had to say to it. */
  async synced(): Promise<void> {
    // A body that goes on being read does so a little later.
    for (let round = 0; round < 2; round += 1) {
      this.#pings += 1
      const payload = Buffer.alloc(8)
      payload.writeUInt32BE(this.#pings)
      this.send(frame('ping', 0, 0, payload))
      await until(() => this.frames.some(one => one.type === 'ping' && one.payload.equals(payload)))
    }
  }

  of(stream: number, type?: string): Heard[] {
    return this.frames.filter(one => one.stream === stream && (type === undefined || one.type === type))
  }

  /** What came of a request's body. */
  bodyOf(stream: number): string {
    return Buffer.concat(this.of(stream, 'data').map(({ payload }) => payload)).toString('latin1')
  }

  /** Windows that a stream got, or the connection; a number each. */
  windows(stream: number): number[] {
    return this.of(stream, 'window').map(({ payload }) => payload.readUInt32BE())
  }

  /** Codes of a stream's resets. */
  resets(stream: number): number[] {
    return this.of(stream, 'reset').map(({ payload }) => payload.readUInt32BE())
  }

  /** Codes of GOAWAY. */
  get farewells(): number[] {
    return this.of(0, 'goAway').map(({ payload }) => payload.readUInt32BE(4))
  }

  /** Streams that were opened. */
  get streams(): number[] {
    return [...new Set(this.frames.filter(({ type }) => type === 'headers').map(({ stream }) => stream))]
  }

  /** Fields of a block: each block once, in their order. */
  fields(one: Heard): HeaderList {
    return this.#decoder.decode(one.payload, Number.POSITIVE_INFINITY).fields
  }
}

/** What was told of a request; parts of a body as one. */
export type Told = [what: string, ...details: unknown[]]

export interface Asked {
  told: Told[]
  sending: Sending
  body: PassThrough
  /** Resolves when the answer has ended, one way or the other. */
  over(): Promise<Told[]>
}

/** What a connection has that is given up by a code of HTTP/2. */
export const code = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  refused: 7,
  cancel: 8,
  compression: 9,
  calm: 11
}

export const setting = { streams: 3, window: 4, frameSize: 5 }

export async function startByHand(
  { startTCP }: Pick<ReturnType<typeof useRigs>, 'startTCP'>,
  { first = [], isSilent = false }: { first?: [id: number, value: number][]; isSilent?: boolean } = {}
) {
  const connections: HandConnection[] = []
  const { port } = await startTCP(
    socket => {
      connections.push(new HandConnection(socket))
      if (!isSilent) {
        socket.write(Buffer.concat([settings(first), frame('settings', flags.acknowledge, 0)]))
      }
    },
    { noDelay: true }
  )
  const clock = createManualClock()
  const idle = { timeout: 60_000 }
  const transport = createHttp2Transport({
    target: { id: 'i-hand', address: '127.0.0.1', port },
    protocol: 'HTTP',
    clock,
    idleTimeout: () => idle.timeout
  })

  /**
   * Sends a request: with `bodyLength` or without one it has a body, but for 0.
   *
   * @param onTold - hears what is told when it is told, and that all that came at once has been.
   */
  function ask(more: Partial<TargetRequest> = {}, onTold: (one: Told) => void = () => {}): Asked {
    const told: Told[] = []
    function tell(...one: Told): void {
      told.push(one)
      onTold(one)
    }
    const body = new PassThrough({ highWaterMark: 1024 * 1024 })
    function isOver(): boolean {
      return told.some(([what]) => what === 'end' || what === 'error')
    }
    const sending = transport.send(
      {
        method: 'GET',
        path: '/',
        headers: [['Host', 'app.test']],
        body: () => body,
        bodyLength: 0,
        trailers: () => [],
        closeAfterwards: false,
        ...more
      },
      {
        onSent: () => tell('sent'),
        onInformation: ({ status, headers }) => tell('information', status, headers),
        onResponse: ({ status, headers, ended }) => tell('response', status, headers, ended),
        onData(chunk) {
          const last = told.at(-1)
          if (last?.[0] === 'data') {
            last[1] += chunk.toString('latin1')
            onTold(last)
          } else {
            tell('data', chunk.toString('latin1'))
          }
          return true
        },
        onQuiet: () => onTold(['quiet']),
        onEnd: trailers => tell('end', trailers),
        onUpgrade: () => tell('upgrade'),
        onError: ({ status, message }) => tell('error', status, message)
      }
    )
    return {
      told,
      sending,
      body,
      async over() {
        await until(isOver)
        return told
      }
    }
  }

  /** Sends a request with a body, of a length that is not known. */
  function upload(more: Partial<TargetRequest> = {}): Asked {
    return ask({ method: 'POST', bodyLength: undefined, ...more })
  }

  async function connection(index = 0): Promise<HandConnection> {
    await until(() => connections.length > index && connections[index]!.of(0, 'settings').length > 0)
    return connections[index]!
  }

  /** A connection that was opened for a request, which is over: the settings of the target have been read. */
  async function connected(): Promise<HandConnection> {
    const asked = ask()
    const one = await connection()
    await one.synced()
    asked.sending.cut()
    await one.synced()
    return one
  }

  return { port, clock, idle, transport, connections, ask, upload, connection, connected }
}

/** A request whose stream is the next one, and its head has come. */
export async function begun(one: HandConnection, ask: () => Asked): Promise<Asked & { id: number }> {
  const before = one.streams.length
  const asked = ask()
  await until(() => one.streams.length > before)
  return { ...asked, id: one.streams.at(-1)! }
}

export const ok: [string, string][] = [[':status', '200']]
