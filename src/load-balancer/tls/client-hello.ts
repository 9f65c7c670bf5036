/**
 * The first message of a TLS handshake, read before the handshake begins: AWS chooses the certificate by what the
 * client can verify, and goes on without ALPN where no protocol is common; a gateway chooses its server by the name that
 * the client asks for. Node tells none of it in time.
 *
 * @module
 */

import type { Readable } from 'node:stream'

export interface ClientHello {
  /** The host that the client asks for; undefined where it names none. */
  serverName: string | undefined
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
 * Waits for the message and hands it over, undefined for what is none, with the bytes that have come. The socket is paused
 * then, and whoever takes it reads every byte from the beginning.
 */
export function peekClientHello(
  socket: Readable,
  onHello: (hello: ClientHello | undefined, bytes: Buffer) => void
): void {
  const chunks: Buffer[] = []
  let length = 0
  const reader = new HelloReader()
  function onData(chunk: Buffer): void {
    chunks.push(chunk)
    length += chunk.length
    const hello = reader.read(chunk)
    if (hello === 'incomplete' && length < longest) {
      return
    }
    const bytes = Buffer.concat(chunks)
    socket.off('data', onData).pause()
    socket.unshift(bytes)
    onHello(hello === 'incomplete' ? undefined : hello, bytes)
  }
  socket.on('data', onData)
}

/** The types of a record that carries a handshake, and of the first message of one (RFC 8446 §5.1, §4). */
const handshake = 22
const clientHello = 1

/** Takes a ClientHello (RFC 8446 §4.1.2) out of its records; undefined for what is none. */
export function parseClientHello(bytes: Buffer): ClientHello | 'incomplete' | undefined {
  return new HelloReader().read(bytes)
}

const recordHeaderLength = 5
const messageHeaderLength = 4

/** Puts the message together of its records as they come: each byte is looked at once, however they are cut. */
class HelloReader {
  readonly #recordHeader = Buffer.alloc(recordHeaderLength)
  /** How much of the record's header is there. */
  #headerRead = 0
  /** What is still to come of the record. */
  #left = 0
  readonly #messageHeader = Buffer.alloc(messageHeaderLength)
  readonly #parts: Buffer[] = []
  /** The length of what is there of the message. */
  #length = 0

  /** Takes what comes next. */
  read(chunk: Buffer): ClientHello | 'incomplete' | undefined {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left === 0) {
        if (this.#headerRead === 0 && chunk[at] !== handshake) {
          return undefined
        }
        at += this.#readHeader(chunk.subarray(at))
        continue
      }
      const part = chunk.subarray(at, at + this.#left)
      at += part.length
      this.#left -= part.length
      this.#add(part)
      if (this.#messageHeader[0] !== clientHello) {
        return undefined
      }
      if (this.#isComplete) {
        return interpretIfWhole(this.#message())
      }
    }
    return 'incomplete'
  }

  /** Returns how many bytes it took. */
  #readHeader(bytes: Buffer): number {
    const taken = bytes.copy(this.#recordHeader, this.#headerRead)
    this.#headerRead += taken
    if (this.#headerRead === recordHeaderLength) {
      this.#left = this.#recordHeader.readUInt16BE(3)
      this.#headerRead = 0
    }
    return taken
  }

  #add(part: Buffer): void {
    if (this.#length < messageHeaderLength) {
      part.copy(this.#messageHeader, this.#length)
    }
    this.#parts.push(part)
    this.#length += part.length
  }

  get #end(): number {
    return messageHeaderLength + this.#messageHeader.readUIntBE(1, 3)
  }

  get #isComplete(): boolean {
    return this.#length >= messageHeaderLength && this.#length >= this.#end
  }

  #message(): Buffer {
    return Buffer.concat(this.#parts).subarray(messageHeaderLength, this.#end)
  }
}

function interpretIfWhole(message: Buffer): ClientHello | undefined {
  try {
    return interpret(new Reader(message))
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

const extension = { serverName: 0, signatureAlgorithms: 13, protocols: 16, versions: 43 }
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

function extensionsOf(reader: Reader): Map<number, Reader> {
  const extensions = new Map<number, Reader>()
  if (!reader.isDone) {
    const list = reader.vector(2)
    while (!list.isDone) {
      extensions.set(list.number(2), list.vector(2))
    }
  }
  return extensions
}

/** RFC 6066 §3; of the kinds of names there is but one, the host's. */
function serverNameOf(names: Reader | undefined): string | undefined {
  if (names?.number(1) !== 0) {
    return undefined
  }
  return names.vector(2).text() || undefined
}

/** RFC 7301 §3.1. */
function protocolsOf(offered: Reader | undefined): string[] {
  const protocols: string[] = []
  while (offered && !offered.isDone) {
    protocols.push(offered.vector(1).text())
  }
  return protocols
}

/** @throws {CutOffError} */
function interpret(reader: Reader): ClientHello {
  // Version and random.
  reader.take(34)
  reader.vector(1)
  const suites = reader.vector(2).numbers(2)
  reader.vector(1)
  const extensions = extensionsOf(reader)
  const versions = extensions.get(extension.versions)?.vector(1).numbers(2) ?? []
  const schemes = extensions.get(extension.signatureAlgorithms)?.vector(2).numbers(2)
  const ecdsa = schemes?.some(isECDSA) ?? true
  const rsa = schemes?.some(isRSA) ?? true
  return {
    serverName: serverNameOf(extensions.get(extension.serverName)?.vector(2)),
    protocols: protocolsOf(extensions.get(extension.protocols)?.vector(2)),
    speaksTLS13: versions.includes(tls13) && suites.some(isTLS13Suite),
    ecdsa,
    rsa,
    tls12: {
      ecdsa: ecdsa && suites.some(suite => ecdsaSuites.has(suite)),
      rsa: rsa && suites.some(suite => rsaSuites.has(suite))
    }
  }
}
