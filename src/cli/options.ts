/**
 * What the options of several commands are, as they are declared: nothing here loads what a command works with, so that help,
 * completion and a mistyped option wait for none of it.
 *
 * @module
 */

import { isIP } from 'node:net'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { PortRange } from '../cluster/index.ts'
import { defaultNamespace, releaseNamespace } from '../defaults.ts'
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

/** `KEY=VALUE`; helm takes an assignment to nothing in silence. */
function assignment(value: string, previous: string[]): string[] {
  if (!/^[^=\s]+=/.test(value)) {
    throw new InvalidArgumentError('write it as KEY=VALUE, such as ingress.scheme=internal.')
  }
  return collect(value, previous)
}

/** A name that Kubernetes takes for a namespace: a label of RFC 1123. */
function namespaceName(value: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value)) {
    throw new InvalidArgumentError('expected lower-case letters, digits and hyphens, at most 63.')
  }
  return value
}

/** A name that is there: an empty variable of a script would be taken for none. */
export function notEmpty(value: string): string {
  if (value.trim() === '') {
    throw new InvalidArgumentError('it is empty; name it, or leave the option out.')
  }
  return value
}

/** Of an option that may be repeated: every value. */
export function collect(value: string, previous: string[]): string[] {
  return [...previous, notEmpty(value)]
}

/** `[MANIFEST...]`, for the commands that take them, and what is rendered when there is none. */
export function addInput(command: Command, { manifests = true } = {}): Command {
  const input = (
    manifests
      ? command.argument('[manifests...]', 'Kubernetes manifests: files, folders or - (default: render the chart)')
      : command
  )
    .option(
      '--chart <chart>',
      'chart to render, or that the manifests were rendered from: a folder, an archive or oci://… (default: the one of this project)',
      notEmpty
    )
    .option('-f, --values <file>', 'values file for the chart, or - for standard input, repeatable', collect, [])
    .option('--set <key=value>', 'value for the chart, repeatable', assignment, [])
    .option('--set-string <key=text>', 'text for the chart, whatever it looks like, repeatable', assignment, [])
    .option('--set-json <key=json>', 'JSON for the chart, repeatable', collect, [])
    .option('--set-file <key=file>', 'content of a file for the chart, repeatable', assignment, [])
    .option(
      '-a, --api-versions <group/version/Kind>',
      'kind that the chart takes the cluster to have, repeatable',
      collect,
      []
    )
    .option('--kube-version <version>', 'version that the chart takes the cluster to be', notEmpty)
  return addNamespace(input, { manifests }).option('--release-name <name>', 'name of the release', 'edge')
}

/** `-n`, of whatever is read: a release, or objects that name no namespace. */
export function addNamespace(command: Command, { manifests = true } = {}): Command {
  const ofManifests = `namespace of manifests that name none (default: ${defaultNamespace}), and of the release`
  return command.option(
    '-n, --namespace <name>',
    `${manifests ? ofManifests : 'namespace of the release'} (default: ${releaseNamespace})`,
    namespaceName
  )
}

export function addEnvironment(command: Command): Command {
  return command
    .option('--aws <file>', 'what only AWS knows: subnets, certificates, web ACLs (see docs/aws.md)', notEmpty)
    .option('--cluster-name <name>', "the controller's --cluster-name", notEmpty)
    .option('--region <name>', 'AWS region', notEmpty)
}

/** What is read where no `--config` is given, if it is there. */
export const defaultConfig = '.istio-alb.yaml'

export function addConfig(command: Command): Command {
  return command.option(
    '--config <file>',
    `findings to ignore, each with a reason (default: ${defaultConfig}, if it is there)`,
    notEmpty
  )
}

export function addOutput(command: Command): Command {
  return command.addOption(new Option('-o, --output <format>', 'format').choices(['text', 'json']).default('text'))
}

/** Command lines to paste, below the options in a command's help. */
export function addExamples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map(line => `  istio-alb ${line}\n`).join('')}`)
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

/** For what serves until it is interrupted. */
export function addDrain(command: Command): Command {
  return command.option('--drain <seconds>', 'how long requests in flight may take at the end', integer(0, 3600), 10)
}

/** A number above 0. */
export function positiveNumber(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number <= 0) {
    throw new InvalidArgumentError('expected a number above 0.')
  }
  return number
}

export interface PageOptions {
  /** A port, 0 for any. */
  page?: number | 'off'
}

function portOrOff(value: string): number | 'off' {
  const port = Number(value)
  if (value === 'off') {
    return 'off'
  }
  if (!/^\d+$/.test(value) || port > 65_535) {
    throw new InvalidArgumentError('expected a port from 0 to 65535, or off.')
  }
  return port
}

/** For what runs load balancers. */
export function addPage(command: Command): Command {
  return command.option(
    '--page <port|off>',
    'serve a page of what runs on that port of loopback; 0 for any (default: any in a terminal, else off)',
    portOrOff
  )
}

export interface HostsOptions {
  /** A file. */
  hosts?: string
}

/** For what runs load balancers. */
export function addHosts(command: Command): Command {
  return command.option(
    '--hosts <file>',
    'keep lines for /etc/hosts there, with the names of the load balancers that run'
  )
}

export interface WatchOptions {
  watch?: boolean
}

export function addWatch(command: Command): Command {
  return command.option('--watch', 'show what a saved file changes, until interrupted')
}

export function address(value: string): string {
  if (isIP(value) === 0) {
    throw new InvalidArgumentError(`'${value}' is no IP address.`)
  }
  return value
}

/** A name that kind and DNS take. */
export function clusterName(value: string): string {
  if (!/^[a-z0-9][a-z0-9.-]{0,49}$/.test(value)) {
    throw new InvalidArgumentError('expected lower-case letters, digits, dots and hyphens, at most 50.')
  }
  return value
}

/** `32080-32099`. */
export function portRange(value: string): PortRange {
  const [, first, last] = (/^(\d+)-(\d+)$/.exec(value) ?? []).map(Number)
  if (!first || !last || first > last || last > 65_535) {
    throw new InvalidArgumentError('expected the first and the last port: 32080-32099.')
  }
  return { first, last }
}
