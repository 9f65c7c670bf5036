import { RE2JS } from 're2js'
import type { Path } from '../../resources/index.ts'
import type { Headers } from '../istio.ts'
import { type Refusal, refuseIf } from './refusal.ts'

const headerName = /^[!#$%&'*+\-.^_`|~A-Za-z0-9]+$/

export function refuseHeaderName(name: string, path: Path): Refusal[] {
  return refuseIf(!headerName.test(name), {
    path,
    message: name === '' ? 'the name of a header is empty' : `${name} is no name of a header`,
    actual: name,
    hint: 'use letters, digits and dashes'
  })
}

function isAuthority(name: string): boolean {
  return /^(:authority|host)$/i.test(name)
}

/** Whether a header is not among those that an operation may change: the host is one to set in requests alone. */
function isForbidden(name: string, direction: string, operation: string): boolean {
  return isAuthority(name) ? direction === 'response' || operation === 'remove' : name.startsWith(':')
}

/** Arguments of a command: a list of strings as in JSON, or a text that a parenthesis ends. */
const commandArguments = String.raw`\(\s*(?:\[\s*"(?:[^"\\]|\\.)*"(?:\s*,\s*"(?:[^"\\]|\\.)*")*\s*\]\s*\)|[^\s[)](?:[^)"\\]|\\.)*\))\s*`

/**
 * Percent signs stand in pairs around a command, or double for themselves (Istio: validateHeaderValue). Its ways to read a command
 * overlap, which takes JavaScript's own expressions time that doubles with each command. Compiled for the first value: it takes
 * longer than most of what is checked.
 */
let headerValue: RE2JS | undefined

function pairsPercentSigns(value: string): boolean {
  headerValue ??= RE2JS.compile(`(?:[^%]|%%|%[^%(]+(?:${commandArguments})?%)*`, RE2JS.DOTALL)
  return headerValue.matcher(value).matches()
}

/** Characters that no header's value has: what controls, but for the tab. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones.
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/

function refuseValue(value: string, path: Path): Refusal[] {
  return [
    ...refuseIf(!pairsPercentSigns(value), {
      path,
      message: `the header value ${value} has a percent sign that belongs to no pair`,
      actual: value,
      hint: 'write %% for a percent sign'
    }),
    ...refuseIf(control.test(value), {
      path,
      message: 'the header value has a control character',
      actual: value,
      hint: 'take it out'
    })
  ]
}

function refuseChange(name: string, direction: string, operation: string, path: Path): Refusal[] {
  const verb = operation === 'remove' ? 'removed' : 'changed'
  return [
    ...refuseIf(name === '', { path, message: 'the name of a header is empty', hint: 'name a header' }),
    ...refuseIf(isForbidden(name, direction, operation), {
      path,
      message: `the header ${name} cannot be ${verb}`,
      hint: operation === 'remove' ? 'leave it out' : 'use rewrite.authority for the host'
    })
  ]
}

/** The operations on headers of a route or a destination. */
export function refuseHeaders(headers: Headers | undefined, path: Path): Refusal[] {
  return (['request', 'response'] as const).flatMap(direction => {
    const { set = {}, add = {}, remove = [] } = headers?.[direction] ?? {}
    const at = [...path, 'headers', direction]
    return [
      ...Object.entries({ set, add }).flatMap(([operation, entries]) =>
        Object.entries(entries).flatMap(([name, value]) => {
          const place = [...at, operation, name]
          return [...refuseValue(value, place), ...refuseChange(name, direction, operation, place)]
        })
      ),
      ...remove.flatMap((name, index) => refuseChange(name, direction, 'remove', [...at, 'remove', index]))
    ]
  })
}

/** A host may be written in one place: as the rewrite's authority, or among the headers (Istio: validateAuthorityRewrite). */
export function refuseSecondAuthority(
  authority: string | undefined,
  headers: Headers | undefined,
  path: Path
): Refusal[] {
  const { set = {}, add = {} } = headers?.request ?? {}
  const written = Object.entries({ set, add }).flatMap(([operation, entries]) =>
    Object.keys(entries)
      .filter(isAuthority)
      .map(name => [operation, name] as const)
  )
  const [first, second] = authority ? [undefined, written[0]] : written
  return second
    ? [
        {
          path: [...path, 'headers', 'request', ...second],
          message: `the host is written twice: here, and as ${first ? first.join('.') : 'rewrite.authority'}`,
          hint: 'leave one of them'
        }
      ]
    : []
}
