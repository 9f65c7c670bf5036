import { nearestName } from '../nearest-name.ts'
import { shapeByDefinition } from './definition-shape.ts'
import { kindOf } from './kind.ts'
import type { KubernetesObject } from './kubernetes.ts'
import { kubernetesShapes } from './kubernetes-shape.ts'
import { operatorShape } from './operator-shape.ts'
import type { Path } from './origin.ts'
import { type Misfit, misfitsOf, type Schema } from './schema-fit.ts'
import { list, object, string, strings } from './schema-words.ts'
import { workloadShapes } from './workload-shape.ts'

/** One way in which a value is not the object that its kind promises. */
export interface ShapeProblem {
  code: 'MANIFEST_NOT_AN_OBJECT' | 'MANIFEST_WRONG_TYPE'
  path: Path
  message: string
  expected?: string
  actual?: string
  hint: string
  /** The key that is a missing one misspelt. */
  misspelt?: Path
}

/**
 * The types of the fields that are read, and nothing more: what an API server would refuse for other reasons still builds a
 * plan or a finding here. A field may be null, as Kubernetes takes null for absent.
 */
const shapes: Record<string, Schema> = { ...kubernetesShapes, ...workloadShapes, IstioOperator: operatorShape }

export const anyObject = object(
  {
    apiVersion: string,
    kind: string,
    metadata: object(
      {
        name: string,
        namespace: string,
        uid: string,
        labels: strings,
        annotations: strings,
        finalizers: list(string),
        deletionTimestamp: string
      },
      ['name']
    )
  },
  ['apiVersion', 'kind', 'metadata']
)

/**
 * Null stands for an absent field, so it is taken out before the types are looked at (and stays out); only in a map of
 * strings, as annotations are, does Go's decoder make the empty string of it.
 */
function removeNulls(value: unknown, inStringMap = false): void {
  if (value === null || typeof value !== 'object') {
    return
  }
  for (const [key, child] of Object.entries(value)) {
    if (child !== null) {
      removeNulls(child, key === 'annotations' || key === 'labels')
    } else if (inStringMap) {
      ;(value as Record<string, unknown>)[key] = ''
    } else if (!Array.isArray(value)) {
      delete (value as Record<string, unknown>)[key]
    }
  }
}

function typeOf(value: unknown): string {
  return value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'a mapping'
        : typeof value === 'number'
          ? String(value)
          : JSON.stringify(value)
}

const typeNames: Record<string, string> = {
  string: 'a string',
  integer: 'an integer',
  boolean: 'true or false',
  number: 'a number',
  object: 'a mapping',
  array: 'a list',
  'integer,string': 'an integer or a string',
  'object,array': 'a mapping or a list'
}

function decodePointer(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(step => (/^\d+$/.test(step) ? Number(step) : step))
}

/** The key of a mapping that is no field's name and nearest to one that is missing. */
function nearestKey(data: object, missing: string, fields: object = {}): string | undefined {
  return nearestName(
    missing,
    Object.keys(data).filter(key => !Object.hasOwn(fields, key))
  )
}

/** Keys of Istio's whose text is a duration. */
const durationKeys =
  /^(timeout|perTryTimeout|connectTimeout|idleTimeout|fixedDelay|exponentialDelay|maxAge|interval|baseEjectionTime|time|ttl|backoff|maxConnectionDuration|warmupDurationSecs)$/

/** What to write for a scalar that has to be text. @param text as it is written: its value may look otherwise, as 1.1 for `1.10`. */
function hintForText(path: Path, text: string, apiVersion: string): string {
  const isDuration =
    apiVersion.startsWith('networking.istio.io/') &&
    durationKeys.test(String(path.at(-1))) &&
    // Below them stand names that somebody else chose.
    !path.some(step => /^(annotations|labels|sourceLabels|matchLabels|headers)$/.test(String(step)))
  return isDuration && /^\d+(\.\d+)?$/.test(text)
    ? `write it with its unit: ${text}s`
    : `put quotes around it: '${text}'`
}

/** Where the text of a value is known, as it stands in a file. */
type TextAt = (path: Path) => string | undefined

function describeError(
  { keyword, instancePath, data, parentSchema, property = '' }: Misfit,
  apiVersion: string,
  textAt: TextAt
): ShapeProblem {
  const path = decodePointer(instancePath)
  const key = path.join('.') || 'the document'
  const isWhole = path.length === 0 || instancePath === '/metadata'
  if (keyword === 'required') {
    const misspelt = nearestKey(data as object, property, parentSchema.properties)
    return {
      code: isWhole ? 'MANIFEST_NOT_AN_OBJECT' : 'MANIFEST_WRONG_TYPE',
      path,
      message: `${key} has no ${property}`,
      expected: property,
      hint: isWhole
        ? 'a Kubernetes object has apiVersion, kind and metadata.name'
        : misspelt === undefined
          ? `add ${property}`
          : `write ${property} for ${misspelt}`,
      ...(!isWhole && misspelt !== undefined && { misspelt: [...path, misspelt] })
    }
  }
  if (keyword === 'enum') {
    return {
      code: 'MANIFEST_WRONG_TYPE',
      path,
      message: `${key} must be one of ${parentSchema.enum!.join(', ')}, it is ${typeOf(data)}`,
      expected: parentSchema.enum!.join(' or '),
      actual: typeOf(data),
      hint: 'write one of them, as the API server would demand'
    }
  }
  if (keyword === 'pattern') {
    // Base64 is what Secrets hold: whatever stands there instead is nobody's business.
    return {
      code: 'MANIFEST_WRONG_TYPE',
      path,
      message: `${key} must be base64`,
      expected: 'base64',
      hint: `encode it: printf %s VALUE | base64`
    }
  }
  const expected =
    keyword === 'type'
      ? (typeNames[String(parentSchema.type)] ?? String(parentSchema.type))
      : `an integer ${keyword === 'maximum' ? 'up to' : 'from'} ${parentSchema[keyword]}`
  const actual = typeOf(data)
  return {
    code: path.length === 0 ? 'MANIFEST_NOT_AN_OBJECT' : 'MANIFEST_WRONG_TYPE',
    path,
    message: `${key} must be ${expected}, it is ${actual}`,
    expected,
    actual,
    hint:
      expected === 'a string' && typeof data !== 'object'
        ? hintForText(path, textAt(path) ?? String(data), apiVersion)
        : expected === 'a string' && isOfAnnotations(path)
          ? `put quotes around all of it: an annotation is a text, whatever it says`
          : `write ${expected}, as the API server would demand`
  }
}

/** Whether the place is the value of an annotation, as in `listen-ports: [{"HTTP": 80}]`. */
function isOfAnnotations(path: Path): boolean {
  return path.length === 3 && path[0] === 'metadata' && path[1] === 'annotations'
}

/** What has nothing that every object has was never meant for one. */
const noObject: ShapeProblem = {
  code: 'MANIFEST_NOT_AN_OBJECT',
  path: [],
  message: 'the document is no Kubernetes object: it has no apiVersion, no kind and no metadata',
  expected: 'apiVersion, kind and metadata.name',
  hint: "values of this project's chart are given with --values"
}

function hasNothingOfAnObject(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !['apiVersion', 'kind', 'metadata'].some(key => Object.hasOwn(value, key))
  )
}

/** A List whose items are none: what has none is no list, and has to be an object. */
function misfitItems(value: unknown): ShapeProblem | undefined {
  const { kind, items, metadata } = (value ?? {}) as Record<string, unknown>
  if (!String(kind).endsWith('List') || items === undefined || metadata !== undefined) {
    return undefined
  }
  return {
    code: 'MANIFEST_WRONG_TYPE',
    path: ['items'],
    message: `items must be a list, it is ${typeOf(items)}`,
    expected: 'a list',
    actual: typeOf(items),
    hint: 'put a dash before each object'
  }
}

/**
 * Everything that keeps a parsed document from being an object of its kind; empty where it is one. Removes nulls from it.
 *
 * @param textAt how a scalar is written, where that is known.
 */
export function describeShape(value: unknown, textAt: TextAt = () => undefined): ShapeProblem[] {
  removeNulls(value)
  if (hasNothingOfAnObject(value)) {
    return [noObject]
  }
  const items = misfitItems(value)
  if (items) {
    return [items]
  }
  const { apiVersion, kind } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown }
  const known = kindOf({ apiVersion: String(apiVersion), kind: String(kind) })
  const own =
    (Object.hasOwn(shapes, known) ? shapes[known] : undefined) ??
    shapeByDefinition({ apiVersion: String(apiVersion), kind: String(kind) })
  const errors = [anyObject, ...(own ? [own] : [])].flatMap(each => misfitsOf(each, value))
  const places = new Set<string>()
  return (
    errors
      // A value of another type is not one of the allowed ones either: one problem is enough.
      .filter(({ keyword, data }) => keyword !== 'enum' || typeof data === 'string')
      // Two shapes may say the same of one place.
      .filter(({ instancePath, keyword, property, parentSchema }) => {
        const place = JSON.stringify([instancePath, keyword, property ?? parentSchema[keyword]])
        return !places.has(place) && places.add(place)
      })
      .map(error => describeError(error, String(apiVersion), textAt))
  )
}

/** Whether an object is of the shape that its kind promises, as every object is that was read. */
export function hasShape(object: KubernetesObject): boolean {
  return describeShape(object).length === 0
}
