/**
 * A client that says what it is told, byte by byte, and hears everything.
 */

import net from 'node:net'
import tls from 'node:tls'
import { parseAnswer, type RawAnswer } from './rig.ts'

export interface Client {
  readonly socket: net.Socket
  /** Everything heard so far, latin1. */
  readonly text: string
  send(bytes: string | Buffer): void
  /** Resolves with what was heard as soon as it fits. */
  heard(condition: RegExp | ((text: string) => boolean)): Promise<string>
  /** The next answer with a Content-Length, taken off what was heard. */
  answer(): Promise<RawAnswer>
  /** Resolves with everything heard once the connection is closed, by whomever. */
  readonly closed: Promise<string>
}

export function connect(port: number): Promise<Client> {
  return join(net.connect(port, '127.0.0.1'), 'connect')
}

export function connectTLS(port: number, options: tls.ConnectionOptions = {}): Promise<Client> {
  return join(tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }), 'secureConnect')
}

function join(socket: net.Socket, event: string): Promise<Client> {
  let text = ''
  let taken = 0
  const looks = new Set<() => void>()
  function look(): void {
    for (const one of looks) {
      one()
    }
  }
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    text += chunk
    look()
  })
  const closed = new Promise<string>(resolve => socket.on('close', () => resolve(text)))
  function heard(condition: RegExp | ((text: string) => boolean)): Promise<string> {
    return new Promise((resolve, reject) => {
      const fits = typeof condition === 'function' ? condition : (all: string) => condition.test(all)
      function one(): void {
        if (!fits(text)) {
          return
        }
        looks.delete(one)
        resolve(text)
      }
      looks.add(one)
      void closed.then(() => reject(new Error(`closed before it said so: ${JSON.stringify(text)}`)))
      one()
    })
  }
  const client: Client = {
    socket,
    get text() {
      return text
    },
    send: bytes => void (typeof bytes === 'string' ? socket.write(bytes, 'latin1') : socket.write(bytes)),
    heard,
    async answer() {
      function isWhole(all: string): boolean {
        const answer = parseAnswer(all.slice(taken))
        return all.slice(taken).includes('\r\n\r\n') && answer.body.length >= lengthOf(answer)
      }
      const rest = (await heard(isWhole)).slice(taken)
      const answer = parseAnswer(rest)
      const whole = answer.head.length + 4 + lengthOf(answer)
      taken += whole
      return parseAnswer(rest.slice(0, whole))
    },
    closed
  }
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once(event, () => {
      socket.off('error', reject).on('error', () => {})
      resolve(client)
    })
  })
}

function lengthOf({ headers }: RawAnswer): number {
  return Number(headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? 0)
}

/** A request with a Host, in HTTP/1.1 unless the line says otherwise. */
export function request(line: string, headers: Record<string, string> = {}, body = ''): string {
  const lines = Object.entries({ Host: 'app.test', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
