/**
 * The Huffman code of HPACK, to be read (RFC 7541 §5.2, Appendix B). It is a canonical one: shorter codes come first, and of one
 * length those of smaller symbols, so that the lengths alone tell every code.
 *
 * @module
 */

import { CompressionError } from './frame.ts'

/** Symbols by the bits of their codes; the last one of 30 bits ends a text and never stands in one. */
const symbols: Record<number, readonly number[]> = {
  5: [48, 49, 50, 97, 99, 101, 105, 111, 115, 116],
  6: [32, 37, 45, 46, 47, 51, 52, 53, 54, 55, 56, 57, 61, 65, 95, 98, 100, 102, 103, 104, 108, 109, 110, 112, 114, 117],
  7: [
    58, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 89, 106, 107, 113, 118,
    119, 120, 121, 122
  ],
  8: [38, 42, 44, 59, 88, 90],
  10: [33, 34, 40, 41, 63],
  11: [39, 43, 124],
  12: [35, 62],
  13: [0, 36, 64, 91, 93, 126],
  14: [94, 125],
  15: [60, 96, 123],
  19: [92, 195, 208],
  20: [128, 130, 131, 162, 184, 194, 224, 226],
  21: [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230],
  22: [
    129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198,
    228, 232, 233
  ],
  23: [
    1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182,
    183, 188, 191, 197, 231, 239
  ],
  24: [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237],
  25: [199, 207, 234, 235],
  26: [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255],
  27: [203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254],
  28: [2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249],
  30: [10, 13, 22, 256]
}

const end = 256

/** What four more bits lead to from each state: the next state, -1 where no text goes on so, and the symbol that ends there, if any. */
interface Automaton {
  next: Int16Array
  symbol: Int16Array
  /** States in which a text may end: at most seven bits of padding behind a symbol, all ones. */
  mayEnd: Uint8Array
}

/** The tree of the codes: what a node's two branches lead to is another node, or a symbol as its complement. */
function plantTree(): [number, number][] {
  const tree: [number, number][] = [[0, 0]]
  let code = 0
  let before = 0
  for (const [bits, list] of Object.entries(symbols)) {
    code <<= Number(bits) - before
    before = Number(bits)
    for (const symbol of list) {
      let node = 0
      for (let bit = before - 1; bit > 0; bit -= 1) {
        const branches = tree[node]!
        const branch = (code >>> bit) & 1
        if (branches[branch] === 0) {
          branches[branch] = tree.push([0, 0]) - 1
        }
        node = branches[branch]!
      }
      tree[node]![code & 1] = ~symbol
      code += 1
    }
  }
  return tree
}

function build(): Automaton {
  const tree = plantTree()
  const next = new Int16Array(tree.length * 16)
  const symbol = new Int16Array(tree.length * 16).fill(-1)
  for (let state = 0; state < tree.length; state += 1) {
    for (let bits = 0; bits < 16; bits += 1) {
      let node = state
      for (let bit = 3; bit >= 0 && node >= 0; bit -= 1) {
        const branch = tree[node]![(bits >>> bit) & 1]!
        // No code has fewer than five bits: at most one ends here.
        if (branch < 0) {
          symbol[state * 16 + bits] = ~branch
        }
        node = branch === ~end ? -1 : Math.max(branch, 0)
      }
      next[state * 16 + bits] = node
    }
  }
  const mayEnd = new Uint8Array(tree.length)
  for (let node = 0, ones = 0; ones < 8; ones += 1) {
    mayEnd[node] = 1
    node = tree[node]![1]
  }
  return { next, symbol, mayEnd }
}

/** Made when it is first needed. */
let automaton: Automaton | undefined

/** No code is shorter than five bits. */
const mostSymbols = 8 / 5

/** Where symbols are put while a text is read; longer texts get room of their own. */
const room = Buffer.alloc(4 * 1024)

/**
 * Reads a text.
 *
 * @returns one character a byte.
 * @throws {CompressionError} where the bits are no text of the code.
 */
export function decodeHuffman(bytes: Buffer, from: number, to: number): string {
  automaton ??= build()
  const { next, symbol, mayEnd } = automaton
  const most = Math.ceil((to - from) * mostSymbols)
  const out = most <= room.length ? room : Buffer.allocUnsafe(most)
  let length = 0
  let state = 0
  for (let at = from * 2; at < to * 2; at += 1) {
    const byte = bytes[at >> 1]!
    const step = state * 16 + (at & 1 ? byte & 15 : byte >> 4)
    const found = symbol[step]!
    state = next[step]!
    if (state < 0) {
      throw new CompressionError('no text of the Huffman code')
    }
    if (found >= 0) {
      out[length] = found
      length += 1
    }
  }
  if (mayEnd[state] === 0) {
    throw new CompressionError('a text of the Huffman code that does not end')
  }
  return out.toString('latin1', 0, length)
}
