/**
 * Filters of EC2's Describe actions: all of them have to match, each by one of its values. (API: Filter.)
 *
 * @module
 */

import { compileGlob } from '../../../elbv2/index.ts'
import { ServiceError } from '../../protocol/service-error.ts'
import type { Filter } from '../../protocol/shapes/ec2.ts'
import type { Call } from '../call.ts'

/** Values of each filter that a kind of things has. */
export type FilterValues<Item> = Readonly<Record<string, (item: Item) => readonly (string | undefined)[]>>

/**
 * Those that pass all filters.
 *
 * @param idOf by which tags are kept.
 * @throws {ServiceError} for a filter that the kind does not have.
 */
export function filtered<Item>(
  call: Call,
  items: readonly Item[],
  filters: readonly Filter[] | undefined,
  { values, idOf }: { values: FilterValues<Item>; idOf(item: Item): string }
): Item[] {
  const tests = (filters ?? []).map(({ Name = '', Values = [] }) => {
    const matchers = Values.map(value => compileGlob(value, { escapes: true }))
    const read = valuesOf(call, Name, values, idOf)
    return (item: Item) => read(item).some(value => value !== undefined && matchers.some(matches => matches(value)))
  })
  return items.filter(item => tests.every(test => test(item)))
}

function valuesOf<Item>(
  call: Call,
  name: string,
  values: FilterValues<Item>,
  idOf: (item: Item) => string
): (item: Item) => readonly (string | undefined)[] {
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length)
    return item => [call.tagsOf(idOf(item))[key]]
  }
  if (name === 'tag-key') {
    return item => Object.keys(call.tagsOf(idOf(item)))
  }
  if (name === 'tag-value') {
    return item => Object.values(call.tagsOf(idOf(item)))
  }
  if (!Object.hasOwn(values, name)) {
    throw new ServiceError('InvalidParameterValue', `The filter '${name}' is invalid`)
  }
  return values[name]!
}

/** Largest page of a Describe action, and the one without a word on it. */
const largestPage = 1000

/** The page that was asked for, with `NextToken`. */
export function paged<Item>(
  call: Call,
  items: readonly Item[],
  idOf: (item: Item) => string,
  { NextToken, MaxResults = largestPage }: { NextToken?: string; MaxResults?: number }
): { items: Item[]; token: { NextToken?: string } } {
  const page = call.page(items, idOf, { token: NextToken, size: MaxResults, code: 'InvalidNextToken' })
  return { items: page.items, token: page.next === undefined ? {} : { NextToken: page.next } }
}

/**
 * The things of the IDs, in their order; all where no ID is given.
 *
 * @throws {ServiceError} where one is not there.
 */
export function byID<Item>(
  items: readonly Item[],
  ids: readonly string[] | undefined,
  idOf: (item: Item) => string,
  { code, words }: { code: string; words: string }
): Item[] {
  if (!ids || ids.length === 0) {
    return [...items]
  }
  const missing = ids.filter(id => !items.some(item => idOf(item) === id))
  if (missing.length > 0) {
    const sentence =
      missing.length === 1
        ? `The ${words} '${missing[0]}' does not exist`
        : `The ${words}s '${missing.join(', ')}' do not exist`
    throw new ServiceError(code, sentence)
  }
  return items.filter(item => ids.includes(idOf(item)))
}
