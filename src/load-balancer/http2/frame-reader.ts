import { bytesFrom, GatheredBytes, nothing } from '../message/gathered-bytes.ts'
import { ConnectionFault, frameFlag, frameHeadLength, frameType, maxFrameSize } from './frame.ts'

/** What is told of the frames that come, in their order. What is thrown ends the connection. */
export interface FrameHandler {
  /** A block of fields, whole, whatever number of frames it came in. */
  onHeaders(stream: number, block: Buffer, isLast: boolean): void
  /** A frame of data begins: its length counts against the windows, padding included. */
  onDataFrame(stream: number, length: number): void
  /** A part of the data, as it comes. */
  onData(stream: number, bytes: Buffer): void
  /** A frame of data is over that is its stream's last one. */
  onDataEnd(stream: number): void
  onReset(stream: number, code: number): void
  onSettings(settings: readonly [id: number, value: number][]): void
  onPing(payload: Buffer): void
  onGoAway(lastStream: number, code: number): void
  onWindowUpdate(stream: number, more: number): void
}

/** Most bytes of a block of fields, as they are compressed, and frames that it comes in: a head may be 32 KiB long. */
const mostBlockBytes = 64 * 1024
const mostContinuations = 16

/** Takes the frames of a server out of a stream of bytes. */
export class FrameReader {
  readonly #handler: FrameHandler
  #gathered = new GatheredBytes()
  /** The frame of data that bytes are to come of. */
  #data: { stream: number; left: number; padding: number; isLast: boolean } | undefined
  /** The block of fields that frames are to come of; nothing else may come in between (RFC 9113 §6.10). */
  #block: { stream: number; isLast: boolean; bytes: GatheredBytes; continuations: number } | undefined
  #hasSettings = false

  constructor(handler: FrameHandler) {
    this.#handler = handler
  }

  /** Whether it holds bytes that were given to it. */
  get isHolding(): boolean {
    return this.#gathered.bytes.length > 0 || this.#block !== undefined
  }

  /** @throws {ConnectionFault} where the other side breaks the rules. */
  push(bytes: Buffer): void {
    this.#gathered.add(bytes)
    const all = this.#gathered.bytes
    let rest = all
    while (rest.length > 0) {
      const next = this.#data ? this.#takeData(rest) : this.#takeFrame(rest)
      if (next === rest) {
        break
      }
      rest = next
    }
    // What is there of a frame stays where it is until the frame is over: its pieces may be many.
    if (rest !== all) {
      this.#gathered = new GatheredBytes()
      if (rest.length > 0) {
        this.#gathered.add(rest)
      }
    }
  }

  /** Returns what lies behind a frame; all of it where the frame is not there in full. */
  #takeFrame(bytes: Buffer): Buffer {
    if (bytes.length < frameHeadLength) {
      return bytes
    }
    const length = (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!
    const type = bytes[3]!
    const flags = bytes[4]!
    const stream = bytes.readUInt32BE(5) & 0x7fffffff
    this.#checkOrder(type, flags, stream)
    if (length > maxFrameSize) {
      throw new ConnectionFault('FRAME_SIZE_ERROR', 'a frame that is longer than 16K')
    }
    if (type === frameType.data) {
      return this.#beginData(bytes, length, flags, stream)
    }
    const end = frameHeadLength + length
    if (bytes.length < end) {
      return bytes
    }
    this.#takeControl(type, flags, stream, bytes.subarray(frameHeadLength, end))
    return bytesFrom(bytes, end)
  }

  #checkOrder(type: number, flags: number, stream: number): void {
    if (!this.#hasSettings && (type !== frameType.settings || (flags & frameFlag.acknowledge) !== 0)) {
      throw new ConnectionFault('PROTOCOL_ERROR', 'the first frame is not its settings')
    }
    this.#hasSettings = true
    if (
      this.#block ? type !== frameType.continuation || stream !== this.#block.stream : type === frameType.continuation
    ) {
      throw new ConnectionFault('PROTOCOL_ERROR', 'a block of headers that is not continued')
    }
    const ofConnection = type === frameType.settings || type === frameType.ping || type === frameType.goAway
    // Window updates are for either; frames of unknown types are nobody's business.
    if (type < frameType.windowUpdate && ofConnection !== (stream === 0)) {
      throw new ConnectionFault('PROTOCOL_ERROR', 'a frame for what it cannot be for')
    }
  }

  #beginData(bytes: Buffer, length: number, flags: number, stream: number): Buffer {
    const isPadded = (flags & frameFlag.padded) !== 0
    const start = frameHeadLength + (isPadded ? 1 : 0)
    if (bytes.length < start) {
      return bytes
    }
    const padding = isPadded ? bytes[frameHeadLength]! : 0
    const left = length - padding - (isPadded ? 1 : 0)
    if (left < 0) {
      throw new ConnectionFault('PROTOCOL_ERROR', 'more padding than a frame is long')
    }
    this.#handler.onDataFrame(stream, length)
    this.#data = { stream, left, padding, isLast: (flags & frameFlag.endStream) !== 0 }
    return this.#takeData(bytesFrom(bytes, start))
  }

  #takeData(bytes: Buffer): Buffer {
    const frame = this.#data!
    const data = Math.min(frame.left, bytes.length)
    const padding = Math.min(frame.padding, bytes.length - data)
    frame.left -= data
    frame.padding -= padding
    const isOver = frame.left === 0 && frame.padding === 0
    if (isOver) {
      this.#data = undefined
    }
    if (data > 0) {
      this.#handler.onData(frame.stream, data === bytes.length ? bytes : bytes.subarray(0, data))
    }
    if (isOver && frame.isLast) {
      this.#handler.onDataEnd(frame.stream)
    }
    return bytesFrom(bytes, data + padding)
  }

  #takeControl(type: number, flags: number, stream: number, payload: Buffer): void {
    switch (type) {
      case frameType.headers:
        this.#block = {
          stream,
          isLast: (flags & frameFlag.endStream) !== 0,
          bytes: new GatheredBytes(),
          continuations: 0
        }
        this.#takeBlock(fragmentOf(payload, flags), flags)
        return
      case frameType.continuation:
        this.#takeBlock(payload, flags)
        return
      case frameType.reset:
        expectLength(payload, 4)
        this.#handler.onReset(stream, payload.readUInt32BE())
        return
      case frameType.settings:
        this.#takeSettings(flags, payload)
        return
      case frameType.pushPromise:
        throw new ConnectionFault('PROTOCOL_ERROR', 'a push, which was not agreed on')
      case frameType.ping:
        expectLength(payload, 8)
        if ((flags & frameFlag.acknowledge) === 0) {
          this.#handler.onPing(payload)
        }
        return
      case frameType.goAway:
        expectLength(payload.subarray(0, 8), 8)
        this.#handler.onGoAway(payload.readUInt32BE() & 0x7fffffff, payload.readUInt32BE(4))
        return
      case frameType.windowUpdate:
        expectLength(payload, 4)
        this.#handler.onWindowUpdate(stream, payload.readUInt32BE() & 0x7fffffff)
        return
    }
  }

  #takeBlock(fragment: Buffer, flags: number): void {
    const block = this.#block!
    block.bytes.add(fragment)
    block.continuations += 1
    if (block.bytes.bytes.length > mostBlockBytes || block.continuations > mostContinuations) {
      throw new ConnectionFault('ENHANCE_YOUR_CALM', 'a block of headers without end')
    }
    if ((flags & frameFlag.endHeaders) !== 0) {
      this.#block = undefined
      this.#handler.onHeaders(block.stream, block.bytes.bytes, block.isLast)
    }
  }

  #takeSettings(flags: number, payload: Buffer): void {
    if ((flags & frameFlag.acknowledge) !== 0) {
      expectLength(payload, 0)
      return
    }
    if (payload.length % 6 !== 0) {
      throw new ConnectionFault('FRAME_SIZE_ERROR', 'settings that are cut off')
    }
    const settings: [id: number, value: number][] = []
    for (let at = 0; at < payload.length; at += 6) {
      settings.push([payload.readUInt16BE(at), payload.readUInt32BE(at + 2)])
    }
    this.#handler.onSettings(settings)
  }
}

function expectLength(payload: Buffer, length: number): void {
  if (payload.length !== length) {
    throw new ConnectionFault('FRAME_SIZE_ERROR', 'a frame that has another length than its kind')
  }
}

/** The fields of a frame that may be padded and have a priority, which nobody goes by any more (RFC 9113 §6.2). */
function fragmentOf(payload: Buffer, flags: number): Buffer {
  const isPadded = (flags & frameFlag.padded) !== 0
  const start = (isPadded ? 1 : 0) + ((flags & frameFlag.priority) !== 0 ? 5 : 0)
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0)
  if (start > end) {
    throw new ConnectionFault('PROTOCOL_ERROR', 'more padding than a frame is long')
  }
  return start === end ? nothing : payload.subarray(start, end)
}
