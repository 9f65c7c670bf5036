/**
 * Inputs and answers of the JSON protocol, version 1.1.
 *
 * @module
 */

import { ServiceError } from './service-error.ts'
import type { ServiceTable } from './table.ts'

function refuse(message: string): never {
  throw new ServiceError('SerializationException', message)
}

/** Types as AWS's framework names them. */
const typeNames: Record<string, string> = {
  string: 'String',
  boolean: 'Boolean',
  integer: 'Integer',
  long: 'Long',
  float: 'Float',
  double: 'Double',
  timestamp: 'Timestamp',
  blob: 'Blob'
}

function tokenOf(value: unknown): string {
  if (typeof value === 'number') {
    return 'NUMBER_VALUE'
  }
  return typeof value === 'boolean' ? `${value}`.toUpperCase().concat('_VALUE') : 'STRING_VALUE'
}

class Reader {
  readonly #table: ServiceTable

  constructor(table: ServiceTable) {
    this.#table = table
  }

  read(shapeName: string, value: unknown): unknown {
    const { type, members = {}, member, value: item } = this.#table.shapes[shapeName]!
    if (type === 'list') {
      return Array.isArray(value)
        ? value.filter(one => one !== null).map(one => this.read(member!.shape, one))
        : refuse(`Unexpected value for a list: ${tokenOf(value)}`)
    }
    if (type === 'structure' || type === 'map') {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return refuse('Start of structure or map found where not expected.')
      }
      const entries = Object.entries(value).flatMap(([name, one]) => {
        const shape = type === 'map' ? item!.shape : Object.hasOwn(members, name) ? members[name]!.shape : undefined
        return shape === undefined || one === null ? [] : [[name, this.read(shape, one)] as const]
      })
      return Object.fromEntries(entries)
    }
    return this.#scalar(type, value)
  }

  #scalar(type: string, value: unknown): unknown {
    if (type === 'string' || type === 'boolean') {
      return typeof value === type ? value : this.#mismatch(type, value)
    }
    if (type === 'blob') {
      return typeof value === 'string' ? Buffer.from(value, 'base64') : this.#mismatch(type, value)
    }
    if (type === 'timestamp') {
      const time = typeof value === 'number' ? new Date(value * 1000) : new Date(String(value))
      return Number.isNaN(time.getTime()) ? this.#mismatch(type, value) : time
    }
    return typeof value === 'number' && (type !== 'integer' || Number.isInteger(value))
      ? value
      : this.#mismatch(type, value)
  }

  #mismatch(type: string, value: unknown): never {
    if (typeof value === 'object') {
      return refuse('Start of structure or map found where not expected.')
    }
    return refuse(`${tokenOf(value)} can not be converted to a ${typeNames[type]}`)
  }
}

/**
 * Reads the input of an action.
 *
 * @throws {ServiceError} for a body that is no JSON, or a value of another type than its member's.
 */
export function decodeJSON(table: ServiceTable, shape: string, body: string): Record<string, unknown> {
  let content: unknown
  try {
    content = JSON.parse(body.trim() === '' ? '{}' : body)
  } catch {
    return refuse('The request body is no JSON')
  }
  return new Reader(table).read(shape, content) as Record<string, unknown>
}

/** The answer of an action: a timestamp is seconds, bytes are base64. */
export function encodeJSON(output: unknown): string {
  return JSON.stringify(plain(output))
}

function plain(value: unknown): unknown {
  if (value instanceof Date) {
    return value.getTime() / 1000
  }
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString('base64')
  }
  if (Array.isArray(value)) {
    return value.map(plain)
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
    : value
}
