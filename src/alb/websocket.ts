import type { Duplex } from 'node:stream'
import { type HeaderList, tokensOf, valuesOf } from './header-list.ts'
import type { RequestHead } from './request.ts'

/** Whether a request asks for a WebSocket. Other upgrades are not passed on. */
export const isWebSocketUpgrade = (head: RequestHead): boolean =>
  head.version === '1.1' && tokensOf(head.headers, 'connection').includes('upgrade') && asksFor(head.headers)

const asksFor = (headers: HeaderList): boolean =>
  valuesOf(headers, 'upgrade').some(value => value.trim().toLowerCase() === 'websocket')

/** Joins two connections until one of them ends: bytes only, whatever is said. */
export function tunnel(
  client: Duplex,
  target: Duplex,
  onBytes: (from: 'client' | 'target', count: number) => void
): void {
  for (const [from, source, destination] of [
    ['client', client, target],
    ['target', target, client]
  ] as const) {
    source.on('data', (chunk: Buffer) => onBytes(from, chunk.length))
    source.pipe(destination)
    source.on('error', () => destination.destroy())
    source.on('close', () => destination.destroy())
  }
}
