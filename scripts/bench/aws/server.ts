/**
 * Who answers for AWS: this project's endpoint, and moto's server where it is on the machine. Both are called by the same client.
 *
 * @module
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ServiceName, serviceTable } from '../../../src/aws/index.ts'
import { callAction, type Json } from '../../../tests/unit/aws/client.ts'
import { type Running, run } from '../alb/proxies.ts'
import { isOnPath } from '../start/program.ts'

const program = fileURLToPath(new URL('../../../bin/istio-alb.js', import.meta.url))
const serverCore = 1

const accountID = '123456789012'
export const webACL = `arn:aws:wafv2:us-west-2:${accountID}:regional/webacl/edge/1`

/** What the account has before the first call, beside what a benchmark makes. */
const account = {
  accountID,
  clusterName: 'h5',
  vpcID: 'vpc-0a1b2c3d4e5f60718',
  subnets: [],
  certificates: [],
  webACLs: [{ name: 'edge', arn: webACL }]
}

export interface Contender {
  name: string
  port: number
  /** Empties its account. */
  reset: string
  command(folder: string): [file: string, ...args: string[]]
  /** How to get it where it is missing. */
  hint?: string
  /** Whether what is made through it answers requests. */
  serves: boolean
}

const motoServer = process.env.MOTO_SERVER ?? 'moto_server'

const contenders: Contender[] = [
  {
    name: 'istio-alb aws',
    port: 19_310,
    reset: '/_istio-alb/reset',
    serves: true,
    command(folder) {
      const file = join(folder, 'aws.yaml')
      writeFileSync(file, JSON.stringify(account))
      const own = ['--port', '19310', '--aws', file, '--region', 'us-west-2', '--port-offset', '19400']
      return [process.execPath, program, 'aws', ...own, '--time-scale', '10', '--page', 'off', '-o', 'json']
    }
  },
  {
    name: 'moto_server',
    port: 19_311,
    reset: '/moto-api/reset',
    serves: false,
    hint: "pip install 'moto[server]', or MOTO_SERVER=PATH",
    command: () => [motoServer, '-H', '127.0.0.1', '-p', '19311']
  }
]

/** Those that the machine has, and the hints for the others. */
export async function findContenders(): Promise<{ present: Contender[]; absent: string[] }> {
  const has = await Promise.all(contenders.map(({ hint }) => hint === undefined || isOnPath(motoServer)))
  return {
    present: contenders.filter((_, index) => has[index]),
    absent: contenders.filter((_, index) => !has[index]).map(({ name, hint }) => `${name} (${hint})`)
  }
}

/** A signature that nobody checks: its scope says which service in which region is asked. */
function signed(service: ServiceName): { authorization: string } {
  const scope = `any/20261129/us-west-2/${serviceTable(service).signingName}/aws4_request`
  return { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` }
}

export class Server {
  readonly contender: Contender
  readonly url: string
  readonly #running: Running

  private constructor(contender: Contender, running: Running) {
    this.contender = contender
    this.url = `http://127.0.0.1:${contender.port}`
    this.#running = running
  }

  static async start(contender: Contender, folder: string): Promise<Server> {
    return new Server(contender, await run(contender.command(folder), serverCore, contender.port))
  }

  /** Makes a call; undefined where it is refused. */
  async try(service: ServiceName, action: string, input: Json = {}): Promise<Json | undefined> {
    // An answer that is none of the protocol's refuses as well.
    const { output } = await callAction(this.url, service, action, input, signed(service)).catch(() => ({
      output: undefined
    }))
    return output
  }

  /** @throws where it is refused. */
  async call(service: ServiceName, action: string, input: Json = {}): Promise<Json> {
    const { output, error } = await callAction(this.url, service, action, input, signed(service))
    if (error) {
      throw new Error(`${this.contender.name}: ${action}: ${error.code}: ${error.message}`)
    }
    return output
  }

  async reset(): Promise<void> {
    await fetch(`${this.url}${this.contender.reset}`, { method: 'POST' })
  }

  /** Bytes. */
  memory(): number {
    return this.#running.memory()
  }

  /** Seconds that it has had. */
  processorTime(): number {
    return this.#running.processorTime()
  }

  stop(): Promise<void> {
    return this.#running.stop()
  }
}

/** A VPC with three subnets. */
export async function makeNetwork(server: Server): Promise<{ vpc: string; subnets: string[] }> {
  const { Vpc } = await server.call('ec2', 'CreateVpc', { CidrBlock: '10.0.0.0/16' })
  const vpc = Vpc.VpcId as string
  const subnets: string[] = []
  for (const [index, zone] of ['a', 'b', 'c'].entries()) {
    const { Subnet } = await server.call('ec2', 'CreateSubnet', {
      VpcId: vpc,
      CidrBlock: `10.0.${index * 16}.0/20`,
      AvailabilityZone: `us-west-2${zone}`
    })
    subnets.push(Subnet.SubnetId as string)
  }
  return { vpc, subnets }
}
