/**
 * The first message of a TLS handshake, read before the handshake begins: AWS chooses the certificate by what the
 * client can verify, and goes on without ALPN where no protocol is common. Node tells neither in time.
 *
 * @module
 */

import type { Socket } from 'node:net'

export interface ClientHello {
  /** Protocols that the client offers by ALPN. */
  protocols: string[]
  speaksTLS13: boolean
  /** Kinds of certificates that the client can verify. */
  ecdsa: boolean
  rsa: boolean
  /** The same where TLS 1.3 is not to be: there the cipher suite has to fit, too. */
  tls12: { ecdsa: boolean; rsa: boolean }
}

/** A longer message is not looked into. */
const longest = 64 * 1024

/**
 * Waits for the message and hands it over, undefined for what is none. The socket is paused then, and whoever takes it
 * reads every byte from the beginning.
 */
export function peekClientHello(socket: Socket, onHello: (hello: ClientHello | undefined) => void): void {
  let bytes: Buffer = Buffer.alloc(0)
  function onData(chunk: Buffer): void {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    const hello = parseClientHello(bytes)
    if (hello === 'incomplete' && bytes.length < longest) {
      return
    }
    socket.off('data', onData).pause()
    socket.unshift(bytes)
    onHello(hello === 'incomplete' ? undefined : hello)
  }
  socket.on('data', onData)
}

const handshake = 22
const clientHello = 1

/** Takes a ClientHello (RFC 8446 §4.1.2) out of its records; undefined for what is none. */
export function parseClientHello(bytes: Buffer): ClientHello | 'incomplete' | undefined {
  let message: Buffer = Buffer.alloc(0)
  for (let at = 0; ; ) {
    if (bytes.length > at && bytes[at] !== handshake) {
      return undefined
    }
    if (bytes.length < at + 5) {
      return 'incomplete'
    }
    const end = at + 5 + bytes.readUInt16BE(at + 3)
    message = Buffer.concat([message, bytes.subarray(at + 5, end)])
    if (message.length > 0 && message[0] !== clientHello) {
      return undefined
    }
    if (message.length >= 4 && message.length >= 4 + message.readUIntBE(1, 3)) {
      break
    }
    if (bytes.length < end) {
      return 'incomplete'
    }
    at = end
  }
  try {
    return interpret(new Reader(message.subarray(4, 4 + message.readUIntBE(1, 3))))
  } catch (error) {
    if (error instanceof CutOffError) {
      return undefined
    }
    throw error
  }
}

/** Something would lie behind the end of what holds it. */
class CutOffError extends Error {}

/** Reads what TLS is made of: numbers, and vectors with their length before them. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length
  }

  number(size: number): number {
    return this.take(size).readUIntBE(0, size)
  }

  /** @throws {CutOffError} */
  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) {
      throw new CutOffError()
    }
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  vector(lengthSize: number): Reader {
    return new Reader(this.take(this.number(lengthSize)))
  }

  text(): string {
    return this.#bytes.toString('latin1', this.#at)
  }

  numbers(size: number): number[] {
    const list: number[] = []
    while (!this.isDone) {
      list.push(this.number(size))
    }
    return list
  }
}

const extension = { signatureAlgorithms: 13, protocols: 16, versions: 43 }
const tls13 = 0x0304

function isTLS13Suite(suite: number): boolean {
  return suite >> 8 === 0x13
}

/** The suites of AWS's policies, by the kind of their certificate; those of TLS 1.3 go with either. */
const ecdsaSuites = new Set([0xc02b, 0xc02c, 0xc023, 0xc024, 0xc009, 0xc00a, 0xcca9])
const rsaSuites = new Set([0xc02f, 0xc030, 0xc027, 0xc028, 0xc013, 0xc014, 0xcca8, 0x9c, 0x9d, 0x3c, 0x3d, 0x2f, 0x35])

/** `rsa_pkcs1_*` ends in 1; `rsa_pss_rsae_*` are 0x0804 to 0x0806; `ecdsa_*` ends in 3. (RFC 8446 §4.2.3.) */
function isECDSA(scheme: number): boolean {
  return (scheme & 0xff) === 3
}
function isRSA(scheme: number): boolean {
  return (scheme & 0xff) === 1 || (scheme >= 0x0804 && scheme <= 0x0806)
}

function interpret(reader: Reader): ClientHello {
  // Version and random.
  reader.take(34)
  reader.vector(1)
  const suites = reader.vector(2).numbers(2)
  reader.vector(1)
  const extensions = new Map<number, Reader>()
  if (!reader.isDone) {
    const list = reader.vector(2)
    while (!list.isDone) {
      extensions.set(list.number(2), list.vector(2))
    }
  }
  const protocols: string[] = []
  const offered = extensions.get(extension.protocols)?.vector(2)
  while (offered && !offered.isDone) {
    protocols.push(offered.vector(1).text())
  }
  const versions = extensions.get(extension.versions)?.vector(1).numbers(2) ?? []
  const schemes = extensions.get(extension.signatureAlgorithms)?.vector(2).numbers(2)
  const ecdsa = schemes?.some(isECDSA) ?? true
  const rsa = schemes?.some(isRSA) ?? true
  return {
    protocols,
    speaksTLS13: versions.includes(tls13) && suites.some(isTLS13Suite),
    ecdsa,
    rsa,
    tls12: {
      ecdsa: ecdsa && suites.some(suite => ecdsaSuites.has(suite)),
      rsa: rsa && suites.some(suite => rsaSuites.has(suite))
    }
  }
}
