/** Facts of the AWS APIs: what is called, what comes of it, and who says so. */
import type { Json } from '../client.ts'

export interface Step {
  /** Service and action: `elbv2 CreateRule`. */
  call: string
  /** `$name` stands for what is kept of an earlier step, or of the account that every fact has. */
  input: Json
  /** Members of the answer, with their values; those left out may be anything. */
  gives?: Json
  refuses?: { code: string; message?: string | RegExp; status?: number }
  /** What is kept of the answer, by the path to it: `LoadBalancers.0.LoadBalancerArn`. */
  keep?: Record<string, string>
}

export interface Fact {
  fact: string
  /** A page of AWS's, the service model, or a public thread in which AWS's answer stands. */
  source: string
  steps: Step[]
}

/** A step that is answered. */
export function step(call: string, input: Json, gives: Json = {}, keep: Record<string, string> = {}): Step {
  return { call, input, gives, keep }
}

/** A step that is refused. */
export function refusal(call: string, input: Json, code: string, message?: string | RegExp, status?: number): Step {
  return {
    call,
    input,
    refuses: { code, ...(message !== undefined && { message }), ...(status !== undefined && { status }) }
  }
}

export function fact(text: string, source: string, ...steps: Step[]): Fact {
  return { fact: text, source, steps }
}

/** Everybody's account: a load balancer with an HTTP listener, a rule and a target group that it forwards to. */
export const account: Step[] = [
  step('ec2 DescribeVpcs', {}, {}, { vpc: 'Vpcs.0.VpcId' }),
  step('ec2 CreateSecurityGroup', { GroupName: 'web', Description: 'web', VpcId: '$vpc' }, {}, { sg: 'GroupId' }),
  step(
    'ec2 RunInstances',
    { MinCount: 1, MaxCount: 1, SubnetId: 'subnet-a', PrivateIpAddress: '127.0.0.1' },
    {},
    { instance: 'Instances.0.InstanceId' }
  ),
  step(
    'elbv2 CreateLoadBalancer',
    { Name: 'edge', Subnets: ['subnet-a', 'subnet-b'], SecurityGroups: ['$sg'] },
    {},
    { lb: 'LoadBalancers.0.LoadBalancerArn' }
  ),
  step(
    'elbv2 CreateTargetGroup',
    { Name: 'web', Protocol: 'HTTP', Port: 8080, VpcId: '$vpc' },
    {},
    { tg: 'TargetGroups.0.TargetGroupArn' }
  ),
  step(
    'elbv2 CreateListener',
    {
      LoadBalancerArn: '$lb',
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn: '$tg' }]
    },
    {},
    { listener: 'Listeners.0.ListenerArn' }
  ),
  step(
    'elbv2 CreateRule',
    {
      ListenerArn: '$listener',
      Priority: 10,
      Conditions: [{ Field: 'path-pattern', Values: ['/a*'] }],
      Actions: [{ Type: 'forward', TargetGroupArn: '$tg' }]
    },
    {},
    { rule: 'Rules.0.RuleArn' }
  )
]
