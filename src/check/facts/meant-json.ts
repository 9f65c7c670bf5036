/**
 * What was meant by the JSON of an annotation that the controller cannot read, for the slips that people make.
 *
 * @module
 */
import { annotationName } from '../../resources/index.ts'
import type { MeantValue } from './model-error-advice.ts'

const listenPorts = annotationName('listen-ports')

/** JSON with what other notations allow taken out: quotes of another kind, and commas before an end. */
function mendNotation(text: string): string {
  const quoted = text.includes('"') ? text : text.replaceAll("'", '"')
  return quoted.replace(/,(\s*[\]}])/g, '$1')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The list of ports that a text of nearly its shape means; undefined where something in it is no port. */
function meantPorts(text: string): string | undefined {
  const value = parse(mendNotation(text))
  const entries = Array.isArray(value) ? value : [value]
  if (entries.length === 0 || !entries.every(isRecord)) {
    return undefined
  }
  const ports = entries
    .flatMap(Object.entries)
    .map(([protocol, port]) => [protocol.toUpperCase(), Number(port)] as const)
  const areAll = ports.every(
    ([protocol, port]) =>
      (protocol === 'HTTP' || protocol === 'HTTPS') && Number.isInteger(port) && port >= 1 && port <= 65_535
  )
  return areAll && ports.length > 0
    ? JSON.stringify(ports.map(([protocol, port]) => ({ [protocol]: port })))
    : undefined
}

/** The value with the member at the keys put into the other type, in every entry of lists on the way. */
function retype(value: unknown, keys: readonly string[], convert: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(item => retype(item, keys, convert))
  }
  const [key, ...rest] = keys
  if (key === undefined) {
    return convert(value)
  }
  return isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [
          name,
          // Go finds members whatever the case of their letters.
          name.toLowerCase() === key.toLowerCase() ? retype(inner, rest, convert) : inner
        ])
      )
    : value
}

function toText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
}

function unquote(value: unknown): unknown {
  return typeof value === 'string' && /^(\d+|true|false)$/.test(value) ? JSON.parse(value) : value
}

/** A number or a truth where Go has a text, or the other way round. */
function meantMember(error: string, text: string): MeantValue | undefined {
  const [, given, member, type = ''] =
    /cannot unmarshal (number|bool|string)(?: \S+)? into Go struct field ([\w.]+) of type (\S+)$/.exec(error) ?? []
  if (member === undefined) {
    return undefined
  }
  // The first word is the type that has the member.
  const keys = member.split('.').slice(1)
  const name = keys.join('.')
  const isText = type.replace(/^\*/, '') === 'string'
  if (!isText && given !== 'string') {
    return undefined
  }
  const convert = isText ? toText : unquote
  const mended = JSON.stringify(retype(parse(text), keys, convert))
  return {
    hint: isText ? `put quotes around the value of ${name}: it is a text` : `take the quotes off the value of ${name}`,
    ...(mended !== JSON.stringify(parse(text)) && { value: mended })
  }
}

/** What to do about the JSON of an annotation; undefined where the error is not about that. */
export function meantJSON(error: string, name: string, text: string): MeantValue | undefined {
  const isNoJSON = /invalid character|unexpected end of JSON/.test(error)
  if (name === listenPorts && (isNoJSON || /cannot unmarshal|listen protocol must be/.test(error))) {
    const value = meantPorts(text)
    return value === undefined
      ? { hint: `write a list in JSON, such as '[{"HTTP": 80}, {"HTTPS": 443}]'` }
      : { hint: `set '${value}'`, value }
  }
  if (!isNoJSON) {
    return meantMember(error, text)
  }
  const mended = mendNotation(text)
  return parse(mended) === undefined
    ? { hint: 'write JSON: texts in double quotes, every bracket closed, and no comma before a closing one' }
    : { hint: `set '${mended}'`, value: mended }
}
