import type { Finding } from '../failure.ts'
import type { ValuesFiles } from '../values/index.ts'

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

/** What helm said when it refused to render, as findings that name the value's key, file and line. */
export function readRefusals(stderr: string, files: ValuesFiles): Finding[] {
  const seen = new Set<string>()
  const findings = stderr.split('\n').flatMap((text): Finding[] => {
    const [, pointer, wrong] = schemaRefusal.exec(text) ?? []
    if (pointer !== undefined && wrong !== undefined) {
      // Leaves carry the reason; a line that only says which branch failed repeats them.
      if (/^'?(allOf|if-else|if-then)'? failed$/.test(wrong)) return []
      const path = keyOf(pointer) || '(root)'
      return [
        finding('VALUES_REFUSED', path, `${path}: ${wrong.replaceAll(/(\d),(?=\d{3})/g, '$1')}`, undefined, files)
      ]
    }
    const [, oldPath, oldWrong] = oldSchemaRefusal.exec(text) ?? []
    if (oldPath !== undefined && oldWrong !== undefined) {
      if (/^Must validate/.test(oldWrong)) return []
      return [finding('VALUES_REFUSED', oldPath, `${oldPath}: ${oldWrong}`, undefined, files)]
    }
    const [, code, path, message, hint] = guardRefusal.exec(text) ?? []
    return code && path && message ? [finding(code, path, `${path}: ${message}`, hint, files)] : []
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

const finding = (
  code: string,
  path: string,
  message: string,
  hint: string | undefined,
  files: ValuesFiles
): Finding => {
  const position = files.positionOf(path.split('.'))
  return {
    code,
    severity: 'error',
    message,
    path,
    ...(position && { file: position.file, line: position.line }),
    hint: hint ?? 'see the key in the values reference of the chart'
  }
}
