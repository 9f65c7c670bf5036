import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { AWSEndpoint } from '../../../src/aws/index.ts'
import { parseEnvironment } from '../../../src/model/index.ts'
import { callAction, type Json } from './client.ts'
import { Names, type RecordedCall, readPhase, withoutDraining } from './replay.ts'

const subnets = ['subnet-031c06a1b2c3d4e5f', 'subnet-03444da1b2c3d4e5f', 'subnet-0360f0a1b2c3d4e5f']
const certificate = 'arn:aws:acm:us-west-2:123456789011:certificate/26cec536-5d01-4140-890d'
const webACLs = ['prod-common-alb-acl/ae2e63f9-02f4-44b8-9d25-a1b2c3d4e5f6', 'a/1', 'shop/w1']

/** What `aws.yaml` says of the recording's account. */
function environmentOf(vpcID: string) {
  const account = {
    accountID: '123456789011',
    clusterName: 'h5',
    vpcID,
    subnets: subnets.map((id, index) => ({
      id,
      zone: `us-west-2${'abc'[index]}`,
      tags: {
        'kubernetes.io/role/elb': '1',
        'kubernetes.io/role/internal-elb': '1',
        'kubernetes.io/cluster/h5': 'shared'
      }
    })),
    certificates: ['a1b2c3d4e5f6', '000000000002'].map(end => ({
      arn: `${certificate}-${end}`,
      domains: ['edge.example.com', '*.example.com']
    })),
    webACLs: webACLs.map(path => ({
      name: path.split('/')[0],
      arn: `arn:aws:wafv2:us-west-2:123456789011:regional/webacl/${path}`
    }))
  }
  return parseEnvironment(JSON.stringify(account), 'aws.yaml')
}

/** Calls that follow changes which nobody made through the API. */
const afterChangesOutside = new Set(['i2-gateway-delete 4', 'd2-delete-rest 1', 'd2-delete-rest 7'])

/** What a call that names targets asks for: the stand-in answered with all of them. */
function named({ Targets }: RecordedCall['params'], answer: Record<string, Json>) {
  const { TargetHealthDescriptions: all } = answer
  function isAsked({ Target }: Json) {
    return Targets.some(({ Id, Port }: Json) => Id === Target.Id && Port === Target.Port)
  }
  return all && Targets ? { TargetHealthDescriptions: all.filter(isAsked) } : answer
}

/** A run of the recording: phases that follow each other. */
interface Run {
  name: string
  vpcID: string
  /** Of its three nodes. */
  addresses: string[]
  /** Blocks of its pods. */
  prefixes?: string[]
  shield?: boolean
  phases: string[]
}

const runs: Run[] = [
  {
    name: 'a bare API server',
    vpcID: 'vpc-0a1b2c3d',
    addresses: ['10.0.0.10', '10.0.16.10', '10.0.32.10'],
    phases: [
      ...['a-create', 'b1-change-attributes', 'c-nodeport-change', 'b2-add-rules-and-actions'],
      ...['b3-remove-middle-rule', 'b4-reorder-rules', 'b5-waf-none-shield-certs', 'b6-scheme-internal'],
      ...['b7-frontend-nlb', 'b8-frontend-nlb-off', 'd-delete', 'f1-ingressgroup-two', 'f2-group-remove-one'],
      ...['e1-targetgroupbinding', 'e2-node-lost', 'e3-node-back', 'e4-tgb-delete', 'h1-nlb-service', 'h2-nlb-delete'],
      ...['k-restart-steady', 'i1-gateway-alb', 'g1-ip-targets', 'i2-gateway-delete', 'd2-delete-rest']
    ]
  },
  {
    name: 'with the gate of the Tagging API, and Shield',
    vpcID: 'vpc-0a1b2c3d',
    addresses: ['10.0.0.10', '10.0.16.10', '10.0.32.10'],
    prefixes: ['10.0.0.64/26', '10.0.16.64/26', '10.0.32.64/26'],
    shield: true,
    phases: [
      ...['m1-group-with-rgt-gate-and-shield', 'l1-set-subnets', 'l2-security-groups', 'l3-dualstack', 'l4-capacity'],
      ...['l5-two-certs-tags', 'l6-cert-removed-tags-removed', 'l7-wafv2-wafclassic', 'l8-wafv2-none'],
      ...['l9-wafv2-name', 'l10-shield-off']
    ]
  },
  {
    name: 'kind, by the chart of the controller',
    vpcID: 'vpc-0a1b2c3d4e5f60718',
    addresses: ['172.18.0.4', '172.18.0.5', '172.18.0.3'],
    prefixes: ['10.244.0.0/24', '10.244.2.0/24', '10.244.1.0/24'],
    shield: true,
    phases: [
      ...['n1-kind-instance-and-ip', 'n2-kind-delete-ip', 'n3-kind-nodeport-change-under-traffic'],
      ...['n4-kind-restart-steady', 'n5-kind-delete']
    ]
  }
]

describe.each(runs)('recorded calls: $name', ({ vpcID, addresses, prefixes, shield, phases }) => {
  const names = new Names()
  let endpoint: AWSEndpoint

  async function call(service: RecordedCall['service'], action: string, input?: object) {
    const { output, error } = await callAction(endpoint.url, service, action, input)
    if (error) {
      throw new Error(`${action}: ${error.code}: ${error.message}`)
    }
    return output!
  }

  // What the account had that `aws.yaml` has no words for.
  beforeAll(async () => {
    endpoint = await AWSEndpoint.start({ environment: environmentOf(vpcID), anyPort: true })
    const { GroupId } = await call('ec2', 'CreateSecurityGroup', {
      GroupName: 'h5-node',
      Description: 'nodes',
      VpcId: vpcID,
      TagSpecifications: [
        { ResourceType: 'security-group', Tags: [{ Key: 'kubernetes.io/cluster/h5', Value: 'owned' }] }
      ]
    })
    names.learn('sg-node0000000000001', GroupId)
    for (const [index, PrivateIpAddress] of addresses.entries()) {
      const { Instances } = await call('ec2', 'RunInstances', {
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [
          {
            DeviceIndex: 0,
            SubnetId: subnets[index],
            Groups: [GroupId],
            PrivateIpAddress,
            ...(prefixes && { Ipv4Prefixes: [{ Ipv4Prefix: prefixes[index] }] })
          }
        ]
      })
      names.learn(`i-0a1b2c3d4e5f6000${index + 1}`, Instances[0].InstanceId)
    }
    if (shield) {
      await call('shield', 'CreateSubscription')
    }
  })

  /** The target group that somebody made beside the controller. */
  async function makeForeignTargetGroup(recorded: string) {
    const { TargetGroups } = await call('elbv2', 'CreateTargetGroup', {
      Name: 'mine',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: vpcID,
      HealthCheckPath: '/healthz/ready'
    })
    names.learn(recorded, TargetGroups[0].TargetGroupArn)
  }

  afterAll(() => endpoint.close())

  test.each(phases)('%s', async phase => {
    const told: string[] = []
    if (phase === 'e1-targetgroupbinding') {
      await makeForeignTargetGroup(readPhase(phase)[0]!.params.TargetGroupArn)
    }
    for (const { n, service, action, params, answer, error } of readPhase(phase)) {
      const given = await callAction(endpoint.url, service, action, names.translate(params))
      if (given.error?.code !== error?.code) {
        told.push(`${n} ${action}: ${given.error ? `${given.error.code}: ${given.error.message}` : 'accepted'}`)
      } else if (answer && !afterChangesOutside.has(`${phase} ${n}`)) {
        const asked = named(params, withoutDraining(answer))
        told.push(...names.differences(asked, given.output).map(one => `${n} ${action}${one}`))
      }
    }
    expect(told).toEqual([])
  })
})

test.each(['k-restart-steady', 'n4-kind-restart-steady'])('%s: a controller that reads this writes nothing', phase => {
  expect(readPhase(phase).filter(({ action }) => !/^(Describe|List|Get)/.test(action))).toEqual([])
})
