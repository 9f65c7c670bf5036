/**
 * 1,000 target groups, and a rule for each: as many load balancers as AWS's quota of 100 rules asks for. Then calls that read.
 *
 * @module
 */

import type { Json } from '../../../tests/unit/aws/client.ts'
import { makeNetwork, type Server } from './server.ts'

const rulesEach = 100

export interface GrowthFigures {
  /** Of target groups, and of rules. */
  count: number
  /** Milliseconds of all calls that create. */
  milliseconds: number
  /** Milliseconds of processor time that a target group and its rule cost, of the first hundred and the last. */
  first: number
  last: number
  /** Calls that read: a second, 16 at a time, and what each costs of processor time, in milliseconds. */
  reads: number
  readCost: number
  /** Bytes before the first call and after the last. */
  memory: [before: number, after: number]
}

interface Made {
  listener: string
  targetGroup: string
}

/** A load balancer with a listener that its rules are behind. */
async function makeListener(server: Server, index: number, subnets: string[]): Promise<string> {
  const { LoadBalancers } = await server.call('elbv2', 'CreateLoadBalancer', {
    Name: `edge-${index}`,
    Subnets: subnets,
    Scheme: 'internal'
  })
  const { Listeners } = await server.call('elbv2', 'CreateListener', {
    LoadBalancerArn: LoadBalancers[0].LoadBalancerArn,
    Protocol: 'HTTP',
    Port: 80,
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain' } }]
  })
  return Listeners[0].ListenerArn as string
}

async function makeRule(server: Server, index: number, listener: string, vpc: string): Promise<Made> {
  const { TargetGroups } = await server.call('elbv2', 'CreateTargetGroup', {
    Name: `service-${index}`,
    Protocol: 'HTTP',
    Port: 80,
    VpcId: vpc,
    TargetType: 'ip'
  })
  const targetGroup = TargetGroups[0].TargetGroupArn as string
  await server.call('elbv2', 'CreateRule', {
    ListenerArn: listener,
    Priority: (index % rulesEach) + 1,
    Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [`/service-${index}/*`] } }],
    Actions: [{ Type: 'forward', TargetGroupArn: targetGroup }]
  })
  return { listener, targetGroup }
}

/** Calls at a time. */
const atOnce = 16

/** Those that a controller makes to look. */
async function timeReads(
  server: Server,
  made: readonly Made[],
  seconds: number
): Promise<Pick<GrowthFigures, 'reads' | 'readCost'>> {
  const end = performance.now() + seconds * 1000
  let calls = 0
  async function read(): Promise<void> {
    while (performance.now() < end) {
      const { targetGroup } = made[calls % made.length]!
      const asked: [action: string, input: Json][] = [
        ['DescribeTargetGroups', { TargetGroupArns: [targetGroup] }],
        ['DescribeTargetHealth', { TargetGroupArn: targetGroup }],
        ['DescribeTags', { ResourceArns: [targetGroup] }]
      ]
      await server.call('elbv2', ...asked[calls++ % asked.length]!)
    }
  }
  const [begin, processor] = [performance.now(), server.processorTime()]
  await Promise.all(Array.from({ length: atOnce }, read))
  return {
    reads: calls / ((performance.now() - begin) / 1000),
    readCost: ((server.processorTime() - processor) * 1000) / calls
  }
}

export async function timeGrowth(server: Server, count: number, seconds: number): Promise<GrowthFigures> {
  await server.reset()
  const before = server.memory()
  const { vpc, subnets } = await makeNetwork(server)
  const made: Made[] = []
  /** Processor time so far, at every hundredth rule. */
  const spent = [server.processorTime()]
  const begin = performance.now()
  let listener = ''
  for (let index = 0; index < count; index++) {
    if (index % rulesEach === 0) {
      listener = await makeListener(server, index / rulesEach, subnets)
    }
    made.push(await makeRule(server, index, listener, vpc))
    if (made.length % rulesEach === 0) {
      spent.push(server.processorTime())
    }
  }
  const milliseconds = performance.now() - begin
  /** Milliseconds of each of a hundred rules. */
  function costOf(hundred: number): number {
    return ((spent.at(hundred)! - spent.at(hundred - 1)!) * 1000) / rulesEach
  }
  return {
    count,
    milliseconds,
    first: costOf(1),
    last: costOf(-1),
    ...(await timeReads(server, made, seconds)),
    memory: [before, server.memory()]
  }
}
