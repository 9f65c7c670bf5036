/**
 * What keeps a value from fitting a JSON Schema, as Ajv tells it, to which the tests hold it. A schema is read as it stands: each
 * judges few values in a run, and loading a compiler and compiling takes longer than everything else that a check does.
 *
 * @module
 */

/** The words of JSON Schema that are known, and no other. */
export interface Schema {
  readonly $schema?: string
  readonly $id?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly $ref?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly minItems?: number
  readonly items?: Schema
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | false
}

/** One word that a value does not fit. */
export interface Misfit {
  keyword: keyof Schema
  /** Where the value stands, as a JSON pointer. */
  instancePath: string
  data: unknown
  /** The schema that has the word. */
  parentSchema: Schema
  /** The property that is missing, or that is one too many. */
  property?: string
}

const patterns = new Map<string, RegExp>()

function patternOf(source: string): RegExp {
  const pattern = patterns.get(source) ?? new RegExp(source, 'u')
  patterns.set(source, pattern)
  return pattern
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    case 'number':
      return Number.isFinite(value)
    case 'null':
      return value === null
    default:
      return typeof value === type
  }
}

/** One value against one schema, and the values below it. */
class Judgement {
  readonly misfits: Misfit[] = []
  /** The steps from the whole value to the one that is looked at. */
  readonly #path: (string | number)[] = []
  readonly #definitions: Readonly<Record<string, Schema>>

  constructor({ $defs = {} }: Schema) {
    this.#definitions = $defs
  }

  judge(schema: Schema, value: unknown): void {
    const { type, $ref, anyOf, enum: allowed } = schema
    if (type !== undefined && !(typeof type === 'string' ? [type] : type).some(one => isOfType(one, value))) {
      this.#tell('type', schema, value)
    }
    if (typeof value === 'number') {
      this.#judgeNumber(schema, value)
    } else if (typeof value === 'string') {
      this.#judgeText(schema, value)
    }
    if ($ref !== undefined) {
      this.judge(this.#definitions[$ref.replace('#/$defs/', '')]!, value)
    }
    if (anyOf) {
      this.#judgeAlternatives(schema, anyOf, value)
    }
    if (allowed && !allowed.includes(value)) {
      this.#tell('enum', schema, value)
    }
    if (Array.isArray(value)) {
      this.#judgeItems(schema, value)
    } else if (isObject(value)) {
      this.#judgeMembers(schema, value)
    }
  }

  #tell(keyword: keyof Schema, parentSchema: Schema, data: unknown, property?: string): void {
    const steps = this.#path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    const misfit = { keyword, instancePath: steps.join(''), data, parentSchema }
    this.misfits.push(property === undefined ? misfit : { ...misfit, property })
  }

  #below(step: string | number, schema: Schema, value: unknown): void {
    this.#path.push(step)
    this.judge(schema, value)
    this.#path.pop()
  }

  #judgeNumber(schema: Schema, value: number): void {
    const { minimum = value, maximum = value } = schema
    if (value > maximum) {
      this.#tell('maximum', schema, value)
    }
    if (value < minimum) {
      this.#tell('minimum', schema, value)
    }
  }

  #judgeText(schema: Schema, value: string): void {
    const { minLength = 0, pattern } = schema
    // Counted in characters where it matters: most schemas set no length.
    if (minLength > 0 && [...value].length < minLength) {
      this.#tell('minLength', schema, value)
    }
    if (pattern !== undefined && !patternOf(pattern).test(value)) {
      this.#tell('pattern', schema, value)
    }
  }

  /** What each of them misses is told, where none fits. */
  #judgeAlternatives(schema: Schema, alternatives: readonly Schema[], value: unknown): void {
    const before = this.misfits.length
    for (const alternative of alternatives) {
      const start = this.misfits.length
      this.judge(alternative, value)
      if (this.misfits.length === start) {
        this.misfits.length = before
        return
      }
    }
    this.#tell('anyOf', schema, value)
  }

  #judgeItems(schema: Schema, value: unknown[]): void {
    const { minItems = 0, items } = schema
    if (value.length < minItems) {
      this.#tell('minItems', schema, value)
    }
    if (items) {
      for (const [index, item] of value.entries()) {
        this.#below(index, items, item)
      }
    }
  }

  #judgeMembers(schema: Schema, value: Record<string, unknown>): void {
    const { required = [], properties = {}, additionalProperties } = schema
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema
    const names = Object.keys(value)
    if (names.length > maxProperties) {
      this.#tell('maxProperties', schema, value)
    }
    if (names.length < minProperties) {
      this.#tell('minProperties', schema, value)
    }
    for (const name of required) {
      if (value[name] === undefined) {
        this.#tell('required', schema, value, name)
      }
    }
    for (const name of names) {
      if (Object.hasOwn(properties, name) || additionalProperties === undefined) {
        continue
      }
      if (additionalProperties) {
        this.#below(name, additionalProperties, value[name])
      } else {
        this.#tell('additionalProperties', schema, value, name)
      }
    }
    // By the members that there are: most schemas have many more.
    for (const name of names) {
      if (Object.hasOwn(properties, name) && value[name] !== undefined) {
        this.#below(name, properties[name]!, value[name])
      }
    }
  }
}

/** Everything that keeps a value from fitting a schema; empty where it fits. */
export function misfitsOf(schema: Schema, value: unknown): Misfit[] {
  const judgement = new Judgement(schema)
  judgement.judge(schema, value)
  return judgement.misfits
}
