/** Clients that others made, against the endpoint of the AWS APIs: boto3 and the aws CLI, from PyPI, in a venv of their own. */

import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { AWSEndpoint } from '../../src/aws/index.ts'
import { describeUnless } from './tools.ts'

/** Kept between runs: packages are pinned, and their folder is named by them. */
const packages = ['boto3==1.43.11', 'awscli==1.45.11']
const environment = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'istio-alb',
  'tools',
  packages.join('-').replaceAll(/[^a-z0-9]+/g, '-')
)

async function reasons(): Promise<string[]> {
  const { exitCode } = await execa('python3', ['-m', 'venv', '--help'], { reject: false })
  return exitCode === 0 ? [] : ['python3 with its venv is missing']
}

async function installClients(): Promise<void> {
  if (!existsSync(join(environment, 'bin', 'aws'))) {
    await execa('python3', ['-m', 'venv', environment])
    await execa(join(environment, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages])
  }
}

describeUnless(await reasons(), 'clients from PyPI', () => {
  let endpoint: AWSEndpoint
  let target: Server
  let env: Record<string, string>

  beforeAll(async () => {
    await installClients()
    endpoint = await AWSEndpoint.start({ anyPort: true, timeScale: 10 })
    target = createServer((_, response) => void response.end('target'))
    await new Promise<void>(resolve => target.listen(0, '127.0.0.1', resolve))
    env = {
      AWS_ENDPOINT_URL: endpoint.url,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_DEFAULT_REGION: 'us-west-2',
      TARGET_PORT: String((target.address() as AddressInfo).port)
    }
  }, 300_000)

  afterAll(async () => {
    await endpoint.close()
    target.close()
  })

  test('boto3 makes a load balancer, waits for it, and it answers', async () => {
    const script = fileURLToPath(new URL('../../docs/examples/aws/edge.py', import.meta.url))
    const { stdout } = await execa(join(environment, 'bin', 'python3'), [script], { env })
    expect(JSON.parse(stdout)).toMatchObject({ refused: 'ResourceInUse', priorities: ['1', 'default'] })
    const [{ listeners } = { listeners: [] }] = await endpoint.describe()
    expect(await (await fetch(`http://${listeners[0]!.address}/`)).text()).toBe('target')
  })

  test.each([
    [['sts', 'get-caller-identity', '--query', 'Account'], '"111122223333"'],
    [['elbv2', 'describe-load-balancers', '--query', 'LoadBalancers[].State.Code'], '["active"]'],
    [['ec2', 'describe-subnets', '--query', 'Subnets[].AvailabilityZone'], '["us-west-2a","us-west-2b"]'],
    [['acm', 'list-certificates', '--query', 'CertificateSummaryList'], '[]'],
    [['wafv2', 'list-web-acls', '--scope', 'REGIONAL', '--query', 'WebACLs'], '[]'],
    [['shield', 'get-subscription-state', '--query', 'SubscriptionState'], '"INACTIVE"'],
    [
      [
        'resourcegroupstaggingapi',
        'get-resources',
        '--resource-type-filters',
        'elasticloadbalancing',
        '--query',
        'ResourceTagMappingList'
      ],
      '[]'
    ]
  ])('aws %j', async (args, expected) => {
    const { stdout } = await execa(join(environment, 'bin', 'aws'), args, { env })
    expect(JSON.stringify(JSON.parse(stdout))).toBe(expected)
  })

  test('the CLI tells what is refused in AWS’s words', async () => {
    const args = ['elbv2', 'describe-load-balancers', '--names', 'none']
    const { stderr } = await execa(join(environment, 'bin', 'aws'), args, { env, reject: false })
    expect(stderr).toContain(
      "An error occurred (LoadBalancerNotFound) when calling the DescribeLoadBalancers operation: Load balancers '[none]' not found"
    )
  })
})
