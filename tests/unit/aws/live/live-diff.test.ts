/** A plan held against an account in which it, or another one, was made. */
import { expect, test } from '@jest/globals'
import { applyPlan } from '../../../../src/aws/deploy/apply.ts'
import { diffLive } from '../../../../src/aws/live/live-diff.ts'
import { type Environment, planToJSON, type Stack, stacksOf } from '../../../../src/model/index.ts'
import { Resources } from '../../../../src/resources/index.ts'
import { AccountCaller } from '../account-caller.ts'
import { planCases } from '../deploy/plan-cases.ts'

const cases = ['lbc', 'lbc-service', 'lbc-gateway'].flatMap(planCases)

function withSpec(stack: Stack, type: keyof Stack['resources'], change: (spec: object) => object): Stack {
  const resources = Object.entries(stack.resources[type] ?? {}).map(([id, { spec }]) => [id, { spec: change(spec) }])
  return { ...stack, resources: { ...stack.resources, [type]: Object.fromEntries(resources) } }
}

async function made(environment: Environment, plan: Parameters<typeof planToJSON>[0]): Promise<AccountCaller> {
  const caller = new AccountCaller(environment)
  await applyPlan(caller, { environment, plan, resources: new Resources() })
  return caller
}

test.each(cases)('nothing differs from what was made: $name', async ({ environment, plan, stack }) => {
  const caller = await made(environment, plan)
  const calls = caller.calls.length
  const diff = await diffLive(caller, environment, stacksOf(planToJSON(plan)))
  // The account has no subscription of Shield Advanced.
  expect(diff.changes.filter(({ type }) => type !== 'AWS::Shield::Protection')).toEqual([])
  expect(diff).toMatchObject({ leftOver: [], notCompared: [], blocked: [] })
  expect(diff.unchanged).toBeGreaterThan(
    Object.keys(stack.resources['AWS::ElasticLoadBalancingV2::Listener'] ?? {}).length
  )
  expect(caller.calls.slice(calls).filter(({ action }) => !/^(Describe|List|Get)/.test(action))).toEqual([])
})

const [first] = cases

test('what differs, is missing, or is left over is told', async () => {
  const { environment, plan, stack } = first!
  const caller = await made(environment, plan)
  const listener = 'AWS::ElasticLoadBalancingV2::Listener'
  const planned = withSpec(
    withSpec(stack, 'AWS::ElasticLoadBalancingV2::TargetGroup', spec => ({ ...spec, protocol: 'HTTP' })),
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
    spec => ({ ...spec, loadBalancerAttributes: [{ key: 'idle_timeout.timeout_seconds', value: '90' }] })
  )
  const { changes } = await diffLive(caller, environment, { stacks: { [stack.id]: planned }, failures: [] })
  expect(changes).toMatchObject([
    {
      type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      change: 'replace',
      fields: [{ path: 'protocol', new: 'HTTP' }]
    },
    {
      type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      change: 'modify',
      fields: [{ path: 'loadBalancerAttributes.idle_timeout.timeout_seconds', new: '90' }]
    }
  ])
  const empty = await diffLive(new AccountCaller(environment), environment, stacksOf(planToJSON(plan)))
  expect(new Set(empty.changes.map(({ change }) => change))).toEqual(new Set(['create']))
  expect(empty.changes.some(({ type }) => type === listener)).toBe(true)
  const other = await diffLive(caller, environment, { stacks: {}, failures: [] })
  expect(other).toMatchObject({ changes: [], leftOver: [stack.id] })
})

test('what somebody changed by hand is told', async () => {
  const { environment, plan } = first!
  const caller = await made(environment, plan)
  const [loadBalancer] = Object.values(caller.state.loadBalancers)
  await caller.call('elbv2', 'SetIpAddressType', {
    LoadBalancerArn: loadBalancer!.LoadBalancerArn,
    IpAddressType: 'dualstack'
  })
  const [rule] = Object.values(caller.state.rules).filter(({ IsDefault }) => !IsDefault)
  await caller.call('elbv2', 'DeleteRule', { RuleArn: rule!.RuleArn })
  const { changes } = await diffLive(caller, environment, stacksOf(planToJSON(plan)))
  expect(changes).toMatchObject([
    { change: 'modify', fields: [{ path: 'ipAddressType', old: 'dualstack', new: 'ipv4' }] },
    { type: 'AWS::ElasticLoadBalancingV2::ListenerRule', change: 'create' }
  ])
})
