/** What the endpoint would serve of a plan that was made through the API is what `simulate` serves of it. */
import { describe, expect, test } from '@jest/globals'
import type { WriteCall } from '../../../../src/aws/client/recorder.ts'
import { applyPlan } from '../../../../src/aws/deploy/apply.ts'
import { stackOf } from '../../../../src/aws/state/stack.ts'
import { compileConfiguration, compileNetworkConfiguration } from '../../../../src/elbv2/index.ts'
import { applicationLoadBalancer, type Stack, specEntries } from '../../../../src/model/index.ts'
import { Resources } from '../../../../src/resources/index.ts'
import { AccountCaller } from '../account-caller.ts'
import type { Json } from '../client.ts'
import { type PlanCase, planCases } from './plan-cases.ts'

/** What a load balancer runs on, with target groups called by their names. */
function running(stack: Stack): Json {
  const names = new Map(specEntries(stack, 'targetGroup').map(([id, { name }]) => [id, name]))
  const isNetwork = applicationLoadBalancer(stack)?.type === 'network'
  const {
    id: _id,
    targetGroups,
    ...configuration
  }: Json = isNetwork ? compileNetworkConfiguration(stack) : compileConfiguration(stack)
  const groups = [...targetGroups.values()]
    .map(({ id: _own, arn: _arn, ...group }) => group)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const listeners = configuration.listeners.map((listener: Json) => ({
    ...listener,
    certificateARNs: [...new Set(listener.certificateARNs)]
  }))
  const text = JSON.stringify({ ...configuration, listeners, groups }, (key, value) =>
    key === 'id' ? (names.get(value) ?? value) : key === 'webACL' ? undefined : value
  )
  return JSON.parse(text)
}

const cases = ['lbc', 'lbc-service', 'lbc-gateway'].flatMap(planCases)

async function apply(caller: AccountCaller, { environment, plan }: PlanCase, resources = new Resources()) {
  const writes: WriteCall[] = []
  await applyPlan(caller, { environment, plan, resources, onWrite: write => void writes.push(write) })
  return writes
}

test('there are stacks of each kind', () => {
  expect(cases.length).toBeGreaterThanOrEqual(40)
})

describe.each(cases)('$name', one => {
  test('is made as it is planned, and a second run writes nothing', async () => {
    const caller = new AccountCaller(one.environment)
    await apply(caller, one)
    const names = specEntries(one.stack, 'loadBalancer').map(([, { name }]) => name)
    const made = Object.values(caller.state.loadBalancers).filter(({ LoadBalancerName }) =>
      names.includes(LoadBalancerName)
    )
    expect(made.map(({ LoadBalancerName }) => LoadBalancerName)).toEqual(names)
    // What AWS fills in beside it (placeholders of redirects, defaults of logins) means the same.
    expect(running(stackOf(caller.state, made[0]!))).toMatchObject(running(one.stack))
    expect(await apply(caller, one)).toEqual([])
  })

  test('is taken away whole', async () => {
    const caller = new AccountCaller(one.environment)
    const before = Object.keys(caller.state.securityGroups)
    await apply(caller, one)
    for (const { LoadBalancerArn } of Object.values(caller.state.loadBalancers)) {
      const Attributes = [{ Key: 'deletion_protection.enabled', Value: 'false' }]
      await caller.call('elbv2', 'ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes })
    }
    const nothing = { groups: [], unloadable: [], services: [], gateways: [] }
    await applyPlan(caller, { environment: one.environment, plan: nothing, resources: new Resources(), prune: true })
    const { loadBalancers, listeners, rules, targetGroups, targets, attributes, webACLOf } = caller.state
    expect({ loadBalancers, listeners, rules, targetGroups, targets, attributes, webACLOf }).toEqual({
      ...{ loadBalancers: {}, listeners: {}, rules: {}, targetGroups: {}, targets: {}, attributes: {}, webACLOf: {} }
    })
    expect(Object.keys(caller.state.securityGroups)).toEqual(before)
  })
})
