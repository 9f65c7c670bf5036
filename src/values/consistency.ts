import { readFileSync } from 'node:fs'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Finding } from '../failure.ts'
import type { Values } from './values-files.ts'

type Schema = Record<string, unknown> & { allOf: { title: string; description: string }[] }

const readSchema = (name: string): Schema =>
  JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8')) as Schema

const at = (values: Values, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, step) => (value as Values | undefined)?.[step], values)

interface HealthCheckValues {
  intervalSeconds: number
  timeoutSeconds: number
  unhealthyThresholdCount: number
}

/** Until a load balancer has seen a pod go: the failed checks that make a target unhealthy, the last with its time-out. */
export const shortestDrainSeconds = ({
  intervalSeconds,
  timeoutSeconds,
  unhealthyThresholdCount
}: HealthCheckValues): number => intervalSeconds * unhealthyThresholdCount + timeoutSeconds

interface Validators {
  shape: ValidateFunction
  consistency: ValidateFunction
  rules: Schema['allOf']
}

let compiled: Validators | undefined

function compile(): Validators {
  // Strict, so that a misspelt keyword of our own schemas is an error; a `required` may name keys that $defs describe.
  const ajv = new Ajv2020({
    $data: true,
    allErrors: true,
    verbose: true,
    strict: true,
    strictRequired: false,
    strictTypes: false
  })
  ajv.addKeyword({
    keyword: 'outlastsHealthCheck',
    type: 'number',
    schemaType: 'string',
    error: { message: 'must be 0 or outlast the health check' },
    validate: (pointer: string, seconds: number, _schema: unknown, context?: { rootData: unknown }) =>
      seconds === 0 || seconds >= shortestDrainSeconds(at(context!.rootData as Values, pointer) as HealthCheckValues)
  })
  const consistency = readSchema('consistency.schema.json')
  return {
    shape: ajv.compile(readSchema('values.schema.json')),
    consistency: ajv.compile(consistency),
    rules: consistency.allOf
  }
}

const keyOf = ({ instancePath, keyword, params }: ErrorObject): string => {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (keyword === 'required') steps.push(String(params.missingProperty))
  if (keyword === 'additionalProperties') steps.push(String(params.additionalProperty))
  return steps.join('.') || '(root)'
}

/** Keywords that only say that what stands below them failed. */
const wrappers = new Set(['if', 'anyOf', 'allOf', 'oneOf', 'propertyNames'])

const expectedOf = ({ keyword, params, message, schema }: ErrorObject): string => {
  if (keyword === 'enum') return (params.allowedValues as unknown[]).join(' or ')
  if (keyword === 'const') return String(params.allowedValue)
  if (keyword === 'required') return 'to be there'
  if (keyword === 'additionalProperties') return 'a key that the chart knows'
  if (keyword === 'not') {
    const other = (schema as { const?: { $data?: string } }).const?.$data
    return other ? `a number that is not ${other.slice(1).replaceAll('/', '.')}'s` : 'another value'
  }
  if (keyword === 'minItems') return `at least ${params.limit}`
  if (keyword === 'maxItems') return `at most ${params.limit}`
  return message!.replace(/^must /, '').replace(/^be /, '')
}

const actualOf = ({ keyword, data, propertyName }: ErrorObject): string | undefined => {
  if (propertyName !== undefined) return propertyName
  return keyword === 'required' || keyword === 'additionalProperties' ? undefined : JSON.stringify(data)
}

const describe = (error: ErrorObject, code: string, hint: string): Finding => {
  const path = keyOf(error)
  const expected = expectedOf(error)
  const actual = actualOf(error)
  return {
    code,
    severity: 'error',
    message: `${path}: ${actual === undefined ? '' : `is ${actual}, `}expected ${expected}`,
    path,
    expected,
    ...(actual !== undefined && { actual }),
    hint
  }
}

/** What the schema says of the value; of an unknown key there is nothing to say but where to look. */
const hintOf = ({ keyword, parentSchema }: ErrorObject): string =>
  (keyword !== 'additionalProperties' && (parentSchema as { description?: string } | undefined)?.description) ||
  'see the key in the values reference of the chart'

/**
 * What is wrong with the chart's values, defaults included: first against values.schema.json, then, where that is fulfilled,
 * against consistency.schema.json, which compares one value with another.
 */
export function checkValues(values: Values): Finding[] {
  compiled ??= compile()
  const { shape, consistency, rules } = compiled
  if (!shape(values)) return leaves(shape.errors!, error => describe(error, 'VALUES_REFUSED', hintOf(error)))
  if (consistency(values)) return []
  return leaves(consistency.errors!, error => {
    const rule = rules[Number(/^#\/allOf\/(\d+)/.exec(error.schemaPath)?.[1])]!
    return describe(error, rule.title, rule.description)
  })
}

/** A value that two branches refuse alike is told once. */
const leaves = (errors: ErrorObject[], describeError: (error: ErrorObject) => Finding): Finding[] => {
  const findings = errors.filter(({ keyword }) => !wrappers.has(keyword)).map(describeError)
  return [...new Map(findings.map(finding => [finding.message, finding])).values()]
}
