import type { Finding } from '../failure.ts'
import { nearestName } from '../nearest-name.ts'
import { isMapping, type ValuesFiles } from '../values/index.ts'

/** `- at '/gateway/ports/status': missing property 'port'`: one line of helm's schema validator. */
const schemaRefusal = /^\s*- at '([^']*)': (.+)$/
/** `- gateway.ports.status: port is required`: the same before helm 3.18.5. */
const oldSchemaRefusal = /^- ([A-Za-z(][\w.()[\]-]*): (.+)$/
/** `NODE_PORT_TWICE gateway.ports.https.nodePort: is 30080, as …; set another`: one line of the chart's guard template. */
const guardRefusal = /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+) (\S.*?): (.+?)(?:; (set .+))?$/

const keyOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')

/** `additional properties 'prots', 'nam' not allowed`, before helm 3.18.5 `Additional property prots is not allowed`. */
const unknownKeys = /^additional propert(?:ies (?<keys>'.*')|y (?<key>\S+) is) not allowed$/i

/** What helm said when it refused to render, as findings that name the value's key, file and line, or its `--set`. */
export function readRefusals(stderr: string, files: ValuesFiles, set: readonly string[] = []): Finding[] {
  const seen = new Set<string>()
  const findings = stderr.split('\n').flatMap((text): Finding[] => {
    const refuse = (code: string, path: string, message: string, hint?: string, steps = path.split('.')): Finding => ({
      code,
      severity: 'error',
      message,
      path,
      ...placeOf(path, steps, files, set),
      hint: hint ?? 'see the key in the values reference of the chart'
    })
    const [, pointer, wrong] = schemaRefusal.exec(text) ?? oldSchemaRefusal.exec(text) ?? []
    if (pointer !== undefined && wrong !== undefined) {
      // Leaves carry the reason; a line that only says which branch failed repeats them.
      if (/^'?(allOf|if-else|if-then)'? failed$|^Must validate/.test(wrong)) return []
      const parent = pointer.startsWith('/') || pointer === '' ? keyOf(pointer) : pointer.replace('(root)', '')
      // The validator says what is wrong with a name, and not where it stands.
      const [, name] = /^invalid propertyName '(.*)'$/.exec(wrong) ?? []
      if (name !== undefined) {
        const steps = pathOf(name, files.merged()) ?? [name]
        const path = steps.join('.')
        return [refuse('VALUES_REFUSED', path, `${path}: no name that is allowed here`, undefined, steps)]
      }
      if (parent === '' && /^'.*' does not match pattern /.test(wrong)) return []
      const { keys, key } = unknownKeys.exec(wrong)?.groups ?? {}
      const unknown = keys?.slice(1, -1).split("', '") ?? (key === undefined ? [] : [key])
      if (unknown.length > 0)
        return unknown.map(name => {
          const path = parent ? `${parent}.${name}` : name
          return refuse('VALUES_REFUSED', path, `${path}: unknown key`, similarKey(parent, name, files))
        })
      const path = parent || '(root)'
      return [refuse('VALUES_REFUSED', path, `${path}: ${wrong.replaceAll(/(\d),(?=\d{3})/g, '$1')}`)]
    }
    const [, code, path, message, hint] = guardRefusal.exec(text) ?? []
    return code && path && message ? [refuse(code, path, `${path}: ${message}`, hint)] : []
  })
  const distinct = findings.filter(
    ({ code, message }) => !seen.has(`${code} ${message}`) && seen.add(`${code} ${message}`)
  )
  if (distinct.length > 0) return distinct
  return [
    {
      code: 'RENDER_FAILED',
      severity: 'error',
      message: `helm could not render the chart: ${stderr.trim().replace(/^Error: /, '')}`,
      hint: 'run the same with `helm template --debug` to see the template'
    }
  ]
}

/** Where a value comes from: the last assignment that sets it or a part of it, else its line in a file. */
function placeOf(
  path: string,
  steps: string[],
  files: ValuesFiles,
  set: readonly string[]
): Pick<Finding, 'file' | 'line'> {
  const assignment = set.findLast(text => {
    const key = text.split('=')[0]!.replaceAll('\\.', '.')
    return key === path || key.startsWith(`${path}.`) || key.startsWith(`${path}[`)
  })
  if (assignment !== undefined) return { file: `--set ${assignment}` }
  const position = files.positionOf(steps)
  return position ? { file: position.file, line: position.line } : {}
}

/** The key that a mistyped one most likely means, of those that stand beside it in the chart's values. */
function similarKey(parent: string, name: string, files: ValuesFiles): string | undefined {
  const beside = parent ? parent.split('.').reduce<unknown>(stepInto, files.merged()) : files.merged()
  if (!isMapping(beside)) return undefined
  const nearest = nearestName(
    name,
    Object.keys(beside).filter(key => key !== name)
  )
  return nearest && `did you mean ${parent ? `${parent}.` : ''}${nearest}?`
}

/** The path to the first key of a name, wherever it stands. */
function pathOf(name: string, values: unknown): string[] | undefined {
  if (typeof values !== 'object' || values === null) return undefined
  if (isMapping(values) && name in values) return [name]
  for (const [key, value] of Object.entries(values)) {
    const below = pathOf(name, value)
    if (below) return [key, ...below]
  }
  return undefined
}

const stepInto = (value: unknown, step: string): unknown => (isMapping(value) ? value[step] : undefined)
