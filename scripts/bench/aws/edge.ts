/**
 * The article's edge: the 37 recorded calls by which the AWS Load Balancer Controller creates it, then the first answer.
 *
 * @module
 */

import http from 'node:http'
import https from 'node:https'
import { createDevelopmentAuthority } from '../../../src/load-balancer/index.ts'
import { Names, readPhase } from '../../../tests/unit/aws/replay.ts'
import { makeNetwork, type Server, webACL } from './server.ts'

export interface EdgeFigures {
  calls: number
  /** Milliseconds of all calls, of each round. */
  created: number[]
  /** Milliseconds from the first call to the first answer; none where nothing serves. */
  answered: number[]
  /** Actions that were refused. */
  refused: string[]
}

const recorded = {
  vpc: 'vpc-0a1b2c3d',
  subnets: ['subnet-031c06a1b2c3d4e5f', 'subnet-03444da1b2c3d4e5f', 'subnet-0360f0a1b2c3d4e5f'],
  instance: 'i-0a1b2c3d4e5f6000',
  nodeGroup: 'sg-node0000000000001',
  certificate: 'arn:aws:acm:us-west-2:123456789011:certificate/26cec536-5d01-4140-890d-a1b2c3d4e5f6',
  webACL:
    'arn:aws:wafv2:us-west-2:123456789011:regional/webacl/prod-common-alb-acl/ae2e63f9-02f4-44b8-9d25-a1b2c3d4e5f6'
}
const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3']
const ports = { traffic: 31_804, status: 30_621 }

/** What the controller finds in the account: network, nodes and certificate. */
async function prepare(server: Server): Promise<Names> {
  const names = new Names()
  const { vpc, subnets } = await makeNetwork(server)
  names.learn(recorded.vpc, vpc)
  for (const [index, subnet] of subnets.entries()) {
    names.learn(recorded.subnets[index]!, subnet)
  }
  const group = { GroupName: 'h5-node', Description: 'nodes', VpcId: vpc }
  const { GroupId } = await server.call('ec2', 'CreateSecurityGroup', group)
  names.learn(recorded.nodeGroup, GroupId)
  await server.call('ec2', 'CreateTags', {
    Resources: [GroupId],
    Tags: [{ Key: 'kubernetes.io/cluster/h5', Value: 'owned' }]
  })
  for (const [index, PrivateIpAddress] of addresses.entries()) {
    const { Instances } = await server.call('ec2', 'RunInstances', {
      ImageId: 'ami-12c6146b',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnets[index],
      SecurityGroupIds: [GroupId],
      ...(server.contender.serves && { PrivateIpAddress })
    })
    names.learn(`${recorded.instance}${index + 1}`, Instances[0].InstanceId)
  }
  const { CertificateArn } = await server.call('acm', 'RequestCertificate', { DomainName: 'edge.example.com' })
  names.learn(recorded.certificate, CertificateArn)
  names.learn(recorded.webACL, webACL)
  return names
}

/** The status of a request through the load balancer's HTTPS listener; 0 while nothing answers. */
async function ask(server: Server): Promise<number> {
  const response = await fetch(`${server.url}/_istio-alb/load-balancers`)
  const [loadBalancer] = (await response.json()) as { listeners: { port: number; address: string }[] }[]
  const address = loadBalancer?.listeners.find(({ port }) => port === 443)?.address
  if (address === undefined) {
    return 0
  }
  return new Promise(resolve => {
    https
      .get(`https://${address}/`, { rejectUnauthorized: false, agent: false }, answer => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      .on('error', () => resolve(0))
  })
}

async function create(server: Server, figures: EdgeFigures): Promise<void> {
  await server.reset()
  const names = await prepare(server)
  const calls = readPhase('a-create')
  figures.calls = calls.length
  const begin = performance.now()
  for (const { service, action, params, answer } of calls) {
    const output = await server.try(service, action, names.translate(params))
    if (output !== undefined) {
      // Names that were drawn anew are learned on the way.
      names.differences(answer ?? {}, output)
    } else if (!figures.refused.includes(action)) {
      figures.refused.push(action)
    }
  }
  figures.created.push(performance.now() - begin)
  if (server.contender.serves) {
    while ((await ask(server)) !== 200) {
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    figures.answered.push(performance.now() - begin)
  }
}

/** Three nodes with a gateway: requests over TLS, and the health check in clear text. */
async function startNodes(): Promise<() => void> {
  const { key, certificate } = await (await createDevelopmentAuthority()).issue('node', ['node.test'])
  const servers = addresses.flatMap(address => [
    https.createServer({ key, cert: certificate }, (_, answer) => answer.end('edge')).listen(ports.traffic, address),
    http.createServer((_, answer) => answer.end()).listen(ports.status, address)
  ])
  return () => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  }
}

export async function timeEdge(server: Server, rounds: number): Promise<EdgeFigures> {
  const stop = await startNodes()
  const figures: EdgeFigures = { calls: 0, created: [], answered: [], refused: [] }
  try {
    for (let round = 0; round < rounds; round++) {
      await create(server, figures)
    }
    // The first round fills the caches.
    return { ...figures, created: figures.created.slice(1), answered: figures.answered.slice(1) }
  } finally {
    stop()
  }
}
