import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { LoadBalancerDescription, LoadBalancerEvent } from '../alb/index.ts'
import { checkResources } from '../check/index.ts'
import { Simulation } from '../cluster/index.ts'
import { Failure } from '../failure.ts'
import { buildPlan, planToJSON } from '../model/index.ts'
import { describeEvent, describeLoadBalancers, describePlan, formatFindings } from '../report/index.ts'
import { sendFirstRequest } from './first-request.ts'
import {
  addEnvironment,
  addInput,
  addOutput,
  type EnvironmentOptions,
  type InputOptions,
  integer,
  loadEnvironment,
  loadResources,
  type OutputOptions,
  positiveNumber
} from './options.ts'

interface SimulateOptions extends InputOptions, EnvironmentOptions, OutputOptions {
  nodes?: string[]
  portOffset?: number
  timeScale?: number
  host: string[]
}

const addresses = (value: string): string[] => {
  const list = value.split(',').map(address => address.trim())
  const wrong = list.find(address => isIP(address) === 0)
  if (wrong !== undefined) throw new InvalidArgumentError(`'${wrong}' is no IP address.`)
  return list
}

const collect = (value: string, previous: string[]): string[] => [...previous, value]

/** The contract's line: what a script needs to send requests. */
const readyLine = (loadBalancers: LoadBalancerDescription[]) => ({
  loadBalancers: loadBalancers.map(({ name, dnsName, listeners }) => ({ name, dnsName, listeners }))
})

/** Resolves at Ctrl-C or an orderly request to end. */
const interrupted = (): Promise<void> =>
  new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })

export function registerSimulate(program: Command): void {
  const command = program
    .command('simulate')
    .description('run the load balancers of the Ingresses on loopback, until interrupted')
  addOutput(addEnvironment(addInput(command)))
    .option(
      '--nodes <addresses>',
      'nodes that really answer, separated by commas (default: an embedded cluster)',
      addresses
    )
    .option(
      '--port-offset <n>',
      'added to listener ports (default: 8000 below 1024 where that may not be bound)',
      integer(0, 65534)
    )
    .option('--time-scale <x>', 'health checks run x times faster', positiveNumber, 1)
    .option('--host <name>', 'host name for development certificates and the first request, repeatable', collect, [])
    .action(simulate)
}

async function simulate(manifests: string[], options: SimulateOptions): Promise<void> {
  const end = interrupted()
  const environment = loadEnvironment(options)
  const { resources, assumptions } = await loadResources(manifests, options)
  const json = options.output === 'json'
  const say = (text: string): void => {
    if (!json) process.stdout.write(text)
  }

  const plan = buildPlan(resources, environment)
  const { error } = planToJSON(plan) as { error?: string }
  const findings = checkResources(resources, environment)
  say(findings.length === 0 ? 'checked: nothing to say\n\n' : `${formatFindings(findings, 'text')}\n`)
  if (error !== undefined) {
    if (json) process.stdout.write(`${JSON.stringify({ error })}\n`)
    throw new Failure(1, {
      code: 'PLAN_FAILED',
      severity: 'error',
      message: error,
      hint: 'the controller would say the same in an event; mend it and run again'
    })
  }
  say(describePlan(plan))
  for (const assumption of assumptions) say(`assumed: ${assumption}\n`)

  let ready = false
  const early: LoadBalancerEvent[] = []
  const tell = (event: LoadBalancerEvent): void => {
    process.stdout.write(json ? `${JSON.stringify(event)}\n` : describeEvent(event))
  }
  const simulation = await Simulation.create({
    environment,
    nodes: options.nodes,
    portOffset: options.portOffset,
    timeScale: options.timeScale,
    hosts: options.host,
    onEvent: event => (ready ? tell(event) : early.push(event))
  })
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-simulate-'))
  try {
    const authorityFile = join(folder, 'ca.pem')
    writeFileSync(authorityFile, simulation.authority.certificate)
    await simulation.apply(resources)
    const loadBalancers = simulation.describe()
    if (json) process.stdout.write(`${JSON.stringify(readyLine(loadBalancers))}\n`)
    say(`\n${describeLoadBalancers(loadBalancers, { authorityFile })}`)
    ready = true
    for (const event of early) tell(event)
    if (!json) say(await sendFirstRequest(simulation, options.host[0]))
    say('\nserving until Ctrl-C\n')
    await end
  } finally {
    await simulation.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
