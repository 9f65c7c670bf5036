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
import { tellNotLookedAt } from './load-options.ts'
import type { EnvironmentOptions, InputOptions, OutputOptions } from './options.ts'
import { print, printReport } from './print.ts'
import { readEdge, sourceText } from './watch/index.ts'

export interface ApplyCommandOptions extends InputOptions, EnvironmentOptions, OutputOptions {
  endpoint?: string
  dryRun?: boolean
  prune?: boolean
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

/** Makes a plan through an endpoint, and tells each call that writes. */
export async function apply(manifests: string[], options: ApplyCommandOptions): Promise<void> {
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
    printReport(`\n${formatFindings(findings, 'text', sourceText)}`)
  }
  printReport(describeAssumptions(assumptions))
}
