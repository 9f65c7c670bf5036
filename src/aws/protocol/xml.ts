/**
 * Answers of the query protocol and of EC2's.
 *
 * @module
 */

import type { ServiceError } from './service-error.ts'
import type { MemberTable, ServiceTable } from './table.ts'

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' }

function escapeText(text: string): string {
  // XML 1.0 has no other control characters than tab and line feed, not even escaped.
  return (
    text
      .replace(/[&<>"\r]/g, character => entities[character]!)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is left out
      .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '')
  )
}

function element(name: string, content: string, attributes = ''): string {
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`
}

class Writer {
  readonly #table: ServiceTable

  constructor(table: ServiceTable) {
    this.#table = table
  }

  members(shapeName: string, value: object): string {
    const values = value as Record<string, unknown>
    return Object.entries(this.#table.shapes[shapeName]!.members ?? {})
      .map(([name, member]) =>
        values[name] === undefined ? '' : this.#member(member.name ?? name, member, values[name])
      )
      .join('')
  }

  #member(name: string, { shape: shapeName }: MemberTable, value: unknown): string {
    const shape = this.#table.shapes[shapeName]!
    if (shape.type === 'list') {
      const item = shape.member!
      // EC2 writes lists that the model calls flattened as it writes all others.
      const inner = item.name ?? 'member'
      const isFlat = shape.flattened === true && this.#table.protocol !== 'ec2'
      const items = (value as unknown[]).map(one => this.#member(isFlat ? name : inner, item, one)).join('')
      return isFlat ? items : element(name, items)
    }
    if (shape.type === 'map') {
      const entries = Object.entries(value as object).map(([key, one]) =>
        element(
          'entry',
          element(shape.key!.name ?? 'key', escapeText(key)) +
            this.#member(shape.value!.name ?? 'value', shape.value!, one)
        )
      )
      return element(name, entries.join(''))
    }
    return shape.type === 'structure'
      ? element(name, this.members(shapeName, value as object))
      : element(name, escapeText(scalar(value)))
  }
}

function scalar(value: unknown): string {
  if (value instanceof Date) {
    return value.toISOString()
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value)
}

const head = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** The answer of an action. */
export function encodeXML(table: ServiceTable, operation: string, output: object, requestID: string): string {
  const { output: shape, resultWrapper } = table.operations[operation]!
  const content = shape === undefined ? '' : new Writer(table).members(shape, output)
  const isEC2 = table.protocol === 'ec2'
  // EC2's namespace ends with a slash, though its model says it without one.
  const namespace = ` xmlns="${table.xmlNamespace}${isEC2 ? '/' : ''}"`
  if (isEC2) {
    // An action without an output answers whether it was done.
    const body = shape === undefined ? element('return', 'true') : content
    return head + element(`${operation}Response`, element('requestId', requestID) + body, namespace)
  }
  const result = element(resultWrapper ?? `${operation}Result`, content)
  const metadata = element('ResponseMetadata', element('RequestId', requestID))
  return head + element(`${operation}Response`, result + metadata, namespace)
}

/** What was refused. */
export function encodeXMLError(
  { protocol, xmlNamespace }: Pick<ServiceTable, 'protocol' | 'xmlNamespace'>,
  { code, message }: ServiceError,
  status: number,
  requestID: string
): string {
  const texts = element('Code', escapeText(code)) + element('Message', escapeText(message))
  if (protocol === 'ec2') {
    const errors = element('Errors', element('Error', texts))
    return head + element('Response', errors + element('RequestID', requestID))
  }
  const error = element('Error', element('Type', status < 500 ? 'Sender' : 'Receiver') + texts)
  return head + element('ErrorResponse', error + element('RequestId', requestID), ` xmlns="${xmlNamespace}"`)
}
