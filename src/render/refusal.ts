import type { Finding } from '../failure.ts'
import { nearestName } from '../nearest-name.ts'
import { type Assignments, isMapping, lastAssignment, type ValuesFiles } from '../values/index.ts'

/** `- at '/gateway/ports/status': missing property 'port'`: one line of helm's schema validator. */
const schemaRefusal = /^\s*- at '([^']*)': (.+)$/
/** `- gateway.ports.status: port is required`: the same before helm 3.18.5. */
const oldSchemaRefusal = /^- ([A-Za-z(][\w.()[\]-]*): (.+)$/
/** `NODE_PORT_TWICE gateway.ports.https.nodePort: is 30080, as …; set another`: one line of the chart's guard template. */
const guardRefusal = /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+) (\S.*?): (.+?)(?:; ((?:set|did you mean) .+))?$/

/** The steps of a pointer, or of the dotted path that it was before helm 3.18.5. */
function stepsOf(pointer: string): string[] {
  if (!pointer.startsWith('/')) {
    return pointer.replace('(root)', '').split('.').filter(Boolean)
  }
  const steps = pointer.split('/').slice(1)
  return steps.map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** `additional properties 'prots', 'nam' not allowed`, before helm 3.18.5 `Additional property prots is not allowed`. */
const unknownKeys = /^additional propert(?:ies (?<keys>'.*')|y (?<key>\S+) is) not allowed$/i

/** One thing that helm, or the guard through it, refuses. */
interface Refusal {
  code: string
  /** The key, step by step: a step may hold dots. */
  steps: string[]
  /** The key as it is told, where that is not its steps: an item of a list is one of them. */
  path?: string
  wrong: string
  hint?: string
}

const referenceHint = 'see the key in the values reference of the chart'

/** What helm said when it refused to render, as findings that name the value's key, file and line, or its `--set`. */
export function readRefusals(stderr: string, files: ValuesFiles, assignments: Assignments = {}): Finding[] {
  const findings = stderr
    .split('\n')
    .flatMap(line => [...readValidator(line, files), ...readGuard(line, files)])
    .map(({ code, steps, path = steps.join('.') || '(root)', wrong, hint = referenceHint }): Finding => {
      return {
        code,
        severity: 'error',
        message: `${path}: ${wrong}`,
        path,
        ...placeOf(steps, files, assignments),
        hint
      }
    })
  if (findings.length > 0) {
    return [...new Map(findings.map(finding => [`${finding.code} ${finding.message}`, finding])).values()]
  }
  return [
    {
      code: 'RENDER_FAILED',
      severity: 'error',
      message: `helm could not render the chart: ${withoutAdvice(stderr)}`,
      hint: hintFor(stderr)
    }
  ]
}

/** Helm's own words, without the option of its own that they end with. */
function withoutAdvice(stderr: string): string {
  const text = stderr.trim().replace(/^Error: /, '')
  const advice = 'Use --debug flag to render out invalid YAML'
  return text.endsWith(advice) ? text.slice(0, -advice.length).trimEnd() : text
}

/** What to do about what helm itself refuses, by its words. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /failed parsing --set-json/,
    'write it as KEY=JSON, in quotes for the shell: --set-json \'ingress.hosts=["shop.example.com"]\''
  ],
  [/failed parsing --set-file/, 'write it as KEY=FILE, a file that is there'],
  [/failed parsing --set/, 'write it as KEY=VALUE: --set ingress.scheme=internal'],
  [/invalid kube version/, 'write it as 1.33.0'],
  [/chart requires kubeVersion/, 'give --kube-version one that the chart takes'],
  [
    /could not find template/,
    'name a template as `istio-alb render` shows it behind # Source:, without the name of the chart'
  ],
  [
    /expected a gzipped archive|appear to be a gzipped archive|unable to detect chart|Chart\.yaml file is missing/,
    '--chart takes the folder that holds Chart.yaml, an archive of it, or oci://…'
  ]
]

function hintFor(stderr: string): string {
  const known = hints.find(([words]) => words.test(stderr))
  return known?.[1] ?? 'run the same with `helm template --debug` to see the template'
}

function readGuard(line: string, files: ValuesFiles): Refusal[] {
  const [, code, path, wrong, told] = guardRefusal.exec(line) ?? []
  if (!code || !path || !wrong) {
    return []
  }
  const steps = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
  // The guard knows what other charts call a value, and keys of the same words; of a slip it cannot tell the nearest.
  const isSlip = code === 'VALUE_UNKNOWN_KEY' && told?.startsWith('set ')
  const hint = (isSlip && similarKey(steps.slice(0, -1), steps.at(-1)!, files)) || told
  return [{ code, steps, path, wrong, ...(hint && { hint }) }]
}

function readValidator(line: string, files: ValuesFiles): Refusal[] {
  const [, pointer, wrong] = schemaRefusal.exec(line) ?? oldSchemaRefusal.exec(line) ?? []
  if (pointer === undefined || wrong === undefined) {
    return []
  }
  function refuse(steps: string[], what: string, hint?: string): Refusal {
    return {
      code: 'VALUES_REFUSED',
      steps,
      wrong: what,
      ...(hint && { hint })
    }
  }
  // Leaves carry the reason; a line that only says which branch failed repeats them.
  if (/^'?(allOf|if-else|if-then)'? failed$|^Must validate/.test(wrong)) {
    return []
  }
  // Of a malformed name the validator says what is wrong, in two lines, and not where it stands.
  const [, malformed] = /^invalid propertyName '(.*)'$/.exec(wrong) ?? []
  if (malformed !== undefined) {
    return [refuse(pathOf(malformed, files.merged()) ?? [malformed], 'no name that is allowed here')]
  }
  if (pointer === '' && /^'.*' does not match pattern /.test(wrong)) {
    return []
  }
  const parent = stepsOf(pointer)
  const { keys, key } = unknownKeys.exec(wrong)?.groups ?? {}
  const unknown = keys?.slice(1, -1).split("', '") ?? (key === undefined ? [] : [key])
  if (unknown.length > 0) {
    return unknown.map(name => refuse([...parent, name], 'unknown key', similarKey(parent, name, files)))
  }
  return [refuse(parent, wrong.replaceAll(/(\d),(?=\d{3})/g, '$1'))]
}

/** Where a value comes from: the last assignment of it, else its line in a file. */
function placeOf(steps: string[], files: ValuesFiles, assignments: Assignments): Pick<Finding, 'file' | 'line'> {
  const assignment = lastAssignment(assignments, steps)
  if (assignment !== undefined) {
    return { file: assignment }
  }
  const position = files.positionOf(steps)
  return position ? { file: position.file, line: position.line } : {}
}

/** The key that a mistyped one most likely means, of those that stand beside it in the chart's values. */
function similarKey(parent: string[], name: string, files: ValuesFiles): string | undefined {
  const beside = parent.reduce<unknown>((value, step) => (isMapping(value) ? value[step] : undefined), files.merged())
  const known = isMapping(beside) ? Object.keys(beside).filter(key => key !== name) : []
  const nearest = nearestName(name, known)
  return nearest && `did you mean ${[...parent, nearest].join('.')}?`
}

/** The path to the first key of a name, wherever it stands. */
function pathOf(name: string, values: unknown): string[] | undefined {
  if (typeof values !== 'object' || values === null) {
    return undefined
  }
  if (isMapping(values) && name in values) {
    return [name]
  }
  for (const [key, value] of Object.entries(values)) {
    const below = pathOf(name, value)
    if (below) {
      return [key, ...below]
    }
  }
  return undefined
}
