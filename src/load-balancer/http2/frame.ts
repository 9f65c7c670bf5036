/**
 * The frames of HTTP/2 on the wire (RFC 9113 §4, §6, §7).
 *
 * @module
 */

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9
} as const

export const frameFlag = { endStream: 1, acknowledge: 1, endHeaders: 4, padded: 8, priority: 32 } as const

export const setting = {
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5
} as const

/** Names of the error codes, by their number. */
const errorNames = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED'
] as const

export type ErrorName = (typeof errorNames)[number]

export function errorCode(name: ErrorName): number {
  return errorNames.indexOf(name)
}

/** The name of a code; its number where it has none. */
export function errorName(code: number): string {
  return errorNames[code] ?? `error ${code}`
}

/** The other side broke a rule after which nothing on the connection can be trusted (RFC 9113 §5.4.1). */
export class ConnectionFault extends Error {
  readonly code: ErrorName

  constructor(code: ErrorName, message: string) {
    super(message)
    this.code = code
  }
}

/** A block of fields cannot be read: the tables of the two sides differ from here on (RFC 7541 §2.2). */
export class CompressionError extends ConnectionFault {
  constructor(message: string) {
    super('COMPRESSION_ERROR', message)
  }
}

/** Bytes of a frame's head. */
export const frameHeadLength = 9

/** Longest payload that is taken, and sent: what holds unless a setting says more. (RFC 9113 §4.2.) */
export const maxFrameSize = 16_384

/** What each side may send unless a setting says otherwise, in bytes. (RFC 9113 §6.9.2.) */
export const defaultWindow = 65_535

/** No window may be larger. (RFC 9113 §6.9.1.) */
export const maxWindow = 2 ** 31 - 1

/** The head of a frame, one character a byte. */
export function frameHead(length: number, type: number, flags: number, stream: number): string {
  return String.fromCharCode(
    length >> 16,
    (length >> 8) & 255,
    length & 255,
    type,
    flags,
    stream >>> 24,
    (stream >>> 16) & 255,
    (stream >>> 8) & 255,
    stream & 255
  )
}

/** A number of four bytes, one character a byte. */
export function word(value: number): string {
  return String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}

/** A setting with its value, one character a byte. */
export function settingText(id: number, value: number): string {
  return String.fromCharCode(id >> 8, id & 255) + word(value)
}
