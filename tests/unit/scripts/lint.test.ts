import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { lintCharts } from '../../../scripts/chart/lint.ts'
import { findHelm } from '../../../src/render/index.ts'

const root = new URL('../../../', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'istio-alb-lint-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Files = Record<string, string>

/** A chart that nothing is to be said against. */
const sound: Files = {
  'Chart.yaml': `apiVersion: v2
name: one
description: A chart.
type: application
version: 1.2.3
appVersion: "1.31"
home: https://example.com
icon: https://example.com/icon.svg
maintainers:
  - name: somebody
    url: https://example.com
annotations:
  example.com/category: networking
`,
  'values.yaml': `# -- A port.
port: 80
names:
  - one
`,
  'values.schema.json': JSON.stringify({
    type: 'object',
    properties: { port: { type: 'integer', minimum: 1 }, names: { type: 'array' } },
    additionalProperties: false
  }),
  'templates/service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  ports:
    - port: {{ .Values.port }}
`,
  'ci/other-values.yaml': 'port: 8080\n'
}

type Changes = Record<string, (text: string) => string>

/** The project's own ct.yaml and what it names, and charts by their names. */
function lay(charts: Record<string, Changes>, testing: (text: string) => string = text => text): string {
  const here = mkdtempSync(join(folder, 'root-'))
  for (const file of ['lintconf.yaml', 'chart_schema.yaml']) {
    cpSync(join(root, file), join(here, file))
  }
  writeFileSync(join(here, 'ct.yaml'), testing(readFileSync(join(root, 'ct.yaml'), 'utf8')))
  for (const [name, changes] of Object.entries(charts)) {
    for (const file of new Set([...Object.keys(sound), ...Object.keys(changes)])) {
      const path = join(here, 'charts', name, file)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, changes[file]?.(sound[file] ?? '') ?? sound[file]!)
    }
  }
  return here
}

/** A file's text with one thing in it changed; a change of nothing would be a mistake of the test. */
function replaced(from: string, to: string): (text: string) => string {
  return text => {
    expect(text).toContain(from)
    return text.replace(from, to)
  }
}
function added(more: string): (text: string) => string {
  return text => text + more
}

interface BrokenChart {
  name: string
  file: string
  change: (text: string) => string
  /** The first command that refuses it, and what that says. */
  command: 'yamale' | 'yamllint' | 'helm'
  says: RegExp
}

const broken: BrokenChart[] = [
  ...[
    { name: 'no home', change: replaced('home: https://example.com\n', ''), says: /home: Required field missing/ },
    {
      name: 'a version that is a number',
      change: replaced('version: 1.2.3', 'version: 1.2'),
      says: /version: '1\.2' is not a str/
    },
    {
      name: 'nobody who keeps it',
      change: replaced('maintainers:\n  - name: somebody\n    url: https://example.com\n', ''),
      says: /maintainers: Required field missing/
    },
    {
      name: 'a maintainer without a name',
      change: replaced('name: somebody', 'email: some@body.example'),
      says: /maintainers\.0\.name: Required field missing/
    },
    {
      name: 'a key that no Chart.yaml has',
      change: added('licence: Apache-2.0\n'),
      says: /licence: Unexpected element/
    },
    {
      name: 'an annotation that is no text',
      change: replaced('category: networking', 'category: 1'),
      says: /'1' is not a str/
    },
    {
      name: 'a dependency without a version',
      change: added('dependencies:\n  - name: two\n'),
      says: /dependencies\.0\.version: Required field missing/
    }
  ].map(one => ({ ...one, file: 'Chart.yaml', command: 'yamale' as const })),
  ...[
    { name: 'spaces at the end of a line', change: replaced('port: 80', 'port: 80 '), says: /trailing-spaces/ },
    { name: 'a key twice', change: added('port: 81\n'), says: /duplication of key "port"/ },
    { name: 'a list that is not indented', change: replaced('  - one', '- one'), says: /wrong indentation/ },
    {
      name: 'indentation by three',
      change: replaced('  - one', '   - one'),
      says: /wrong indentation: expected 2 but found 3/
    },
    { name: 'yes for true', change: added('flag: yes\n'), says: /truthy value should be one of/ },
    { name: 'an octal number', change: added('mode: 0644\n'), says: /forbidden implicit octal value/ },
    {
      name: 'a line of 141 characters',
      change: added(`# ${'word '.repeat(27)}long\n`),
      says: /line too long \(141 > 140 characters\)/
    },
    { name: 'no end of the last line', change: added('more: 1'), says: /no new line character at the end of file/ },
    { name: 'two empty lines', change: replaced('names:', '\n\nnames:'), says: /too many blank lines \(2 > 1\)/ },
    {
      name: 'a comment without a space',
      change: replaced('# -- A port.', '#-- A port.'),
      says: /missing starting space in comment/
    },
    {
      name: 'line ends of Windows',
      change: (text: string) => text.replaceAll('\n', '\r\n'),
      says: /wrong new line character/
    },
    { name: 'what is no YAML', change: added('names: [\n'), says: /syntax error/ }
  ].map(one => ({ ...one, file: 'values.yaml', command: 'yamllint' as const })),
  {
    name: 'CI values with a fault of form',
    file: 'ci/other-values.yaml',
    change: replaced('8080', ' 8080'),
    command: 'yamllint',
    says: /too many spaces after colon/
  },
  {
    name: 'CI values that the schema refuses',
    file: 'ci/other-values.yaml',
    change: replaced('8080', '0'),
    command: 'helm',
    says: /port.*(minimum|greater than or equal)/
  },
  {
    name: 'CI values with an unknown key',
    file: 'ci/other-values.yaml',
    change: added('prot: 1\n'),
    command: 'helm',
    says: /additional properties 'prot' not allowed|Additional property prot/
  },
  {
    name: 'a version that is none',
    file: 'Chart.yaml',
    change: replaced('version: 1.2.3', 'version: one'),
    command: 'helm',
    says: /version 'one' is (invalid|not a valid)|validation.*version/i
  },
  {
    name: 'a template that cannot be parsed',
    file: 'templates/service.yaml',
    change: replaced('{{ .Release.Name }}', '{{ if .Release.Name }}'),
    command: 'helm',
    says: /unexpected EOF/
  },
  {
    name: 'a template with a function that nobody has',
    file: 'templates/service.yaml',
    change: replaced('{{ .Values.port }}', '{{ .Values.port | portOf }}'),
    command: 'helm',
    says: /function "portOf" not defined/
  },
  {
    name: 'a template that makes no YAML',
    file: 'templates/service.yaml',
    change: replaced('  name: {{', '  name: : {{'),
    command: 'helm',
    says: /unable to parse YAML|mapping values are not allowed/
  },
  {
    name: 'a template that fails for the CI values alone',
    file: 'templates/service.yaml',
    change: added('{{ if eq (int .Values.port) 8080 }}{{ index .Values.names 3 }}{{ end }}\n'),
    command: 'helm',
    says: /index out of range: 3/
  }
]

/** All of them are one run: a chart's folder is its place in the list. */
const { steps, skipped } = await lintCharts(
  lay(Object.fromEntries(broken.map(({ file, change }, index) => [`broken-${index}`, { [file]: change }])))
)
const lintForm = skipped === undefined ? test : test.skip
const hint = skipped === undefined ? '' : ` (skipped: ${skipped})`

/** The first command that refuses a chart. */
function refusalOf(index: number): { command: string; refusal?: string } | undefined {
  return steps.find(({ command, refusal }) => refusal !== undefined && command.includes(`charts/broken-${index}`))
}

describe('linting', () => {
  test('says nothing against a sound chart: its form, and helm with each of the CI values', async () => {
    const result = await lintCharts(lay({ one: { 'ci/third-values.yaml': () => 'port: 443\n' } }))
    expect(result.steps.filter(({ refusal }) => refusal !== undefined)).toEqual([])
    const words = result.steps.map(({ command }) => command.replace(/^helm\S*/, 'helm'))
    expect(words.filter(command => !command.startsWith('yam'))).toEqual([
      'helm lint charts/one --values charts/one/ci/other-values.yaml --strict',
      'helm lint charts/one --values charts/one/ci/third-values.yaml --strict'
    ])
  })

  const cases = broken.map((one, index) => ({ ...one, index }))
  lintForm.each(cases.filter(({ command }) => command !== 'helm'))(
    `$command refuses $name${hint}`,
    ({ index, file, command, says }) => {
      const { command: line, refusal } = refusalOf(index)!
      expect(line.split(' ')[0]).toBe(command)
      expect(line).toContain(`charts/broken-${index}/${file}`)
      expect(refusal).toMatch(says)
    }
  )

  test.each(cases.filter(({ command }) => command === 'helm'))('helm refuses $name', ({ index, says }) => {
    const { command, refusal } = refusalOf(index)!
    expect(command).toMatch(/^helm\S* lint .* --values .*other-values\.yaml --strict$/)
    expect(refusal).toMatch(says)
  })

  test.each([
    { name: 'validate-yaml', absent: 'yamllint' },
    { name: 'validate-chart-schema', absent: 'yamale' }
  ])('$name: false leaves $absent out', async ({ name, absent }) => {
    const result = await lintCharts(lay({ one: {} }, replaced(`${name}: true`, `${name}: false`)))
    expect(result.steps.map(({ command }) => command.split(' ')[0])).not.toContain(absent)
  })

  test('a chart without CI values is linted with its own', async () => {
    const here = lay({ one: {} })
    rmSync(join(here, 'charts', 'one', 'ci'), { recursive: true })
    const result = await lintCharts(here)
    expect(result.steps.at(-1)).toEqual({ command: expect.stringMatching(/^helm\S* lint charts\/one --strict$/) })
  })
})

describe('without Python', () => {
  const { PATH, XDG_CACHE_HOME } = process.env
  beforeAll(() => findHelm())
  afterAll(() => {
    process.env.PATH = PATH
    if (XDG_CACHE_HOME === undefined) {
      delete process.env.XDG_CACHE_HOME
    } else {
      process.env.XDG_CACHE_HOME = XDG_CACHE_HOME
    }
  })

  test('what is not run is named, with what to install', async () => {
    process.env.PATH = folder
    process.env.XDG_CACHE_HOME = join(folder, 'cache')
    const result = await lintCharts(lay({ one: {} }))
    expect(result.skipped).toBe('yamllint and yamale: install Python 3 with venv, or both commands')
    expect(result.steps.map(({ command }) => command)).toEqual([expect.stringMatching(/^helm\S* lint charts\/one/)])
  })
})
