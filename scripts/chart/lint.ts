import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { parse } from 'yaml'
import { findHelm } from '../../src/render/index.ts'

/** The keys of ct.yaml that the linting reads; ct's own defaults. */
interface ChartTesting {
  'chart-dirs'?: string[]
  'lint-conf'?: string
  'chart-yaml-schema'?: string
  'validate-chart-schema'?: boolean
  'validate-yaml'?: boolean
  'helm-lint-extra-args'?: string
}

/** One command of the lint: what it was, and what it said if it refused. */
export interface LintStep {
  command: string
  /** Absent where the command was content. */
  refusal?: string
}

export interface LintResult {
  steps: LintStep[]
  /** What could not be run, and what to install. */
  skipped?: string
}

/** The linters that ct runs, at the versions its image ships. */
const linters = ['yamllint==1.37.1', 'yamale==6.0.0', 'setuptools==80.9.0']

/**
 * The folder of yamllint and yamale: empty where both are on PATH, else a Python environment that is made once and kept in the
 * user's cache; undefined without Python.
 */
async function provideLinters(): Promise<string | undefined> {
  const onPath = await Promise.all(
    ['yamllint', 'yamale'].map(command => execa(command, ['--help'], { reject: false, stdio: 'ignore' }))
  )
  if (onPath.every(({ failed }) => !failed)) {
    return ''
  }
  const environment = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'istio-alb', 'linters')
  const commands = join(environment, 'bin')
  if (existsSync(join(commands, 'yamale'))) {
    return commands
  }
  for (const [command, ...arguments_] of [
    ['python3', '-m', 'venv', environment],
    [join(commands, 'pip'), 'install', '--quiet', '--disable-pip-version-check', ...linters]
  ]) {
    const { failed } = await execa(command!, arguments_, { reject: false, all: true })
    if (failed) {
      return undefined
    }
  }
  return commands
}

/** A command and its arguments. */
type Command = [command: string, ...arguments_: string[]]

async function run([command, ...arguments_]: Command, cwd: string): Promise<LintStep> {
  const { failed, all = '', shortMessage = '' } = await execa(command, arguments_, { reject: false, all: true, cwd })
  const line = [command.split('/').at(-1), ...arguments_].join(' ')
  return failed ? { command: line, refusal: all || shortMessage } : { command: line }
}

/** As many at once as there are processors; the steps are in the order of the commands. */
async function runAll(commands: readonly Command[], cwd: string): Promise<LintStep[]> {
  const steps: LintStep[] = []
  let next = 0
  async function work(): Promise<void> {
    while (next < commands.length) {
      const index = next++
      steps[index] = await run(commands[index]!, cwd)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return steps
}

/** The commands for one chart. */
function commandsFor(chart: string, root: string, testing: ChartTesting, helm: string, linters?: string): Command[] {
  const ci = join(root, chart, 'ci')
  const ciValues = (existsSync(ci) ? readdirSync(ci) : [])
    .filter(file => file.endsWith('-values.yaml'))
    .map(file => join(chart, 'ci', file))
  const [chartFile, valuesFile] = [join(chart, 'Chart.yaml'), join(chart, 'values.yaml')]
  const { 'chart-yaml-schema': schema = 'chart_schema.yaml', 'lint-conf': form = 'lintconf.yaml' } = testing
  const flags = testing['helm-lint-extra-args']?.split(/\s+/).filter(Boolean) ?? []
  return [
    ...(linters !== undefined && testing['validate-chart-schema'] !== false
      ? [[join(linters, 'yamale'), '--schema', schema, chartFile] satisfies Command]
      : []),
    ...(linters !== undefined && testing['validate-yaml'] !== false
      ? [
          [
            join(linters, 'yamllint'),
            '--strict',
            '--config-file',
            form,
            chartFile,
            valuesFile,
            ...ciValues
          ] satisfies Command
        ]
      : []),
    ...(ciValues.length > 0 ? ciValues : [undefined]).map(
      (values): Command => [helm, 'lint', chart, ...(values ? ['--values', values] : []), ...flags]
    )
  ]
}

/**
 * Lints every chart as `ct lint` does, reading the same ct.yaml and lintconf.yaml: yamale on Chart.yaml, yamllint on
 * Chart.yaml, values.yaml and the CI values, `helm lint` for each of those.
 *
 * @param root the folder that holds ct.yaml.
 */
export async function lintCharts(root: string): Promise<LintResult> {
  const testing = parse(readFileSync(join(root, 'ct.yaml'), 'utf8')) as ChartTesting
  const charts = (testing['chart-dirs'] ?? ['charts']).flatMap(folder =>
    readdirSync(join(root, folder))
      .map(chart => join(folder, chart))
      .filter(chart => existsSync(join(root, chart, 'Chart.yaml')))
  )
  const linterFolder = await provideLinters()
  const { command: helm } = await findHelm()
  return {
    steps: await runAll(
      charts.flatMap(chart => commandsFor(chart, root, testing, helm, linterFolder)),
      root
    ),
    ...(linterFolder === undefined && { skipped: 'yamllint and yamale: install Python 3 with venv, or both commands' })
  }
}
