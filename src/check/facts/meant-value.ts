/**
 * What was meant by an annotation's value that the controller refuses, where its error and the value tell.
 *
 * @module
 */
import { isIP } from 'node:net'
import { toRange } from '../../api-server/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { annotationName } from '../../resources/index.ts'
import { meantJSON } from './meant-json.ts'
import { choicesOf, type MeantValue } from './model-error-advice.ts'

/** Words for yes and no that Go does not take. */
const truths = new Map([
  ...['yes', 'y', 'on', 'enabled', 'enable', 'true'].map(word => [word, 'true'] as const),
  ...['no', 'n', 'off', 'disabled', 'disable', 'false'].map(word => [word, 'false'] as const)
])

function meantTruth(error: string, text: string): MeantValue | undefined {
  const word = /strconv\.ParseBool: parsing "(.*)": invalid syntax$/.exec(error)?.[1]
  if (word === undefined) {
    return undefined
  }
  const truth = truths.get(word.trim().toLowerCase())
  if (truth === undefined) {
    return { hint: 'set true or false' }
  }
  if (text === word) {
    return { hint: `set "${truth}"`, value: truth }
  }
  // One of several attributes.
  const parts = text.split(`=${word}`)
  return { hint: `set ${truth}, not ${word}`, ...(parts.length === 2 && { value: parts.join(`=${truth}`) }) }
}

/** @param securePort the one HTTPS port of the object, where it has one. */
function meantNumber(
  error: string,
  name: string,
  text: string,
  securePort: number | undefined
): MeantValue | undefined {
  if (!/failed to parse int\d* annotation, /.test(error)) {
    return undefined
  }
  if (name === annotationName('ssl-redirect')) {
    const isMeant = truths.get(text.trim().toLowerCase()) === 'true' && securePort !== undefined
    return {
      hint: `set the number of the HTTPS port to redirect to: "${securePort ?? 443}"`,
      ...(isMeant && { value: String(securePort) })
    }
  }
  const [, seconds] = /^\s*(\d+)\s*s(?:ec(?:ond)?s?)?\s*$/.exec(text) ?? []
  return seconds !== undefined && name.endsWith('-seconds')
    ? { hint: `set "${seconds}", without the unit`, value: seconds }
    : { hint: 'set a whole number, without a unit' }
}

/** Addresses where ranges are asked for. */
function meantRanges(error: string, text: string): MeantValue | undefined {
  const wrong = /invalid CIDR address: (\S+)$/.exec(error)?.[1]
  if (wrong === undefined) {
    return undefined
  }
  if (isIP(wrong) === 0) {
    return { hint: 'write an address, a slash and the length of its prefix, as in 203.0.113.0/24' }
  }
  const items = text.split(',').map(item => item.trim())
  return {
    hint: `set ${toRange(wrong)} for that address alone, or the range that is meant`,
    ...(items.includes(wrong) && { value: items.map(item => (isIP(item) === 0 ? item : toRange(item))).join(',') })
  }
}

function meantChoice(error: string, text: string): MeantValue | undefined {
  const values = choicesOf(error)
  // One that is taken is not what the error is about.
  if (!values || values.includes(text)) {
    return undefined
  }
  const trimmed = text.trim()
  if (values.includes(trimmed)) {
    const what = /\n$/.test(text) ? 'the line break at its end, which a | leaves' : 'the spaces around it'
    return { hint: `take out ${what}: set ${trimmed}`, value: trimmed }
  }
  const value = nearestName(trimmed, values)
  return value === undefined ? undefined : { hint: `set ${value}`, value }
}

/**
 * What to do about the value of an annotation.
 *
 * @param name the annotation's, with its prefix.
 * @param securePort the one HTTPS port that the object listens on, where it has one.
 */
export function meantValue(error: string, name: string, text: string, securePort?: number): MeantValue | undefined {
  if (/Unused port in ssl-ports annotation \[\*\]/.test(error)) {
    return { hint: 'name the ports that end TLS, by name or number, or remove it, by which all are meant' }
  }
  return (
    meantChoice(error, text) ??
    meantTruth(error, text) ??
    meantNumber(error, name, text, securePort) ??
    meantRanges(error, text) ??
    meantJSON(error, name, text)
  )
}
