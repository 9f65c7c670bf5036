export const nothing: Buffer = Buffer.alloc(0)

/** The bytes from a position on. Most often none are left, and a view of none costs as much as one of many. */
export function bytesFrom(bytes: Buffer, position: number): Buffer {
  return position === bytes.length ? nothing : bytes.subarray(position)
}

/**
 * Bytes that come in pieces and are looked at as one. Room grows by doubling, so that each byte is copied a few times at
 * most, however small the pieces are; what comes whole is not copied at all.
 */
export class GatheredBytes {
  #room = nothing
  #length = 0

  /** What is there so far: valid until the next piece. */
  get bytes(): Buffer {
    return this.#room.length === this.#length ? this.#room : this.#room.subarray(0, this.#length)
  }

  add(piece: Buffer): void {
    if (this.#length === 0) {
      this.#room = piece
      this.#length = piece.length
      return
    }
    const length = this.#length + piece.length
    // The first piece is whoever gave it's, so that the second one always finds new room.
    if (this.#room.length < length) {
      const room = Buffer.allocUnsafe(Math.max(1024, 2 * length))
      this.#room.copy(room, 0, 0, this.#length)
      this.#room = room
    }
    piece.copy(this.#room, this.#length)
    this.#length = length
  }

  /** Leaves out what stands before a position. */
  dropBefore(position: number): void {
    if (position === 0) {
      return
    }
    this.#room = this.#room.subarray(position)
    this.#length -= position
  }
}
