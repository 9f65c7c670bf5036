import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Ignore, parseIgnores } from '../check/index.ts'
import type { Edge } from '../edge.ts'
import { defaultEnvironment, type Environment, parseEnvironment } from '../model/index.ts'
import { releaseNamespace } from '../render/index.ts'
import { defaultNamespace, readInputFile } from '../resources/index.ts'
import type { Assignments } from '../values/index.ts'

/** Options of the commands that take manifests or render the chart. */
export interface InputOptions extends Assignments {
  chart?: string
  values: string[]
  /** What the chart is told that the cluster has. */
  apiVersions?: string[]
  kubeVersion?: string
  /** Of the release, and of objects that name none. */
  namespace?: string
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
  const input = (
    manifests
      ? command.argument('[manifests...]', 'Kubernetes manifests: files, folders or - (default: render the chart)')
      : command
  )
    .option('--chart <chart>', 'chart to render: a folder, an archive or oci://… (default: the one of this project)')
    .option('-f, --values <file>', 'values file for the chart, or - for standard input, repeatable', collect, [])
    .option('--set <key=value>', 'value for the chart, repeatable', collect, [])
    .option('--set-string <key=text>', 'text for the chart, whatever it looks like, repeatable', collect, [])
    .option('--set-json <key=json>', 'JSON for the chart, repeatable', collect, [])
    .option('--set-file <key=file>', 'content of a file for the chart, repeatable', collect, [])
    .option(
      '-a, --api-versions <group/version/Kind>',
      'kind that the chart takes the cluster to have, repeatable',
      collect,
      []
    )
    .option('--kube-version <version>', 'version that the chart takes the cluster to be')
  return addNamespace(input, { manifests }).option('--release-name <name>', 'name of the release', 'edge')
}

/** `-n`, of whatever is read: a release, or objects that name no namespace. */
export function addNamespace(command: Command, { manifests = true } = {}): Command {
  const ofManifests = `namespace of manifests that name none (default: ${defaultNamespace}), and of the release`
  return command.option(
    '-n, --namespace <name>',
    `${manifests ? ofManifests : 'namespace of the release'} (default: ${releaseNamespace})`
  )
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

/** Tells which of the files that were named hold no objects, a line each, beside what the command prints. */
export function tellSkipped(edge: Edge): Edge {
  for (const { file, reason } of edge.given.skipped) {
    process.stderr.write(`skipped: ${file}, ${reason}\n`)
  }
  return edge
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
