/**
 * The operations on headers of routes and destinations (Istio: TranslateHeadersOperations; Envoy: HeaderParser).
 *
 * @module
 */

import { type HeaderPairs, withHeader } from './headers.ts'
import type { HeaderOperations, Headers } from './istio.ts'
import { headerOf, type RouteFacts } from './route.ts'

/** What header values may refer to. */
export interface FormatFacts extends RouteFacts {
  peer: string
  client: string
  version: string
}

function isHost(name: string): boolean {
  return /^(:.*|host)$/i.test(name)
}

/** The value of one of Envoy's commands; undefined for one that is not told here. */
function commandValue(command: string, facts: FormatFacts): string | undefined {
  const [, name, argument = ''] = /^([A-Z_]+)(?:\(([^)]*)\))?(?::\d+)?$/.exec(command) ?? []
  switch (name) {
    case 'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT':
      return facts.client
    case 'DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT':
      return facts.peer
    case 'PROTOCOL':
      return `HTTP/${facts.version === '2.0' ? '2' : facts.version}`
    case 'REQ': {
      const [first = '', second = ''] = argument.split('?')
      return headerOf(facts, first) ?? (second ? headerOf(facts, second) : undefined) ?? ''
    }
    default:
      return undefined
  }
}

/** A header's value with Envoy's commands carried out, and those of them that are not told here. */
export function formatValue(value: string, facts: FormatFacts): { text: string; unknown: string[] } {
  const unknown: string[] = []
  const text = value.replace(/%%|%([^%]+)%/g, (written, command: string | undefined) => {
    if (command === undefined) {
      return '%'
    }
    const found = commandValue(command, facts)
    if (found === undefined) {
      unknown.push(written)
    }
    return found ?? written
  })
  return { text, unknown }
}

/** One round of operations: all that remove come first, then those that set and add, in their order. */
export type OperationRound = readonly (HeaderOperations | undefined)[]

function sorted(entries: Record<string, string> = {}): [string, string][] {
  return Object.entries(entries)
    .filter(([name]) => !isHost(name))
    .sort(([one], [other]) => (one < other ? -1 : 1))
}

/** Headers after rounds of operations; the host is not among what they may change. */
export function operateOnHeaders(
  headers: HeaderPairs,
  rounds: readonly OperationRound[],
  facts: FormatFacts
): HeaderPairs {
  let result = headers
  for (const round of rounds) {
    const operations = round.flatMap(operation => operation ?? [])
    const removed = new Set(
      operations.flatMap(({ remove = [] }) => remove.filter(name => !isHost(name)).map(name => name.toLowerCase()))
    )
    result = result.filter(([name]) => !removed.has(name.toLowerCase()))
    for (const { set, add } of operations) {
      for (const [name, value] of sorted(set)) {
        const { text } = formatValue(value, facts)
        result = text === '' && value !== '' ? result : withHeader(result, name, text)
      }
      for (const [name, value] of sorted(add)) {
        const { text } = formatValue(value, facts)
        result = text === '' && value !== '' ? result : [...result, [name, text]]
      }
    }
  }
  return result
}

/**
 * The rounds of a route's operations. A single destination's stand behind the route's in one round, so that the destination
 * has the last word; with several destinations the chosen one's are a round of their own before the route's.
 */
export function roundsOf(
  route: Headers | undefined,
  destination: Headers | undefined,
  isSingle: boolean,
  direction: 'request' | 'response'
): OperationRound[] {
  const [ofRoute, ofDestination] = [route?.[direction], destination?.[direction]]
  return isSingle ? [[ofRoute, ofDestination]] : [[ofDestination], [ofRoute]]
}

/** The commands in header values that nobody carries out here. */
export function unknownCommands(operations: readonly (Headers | undefined)[], facts: FormatFacts): string[] {
  const values = operations.flatMap(headers =>
    [headers?.request, headers?.response].flatMap(one => [
      ...Object.values(one?.set ?? {}),
      ...Object.values(one?.add ?? {})
    ])
  )
  return [...new Set(values.flatMap(value => formatValue(value, facts).unknown))]
}

/** A host among the headers to set or add rewrites the authority; of both the one to set. */
export function authorityOf(headers: Headers | undefined): string | undefined {
  function hostIn(entries: Record<string, string> = {}): string | undefined {
    return Object.entries(entries).find(([name]) => /^(host|:authority)$/i.test(name))?.[1]
  }
  return hostIn(headers?.request?.set) || hostIn(headers?.request?.add) || undefined
}
