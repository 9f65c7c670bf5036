import { readFileSync } from 'node:fs'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Finding } from '../../src/failure.ts'
import { annotationName } from '../../src/resources/index.ts'
import type { Values } from '../../src/values/index.ts'
import { checkEdges, type Edge, edgesOf } from './edges.ts'
import { keepsOrder, type RouteValues } from './route-order.ts'
import { checkEffects } from './without-effect.ts'

type Schema = Record<string, unknown>

/** Reads a schema of this project: `values.schema.json`, `consistency.schema.json`. */
export function readSchema(name: string): Schema {
  return JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8')) as Schema
}

interface HealthCheckValues {
  intervalSeconds: number
  timeoutSeconds: number
  unhealthyThresholdCount: number
}

/** Until a load balancer has seen a pod go: the failed checks that make a target unhealthy, the last with its time-out. */
function shortestDrainSeconds({ intervalSeconds, timeoutSeconds, unhealthyThresholdCount }: HealthCheckValues): number {
  return intervalSeconds * unhealthyThresholdCount + timeoutSeconds
}

interface GatewayPorts {
  ports: Record<string, { port: number }>
  service: { extraPorts: { port: number }[] }
}

interface EdgeValues {
  loadBalancer: { type: string; api: string }
  ingress: {
    healthCheck: HealthCheckValues
    hosts: string[]
    routes: RouteValues[]
    listeners: Record<'http' | 'https', { port: number }>
    listenerAttributes: Record<'http' | 'https', Record<string, string>>
  }
  network: { healthCheck: HealthCheckValues }
  classic: { healthCheck: HealthCheckValues }
}

function healthCheckOf({ loadBalancer: { type }, network, classic, ingress }: EdgeValues): HealthCheckValues {
  return (type === 'network' ? network : type === 'classic' ? classic : ingress).healthCheck
}

function rootOf(context: { rootData: unknown } | undefined): EdgeValues {
  return context!.rootData as EdgeValues
}

function at(values: Values, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, step) => (value as Values | undefined)?.[step], values)
}

/** Whether a value says anything: not empty, and none of the words that stand for nothing. */
function isSet(value: unknown): boolean {
  return typeof value === 'object' && value !== null
    ? Object.keys(value).length > 0
    : Boolean(value) && !['unmanaged', 'off', 'none', 'HTTP1'].includes(String(value))
}

interface Validators {
  schema: Schema
  shape: ValidateFunction
  consistency: ValidateFunction
  consistencySchema: Schema
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
    schemaType: 'boolean',
    error: { message: 'must be 0 or outlast the health check' },
    validate: (_: boolean, seconds: number, _schema: unknown, context?: { rootData: unknown }) =>
      seconds === 0 || seconds >= shortestDrainSeconds(healthCheckOf(rootOf(context)))
  })
  ajv.addKeyword({
    keyword: 'distinctNames',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must have each name once' },
    validate: (_: boolean, items: { name: string }[]) => new Set(items.map(({ name }) => name)).size === items.length
  })
  ajv.addKeyword({
    keyword: 'distinctPorts',
    type: 'object',
    schemaType: 'boolean',
    error: { message: 'must have no port twice' },
    validate: (_: boolean, { ports, service }: GatewayPorts) => {
      const numbers = [...Object.values(ports), ...service.extraPorts].map(({ port }) => port)
      return new Set(numbers).size === numbers.length
    }
  })
  ajv.addKeyword({
    keyword: 'ownedOnceSet',
    type: 'object',
    schemaType: 'object',
    error: { message: 'must not have an annotation that a value sets' },
    validate: (
      owners: Record<string, string[]>,
      annotations: Values,
      _schema: unknown,
      context?: { rootData: unknown }
    ) =>
      Object.keys(annotations).every(
        annotation => !owners[annotation]?.some(pointer => isSet(at(context!.rootData as Values, pointer)))
      )
  })
  ajv.addKeyword({
    keyword: 'leavesRoutesAlone',
    type: 'object',
    schemaType: 'boolean',
    error: { message: 'must not have annotations of ingress.routes and ingress.listenerAttributes' },
    validate: (_: boolean, annotations: Values, _schema: unknown, context?: { rootData: unknown }) => {
      const { routes, listeners, listenerAttributes } = rootOf(context).ingress
      const names = [
        ...routes.flatMap(({ name }) => [`actions.${name}`, `conditions.${name}`]),
        ...(['http', 'https'] as const).flatMap(protocol =>
          Object.keys(listenerAttributes[protocol]).length > 0
            ? [`listener-attributes.${protocol.toUpperCase()}-${listeners[protocol].port}`]
            : []
        )
      ]
      return !names.some(name => annotationName(name) in annotations)
    }
  })
  ajv.addKeyword({
    keyword: 'distinctHeaders',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must have each header once' },
    validate: (_: boolean, headers: { name: string }[]) =>
      new Set(headers.map(({ name }) => name.toLowerCase())).size === headers.length
  })
  ajv.addKeyword({
    keyword: 'orderedForGateway',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must have the more specific route first' },
    validate: (_: boolean, routes: RouteValues[], _schema: unknown, context?: { rootData: unknown }) => {
      const { loadBalancer, ingress } = rootOf(context)
      const isGateway = loadBalancer.type === 'application' && loadBalancer.api === 'gateway'
      return !isGateway || keepsOrder([...routes, { name: '', hosts: ingress.hosts }])
    }
  })
  const schema = readSchema('values.schema.json')
  const consistencySchema = readSchema('consistency.schema.json')
  return { schema, shape: ajv.compile(schema), consistency: ajv.compile(consistencySchema), consistencySchema }
}

function keyOf({ instancePath, keyword, params }: ErrorObject): string {
  const steps = instancePath
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (keyword === 'required') {
    steps.push(String(params.missingProperty))
  }
  if (keyword === 'additionalProperties') {
    steps.push(String(params.additionalProperty))
  }
  return steps.join('.') || '(root)'
}

function expectedOf({ keyword, params, message, schema }: ErrorObject): string {
  if (keyword === 'enum') {
    return (params.allowedValues as unknown[]).filter(value => value !== '').join(' or ')
  }
  if (keyword === 'const') {
    return JSON.stringify(params.allowedValue)
  }
  if (keyword === 'required') {
    return 'to be there'
  }
  if (keyword === 'additionalProperties') {
    return 'a key that the chart knows'
  }
  if (keyword === 'anyOf' || keyword === 'oneOf') {
    return 'another value'
  }
  if (keyword === 'not') {
    const other = (schema as { const?: { $data?: string } }).const?.$data
    return other ? `a number that is not ${other.slice(1).replaceAll('/', '.')}'s` : 'another value'
  }
  if (keyword === 'minItems') {
    return `at least ${params.limit}`
  }
  if (keyword === 'maxItems') {
    return `at most ${params.limit}`
  }
  return message!.replace(/^must /, '').replace(/^be /, '')
}

function actualOf({ keyword, data, propertyName }: ErrorObject): string | undefined {
  if (propertyName !== undefined) {
    return propertyName
  }
  return keyword === 'required' || keyword === 'additionalProperties' ? undefined : JSON.stringify(data)
}

function describe(error: ErrorObject, prefix: string, code: string, hint: string): Finding {
  const path = `${prefix}${keyOf(error)}`
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

/** The rule that an error belongs to: the innermost part of the schema around it that has a title, which is its code. */
function ruleOf(schema: Schema, schemaPath: string): { code: string; hint: string } | undefined {
  let found: { code: string; hint: string } | undefined
  let node: unknown = schema
  for (const step of schemaPath.split('/').slice(1)) {
    const { title, description } = node as { title?: string; description?: string }
    // A title above `properties` is that of a mapping as a whole, not of what stands in it; of a rule it is the code.
    if (title && node !== schema) {
      found = { code: title, hint: description ?? '' }
    } else if (step === 'properties' && !schemaPath.includes('/then/') && !schemaPath.startsWith('#/allOf/')) {
      found = undefined
    }
    node = (node as Schema)[step.replaceAll('~1', '/').replaceAll('~0', '~')]
    if (node === undefined) {
      break
    }
  }
  return found
}

/** Errors inside a branch that was only tried, and those that only say that what stands below them failed. */
function isAside({ keyword, schemaPath }: ErrorObject): boolean {
  return /\/(anyOf|oneOf|if|not)\//.test(schemaPath) || ['if', 'allOf', 'propertyNames'].includes(keyword)
}

function findings(schema: Schema, errors: ErrorObject[], prefix: string): Finding[] {
  const all = errors
    .filter(error => !isAside(error))
    .map(error => {
      const rule = ruleOf(schema, error.schemaPath)
      // Of an unknown key there is nothing to say but where to look.
      const own =
        error.keyword === 'additionalProperties'
          ? undefined
          : (error.parentSchema as { description?: string } | undefined)?.description
      return describe(
        error,
        prefix,
        rule?.code ?? 'VALUES_REFUSED',
        (rule ? `set ${rule.hint}` : own && `set ${own}`) || 'see the key in the values reference of the chart'
      )
    })
  // A value that two branches refuse alike is told once.
  return [...new Map(all.map(finding => [finding.message, finding])).values()]
}

/**
 * What is wrong with the chart's values, defaults included: first against values.schema.json, then, where that is fulfilled,
 * each edge against consistency.schema.json, which compares one value with another, and those edges with each other.
 */
export function checkValues(values: Values): Finding[] {
  compiled ??= compile()
  const { schema, shape, consistency, consistencySchema } = compiled
  if (!shape(values)) {
    return findings(schema, shape.errors!, '')
  }
  const whole: Edge[] = []
  const refused = edgesOf(values).flatMap(edge => {
    // What is missing or malformed in an edge is told alone: the rules take every value to be there.
    if (!shape(edge.values)) {
      return findings(schema, shape.errors!, edge.prefix)
    }
    whole.push(edge)
    return consistency(edge.values) ? [] : findings(consistencySchema, consistency.errors!, edge.prefix)
  })
  return [
    ...refused,
    ...checkEdges(whole),
    ...(whole.length === edgesOf(values).length ? checkEffects(whole, values) : [])
  ]
}
