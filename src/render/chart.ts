import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { ownChart, releaseNamespace } from '../defaults.ts'
import { Failure, type Finding, usageFailure } from '../failure.ts'
import { fromHere, readStandardInput } from '../resources/index.ts'
import { type Assignments, assignmentFlags, standardInput, ValuesFiles } from '../values/index.ts'
import { findHelm } from './helm.ts'
import { readRefusals } from './refusal.ts'

export interface RenderOptions extends Assignments {
  /** Folder or archive of a chart, or its address in a registry (`oci://…`); default this project's. */
  chart?: string
  /** Values files, later ones win; `-` is standard input. */
  values?: string[]
  /** Default `edge`. */
  releaseName?: string
  /** Default `istio-system`, where Istio puts its gateway. */
  namespace?: string
  /** What `.Capabilities.APIVersions.Has` answers yes to beyond Kubernetes' own groups: `group/version/Kind`. */
  apiVersions?: string[]
  kubeVersion?: string
  /** Templates to show: `templates/istio-operator.yaml`. */
  showOnly?: string[]
  skipSchemaValidation?: boolean
  /** What to execute; default the helm that `findHelm` finds. */
  helm?: string
}

/** What `helm template` made, and of which values. */
export interface ChartRender {
  /** The manifests as one YAML text. */
  text: string
  /** The chart's own values first; read once for both the render and what is told of it. */
  files: ValuesFiles
}

const defaultRelease = 'edge'

/** Whether helm fetches the chart. */
function isRemote(chart: string): boolean {
  return chart.startsWith('oci://')
}

/**
 * The manifests that `helm template` makes of the chart, as one YAML text.
 *
 * @throws Failure exit 2 with a finding for each value that the schema or the guards refuse, and for files that are not
 * there, exit 3 without helm.
 */
export async function renderChart(options: RenderOptions = {}): Promise<string> {
  return (await renderWithValues(options)).text
}

/** The values files that a render is made of; an archive keeps its own to itself, and a chart need not have any. */
function valuesFilesOf(chart: string, values: string[]): ValuesFiles {
  const own = fromHere(join(chart, 'values.yaml'))
  return ValuesFiles.read(values, existsSync(own) ? [own] : [])
}

/** Helm at work. */
type Running = ReturnType<typeof startHelm>

function startHelm(command: string, options: RenderOptions) {
  const { chart = ownChart, values = [], releaseName = defaultRelease, namespace = releaseNamespace } = options
  const flags = {
    '--values': values.map(file => (file === standardInput ? file : resolve(file))),
    ...Object.fromEntries(assignmentFlags.map(([name, flag]) => [flag, options[name] ?? []])),
    '--api-versions': options.apiVersions ?? [],
    '--kube-version': options.kubeVersion ? [options.kubeVersion] : [],
    '--show-only': options.showOnly ?? []
  }
  return execa(
    command,
    [
      'template',
      releaseName,
      isRemote(chart) ? chart : resolve(chart),
      ...['--namespace', namespace],
      ...Object.entries(flags).flatMap(([flag, arguments_]) => arguments_.flatMap(argument => [flag, argument])),
      // What a release consists of: the pod of `helm test` is none of it.
      '--skip-tests',
      // The guard of this project's chart judges by the same schema, and says what to do.
      ...(options.skipSchemaValidation || resolve(chart) === resolve(ownChart) ? ['--skip-schema-validation'] : [])
    ],
    { reject: false, ...(values.includes(standardInput) && { input: readStandardInput('name a values file') }) }
  )
}

/** @throws Failure exit 2 for what helm would take for something else. */
function requireRenderable({ chart = ownChart, releaseName = defaultRelease }: RenderOptions): void {
  if (!isRemote(chart) && !existsSync(chart)) {
    throw usageFailure({
      code: 'CHART_UNREADABLE',
      message: `there is no chart at ${chart}`,
      file: chart,
      hint: 'name the folder that holds Chart.yaml'
    })
  }
  requireReleaseName(releaseName)
}

/** What was begun before it was asked for: helm at work, by what makes a render what it is. */
const begun = new Map<string, Running>()

function keyOf(options: RenderOptions): string {
  const { chart, values, releaseName, namespace, apiVersions, kubeVersion, showOnly, skipSchemaValidation } = options
  const own = [chart, values, releaseName, namespace, apiVersions, kubeVersion, showOnly, skipSchemaValidation]
  return JSON.stringify([...own, ...assignmentFlags.map(([name]) => options[name])])
}

/**
 * Starts helm, and does not wait for it: the next {@link renderWithValues} of the same options goes on from there. What a command
 * loads meanwhile takes as long as helm does.
 *
 * @throws Failure as {@link renderWithValues} does, for what it says before helm runs.
 */
export async function beginRender(options: RenderOptions): Promise<void> {
  requireRenderable(options)
  const { command } = await findHelm()
  begun.set(keyOf(options), startHelm(command, options))
}

/**
 * As {@link renderChart}, with the values that it was made of.
 *
 * @throws Failure as {@link renderChart} does.
 */
export async function renderWithValues(options: RenderOptions = {}): Promise<ChartRender> {
  requireRenderable(options)
  const key = keyOf(options)
  const running = begun.get(key) ?? startHelm(options.helm ?? (await findHelm()).command, options)
  begun.delete(key)
  let files: ValuesFiles
  try {
    // A malformed file is refused with its line instead of helm's wrapped message.
    files = valuesFilesOf(options.chart ?? ownChart, options.values ?? [])
  } catch (error) {
    running.kill()
    throw error
  }
  const result = await running
  if (!result.failed) {
    return { text: `${result.stdout}\n`, files }
  }
  const findings = readRefusals(result.stderr, files, options).map(finding => explainEmptyKey(finding, files))
  throw new Failure(2, findings, { cause: result })
}

/** What Helm takes (Helm: ValidateReleaseName); a name that begins with a hyphen it would take for a flag. */
const releaseNameForm = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const longestReleaseName = 53

function requireReleaseName(name: string): void {
  if (name.length > longestReleaseName || !releaseNameForm.test(name)) {
    throw usageFailure({
      code: 'RELEASE_NAME_INVALID',
      message: `'${name}' cannot be the name of a release`,
      path: '--release-name',
      expected: `lower case letters, digits, - and ., at most ${longestReleaseName} characters`,
      actual: name,
      hint: 'helm names releases like edge or edge-2'
    })
  }
}

/** The key that is not there: the guard's words end with it, the validator's with its name below the finding's path. */
function missingKey({ path = '', message }: Finding): string[] | undefined {
  if (message === `${path}: is not there`) {
    return path.split('.')
  }
  const [, name] = /: missing property '([^']+)'$/.exec(message) ?? []
  return name === undefined ? undefined : [...(path === '(root)' ? [] : path.split('.')), name]
}

/** Helm takes an empty key for the wish to have no such key, so that one is missed which stands there. */
function explainEmptyKey(finding: Finding, files: ValuesFiles): Finding {
  const steps = missingKey(finding)
  if (steps === undefined || !files.has(steps)) {
    return finding
  }
  const key = steps.join('.')
  const position = files.positionOf(steps)
  return {
    ...finding,
    message: `${key}: is empty, and of an empty key Helm takes the chart's defaults away, which the chart needs`,
    path: key,
    ...(position && { file: position.file, line: position.line }),
    hint: `remove the line, or write ${key}: {}`
  }
}
