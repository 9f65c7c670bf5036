import type { Command } from 'commander'
import {
  applyPlan,
  Client,
  findCredentials,
  isLocal,
  localCredentials,
  type WriteCall,
  writableEndpoint
} from '../aws/index.ts'
import { describeAssumptions, formatFindings } from '../report/index.ts'
import {
  addEnvironment,
  addInput,
  addOutput,
  type EnvironmentOptions,
  type InputOptions,
  type OutputOptions,
  tellNotLookedAt
} from './options.ts'
import { print } from './print.ts'
import { readEdge, sourceText } from './watch/index.ts'

interface ApplyCommandOptions extends InputOptions, EnvironmentOptions, OutputOptions {
  endpoint?: string
  dryRun?: boolean
  prune?: boolean
}

export function registerApply(program: Command): void {
  const command = program
    .command('apply')
    .description('make the load balancers of the objects through the AWS APIs of an endpoint, as the controller would')
  addOutput(addEnvironment(addInput(command)))
    .option('--context <name>', 'a cluster of the kubeconfig, read by kubectl, instead of manifests')
    .option(
      '--endpoint <url>',
      'what answers for AWS (default: AWS_ENDPOINT_URL if it is on loopback, else http://127.0.0.1:4566)'
    )
    .option('--dry-run', 'print the calls that would write, and make none of them')
    .option('--prune', 'take away what the cluster has in the account and nothing among the objects asks for')
    .action(apply)
}

/** What a call is about: the name of what is made, or the end of an ARN or ID. */
function subjectOf(input: object): string {
  const named = input as Record<string, unknown>
  const key = ['Name', 'GroupName'].find(name => typeof named[name] === 'string')
  if (key !== undefined) {
    return String(named[key])
  }
  const [first] = Object.values(named).flat()
  return typeof first === 'string' ? first.replace(/^arn:[^/]*\//, '') : ''
}

function describe({ service, action, input }: WriteCall): string {
  return `${service} ${action} ${subjectOf(input)}`.trimEnd().concat('\n')
}

async function apply(manifests: string[], options: ApplyCommandOptions): Promise<void> {
  const { dryRun = false, prune = false } = options
  const json = options.output === 'json'
  const endpoint = writableEndpoint(options.endpoint)
  const edge = await readEdge(manifests, options)
  tellNotLookedAt(edge)
  const { environment, plan, resources, assumptions } = edge
  const client = new Client({
    endpoint: endpoint.href,
    region: environment.region,
    credentials: isLocal(endpoint) ? localCredentials() : await findCredentials()
  })
  let written = 0
  const applied = await applyPlan(client, {
    ...{ environment, plan, resources, dryRun, prune },
    onWrite(call) {
      written++
      print(json ? `${JSON.stringify(call)}\n` : describe(call))
    }
  })
  if (json) {
    print(`${JSON.stringify(applied)}\n`)
    return
  }
  const { loadBalancers, leftOver, findings } = applied
  const counted = `${written} ${written === 1 ? 'call' : 'calls'}`
  print(
    written === 0
      ? 'nothing to write: the account is as it is planned\n'
      : `${dryRun ? 'would be' : 'made'}: ${counted}\n`
  )
  for (const { name, dnsName } of loadBalancers) {
    print(`${name}: ${dnsName}\n`)
  }
  for (const id of leftOver) {
    print(`left over: ${id}, which nothing among the objects asks for; --prune takes it away\n`)
  }
  if (findings.length > 0) {
    print(`\n${formatFindings(findings, 'text', sourceText)}`)
  }
  print(describeAssumptions(assumptions))
}
