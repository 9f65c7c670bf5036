/**
 * Inputs of the query protocol and of EC2's: dotted names of form fields to the members of a structure.
 *
 * @module
 */

import { ServiceError } from './service-error.ts'
import type { MemberTable, ServiceTable, ShapeTable } from './table.ts'

/** Form fields by the parts of their names. */
interface Node {
  value?: string
  children: Map<string, Node>
}

/** Parts of a name that is longer than any of a service: a recursion would go as deep. */
const mostParts = 32

function treeOf(fields: Iterable<[string, string]>): Node {
  const root: Node = { children: new Map() }
  for (const [name, value] of fields) {
    const parts = name.split('.', mostParts)
    let node = root
    for (const part of parts) {
      let child = node.children.get(part)
      if (!child) {
        child = { children: new Map() }
        node.children.set(part, child)
      }
      node = child
    }
    node.value = value
  }
  return root
}

/** Children of a list by ascending number, whatever numbers are left out. */
function numbered({ children }: Node): Node[] {
  return [...children]
    .filter(([name]) => /^\d{1,9}$/.test(name))
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([, node]) => node)
}

class Reader {
  readonly #table: ServiceTable

  constructor(table: ServiceTable) {
    this.#table = table
  }

  structure({ members = {} }: ShapeTable, node: Node): Record<string, unknown> {
    const entries = Object.entries(members).flatMap(([name, member]) => {
      const child = node.children.get(this.#wireName(name, member))
      return child ? [[name, this.#read(member.shape, child, name)] as const] : []
    })
    return Object.fromEntries(entries)
  }

  /** EC2 begins the names of its requests with a capital. */
  #wireName(name: string, { name: wire, queryName, shape }: MemberTable): string {
    if (this.#table.protocol === 'ec2') {
      const own = wire ?? name
      return queryName ?? `${own[0]!.toUpperCase()}${own.slice(1)}`
    }
    const { type, flattened, member } = this.#table.shapes[shape]!
    return (type === 'list' && flattened ? member?.name : undefined) ?? wire ?? name
  }

  #read(shapeName: string, node: Node, name: string): unknown {
    const shape = this.#table.shapes[shapeName]!
    switch (shape.type) {
      case 'structure':
        return this.structure(shape, node)
      case 'list':
        return this.#list(shape, node, name)
      case 'map':
        return this.#map(shape, node, name)
      default:
        return this.#scalar(shape, node.value ?? '', name)
    }
  }

  #list({ member, flattened }: ShapeTable, node: Node, name: string): unknown[] {
    const isFlat = flattened || this.#table.protocol === 'ec2'
    // Clients write `member` for every list, whatever the model calls its values.
    const items = isFlat ? node : (node.children.get(member!.name ?? 'member') ?? node.children.get('member'))
    return items ? numbered(items).map(item => this.#read(member!.shape, item, name)) : []
  }

  #map({ key, value, flattened }: ShapeTable, node: Node, name: string): Record<string, unknown> {
    const entries = flattened ? node : node.children.get('entry')
    return Object.fromEntries(
      (entries ? numbered(entries) : []).map(({ children }) => [
        children.get(key!.name ?? 'key')?.value ?? '',
        this.#read(value!.shape, children.get(value!.name ?? 'value') ?? { children: new Map() }, name)
      ])
    )
  }

  #scalar({ type }: ShapeTable, text: string, name: string): unknown {
    switch (type) {
      case 'boolean':
        return /^true$/i.test(text) || (/^false$/i.test(text) ? false : this.#malformed(name, text, 'a boolean'))
      case 'integer':
      case 'long':
        return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : this.#malformed(name, text, 'an integer')
      case 'float':
      case 'double':
        return text !== '' && Number.isFinite(Number(text)) ? Number(text) : this.#malformed(name, text, 'a number')
      case 'timestamp':
        return Number.isNaN(Date.parse(text)) ? this.#malformed(name, text, 'a timestamp') : new Date(text)
      case 'blob':
        return Buffer.from(text, 'base64')
      default:
        return text
    }
  }

  #malformed(name: string, text: string, expected: string): never {
    if (this.#table.protocol === 'ec2') {
      throw new ServiceError(
        'InvalidParameterValue',
        `Value (${text}) for parameter ${name} is invalid. ${text} is not ${expected}`
      )
    }
    throw new ServiceError('MalformedInput', `Value (${text}) of ${name} is not ${expected}`)
  }
}

/**
 * Reads the input of an action.
 *
 * @throws {ServiceError} for a text that is none of its type.
 */
export function decodeQuery(
  table: ServiceTable,
  shape: string,
  fields: Iterable<[string, string]>
): Record<string, unknown> {
  return new Reader(table).structure(table.shapes[shape]!, treeOf(fields))
}
