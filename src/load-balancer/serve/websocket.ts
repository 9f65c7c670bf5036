import type { Duplex } from 'node:stream'
import type { RequestHead } from '../../elbv2/index.ts'
import { type HeaderList, tokensOf, valuesOf } from '../../elbv2/index.ts'

/** Whether a request asks for a WebSocket. Other upgrades are not passed on. */
export function isWebSocketUpgrade(head: RequestHead): boolean {
  return head.version === '1.1' && tokensOf(head.headers, 'connection').includes('upgrade') && asksFor(head.headers)
}

function asksFor(headers: HeaderList): boolean {
  return valuesOf(headers, 'upgrade').some(value => value.trim().toLowerCase() === 'websocket')
}

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
