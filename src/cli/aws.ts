import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { AWSEndpoint, type AWSEvent } from '../aws/index.ts'
import { describeEvent } from '../report/index.ts'
import { aborted, onInterrupt } from './interrupt.ts'
import {
  addEnvironment,
  addOutput,
  type EnvironmentOptions,
  integer,
  loadEnvironment,
  type OutputOptions,
  positiveNumber
} from './options.ts'

interface AWSCommandOptions extends EnvironmentOptions, OutputOptions {
  port: number
  bind?: string
  provisioning: number
  portOffset?: number
  timeScale: number
  podsReachable?: boolean
  state?: string
}

/** The port that other endpoints for AWS's clients have, and scripts therefore name. */
const defaultPort = 4566

function address(value: string): string {
  if (isIP(value) === 0) {
    throw new InvalidArgumentError(`'${value}' is no IP address.`)
  }
  return value
}

function seconds(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number < 0) {
    throw new InvalidArgumentError('expected a number of seconds.')
  }
  return number
}

export function registerAWS(program: Command): void {
  const command = program
    .command('aws')
    .description('answer the AWS APIs on loopback, and run the load balancers that are made through them')
  addOutput(addEnvironment(command))
    .option('--port <n>', 'port of the endpoint; 0 lets the system choose', integer(0, 65_535), defaultPort)
    .option('--bind <address>', 'address that everything listens on (default: 127.0.0.1)', address)
    .option('--provisioning <seconds>', 'how long a new load balancer is provisioning', seconds, 0)
    .option(
      '--port-offset <n>',
      'added to listener ports (default: 8000 below 1024 where that may not be bound)',
      integer(0, 64_511)
    )
    .option('--time-scale <x>', 'health checks run x times faster', positiveNumber, 1)
    .option('--pods-reachable', 'ip targets can be reached from here, wherever they are (default: on loopback alone)')
    .option('--state <file>', 'keep the accounts in a file, and begin with what it has')
    .action(aws)
}

/** An event in words. */
function describe(event: AWSEvent): string {
  switch (event.type) {
    case 'call':
      return `${event.service} ${event.action}${event.error === undefined ? '' : `: ${event.error}: ${event.message}`}\n`
    case 'load-balancer-created':
      return `${event.loadBalancer}: created, ${event.dnsName}\n`
    case 'load-balancer-deleted':
      return `${event.loadBalancer}: deleted\n`
    case 'not-listening':
      return `${event.loadBalancer}: ${event.reason}\n`
    case 'targets-refused':
      return `${event.loadBalancer}: ${event.message}; ${event.hint}\n`
    default:
      return describeEvent(event)
  }
}

/** People are not told of what only reads, which a controller does all the time. */
function isTold(event: AWSEvent): boolean {
  return event.type !== 'call' || event.error !== undefined || !/^(Describe|List|Get)/.test(event.action)
}

async function aws(options: AWSCommandOptions): Promise<void> {
  const end = onInterrupt()
  const { port, bind, provisioning, portOffset, timeScale, podsReachable, state, output } = options
  const json = output === 'json'
  function print(event: AWSEvent): void {
    if (json) {
      process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`)
    } else if (isTold(event)) {
      process.stdout.write(describe(event))
    }
  }
  // Until the first line is out, which says where the endpoint is.
  let early: AWSEvent[] | undefined = []
  const endpoint = await AWSEndpoint.start({
    environment: loadEnvironment(options),
    ...{ port, provisioning, timeScale },
    ...(bind !== undefined && { host: bind }),
    ...(portOffset !== undefined && { portOffset }),
    ...(podsReachable && { podsReachable }),
    ...(state !== undefined && { stateFile: state }),
    onEvent: event => (early ? void early.push(event) : print(event))
  })
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-aws-'))
  try {
    const authorityFile = join(folder, 'ca.pem')
    writeFileSync(authorityFile, endpoint.authority.certificate)
    process.stdout.write(`${JSON.stringify({ endpoint: endpoint.url })}\n`)
    if (json) {
      process.stdout.write(`${JSON.stringify({ type: 'authority', file: authorityFile })}\n`)
    } else {
      process.stdout.write(
        `export AWS_ENDPOINT_URL=${endpoint.url} AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any\n` +
          `certificates are of the development CA ${authorityFile}\nserving until Ctrl-C\n`
      )
    }
    const told = early
    early = undefined
    for (const event of told) {
      print(event)
    }
    await aborted(end)
  } finally {
    await endpoint.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
