/**
 * Answers of the query protocol and of EC2's, read by the table of the service.
 *
 * @module
 */

import { ownEntry } from '../../own-entry.ts'
import { ServiceError } from '../protocol/service-error.ts'
import type { ServiceTable } from '../protocol/table.ts'

interface Element {
  name: string
  text: string
  children: Element[]
}

/** The last code that Unicode has. */
const lastCharacter = 0x10ffff

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function textOf(entity: string): string {
  const [, hex, digits] = /^#(x?)([0-9a-f]+)$/i.exec(entity) ?? []
  if (digits === undefined) {
    return ownEntry(entities, entity) ?? ''
  }
  const code = Number.parseInt(digits, hex === '' ? 10 : 16)
  return code <= lastCharacter ? String.fromCodePoint(code) : ''
}

/** Elements and text: AWS's answers have no comments, no sections and no attributes that say anything. */
function parseXML(xml: string): Element | undefined {
  const root: Element = { name: '', text: '', children: [] }
  const open = [root]
  for (const [, closing, name, attributes, text] of xml.matchAll(
    /<(\/?)([A-Za-z][\w.-]*)([^\w.<>-][^<>]*)?>|([^<]+)/g
  )) {
    const current = open.at(-1)!
    if (text !== undefined) {
      current.text += text.replace(/&([^;&]+);/g, (_, entity: string) => textOf(entity))
    } else if (closing) {
      open.splice(Math.max(open.length - 1, 1))
    } else {
      const element = { name: name!, text: '', children: [] }
      current.children.push(element)
      if (!attributes?.endsWith('/')) {
        open.push(element)
      }
    }
  }
  return root.children[0]
}

function find(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find(child => child.name === name)
}

class Reader {
  readonly #table: ServiceTable

  constructor(table: ServiceTable) {
    this.#table = table
  }

  read(shapeName: string, element: Element): unknown {
    const { type, members = {}, member, value, key } = this.#table.shapes[shapeName]!
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
          element.children.flatMap(entry => {
            const [name, held] = [find(entry, key!.name ?? 'key'), find(entry, value!.name ?? 'value')]
            return name && held ? [[name.text, this.read(value!.shape, held)]] : []
          })
        )
      case 'boolean':
        return element.text === 'true'
      case 'integer':
      case 'long':
      case 'float':
      case 'double':
        return Number(element.text)
      case 'timestamp':
        return new Date(element.text)
      default:
        return element.text
    }
  }
}

/** The output of an action; undefined for a text that is no answer of one. */
export function decodeXML(table: ServiceTable, operation: string, xml: string): object | undefined {
  const { output, resultWrapper } = table.operations[operation]!
  const root = parseXML(xml)
  const result = table.protocol === 'ec2' ? root : find(root, resultWrapper ?? `${operation}Result`)
  if (output === undefined) {
    return root && {}
  }
  return result && (new Reader(table).read(output, result) as object)
}

/** What was refused; undefined for a text that says nothing of it. */
export function decodeXMLError(xml: string, status: number): ServiceError | undefined {
  const root = parseXML(xml)
  const error = find(find(root, 'Errors') ?? root, 'Error')
  const code = find(error, 'Code')
  return code && new ServiceError(code.text, find(error, 'Message')?.text ?? '', { status })
}
