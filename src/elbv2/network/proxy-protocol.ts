/**
 * The header of the PROXY protocol, version 2, as Network Load Balancers write it: always 100 bytes over IPv4, with a checksum
 * and padding behind the addresses. (HAProxy: proxy-protocol.txt §2.2; captures of AWS's headers.)
 *
 * @module
 */

import ipaddr from 'ipaddr.js'

/** One end of a connection. */
export interface Endpoint {
  address: string
  port: number
}

/** What a connection was to whoever opened it. */
export interface ProxiedConnection {
  source: Endpoint
  /** Where the client connected to. */
  destination: Endpoint
  /** The VPC endpoint that the connection came through. */
  vpcEndpoint?: string
}

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const command = { local: 0x20, proxy: 0x21 }
const family = { ipv4: 0x11, ipv6: 0x21 }
const type = { crc32c: 0x03, noop: 0x04, aws: 0xea }
const vpcEndpointSubtype = 0x01

/** Bytes that follow the 16 of the beginning. For IPv6 no capture is known, and its addresses leave room for less padding. */
const length = 84

/** The header before a client's first bytes. */
export function proxyHeader({ source, destination, vpcEndpoint }: ProxiedConnection): Buffer {
  const [from, to] = addressPair(source.address, destination.address)
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(source.port)
  ports.writeUInt16BE(destination.port, 2)
  const addresses = Buffer.concat([from, to, ports])
  const endpoint = vpcEndpoint === undefined ? [] : [tlv(type.aws, [vpcEndpointSubtype, ...Buffer.from(vpcEndpoint)])]
  return header(command.proxy, from.length === 4 ? family.ipv4 : family.ipv6, addresses, endpoint)
}

/** The header before a health check: it stands for no client, and has no addresses although it names their family. */
export function localHeader(): Buffer {
  return header(command.local, family.ipv4, Buffer.alloc(0), [])
}

/** Both in one family: IPv4 becomes IPv6 where only one of them is. */
function addressPair(source: string, destination: string): [Buffer, Buffer] {
  const pair = [source, destination].map(address => ipaddr.process(address))
  const isIPv4 = pair.every(address => address.kind() === 'ipv4')
  const [from, to] = pair.map(address =>
    Buffer.from((isIPv4 || !(address instanceof ipaddr.IPv4) ? address : address.toIPv4MappedAddress()).toByteArray())
  )
  return [from!, to!]
}

function tlv(kind: number, value: Uint8Array | readonly number[]): Buffer {
  return Buffer.from([kind, value.length >> 8, value.length & 0xff, ...value])
}

function header(verb: number, addressFamily: number, addresses: Buffer, more: readonly Buffer[]): Buffer {
  const start = Buffer.from([...signature, verb, addressFamily, length >> 8, length & 0xff])
  const checksumAt = start.length + addresses.length + 3
  const known = Buffer.concat([start, addresses, tlv(type.crc32c, [0, 0, 0, 0]), ...more])
  const padding = tlv(type.noop, Buffer.alloc(start.length + length - known.length - 3))
  const whole = Buffer.concat([known, padding])
  whole.writeUInt32BE(crc32c(whole), checksumAt)
  return whole
}

/** Castagnoli's polynomial, reversed. */
const polynomial = 0x82f63b78

const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1
  }
  return remainder
})

/** CRC-32C, for which Node has no function (RFC 3309). */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc = remainders[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  }
  return (crc ^ 0xffffffff) >>> 0
}
