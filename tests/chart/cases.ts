/**
 * Many renders of the chart in one run of helm. Spawning helm costs more than what it then does, so the chart's own templates
 * are laid into a chart around them, which goes through a list of values: Helm's engine and Helm's validator all the same.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { execa } from 'execa'
import { parse } from 'yaml'
import { Failure, type Finding } from '../../src/failure.ts'
import { findHelm, ownChart } from '../../src/render/index.ts'
import { readRefusals } from '../../src/render/refusal.ts'
import { type Values, ValuesFiles } from '../../src/values/index.ts'

export interface CasesOptions {
  /** Default the helm that {@link findHelm} finds. */
  helm?: string
  /** Default `edge`. */
  releaseName?: string
  /** Default `istio-system`. */
  namespace?: string
  /** What `.Capabilities.APIVersions.Has` answers yes to beyond Kubernetes' own groups. */
  apiVersions?: string[]
  /** Folder of what earlier runs made: what nobody changed, neither chart nor helm nor values, is not rendered again. */
  cache?: string
  /** Renders NOTES.txt and the pod of `helm test` too, and leaves Helm's validator out. */
  everything?: boolean
}

/** What became of one list of values. */
export interface CaseRender {
  /** What Helm's validator refuses by values.schema.json. */
  schema: Finding[]
  /** What the chart's guard refuses. */
  guard: Finding[]
  /** The manifests, in no order that means anything; empty where the guard refuses. */
  manifests: string
}

/** Cases that one run of helm takes: beyond, its one output outweighs the spawn that is saved. */
const casesPerRun = 250

const noFiles = new ValuesFiles([])

/** Templates that are rendered, by their path; underscores mark those that are only included. */
function templatesOf(chart: string, everything: boolean): string[] {
  return (
    (readdirSync(join(chart, 'templates'), { recursive: true }) as string[])
      .filter(
        file => (file.endsWith('.yaml') && !basename(file).startsWith('_')) || (everything && file === 'NOTES.txt')
      )
      // What `helm test` runs is no part of a release.
      .filter(file => everything || !file.startsWith('tests/'))
      .toSorted()
  )
}

/** A chart of the same name, files and templates, whose one rendered template goes through `.Values.cases`. */
function layChart(folder: string, everything: boolean): void {
  mkdirSync(join(folder, 'templates'), { recursive: true })
  cpSync(join(ownChart, 'Chart.yaml'), join(folder, 'Chart.yaml'))
  cpSync(join(ownChart, 'files'), join(folder, 'files'), { recursive: true })
  const { name } = parse(readFileSync(join(ownChart, 'Chart.yaml'), 'utf8')) as { name: string }
  for (const file of readdirSync(join(ownChart, 'templates')).filter(file => file.endsWith('.tpl'))) {
    cpSync(join(ownChart, 'templates', file), join(folder, 'templates', file))
  }
  const templates = templatesOf(ownChart, everything)
  // Helm parses a template that begins with an underscore, and renders it only where it is included.
  function hidden(file: string): string {
    return join('templates', dirname(file), `_${basename(file)}`)
  }
  for (const file of templates) {
    cpSync(join(ownChart, 'templates', file), join(folder, hidden(file)))
  }
  writeFileSync(
    join(folder, 'templates', 'cases.yaml'),
    `apiVersion: v1
kind: ConfigMap
metadata:
  name: cases
data:
{{- range $index, $values := ternary list .Values.cases (hasKey .Values "validated") }}
{{- $case := dict "Values" $values "Release" $.Release "Chart" $.Chart "Capabilities" $.Capabilities "Files" $.Files "Template" $.Template }}
{{- $refusals := include "${name}.judge" $case }}
{{- if $refusals }}
  refused-{{ $index }}: {{ toJson $refusals }}
{{- else }}
{{- $manifests := "" }}
{{- range list ${templates.map(file => JSON.stringify(`${name}/${hidden(file)}`)).join(' ')} }}
{{- $manifests = print $manifests "\\n---\\n# Source: " (. | replace "/_" "/") "\\n" (include . $case) }}
{{- end }}
  rendered-{{ $index }}: {{ toJson $manifests }}
{{- end }}
{{- end }}
`
  )
  const { $defs, $id, $schema, ...values } = JSON.parse(
    readFileSync(join(ownChart, 'values.schema.json'), 'utf8')
  ) as Record<string, object>
  writeFileSync(
    join(folder, 'values.schema.json'),
    JSON.stringify({
      $schema,
      properties: { cases: { items: { $ref: '#/$defs/values' } } },
      $defs: { ...$defs, values }
    })
  )
}

/** `- at '/cases/3/gateway/name': …`, before helm 3.18.5 `- cases.3.gateway.name: …`: the validator, with the case's number. */
const caseRefusal = /^(\s*- at '|- )[/]?cases[/.](\d+)[.]?(.*)$/

/** What the validator said, by case, each as if it had been asked about that one alone. */
function splitRefusals(stderr: string, count: number): Finding[][] {
  const lines = Array.from({ length: count }, () => [] as string[])
  for (const line of stderr.split('\n')) {
    const [, start, index, rest] = caseRefusal.exec(line) ?? []
    if (index !== undefined) {
      lines[Number(index)]?.push(`${start}${rest}`)
    }
  }
  return lines.map(own => (own.length === 0 ? [] : readRefusals(own.join('\n'), noFiles)))
}

/** What the outcome of a run depends on, as a name. */
function nameOf(command: string, cases: readonly Values[], options: CasesOptions): string {
  const hash = createHash('sha256')
  for (const file of (readdirSync(ownChart, { recursive: true }) as string[]).toSorted()) {
    if (statSync(join(ownChart, file)).isFile()) {
      hash.update(`${file}\0`).update(readFileSync(join(ownChart, file)))
    }
  }
  const { size, mtimeMs } = statSync(command, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 }
  hash.update(JSON.stringify([command, size, mtimeMs, options, cases]))
  return `${hash.digest('hex')}.json`
}

async function renderOrRecall(
  chart: () => string,
  cases: readonly Values[],
  options: CasesOptions
): Promise<CaseRender[]> {
  if (options.cache === undefined) {
    return renderRun(chart(), cases, options)
  }
  const file = join(options.cache, nameOf(options.helm ?? (await findHelm()).command, cases, options))
  if (existsSync(file)) {
    return JSON.parse(readFileSync(file, 'utf8')) as CaseRender[]
  }
  const renders = await renderRun(chart(), cases, options)
  mkdirSync(options.cache, { recursive: true })
  writeFileSync(file, JSON.stringify(renders))
  return renders
}

async function renderRun(chart: string, cases: readonly Values[], options: CasesOptions): Promise<CaseRender[]> {
  const command = options.helm ?? (await findHelm()).command
  const file = join(dirname(chart), `${basename(chart)}-values.yaml`)
  // Helm reads YAML, and JSON is YAML.
  writeFileSync(file, JSON.stringify({ cases }))
  const { releaseName = 'edge', namespace = 'istio-system', apiVersions = [] } = options
  function run(...flags: string[]) {
    return execa(
      command,
      [
        ...['template', releaseName, chart, '--namespace', namespace, '--values', file],
        ...apiVersions.flatMap(version => ['--api-versions', version]),
        ...flags
      ],
      { reject: false, maxBuffer: 1e9 }
    )
  }
  const [validated, rendered] = await Promise.all([
    // The validator speaks before anything is rendered; what it accepts need not be rendered twice.
    options.everything ? { stderr: '' } : run('--set', 'validated=true'),
    run('--skip-schema-validation')
  ])
  if (rendered.failed) {
    throw new Failure(1, readRefusals(rendered.stderr, noFiles), { cause: rendered })
  }
  const schema = splitRefusals(validated.stderr, cases.length)
  const { data } = parse(rendered.stdout, { maxAliasCount: 0 }) as { data: Record<string, string> }
  return cases.map((_, index) => ({
    schema: schema[index]!,
    guard: data[`refused-${index}`] === undefined ? [] : readRefusals(data[`refused-${index}`]!, noFiles),
    manifests: data[`rendered-${index}`] ?? ''
  }))
}

/**
 * Renders the chart once for each of the given values, which are complete: defaults and all, as {@link mergeValues} makes them.
 *
 * @throws Failure where helm fails by anything but a refusal.
 */
export async function renderCases(cases: readonly Values[], options: CasesOptions = {}): Promise<CaseRender[]> {
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-cases-'))
  try {
    const chart = join(folder, 'chart')
    let laid = false
    function layOnce(): string {
      if (!laid) {
        layChart(chart, options.everything ?? false)
      }
      laid = true
      return chart
    }
    const renders: CaseRender[] = []
    for (let start = 0; start < cases.length; start += casesPerRun) {
      renders.push(...(await renderOrRecall(layOnce, cases.slice(start, start + casesPerRun), options)))
    }
    return renders
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
