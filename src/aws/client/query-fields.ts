/**
 * Inputs as the query protocol and EC2's write them: the members of a structure to dotted names of form fields.
 *
 * @module
 */

import type { MemberTable, ServiceTable } from '../protocol/table.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a value is stands in the table, which is read as it is walked.
type Value = any

class Writer {
  readonly #table: ServiceTable

  constructor(table: ServiceTable) {
    this.#table = table
  }

  fields(shapeName: string, value: Value, prefix = ''): [string, string][] {
    const { type, members = {}, member, key, value: item } = this.#table.shapes[shapeName]!
    if (type === 'structure') {
      return Object.entries(members).flatMap(([name, one]) => {
        const own = this.#wireName(name, one)
        return value[name] === undefined
          ? []
          : this.fields(one.shape, value[name], prefix === '' ? own : `${prefix}.${own}`)
      })
    }
    if (type === 'list') {
      const path = this.#table.protocol === 'ec2' ? prefix : `${prefix}.member`
      return value.length === 0
        ? [[prefix, '']]
        : value.flatMap((one: Value, index: number) => this.fields(member!.shape, one, `${path}.${index + 1}`))
    }
    if (type === 'map') {
      return Object.entries(value).flatMap(([name, one], index) => [
        [`${prefix}.entry.${index + 1}.${key!.name ?? 'key'}`, name] as [string, string],
        ...this.fields(item!.shape, one, `${prefix}.entry.${index + 1}.${item!.name ?? 'value'}`)
      ])
    }
    return [[prefix, value instanceof Date ? value.toISOString() : String(value)]]
  }

  /** EC2 begins the names of its requests with a capital. */
  #wireName(name: string, { name: wire = name, queryName }: MemberTable): string {
    return this.#table.protocol === 'ec2' ? (queryName ?? `${wire[0]!.toUpperCase()}${wire.slice(1)}`) : wire
  }
}

/** The form fields of an action's input. */
export function encodeQuery(table: ServiceTable, shape: string, input: object): [string, string][] {
  return new Writer(table).fields(shape, input)
}
