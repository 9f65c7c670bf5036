import { type Command, InvalidArgumentError } from 'commander'
import { Edge } from '../edge.ts'
import type { HeaderList } from '../elbv2/index.ts'
import { describeTrace } from '../report/index.ts'
import {
  addEnvironment,
  addInput,
  addOutput,
  type EnvironmentOptions,
  type InputOptions,
  loadEnvironment,
  type OutputOptions,
  tellNotLookedAt,
  tellSkipped
} from './options.ts'
import { print } from './print.ts'
import { type LiveAnswer, sendLive } from './trace-live.ts'

interface TraceCommandOptions extends InputOptions, EnvironmentOptions, OutputOptions {
  header: HeaderList
  client?: string
  group?: string
  live?: boolean
  all?: boolean
}

function header(value: string, previous: HeaderList): HeaderList {
  const [, name] = /^([^:\s]+):/.exec(value) ?? []
  if (name === undefined || value.includes('\n')) {
    throw new InvalidArgumentError("write it as 'Name: value'.")
  }
  return [...previous, [name, value.slice(name.length + 1).trim()]]
}

export function registerTrace(program: Command): void {
  const command = program
    .command('trace')
    .description('follow one request: listener, rules, target group, targets, node port, gateway, answer')
    .argument('<method>', 'GET, POST, …')
    .argument('<url>', 'https://shop.example.com/orders')
  addOutput(addEnvironment(addInput(command)))
    .option('-H, --header <header>', "'Name: value', repeatable", header, [])
    .option('--client <address>', 'address that the load balancer sees (default: 203.0.113.10)')
    .option('--group <id>', 'load balancer of this group (default: the one that the host is for)')
    .option('--all', 'where chance decides behind the gateway, follow each branch')
    .option('--live', 'run the load balancer on loopback, really send the request, and compare')
    .action(follow)
}

async function follow(method: string, url: string, manifests: string[], options: TraceCommandOptions): Promise<void> {
  const edge = tellSkipped(await Edge.load(manifests, { ...options, environment: loadEnvironment(options) }))
  tellNotLookedAt(edge)
  const { client, group, output } = options
  const request = { method, url, headers: options.header, ...(client !== undefined && { client }) }
  const followed = options.live
    ? await sendLive(edge, request, { group })
    : { ...edge.trace(request, { group }), live: undefined }
  const complete = { ...followed, assumptions: [...edge.assumptions, ...followed.assumptions] }
  if (output === 'json') {
    print(`${JSON.stringify(complete, undefined, 2)}\n`)
  } else {
    print(describeTrace(complete, { all: options.all ?? false }))
  }
  const { live } = followed
  if (!live) {
    return
  }
  if (output === 'text') {
    print(describeLive(live, followed.passes))
  }
  if (live.differences.length > 0) {
    process.exitCode = 1
  }
}

function describeLive(
  { status, headers = [], body = '', differences, error }: LiveAnswer,
  passes: string | undefined
): string {
  return [
    error === undefined ? `\nsent: ${status}\n` : `\nsent: no answer, ${error}\n`,
    ...headers.map(([name, value]) => `< ${name}: ${value}\n`),
    body ? `\n${body}${body.endsWith('\n') ? '' : '\n'}` : '',
    passes !== undefined
      ? `\nnot compared: the request has to pass ${passes} first\n`
      : differences.length === 0
        ? '\nas foretold\n'
        : `\nNOT as foretold, which is a defect of this program: ${differences.join('; ')}\n`
  ].join('')
}
