/** The type of a TLS record that carries a handshake, and of the first message of one (RFC 8446 §5.1, §4). */
const handshake = 0x16
const clientHello = 0x01

/** Longer than any hello: what is longer is none. */
const longest = 64 * 1024

/** What the first bytes of a connection are. */
export type Opening =
  | { kind: 'incomplete' }
  /** HTTP/2 with prior knowledge, or anything else, which HTTP/1 will judge. */
  | { kind: 'http1' | 'http2' }
  | { kind: 'tls'; serverName: string | undefined }

/** Tells TLS from plain HTTP by a connection's first bytes, and finds the server name of a TLS client. */
export function readOpening(bytes: Buffer): Opening {
  if (bytes.length === 0) {
    return { kind: 'incomplete' }
  }
  if (bytes[0] !== handshake) {
    return { kind: bytes.toString('latin1', 0, 3) === 'PRI' ? 'http2' : 'http1' }
  }
  const hello = handshakeOf(bytes)
  if (hello === 'incomplete') {
    return bytes.length > longest ? { kind: 'tls', serverName: undefined } : { kind: 'incomplete' }
  }
  return { kind: 'tls', serverName: hello[0] === clientHello ? serverNameOf(hello.subarray(4)) : undefined }
}

/** The first handshake message, which may be spread over several records. */
function handshakeOf(bytes: Buffer): Buffer | 'incomplete' {
  const parts: Buffer[] = []
  for (let at = 0; at + 5 <= bytes.length && bytes[at] === handshake; ) {
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    if (end > bytes.length) {
      return 'incomplete'
    }
    parts.push(bytes.subarray(at + 5, end))
    const message = Buffer.concat(parts)
    if (message.length >= 4 && message.length >= 4 + message.readUIntBE(1, 3)) {
      return message
    }
    at = end
  }
  return 'incomplete'
}

/** Reads length-prefixed fields one after the other; beyond the end there are empty ones. */
class Fields {
  #at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length
  }

  skip(count: number): void {
    this.#at += count
  }

  number(size: number): number {
    const value = this.#at + size <= this.#bytes.length ? this.#bytes.readUIntBE(this.#at, size) : 0
    this.#at += size
    return value
  }

  /** A field behind its length, which has `size` bytes. */
  field(size: number): Buffer {
    const length = this.number(size)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

/** The host name of the extension `server_name` (RFC 6066 §3). */
function serverNameOf(hello: Buffer): string | undefined {
  const fields = new Fields(hello)
  // Version and random.
  fields.skip(2 + 32)
  // Session ID, cipher suites, compression methods.
  for (const size of [1, 2, 1]) {
    fields.field(size)
  }
  const extensions = new Fields(fields.field(2))
  while (!extensions.ended) {
    const type = extensions.number(2)
    const extension = extensions.field(2)
    if (type !== 0) {
      continue
    }
    const names = new Fields(new Fields(extension).field(2))
    names.skip(1)
    return names.field(2).toString('latin1') || undefined
  }
  return undefined
}
