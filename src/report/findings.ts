import type { Finding, Severity } from '../failure.ts'
import { SourceFiles, type SourceText } from './source-files.ts'

export type { SourceText } from './source-files.ts'

export type FindingsFormat = 'text' | 'json' | 'junit' | 'sarif' | 'github'

const keys = [
  ...(['code', 'severity', 'message', 'object', 'path', 'file', 'line', 'expected', 'actual', 'hint', 'edit'] as const)
]

/** A finding with its keys in the contract's order; absent ones are left out. */
function ordered(finding: Finding): Partial<Finding> {
  return Object.fromEntries(keys.flatMap(key => (finding[key] === undefined ? [] : [[key, finding[key]]])))
}

function placeOf({ file, line }: Finding): string {
  return file === undefined ? '' : line === undefined ? file : `${file}:${line}`
}

/** Columns of a source line that are shown; a terminal is seldom wider. */
const shownColumns = 110

/** Column of the key that a path ends in, else of the line's first word. A key may hold dots, so the longest end counts. */
function columnOf(path: string | undefined, source: string): number {
  const steps = path?.split('.') ?? []
  for (let start = 0; start < steps.length; start++) {
    const key = steps.slice(start).join('.')
    const column = /^\d+$/.test(key) ? -1 : source.indexOf(key)
    if (column >= 0) {
      return column
    }
  }
  return source.length - source.trimStart().length
}

/** The line with a caret under its key, cut to a width that a terminal shows. */
function excerpt({ file, line, path }: Finding, sources: SourceFiles): string {
  const text = file !== undefined && line !== undefined ? sources.find(file)?.lines[line - 1] : undefined
  if (text === undefined) {
    return ''
  }
  // Tabs would move the caret, and a line of a binary file the terminal.
  const source = text.replace(/\p{Cc}/gu, ' ').trimEnd()
  const gutter = `  ${line} | `
  const column = columnOf(path, source)
  const start = column < shownColumns ? 0 : column - 20
  const shown = `${start > 0 ? '…' : ''}${source.slice(start > 0 ? start + 1 : 0, start + shownColumns)}`
  return `${gutter}${shown}\n${' '.repeat(gutter.length + column - start)}^\n`
}

function describeInFull(finding: Finding, sources: SourceFiles): string {
  const { severity, code, message, object, expected, actual, hint } = finding
  const place = [placeOf(finding), object].filter(Boolean).join(' ')
  const values = [
    expected === undefined ? '' : `  expected: ${expected}\n`,
    actual === undefined ? '' : `  actual:   ${actual}\n`,
    hint === undefined ? '' : `  hint:     ${hint}\n`
  ]
  return `${severity} ${code}${place ? ` ${place}` : ''}\n  ${message}\n${excerpt(finding, sources)}${values.join('')}`
}

/** More findings than this are a line each: whoever mends the first ones knows what the others mean. */
const mostInFull = 20

function formatText(findings: Finding[], sourceText: SourceText): string {
  const sources = new SourceFiles(sourceText)
  const blocks = findings.slice(0, mostInFull).map(finding => describeInFull(finding, sources))
  const others = findings.slice(mostInFull)
  if (others.length > 0) {
    const lines = others.map(finding => `${placeOf(finding) || (finding.object ?? '')}: ${finding.message}\n`)
    blocks.push(`${lines.join('')}\n${findings.length} findings; the first ${mostInFull} say more.\n`)
  }
  return blocks.join('\n')
}

function escapeXML(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[<>&"'\n]/g, character => `&#${character.charCodeAt(0)};`)
}

function formatJUnit(findings: Finding[]): string {
  const cases = findings.map(finding => {
    const text = escapeXML(formatText([finding], () => undefined))
    return `    <testcase classname="istio-alb" name="${escapeXML(`${finding.code} ${finding.object ?? ''} ${placeOf(finding)}`.trim())}">\n      <failure type="${finding.severity}" message="${escapeXML(finding.message)}">${text}</failure>\n    </testcase>\n`
  })
  // A suite without a case reads as "nothing was run".
  const none = '    <testcase classname="istio-alb" name="check"/>\n'
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="istio-alb check" tests="${Math.max(findings.length, 1)}" failures="${findings.length}">\n${cases.join('') || none}  </testsuite>\n</testsuites>\n`
}

const sarifLevels: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'note' }

/** A file as a relative URI reference; what is no file, as `<stdin>`, gets a name that is one all the same. */
function uriOf(file: string): string {
  return encodeURI(file.replaceAll('\\', '/')).replaceAll('#', '%23').replaceAll('?', '%3F')
}

/** The lines of a text that an edit changes, and what they become. */
function fixOf({ edit, hint = '' }: Finding, sources: SourceFiles) {
  const source = edit && sources.find(edit.file)
  const changed = edit && source?.linesWith(edit)
  if (!source || !changed) {
    return undefined
  }
  const old = source.lines
  let start = 0
  while (start < Math.min(old.length, changed.length) && old[start] === changed[start]) {
    start++
  }
  let end = 0
  while (end < Math.min(old.length, changed.length) - start && old.at(-1 - end) === changed.at(-1 - end)) {
    end++
  }
  const lines = changed.slice(start, changed.length - end)
  return {
    description: { text: hint },
    artifactChanges: [
      {
        artifactLocation: { uri: uriOf(edit.file) },
        replacements: [
          {
            deletedRegion: { startLine: start + 1, startColumn: 1, endLine: old.length - end + 1, endColumn: 1 },
            insertedContent: { text: lines.map(line => `${line}\n`).join('') }
          }
        ]
      }
    ]
  }
}

function formatSARIF(findings: Finding[], sourceText: SourceText): string {
  const sources = new SourceFiles(sourceText)
  const codes = [...new Set(findings.map(({ code }) => code))]
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'istio-alb',
            rules: codes.map(id => ({
              id,
              help: { text: `Why, how to fix it, how to see it on AWS: docs/findings/${id}.md` }
            }))
          }
        },
        results: findings
          .map(finding => ({ finding, fix: fixOf(finding, sources) }))
          .map(({ finding: { code, severity, message, hint, file, line, object }, fix }) => ({
            ruleId: code,
            ruleIndex: codes.indexOf(code),
            level: sarifLevels[severity],
            ...(fix && { fixes: [fix] }),
            message: { text: hint === undefined ? message : `${message}. ${hint}` },
            locations: [
              {
                ...(file !== undefined && {
                  physicalLocation: {
                    artifactLocation: { uri: uriOf(file) },
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
function escapeGitHub(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
function escapeGitHubProperty(text: string): string {
  return escapeGitHub(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

function formatGitHub(findings: Finding[]): string {
  return findings
    .map(({ code, severity, message, file, line, hint }) => {
      const properties = [
        ...(file === undefined ? [] : [`file=${escapeGitHubProperty(file)}`]),
        ...(line === undefined ? [] : [`line=${line}`]),
        `title=${escapeGitHubProperty(code)}`
      ]
      return `::${githubCommands[severity]} ${properties.join(',')}::${escapeGitHub(hint === undefined ? message : `${message}. ${hint}`)}\n`
    })
    .join('')
}

/**
 * Findings in one of the formats of `istio-alb check`.
 *
 * @param sourceText for the text format: shows the line that a finding stands at; for SARIF: what an edit makes of it.
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
      return formatSARIF(findings, sourceText)
    case 'github':
      return formatGitHub(findings)
  }
}
