import { type Document, isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { Failure, type Finding, usageFailure } from '../../failure.ts'
import { nearestName } from '../../nearest-name.ts'
import { describeYAMLProblem, documentValue, type Misfit, misfitsOf } from '../../resources/index.ts'
import { completeEnvironment, type Environment, type EnvironmentFile } from './environment.ts'
import { environmentSchema } from './environment-schema.ts'

type Path = (string | number)[]

/** A path as one would type it: `subnets[1].zone`. */
function formatPath(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
}

/** The steps of a JSON pointer; a step that names an item of a list is a number. */
function decodePointer(pointer: string, root: unknown): Path {
  let value = root
  return pointer
    .split('/')
    .slice(1)
    .map(step => {
      const key = Array.isArray(value) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')
      value = (value as Record<string | number, unknown>)[key]
      return key
    })
}

const typeNames: Record<string, string> = {
  string: 'a string',
  integer: 'an integer',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list'
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) {
    return 'a list'
  }
  return value !== null && typeof value === 'object' ? 'a mapping' : JSON.stringify(value)
}

function expectedOf({ keyword, parentSchema }: Misfit): string {
  if (keyword === 'type') {
    return typeNames[String(parentSchema.type)]!
  }
  if (keyword === 'enum') {
    return parentSchema.enum!.join(' or ')
  }
  if (keyword === 'pattern') {
    return `text like ${parentSchema.pattern}`
  }
  if (keyword === 'minimum') {
    return `at least ${parentSchema.minimum}`
  }
  return keyword === 'minLength' ? 'a text that is not empty' : 'at least one item'
}

function describeMisfit(misfit: Misfit, root: unknown): { finding: Omit<Finding, 'severity'>; path: Path } {
  const { keyword, data, parentSchema, property = '' } = misfit
  const parent = decodePointer(misfit.instancePath, root)
  const { description, properties = {} } = parentSchema
  if (keyword === 'additionalProperties') {
    const path = [...parent, property]
    const known = Object.keys(properties)
    const nearest = nearestName(property, known)
    return {
      path,
      finding: {
        code: 'AWS_FILE_UNKNOWN_KEY',
        message: `${formatPath(path)} is no key of an aws.yaml`,
        path: formatPath(path),
        expected: known.join(', '),
        actual: property,
        hint: nearest ? `did you mean ${formatPath([...parent, nearest])}?` : 'docs/aws.md lists the keys'
      }
    }
  }
  if (keyword === 'required') {
    return {
      path: parent,
      finding: {
        code: 'AWS_FILE_KEY_MISSING',
        message: `${formatPath(parent)} has no ${property}`,
        path: formatPath([...parent, property]),
        expected: properties[property]!.description!,
        hint: `add ${property}`
      }
    }
  }
  const expected = expectedOf(misfit)
  const actual = describeValue(data)
  const quoted = expected === 'a string' && ['number', 'boolean'].includes(typeof data)
  return {
    path: parent,
    finding: {
      code: 'AWS_FILE_WRONG_VALUE',
      message: `${formatPath(parent) || 'the file'} must be ${expected}, it is ${actual}`,
      path: formatPath(parent),
      expected,
      actual,
      hint: quoted ? `put quotes around it: '${data}'` : (description ?? 'docs/aws.md has an example')
    }
  }
}

/** Lists whose entries are found by a key, which therefore must not occur twice. */
const uniqueKeys = {
  subnets: 'id',
  securityGroups: 'id',
  instances: 'id',
  certificates: 'arn',
  webACLs: 'name',
  trustStores: 'name',
  targetGroups: 'name'
} as const

function describeDuplicates(file: EnvironmentFile): { finding: Omit<Finding, 'severity'>; path: Path }[] {
  return Object.entries(uniqueKeys).flatMap(([list, key]) => {
    const entries = (file[list as keyof typeof uniqueKeys] ?? []) as Record<string, string>[]
    const first = new Map<string, number>()
    return entries.flatMap((entry, index) => {
      const value = entry[key]!
      const earlier = first.get(value)
      if (earlier === undefined) {
        first.set(value, index)
        return []
      }
      const path = [list, index, key]
      return {
        path,
        finding: {
          code: 'AWS_FILE_DUPLICATE',
          message: `${formatPath(path)} is ${value}, and so is ${formatPath([list, earlier, key])}`,
          path: formatPath(path),
          actual: value,
          hint: 'leave one of them out'
        }
      }
    })
  })
}

/** The value of a document; bounded, so that aliases cannot make gigabytes of a small file. */
function readContent(document: Document, file: string): unknown {
  const read = documentValue(document)
  if ('value' in read) {
    return read.value
  }
  throw usageFailure({
    code: 'AWS_FILE_MALFORMED',
    message: read.problem,
    file,
    line: 1,
    hint: 'write the values out instead of repeating aliases'
  })
}

/**
 * Reads an `aws.yaml` and fills in what it leaves out.
 *
 * @param file its name, for findings.
 * @throws Failure exit 2 with every mistake of the file: `AWS_FILE_MALFORMED` where it is no YAML, else
 * `AWS_FILE_UNKNOWN_KEY`, `AWS_FILE_KEY_MISSING`, `AWS_FILE_WRONG_VALUE`, `AWS_FILE_DUPLICATE`.
 */
export function parseEnvironment(text: string, file: string): Environment {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' })
  if (document.errors.length > 0) {
    throw new Failure(
      2,
      document.errors.map(error => ({
        code: 'AWS_FILE_MALFORMED',
        severity: 'error',
        message: describeYAMLProblem(error),
        file,
        line: error.linePos?.[0].line ?? 1,
        hint: 'docs/aws.md has an example'
      }))
    )
  }

  /** The line of the key at a path, or of its nearest parent that exists. */
  function lineOf(path: Path): number {
    let node: unknown = document.contents
    let offset = (node as Node | null)?.range?.[0] ?? 0
    for (const step of path) {
      const next = isMap(node)
        ? node.items.find(({ key }) => String((key as { value?: unknown }).value) === step)
        : isSeq(node)
          ? node.items[step as number]
          : undefined
      if (!next) {
        break
      }
      offset = ((isPair(next) ? next.key : next) as Node).range?.[0] ?? offset
      node = isPair(next) ? next.value : next
    }
    return lines.linePos(offset).line
  }

  const content = (readContent(document, file) ?? {}) as EnvironmentFile
  const misfits = misfitsOf(environmentSchema, content)
  const mistakes =
    misfits.length === 0 ? describeDuplicates(content) : misfits.map(misfit => describeMisfit(misfit, content))
  if (mistakes.length > 0) {
    throw new Failure(
      2,
      mistakes
        .map(({ finding, path }): Finding => ({ severity: 'error', ...finding, file, line: lineOf(path) }))
        .sort((left, right) => left.line! - right.line!)
    )
  }
  return completeEnvironment(content)
}
