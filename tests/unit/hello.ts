import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect } from 'node:tls'

/** The first bytes of a real handshake. */
export function helloOf(options: ConnectionOptions): Promise<Buffer> {
  return new Promise(resolve => {
    const wire = new Duplex({ read() {}, write: (chunk, _encoding, done) => void done(resolve(chunk) as undefined) })
    connect({ socket: wire, ...options }).on('error', () => {})
  })
}

/** The same message in records of so many bytes. */
export function inRecords(bytes: Buffer, size: number): Buffer {
  const message = bytes.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size)
    records.push(bytes.subarray(0, 3), Buffer.of(part.length >> 8, part.length & 0xff), part)
  }
  return Buffer.concat(records)
}
