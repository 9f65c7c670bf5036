/**
 * The constraints of a service model, told as AWS's own framework tells them: `1 validation error detected: Value 'x' at 'name'
 * failed to satisfy constraint: Member must …`.
 *
 * @module
 */

import type { ServiceTable, ShapeTable } from './table.ts'

/** A member that is not there, or one whose value breaks a constraint. */
export interface BrokenConstraint {
  kind: 'missing' | 'value'
  /** As the framework writes it: `tags.1.member.key`. */
  path: string
  /** The member as the model names it: `Key`. */
  member: string
  value: unknown
  constraint: string
}

/** Longest text of a value that an error repeats. */
const longestValue = 1024

function lowerFirst(name: string): string {
  return `${name[0]!.toLowerCase()}${name.slice(1)}`
}

/** A value as Java prints it. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(textOf).join(', ')}]`
  }
  if (value instanceof Date) {
    return value.toISOString()
  }
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, one]) => `${lowerFirst(key)}=${textOf(one)}`)
      .join(', ')}}`
  }
  return String(value)
}

const patterns = new Map<string, RegExp | undefined>()

/** Java's expressions are matched against the whole; one that JavaScript does not know constrains nothing. */
function compile(pattern: string): RegExp | undefined {
  if (!patterns.has(pattern)) {
    let compiled: RegExp | undefined
    try {
      compiled = new RegExp(`^(?:${pattern})$`, 'u')
    } catch {
      compiled = undefined
    }
    patterns.set(pattern, compiled)
  }
  return patterns.get(pattern)
}

function rangeOf(what: string, { min, max }: ShapeTable, size: number): string[] {
  return [
    ...(max !== undefined && size > max ? [`Member must have ${what} less than or equal to ${max}`] : []),
    ...(min !== undefined && size < min ? [`Member must have ${what} greater than or equal to ${min}`] : [])
  ]
}

/** What is wrong with a value itself, whatever it holds. */
function constraintsOn(shape: ShapeTable, value: unknown): string[] {
  if (typeof value === 'number') {
    return rangeOf('value', shape, value)
  }
  if (Array.isArray(value)) {
    return rangeOf('length', shape, value.length)
  }
  if (value instanceof Uint8Array) {
    return rangeOf('length', shape, value.length)
  }
  if (typeof value !== 'string') {
    return []
  }
  const { enum: values, pattern } = shape
  return [
    ...rangeOf('length', shape, [...value].length),
    ...(values && !values.includes(value) ? [`Member must satisfy enum value set: [${values.join(', ')}]`] : []),
    ...(pattern !== undefined && compile(pattern)?.test(value) === false
      ? [`Member must satisfy regular expression pattern: ${pattern}`]
      : [])
  ]
}

/** All of them: the framework repeats those of a list's values for the list. */
function everyConstraint({ min, max, enum: values, pattern }: ShapeTable): string {
  return [
    ...(max === undefined ? [] : [`Member must have length less than or equal to ${max}`]),
    ...(min === undefined ? [] : [`Member must have length greater than or equal to ${min}`]),
    ...(values ? [`Member must satisfy enum value set: [${values.join(', ')}]`] : []),
    ...(pattern === undefined ? [] : [`Member must satisfy regular expression pattern: ${pattern}`])
  ].join(', ')
}

/** Everything in an input that breaks the model. */
export function brokenConstraints({ shapes }: ServiceTable, shapeName: string, input: unknown): BrokenConstraint[] {
  const broken: BrokenConstraint[] = []

  function tell(
    kind: BrokenConstraint['kind'],
    path: string,
    member: string,
    value: unknown,
    constraint: string
  ): void {
    broken.push({ kind, path, member, value, constraint })
  }

  function check(name: string, value: unknown, path: string, member: string): void {
    const shape = shapes[name]!
    for (const constraint of constraintsOn(shape, value)) {
      tell('value', path, member, value, constraint)
    }
    if (shape.type === 'structure') {
      checkMembers(shape, value as Record<string, unknown>, path)
    } else if (Array.isArray(value)) {
      checkList(shape, value, path, member)
    }
  }

  function checkMembers(
    { members = {}, required = [] }: ShapeTable,
    values: Record<string, unknown>,
    path: string
  ): void {
    for (const [member, { shape }] of Object.entries(members)) {
      const below = path === '' ? lowerFirst(member) : `${path}.${lowerFirst(member)}`
      const value = values[member]
      if (value !== undefined) {
        check(shape, value, below, member)
      } else if (required.includes(member)) {
        tell('missing', below, member, null, 'Member must not be null')
      }
    }
  }

  function checkList({ member: items }: ShapeTable, values: unknown[], path: string, member: string): void {
    const shape = shapes[items!.shape]!
    if (shape.type !== 'string') {
      for (const [index, value] of values.entries()) {
        check(items!.shape, value, `${path}.${index + 1}.member`, member)
      }
    } else if (values.some(value => constraintsOn(shape, value).length > 0)) {
      tell('value', path, member, values, `Member must satisfy constraint: [${everyConstraint(shape)}]`)
    }
  }

  check(shapeName, input, '', '')
  return broken
}

/** The framework's sentence, whether the input breaks one constraint or several. */
export function describeConstraints(broken: readonly BrokenConstraint[]): string {
  const sentences = broken.map(({ path, value, constraint }) => {
    const text = textOf(value)
    const shown = text.length > longestValue ? `${text.slice(0, longestValue)}...` : text
    const quoted = value === null ? 'null' : `'${shown}'`
    return `Value ${quoted} at '${path}' failed to satisfy constraint: ${constraint}`
  })
  return `${sentences.length} validation error${sentences.length === 1 ? '' : 's'} detected: ${sentences.join('; ')}`
}
