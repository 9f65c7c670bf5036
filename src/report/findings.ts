import type { Finding, Severity } from '../failure.ts'

export type FindingsFormat = 'text' | 'json' | 'junit' | 'sarif' | 'github'

/** The text of a file by the name that findings carry; undefined where it cannot be shown. */
export type SourceText = (file: string) => string | undefined

const keys = ['code', 'severity', 'message', 'object', 'path', 'file', 'line', 'expected', 'actual', 'hint'] as const

/** A finding with its keys in the contract's order; absent ones are left out. */
const ordered = (finding: Finding): Partial<Finding> =>
  Object.fromEntries(keys.flatMap(key => (finding[key] === undefined ? [] : [[key, finding[key]]])))

const placeOf = ({ file, line }: Finding): string =>
  file === undefined ? '' : line === undefined ? file : `${file}:${line}`

/** The line with a caret under its first word, cut to a width that a terminal shows. */
function excerpt({ file, line }: Finding, sourceText: SourceText): string {
  const source = file !== undefined && line !== undefined ? sourceText(file)?.split('\n')[line - 1] : undefined
  if (source === undefined) return ''
  const gutter = `  ${line} | `
  const shown = source.slice(0, 110)
  const indentation = shown.length - shown.trimStart().length
  return `${gutter}${shown}\n${' '.repeat(gutter.length + indentation)}^\n`
}

const formatText = (findings: Finding[], sourceText: SourceText): string =>
  findings
    .map(finding => {
      const { severity, code, message, object, expected, actual, hint } = finding
      const place = [placeOf(finding), object].filter(Boolean).join(' ')
      const values = [
        expected === undefined ? '' : `  expected: ${expected}\n`,
        actual === undefined ? '' : `  actual:   ${actual}\n`,
        hint === undefined ? '' : `  hint:     ${hint}\n`
      ]
      return `${severity} ${code}${place ? ` ${place}` : ''}\n  ${message}\n${excerpt(finding, sourceText)}${values.join('')}`
    })
    .join('\n')

const escapeXML = (text: string): string =>
  text.replace(/[<>&"']/g, character => `&#${character.charCodeAt(0)};`).replace(/[^\t\n\r\u0020-\ufffd]/g, '')

const formatJUnit = (findings: Finding[]): string => {
  const cases = findings.map(finding => {
    const text = escapeXML(formatText([finding], () => undefined))
    return `    <testcase classname="istio-alb" name="${escapeXML(`${finding.code} ${finding.object ?? ''} ${placeOf(finding)}`.trim())}">\n      <failure type="${finding.severity}" message="${escapeXML(finding.message)}">${text}</failure>\n    </testcase>\n`
  })
  // A suite without a case reads as "nothing was run".
  const none = '    <testcase classname="istio-alb" name="check"/>\n'
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="istio-alb check" tests="${Math.max(findings.length, 1)}" failures="${findings.length}">\n${cases.join('') || none}  </testsuite>\n</testsuites>\n`
}

const sarifLevels: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'note' }

const formatSARIF = (findings: Finding[]): string => {
  const codes = [...new Set(findings.map(({ code }) => code))]
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'istio-alb', rules: codes.map(id => ({ id })) } },
        results: findings.map(({ code, severity, message, hint, file, line, object }) => ({
          ruleId: code,
          level: sarifLevels[severity],
          message: { text: hint === undefined ? message : `${message}. ${hint}` },
          locations: [
            {
              ...(file !== undefined && {
                physicalLocation: {
                  artifactLocation: { uri: encodeURI(file) },
                  ...(line !== undefined && { region: { startLine: line } })
                }
              }),
              ...(object !== undefined && { logicalLocations: [{ fullyQualifiedName: object }] })
            }
          ]
        }))
      }
    ]
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

const githubCommands: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'notice' }
const escapeGitHub = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const escapeGitHubProperty = (text: string): string => escapeGitHub(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

const formatGitHub = (findings: Finding[]): string =>
  findings
    .map(({ code, severity, message, file, line, hint }) => {
      const properties = [
        ...(file === undefined ? [] : [`file=${escapeGitHubProperty(file)}`]),
        ...(line === undefined ? [] : [`line=${line}`]),
        `title=${escapeGitHubProperty(code)}`
      ]
      return `::${githubCommands[severity]} ${properties.join(',')}::${escapeGitHub(hint === undefined ? message : `${message}. ${hint}`)}\n`
    })
    .join('')

/**
 * Findings in one of the formats of `istio-alb check`.
 *
 * @param sourceText for the text format: shows the line that a finding stands at.
 */
export function formatFindings(
  findings: Finding[],
  format: FindingsFormat,
  sourceText: SourceText = () => undefined
): string {
  switch (format) {
    case 'text':
      return formatText(findings, sourceText)
    case 'json':
      return `${JSON.stringify(findings.map(ordered), undefined, 2)}\n`
    case 'junit':
      return formatJUnit(findings)
    case 'sarif':
      return formatSARIF(findings)
    case 'github':
      return formatGitHub(findings)
  }
}
