import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '../../src/failure.ts'
import { ownChart } from '../../src/render/index.ts'
import { isMapping, type Values, ValuesFiles } from '../../src/values/index.ts'
import type { Edge } from './edges.ts'

/** What has no effect beside what: `when` all of these hold, and none of `unless` does. */
interface Rule {
  when: Record<string, unknown[]>
  unless?: Record<string, unknown[]>
  keys: string[]
  /** Keys below those that have one all the same. */
  but?: string[]
  set: string
}

const rules = JSON.parse(readFileSync(join(ownChart, 'files/without-effect.json'), 'utf8')) as Rule[]
const defaults = ValuesFiles.read([join(ownChart, 'values.yaml')]).merged()

function at(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => (isMapping(value) ? value[step] : undefined), values)
}

/** JSON with its keys sorted: mappings are the same in any order. */
function textOf(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    isMapping(part) ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1))) : part
  )
}

function isOneOf(values: Values, key: string, those: unknown[]): boolean {
  return those.some(one => textOf(one) === textOf(at(values, key.split('.'))))
}

function applies({ when, unless = {} }: Rule, values: Values): boolean {
  return (
    Object.entries(when).every(([key, those]) => isOneOf(values, key, those)) &&
    !Object.entries(unless).some(([key, those]) => isOneOf(values, key, those))
  )
}

/** The keys at and below one that differ from their default, the innermost that values.yaml names. */
function differing(values: Values, path: string[]): string[] {
  const value = at(values, path)
  const byDefault = at(defaults, path)
  if (textOf(value) === textOf(byDefault)) {
    return []
  }
  return isMapping(value) && isMapping(byDefault) && Object.keys(byDefault).length > 0
    ? Object.keys(value).flatMap(key => differing(values, [...path, key]))
    : [path.join('.')]
}

function withoutEffectIn(values: Values): Map<string, Rule> {
  const found = rules
    .filter(rule => applies(rule, values))
    .flatMap(rule =>
      rule.keys
        .flatMap(key => differing(values, key.split('.')))
        .filter(key => !rule.but?.includes(key))
        .map(key => [key, rule] as const)
    )
  return new Map(found)
}

/** Values of edges that say something which nothing would follow; what stands outside `edges` counts where any edge has it. */
export function checkEffects(edges: Edge[], outside: Values): Finding[] {
  const found = edges.map(edge => ({ edge, keys: withoutEffectIn(edge.values) }))
  function isOwn(edge: Edge, key: string): boolean {
    return at(outside, ['edges', edge.name, ...key.split('.')]) !== undefined
  }
  const refused = found.flatMap(({ edge, keys }) =>
    [...keys].flatMap(([key, rule]) => {
      if (isOwn(edge, key)) {
        return [{ path: `${edge.prefix}${key}`, rule }]
      }
      const everywhere = found.every(other => other.keys.has(key) && !isOwn(other.edge, key))
      return everywhere ? [{ path: key, rule }] : []
    })
  )
  return [...new Map(refused.map(one => [one.path, one])).values()].map(({ path, rule }) => ({
    code: 'NO_EFFECT',
    severity: 'error',
    message: `${path}: has no effect here`,
    path,
    hint: `set ${rule.set}`
  }))
}
