/**
 * What the API server refuses by the rules in CEL of a CustomResourceDefinition, and by what the items of a list must differ in
 * (k8s.io/apiextensions-apiserver: pkg/apiserver/schema/cel, pkg/apiserver/schema/listtype).
 *
 * @module
 */

import { isIP } from 'node:net'
import { Environment, EvaluationError } from '@marcbachmann/cel-js'
import type { Definition, Path } from '../resources/index.ts'
import { type Advice, duplicate, type FieldError, invalid } from './field-error.ts'

type Expression = (context: { self: unknown }) => unknown

/** Whether Go's url.ParseRequestURI takes it (k8s.io/apiserver: pkg/cel/library/urls.go): an address in full, or a path. */
function isURL(text: string): boolean {
  return text.startsWith('/') || URL.canParse(text)
}

function createEnvironment(): Environment {
  // The longest rule of the Gateway API adds up the matches of sixteen rules.
  const created = new Environment({ unlistedVariablesAreDyn: true, limits: { maxAstNodes: 10_000, maxDepth: 1000 } })
  // Of Kubernetes, beside CEL's own. A URL is its text here, as all that is asked of one is its scheme.
  created.registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0)
  created.registerFunction('isURL(string): bool', isURL)
  created.registerFunction('url(string): string', (text: string) => {
    if (!isURL(text)) {
      throw new EvaluationError(`URL parse error during conversion from string: ${text}`)
    }
    return text
  })
  created.registerFunction('string.getScheme(): string', (text: string) => /^[^:/]*(?=:)/.exec(text)?.[0] ?? '')
  return created
}

/** Made for the first rule, which most runs have none of: it takes as long as a small check. */
let environment: Environment | undefined
const expressions = new Map<string, Expression>()

function expressionOf(rule: string): Expression {
  let expression = expressions.get(rule)
  if (!expression) {
    environment ??= createEnvironment()
    expression = environment.parse(rule)
    expressions.set(rule, expression)
  }
  return expression
}

/** What is wrong with a value by one rule, in the server's words; undefined where the rule holds. */
function problemOf(self: unknown, rule: string, message: string): string | undefined {
  try {
    return expressionOf(rule)({ self }) === true ? undefined : message
  } catch (error) {
    // A key that is not there, and the like: the server refuses what a rule cannot be evaluated for.
    if (error instanceof EvaluationError) {
      const [text] = error.message.split('\n')
      return `${text} evaluating rule: ${message}`
    }
    throw error
  }
}

const answers = new WeakMap<Definition, Map<string, string[]>>()
/** A watch goes on for days: what it has forgotten is worked out again. */
const maxAnswers = 10_000

/** What is wrong with a value by the rules of its definition. The same paths and backends stand in many routes: told once. */
function problemsOf(value: unknown, definition: Definition): string[] {
  const { validations } = definition
  if (!validations) {
    return []
  }
  const known = answers.get(definition) ?? new Map<string, string[]>()
  answers.set(definition, known)
  const text = JSON.stringify(value)
  const problems =
    known.get(text) ??
    validations.map(({ rule, message }) => problemOf(plain(value), rule, message)).filter(one => one !== undefined)
  if (known.size >= maxAnswers) {
    known.clear()
  }
  known.set(text, problems)
  return problems
}

/** The text in which items of a list are the same to a definition. */
function identityOf(item: unknown, keys: string[]): string {
  return JSON.stringify(keys.length === 0 ? item : keys.map(key => (item as Record<string, unknown> | null)?.[key]))
}

/** A copy of plain objects and lists, which are all that the evaluator takes, without what is not set. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return Array.from(value, plain)
  }
  if (value === null || typeof value !== 'object') {
    return value
  }
  const entries = Object.entries(value).filter(([, own]) => own !== undefined && own !== null)
  return Object.fromEntries(entries.map(([key, own]) => [key, plain(own)]))
}

function* validateItems(value: unknown[], keys: string[], path: Path): Generator<FieldError> {
  const seen = new Set<string>()
  for (const [index, item] of value.entries()) {
    const identity = identityOf(item, keys)
    if (seen.has(identity)) {
      const named =
        keys.length === 0 ? item : Object.fromEntries(keys.map(key => [key, (item as Record<string, unknown>)[key]]))
      const what = keys.length === 0 ? 'it' : `its ${keys.join(' and ')}`
      yield {
        ...duplicate([...path, index], named, { hint: `change ${what}, or remove one of the two` }),
        actual: JSON.stringify(named)
      }
    }
    seen.add(identity)
  }
}

const answersOfParts = new Map<Definition, boolean>()

/** Whether a definition, or a part of it, says anything here. */
function hasRules(definition: Definition): boolean {
  let answer = answersOfParts.get(definition)
  if (answer === undefined) {
    const { keys, validations, properties = {}, items, additionalProperties } = definition
    const parts = [...Object.values(properties), items, additionalProperties].filter(part => part !== undefined)
    answer = keys !== undefined || validations !== undefined || parts.some(hasRules)
    answersOfParts.set(definition, answer)
  }
  return answer
}

/**
 * What the server refuses of a value in which its defaults are filled in, by what definitions say beyond types and bounds. It
 * does not get there with objects in which something is missing, too long or too many.
 */
export function* validateByExpressions(value: unknown, definition: Definition, path: Path): Generator<FieldError> {
  if (!hasRules(definition)) {
    return
  }
  const { keys, properties = {}, items, additionalProperties } = definition
  if (keys && Array.isArray(value)) {
    yield* validateItems(value, keys, path)
  }
  const advice: Advice = { hint: 'write it so that this holds: the definition says it in CEL' }
  for (const text of problemsOf(value, definition)) {
    yield typeof value === 'object'
      ? { path, detail: `Invalid value: ${text}`, hint: advice.hint }
      : invalid(path, value, text, advice)
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (items) {
        yield* validateByExpressions(item, items, [...path, index])
      }
    }
  } else if (value !== null && typeof value === 'object') {
    for (const [name, own] of Object.entries(value)) {
      const part = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
      if (part && own !== undefined && own !== null) {
        yield* validateByExpressions(own, part, [...path, name])
      }
    }
  }
}
