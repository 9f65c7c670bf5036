/** What is written where a plan differs from what stands: as little as the controller writes, in its order. */
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { WriteCall } from '../../../../src/aws/client/recorder.ts'
import { applyPlan } from '../../../../src/aws/deploy/apply.ts'
import { buildPlan, parseEnvironment } from '../../../../src/model/index.ts'
import { parseManifests } from '../../../../src/resources/index.ts'
import { AccountCaller } from '../account-caller.ts'

const environment = parseEnvironment(
  'vpcID: vpc-0a1b2c3d\ninstances: [{ id: i-0a1, address: 127.0.0.2, zone: us-west-2a }]',
  'aws.yaml'
)

interface Sketch {
  paths?: string[]
  annotations?: Record<string, string>
  nodePort?: number
}

function manifests({ paths = ['/a', '/b', '/c'], annotations = {}, nodePort = 31000 }: Sketch): string {
  const rules = paths.map(path => ({
    path,
    pathType: 'Exact',
    backend: { service: { name: 'web', port: { number: 80 } } }
  }))
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'alb' },
      spec: { controller: 'ingress.k8s.aws/alb' }
    },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop', uid: 'u' } },
      spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080, nodePort }] }
    },
    {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
      metadata: {
        ...{ name: 'web', namespace: 'shop' },
        annotations: Object.fromEntries(
          Object.entries(annotations).map(([key, value]) => [`alb.ingress.kubernetes.io/${key}`, value])
        )
      },
      spec: { ingressClassName: 'alb', rules: [{ http: { paths: rules } }] }
    }
  ]
    .map(object => JSON.stringify(object))
    .join('\n---\n')
}

let caller: AccountCaller

async function apply(sketch: Sketch): Promise<WriteCall[]> {
  const resources = parseManifests([{ file: 'web.yaml', text: manifests(sketch) }])
  const writes: WriteCall[] = []
  await applyPlan(caller, {
    ...{ environment, resources, plan: buildPlan(resources, environment) },
    onWrite: call => void writes.push(call)
  })
  return writes
}

beforeEach(() => {
  caller = new AccountCaller(environment)
})

test('everything is made in the order of the controller, and instances are registered', async () => {
  expect((await apply({})).map(({ action }) => action)).toEqual([
    ...['CreateSecurityGroup', 'CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'CreateTargetGroup'],
    ...['CreateLoadBalancer', 'CreateListener', 'CreateRule', 'CreateRule', 'CreateRule', 'RegisterTargets']
  ])
  expect(Object.values(caller.state.targets)).toEqual([[{ Id: 'i-0a1', Port: 31000 }]])
})

describe('only what differs is written', () => {
  test.each<[string, Sketch, string[]]>([
    ['nothing', {}, []],
    [
      'a rule at the front',
      { paths: ['/z', '/a', '/b', '/c'] },
      ['SetRulePriorities', 'CreateRule', 'AddTags', 'AddTags', 'AddTags']
    ],
    ['a rule less in the middle', { paths: ['/a', '/c'] }, ['SetRulePriorities', 'DeleteRule', 'AddTags']],
    ['a rule less at the end', { paths: ['/a', '/b'] }, ['DeleteRule']],
    ['another order', { paths: ['/c', '/b', '/a'] }, ['SetRulePriorities', 'AddTags', 'AddTags']],
    ['another path', { paths: ['/a', '/x', '/c'] }, ['ModifyRule']],
    ['a health check', { annotations: { 'healthcheck-path': '/healthz' } }, ['ModifyTargetGroup']],
    [
      'attributes of both',
      {
        annotations: {
          'target-group-attributes': 'deregistration_delay.timeout_seconds=30',
          'load-balancer-attributes': 'idle_timeout.timeout_seconds=120'
        }
      },
      ['ModifyTargetGroupAttributes', 'ModifyLoadBalancerAttributes']
    ],
    [
      'who may come in',
      { annotations: { 'inbound-cidrs': '10.0.0.0/8' } },
      ['RevokeSecurityGroupIngress', 'AuthorizeSecurityGroupIngress']
    ],
    ['the node port', { nodePort: 32000 }, ['DeregisterTargets', 'RegisterTargets']],
    [
      'the scheme',
      { annotations: { scheme: 'internet-facing' } },
      ['DeleteLoadBalancer', 'CreateLoadBalancer', 'CreateListener', 'CreateRule', 'CreateRule', 'CreateRule']
    ],
    ['a tag', { annotations: { tags: 'team=edge' } }, ['CreateTags', ...Array.from({ length: 6 }, () => 'AddTags')]]
  ])('%s', async (_name, sketch, expected) => {
    await apply({})
    expect((await apply(sketch)).map(({ action }) => action)).toEqual(expected)
    expect(await apply(sketch)).toEqual([])
    // And back again, as nobody had been there.
    await apply({})
    expect(await apply({})).toEqual([])
  })
})

test('a dry run tells the same calls and makes none', async () => {
  const resources = parseManifests([{ file: 'web.yaml', text: manifests({}) }])
  const plan = buildPlan(resources, environment)
  const before = caller.state
  const told: string[] = []
  await applyPlan(caller, {
    environment,
    resources,
    plan,
    dryRun: true,
    onWrite: ({ action }) => void told.push(action)
  })
  expect(caller.state).toBe(before)
  expect(told).toEqual((await apply({})).map(({ action }) => action))
})

test('what the account refuses is told with the call', async () => {
  await expect(
    apply({
      annotations: { 'certificate-arn': 'arn:aws:acm:us-west-2:111122223333:certificate/x', 'ssl-policy': 'none' }
    })
  ).rejects.toMatchObject({
    exitCode: 1,
    findings: [
      { code: 'CALL_REFUSED', message: "elbv2 CreateListener: SSLPolicyNotFound: SSL policy 'none' not found" }
    ]
  })
})
