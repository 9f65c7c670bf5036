/**
 * JSON as Go's encoding/json scans it, in the words of its syntax errors.
 *
 * @module
 */
import { byteOf, Cursor, isDigit } from './json-cursor.ts'

/** A value of a text, with duplicate keys and the spelling of numbers. */
export type JSONNode =
  | { type: 'object'; members: [key: string, value: JSONNode][] }
  | { type: 'array'; items: JSONNode[] }
  | { type: 'string'; value: string }
  | { type: 'number'; text: string }
  | { type: 'bool'; value: boolean }
  | { type: 'null' }

type Container = Extract<JSONNode, { type: 'object' | 'array' }>

const maxDepth = 10_000
/**
 * Builds the tree. It keeps what is open in a list, like Go's scanner, so that deep nesting ends in Go's error and not in a full
 * stack.
 */
class TreeBuilder {
  readonly #cursor: Cursor
  readonly #open: Container[] = []
  readonly #keys: string[] = []
  #root: JSONNode | undefined

  constructor(text: string) {
    this.#cursor = new Cursor(text)
  }

  build(): JSONNode {
    while (!this.#scanValue() || this.#goOn()) {
      // Each turn reads one value, or the start of an object or array.
    }
    this.#cursor.passSpace()
    if (!this.#cursor.ended) {
      this.#cursor.complain('after top-level value')
    }
    return this.#root!
  }

  #place(node: JSONNode): void {
    const parent = this.#open.at(-1)
    if (parent?.type === 'array') {
      parent.items.push(node)
    } else if (parent) {
      parent.members.push([this.#keys.pop()!, node])
    } else {
      this.#root = node
    }
  }

  #enter(node: Container): void {
    this.#place(node)
    if (this.#open.length >= maxDepth) {
      this.#cursor.complain('exceeded max depth')
    }
    this.#open.push(node)
    this.#cursor.pass()
  }

  #scanKey(): void {
    const cursor = this.#cursor
    cursor.seek()
    if (cursor.peek() !== byteOf.quote) {
      cursor.complain('looking for beginning of object key string')
    }
    this.#keys.push(cursor.scanString())
    cursor.seek()
    if (!cursor.accept(byteOf.colon)) {
      cursor.complain('after object key')
    }
  }

  /** Reads one value; true when it is complete or its closing bracket is next, false when an element has to follow. */
  #scanValue(): boolean {
    const cursor = this.#cursor
    cursor.seek()
    const byte = cursor.peek()
    if (byte === byteOf.openBrace) {
      this.#enter({ type: 'object', members: [] })
      cursor.seek()
      const isEmpty = cursor.peek() === byteOf.closeBrace
      if (!isEmpty) {
        this.#scanKey()
      }
      return isEmpty
    }
    if (byte === byteOf.openBracket) {
      this.#enter({ type: 'array', items: [] })
      cursor.seek()
      return cursor.peek() === byteOf.closeBracket
    }
    this.#place(this.#scanScalar(byte))
    return true
  }

  #scanScalar(byte: number): JSONNode {
    const cursor = this.#cursor
    if (byte === byteOf.quote) {
      return { type: 'string', value: cursor.scanString() }
    }
    if (byte === byteOf.minus || isDigit(byte)) {
      return { type: 'number', text: cursor.scanNumber() }
    }
    if (byte === byteOf.t) {
      cursor.passWord('true')
      return { type: 'bool', value: true }
    }
    if (byte === byteOf.f) {
      cursor.passWord('false')
      return { type: 'bool', value: false }
    }
    if (byte !== byteOf.n) {
      cursor.complain('looking for beginning of value')
    }
    cursor.passWord('null')
    return { type: 'null' }
  }

  /** After a value: closes as many objects and arrays as end here. @returns whether another element follows. */
  #goOn(): boolean {
    const cursor = this.#cursor
    for (let container = this.#open.at(-1); container; container = this.#open.at(-1)) {
      const isArray = container.type === 'array'
      cursor.seek()
      if (cursor.accept(byteOf.comma)) {
        if (!isArray) {
          this.#scanKey()
        }
        return true
      }
      if (!cursor.accept(isArray ? byteOf.closeBracket : byteOf.closeBrace)) {
        cursor.complain(isArray ? 'after array element' : 'after object key:value pair')
      }
      this.#open.pop()
    }
    return false
  }
}

/** Reads a text into a tree. @throws ModelError with the text of Go's syntax error. */
export function scanJSON(text: string): JSONNode {
  return new TreeBuilder(text).build()
}
