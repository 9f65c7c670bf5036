/**
 * An emulator of AWS whose load balancers answer requests. Others are left out: moto's answer none, and cdk-local's belongs to an
 * app that it starts in containers.
 *
 * @module
 */

import { callAction, type Json } from '../../../tests/unit/aws/client.ts'
import type { Contender, Launch } from './proxies.ts'

/** Its load balancers stand behind the port of its API, by the name of the host. */
export const emulatedHost = 'bench.alb.localhost'

/** A signature that nobody checks. */
const headers = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=any/20261129/us-east-1/elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=0'
}

export const ministack: Contender = {
  name: 'ministack',
  protocols: ['HTTP/1.1'],
  hint: 'pip install ministack, or MINISTACK=PATH',
  command: ({ ports }) => [
    'env',
    `GATEWAY_PORT=${ports.HTTP}`,
    'LOG_LEVEL=ERROR',
    process.env.MINISTACK ?? 'ministack'
  ],
  async prepare({ ports, backendPort, rules }: Launch) {
    async function call(action: string, input: Json): Promise<Json> {
      const { output, error } = await callAction(`http://127.0.0.1:${ports.HTTP}`, 'elbv2', action, input, headers)
      if (error) {
        throw new Error(`${action}: ${error.code}: ${error.message}`)
      }
      return output
    }
    const [{ LoadBalancerArn }] = (await call('CreateLoadBalancer', { Name: 'bench' })).LoadBalancers
    const group = { Name: 'app', Protocol: 'HTTP', Port: backendPort, TargetType: 'ip', VpcId: 'vpc-1' }
    const [{ TargetGroupArn }] = (await call('CreateTargetGroup', group)).TargetGroups
    await call('RegisterTargets', { TargetGroupArn, Targets: [{ Id: '127.0.0.1', Port: backendPort }] })
    const forward = [{ Type: 'forward', TargetGroupArn }]
    const listener = { LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions: forward }
    const [{ ListenerArn }] = (await call('CreateListener', listener)).Listeners
    for (let index = 1; index < rules; index += 1) {
      const Conditions = [{ Field: 'path-pattern', Values: [`/r${index}/*`] }]
      await call('CreateRule', { ListenerArn, Priority: index, Conditions, Actions: forward })
    }
  }
}
