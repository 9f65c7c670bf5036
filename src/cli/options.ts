import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Ignore, parseIgnores } from '../check/index.ts'
import { readCluster } from '../cluster/index.ts'
import { usageFailure } from '../failure.ts'
import { defaultEnvironment, type Environment, parseEnvironment } from '../model/index.ts'
import { renderResources } from '../render/index.ts'
import { assumeMissing, type Resources, readInputFile, readManifests } from '../resources/index.ts'

/** Options of the commands that take manifests or render the chart. */
export interface InputOptions {
  chart?: string
  values: string[]
  set: string[]
  namespace: string
  releaseName: string
  /** Of the kubeconfig: the objects of that cluster instead of manifests, for the commands that can. */
  context?: string
}

/** Options for what only AWS and the controller's installation know. */
export interface EnvironmentOptions {
  aws?: string
  clusterName?: string
  region?: string
}

/** Options of the commands that show findings. */
export interface IgnoreOptions {
  config?: string
}

export interface OutputOptions {
  output: 'text' | 'json'
}

/** Of an option that may be repeated: every value. */
export function collect(value: string, previous: string[]): string[] {
  return [...previous, value]
}

/** `[MANIFEST...]`, for the commands that take them, and what is rendered when there is none. */
export function addInput(command: Command, { manifests = true } = {}): Command {
  return (
    manifests
      ? command.argument('[manifests...]', 'Kubernetes manifests: files, folders or - (default: render the chart)')
      : command
  )
    .option('--chart <folder>', 'chart to render (default: the one of this project)')
    .option('-f, --values <file>', 'values file for the chart, repeatable', collect, [])
    .option('--set <key=value>', 'value for the chart, repeatable', collect, [])
    .option('-n, --namespace <name>', 'namespace of the release', 'istio-system')
    .option('--release-name <name>', 'name of the release', 'edge')
}

export function addEnvironment(command: Command): Command {
  return command
    .option('--aws <file>', 'what only AWS knows: subnets, certificates, web ACLs (see docs/aws.md)')
    .option('--cluster-name <name>', "the controller's --cluster-name")
    .option('--region <name>', 'AWS region')
}

/** What is read where no `--config` is given, if it is there. */
const defaultConfig = '.istio-alb.yaml'

export function addConfig(command: Command): Command {
  return command.option(
    '--config <file>',
    `findings to ignore, each with a reason (default: ${defaultConfig}, if it is there)`
  )
}

export function addOutput(command: Command): Command {
  return command.addOption(new Option('-o, --output <format>', 'format').choices(['text', 'json']).default('text'))
}

/** An integer from `lowest` to `highest`. */
export function integer(lowest: number, highest: number) {
  return (value: string): number => {
    const number = Number(value)
    if (!/^-?\d+$/.test(value) || number < lowest || number > highest) {
      throw new InvalidArgumentError(`expected an integer from ${lowest} to ${highest}.`)
    }
    return number
  }
}

/** A number above 0. */
export function positiveNumber(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number <= 0) {
    throw new InvalidArgumentError('expected a number above 0.')
  }
  return number
}

/** With what a cluster would add, unless `aws.yaml` says that the objects are all there is. */
export function completeResources(
  resources: Resources,
  environment: Environment
): { resources: Resources; assumptions: string[] } {
  return environment.assumeMissing ? assumeMissing(resources) : { resources, assumptions: [] }
}

/**
 * The objects that a command works on: the manifests named, or the chart's render, with what a cluster would add.
 *
 * @throws Failure as {@link readManifests}, {@link readCluster} and {@link renderResources} do; exit 2
 * `MANIFESTS_AND_VALUES`, `CONTEXT_AND_MANIFESTS` for two of them at once.
 */
export async function loadResources(
  manifests: string[],
  options: InputOptions,
  environment: Environment
): Promise<{ resources: Resources; assumptions: string[] }> {
  if (options.context !== undefined) {
    if (manifests.length + options.values.length + options.set.length > 0) {
      throw usageFailure({
        code: 'CONTEXT_AND_MANIFESTS',
        message: 'a cluster was named, and manifests or values too',
        path: '--context',
        hint: 'name a cluster, or manifests, or values'
      })
    }
    return completeResources(await readCluster(options.context), environment)
  }
  if (manifests.length === 0) {
    return completeResources(await renderResources(options), environment)
  }
  if (options.values.length > 0 || options.set.length > 0) {
    throw usageFailure({
      code: 'MANIFESTS_AND_VALUES',
      message: 'manifests were named and values too: values only count when the chart is rendered',
      path: options.values.length > 0 ? '--values' : '--set',
      hint: 'name manifests, or values'
    })
  }
  const resources = readManifests(manifests)
  for (const { file, reason } of resources.skipped) {
    process.stderr.write(`skipped: ${file}, ${reason}\n`)
  }
  return completeResources(resources, environment)
}

/** What `--aws`, `--cluster-name` and `--region` say, over the defaults. */
export function loadEnvironment({ aws, clusterName, region }: EnvironmentOptions): Environment {
  const environment = aws
    ? parseEnvironment(readOptionFile(aws, '--aws', 'docs/aws.md has an example'), aws)
    : defaultEnvironment
  return { ...environment, ...(clusterName && { clusterName }), ...(region && { region }) }
}

function readOptionFile(file: string, option: string, hint: string): string {
  return readInputFile(file, { path: option, hint })
}

/**
 * The findings that `--config`, or the file of its default name, says to ignore.
 *
 * @throws Failure exit 2 as {@link parseIgnores} does, and `FILE_UNREADABLE`.
 */
export function loadIgnores({ config }: IgnoreOptions): Ignore[] {
  if (config === undefined && !existsSync(defaultConfig)) {
    return []
  }
  const file = config ?? defaultConfig
  return parseIgnores(readOptionFile(file, '--config', 'docs/check.md has an example'), file)
}
