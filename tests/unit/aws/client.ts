/** A client of the AWS APIs as small as its protocols: inputs and answers by the tables that the endpoint has. */
import { type ServiceName, type ServiceTable, serviceTable } from '../../../src/aws/protocol/table.ts'

/** What an API takes or answers: tests reach into it by name. */
// biome-ignore lint/suspicious/noExplicitAny: its shape is the table's, and no type of TypeScript's
export type Json = any

export interface ApiError {
  code: string
  message: string
  status: number
}

export interface Answer {
  output?: Record<string, Json>
  error?: ApiError
  requestID: string
}

interface Element {
  name: string
  text: string
  children: Element[]
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#13': '\r' }

/** Enough of XML for the endpoint's answers: elements and text. */
export function parseXML(xml: string): Element {
  const root: Element = { name: '', text: '', children: [] }
  const open = [root]
  for (const [, closing, name, empty, text] of xml.matchAll(/<(\/?)([A-Za-z][\w.-]*)[^>]*?(\/?)>|([^<]+)/g)) {
    const current = open.at(-1)!
    if (text !== undefined) {
      current.text += text.replace(/&([^;]+);/g, (_, entity: string) => entities[entity] ?? '')
    } else if (closing) {
      open.pop()
    } else {
      const element = { name: name!, text: '', children: [] }
      current.children.push(element)
      if (!empty) {
        open.push(element)
      }
    }
  }
  return root.children[0]!
}

function find({ children }: Element, name: string): Element | undefined {
  return children.find(child => child.name === name)
}

/** The client's half of the protocols. */
export class Codec {
  readonly table: ServiceTable
  constructor(table: ServiceTable) {
    this.table = table
  }

  fields(shapeName: string, value: Json, prefix = ''): [string, string][] {
    const { type, members = {}, member, key, value: item } = this.table.shapes[shapeName]!
    const isEC2 = this.table.protocol === 'ec2'
    if (type === 'structure') {
      return Object.entries(members).flatMap(([name, one]) => {
        const wire = one.name ?? name
        const own = isEC2 ? (one.queryName ?? `${wire[0]!.toUpperCase()}${wire.slice(1)}`) : wire
        return value[name] === undefined
          ? []
          : this.fields(one.shape, value[name], prefix === '' ? own : `${prefix}.${own}`)
      })
    }
    if (type === 'list') {
      const path = isEC2 ? prefix : `${prefix}.member`
      return value.length === 0
        ? [[prefix, '']]
        : value.flatMap((one: Json, index: number) => this.fields(member!.shape, one, `${path}.${index + 1}`))
    }
    if (type === 'map') {
      return Object.entries(value).flatMap(([name, one], index) => [
        [`${prefix}.entry.${index + 1}.${key!.name ?? 'key'}`, name] as [string, string],
        ...this.fields(item!.shape, one, `${prefix}.entry.${index + 1}.${item!.name ?? 'value'}`)
      ])
    }
    return [[prefix, value instanceof Date ? value.toISOString() : String(value)]]
  }

  read(shapeName: string, element: Element): Json {
    const { type, members = {}, member, value, key } = this.table.shapes[shapeName]!
    switch (type) {
      case 'structure':
        return Object.fromEntries(
          Object.entries(members).flatMap(([name, one]) => {
            const child = find(element, one.name ?? name)
            return child ? [[name, this.read(one.shape, child)]] : []
          })
        )
      case 'list':
        return element.children.map(child => this.read(member!.shape, child))
      case 'map':
        return Object.fromEntries(
          element.children.map(entry => [
            find(entry, key!.name ?? 'key')!.text,
            this.read(value!.shape, find(entry, value!.name ?? 'value')!)
          ])
        )
      case 'boolean':
        return element.text === 'true'
      case 'integer':
      case 'long':
      case 'double':
        return Number(element.text)
      default:
        return element.text
    }
  }
}

/** An `Authorization` header with that scope, and no signature that anybody could check. */
export function authorization({ key = 'test', region = 'us-west-2' }: { key?: string; region?: string } = {}): string {
  return `AWS4-HMAC-SHA256 Credential=${key}/20261129/${region}/service/aws4_request, SignedHeaders=host, Signature=0`
}

/** Calls an action. */
export async function callAction(
  url: string,
  service: ServiceName,
  action: string,
  input: Record<string, Json> = {},
  headers: Record<string, string> = {}
): Promise<Answer> {
  const table = serviceTable(service)
  const codec = new Codec(table)
  const { input: shape, output, resultWrapper } = table.operations[action]!
  const isJSON = table.protocol === 'json'
  const fields = shape === undefined || isJSON ? [] : codec.fields(shape, input)
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      ...(isJSON && {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${table.targetPrefix}.${action}`
      }),
      ...headers
    },
    body: isJSON
      ? JSON.stringify(input)
      : new URLSearchParams([['Action', action], ['Version', table.apiVersion], ...fields])
  })
  const text = await response.text()
  const { status } = response
  const requestID = response.headers.get('x-amzn-requestid') ?? ''
  if (isJSON) {
    const body = JSON.parse(text)
    return response.ok
      ? { output: body, requestID }
      : { error: { code: body.__type, message: body.message, status }, requestID }
  }
  const root = parseXML(text)
  if (!response.ok) {
    const error = find(table.protocol === 'ec2' ? find(root, 'Errors')! : root, 'Error')!
    return { error: { code: find(error, 'Code')!.text, message: find(error, 'Message')!.text, status }, requestID }
  }
  const result = table.protocol === 'ec2' ? root : find(root, resultWrapper ?? `${action}Result`)!
  return { output: output === undefined ? {} : codec.read(output, result), requestID }
}
