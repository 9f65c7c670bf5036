import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { FakeTools } from '../../cluster/fake-tools.ts'
import { runHere } from '../command.ts'

describe('istio-alb up', () => {
  const { GATEWAY_API_CRDS: definitionsBefore } = process.env
  let tools: FakeTools

  beforeEach(() => {
    tools = new FakeTools()
    for (const name of ['docker', 'kubectl', 'kind']) {
      tools.put(name)
    }
    tools.put('istioctl', { version: '{"clientVersion":{"version":"1.31.0"}}' })
    process.env.GATEWAY_API_CRDS = '/nosuch'
  })
  afterEach(() => {
    tools.remove()
    if (definitionsBefore === undefined) {
      delete process.env.GATEWAY_API_CRDS
    } else {
      process.env.GATEWAY_API_CRDS = definitionsBefore
    }
  })

  function made(): string[] {
    return tools.calls().filter(call => call.startsWith('kind create'))
  }

  test('a gateway that the chart does not know is refused', async () => {
    const { exitCode, stderr } = await runHere('up', '--gateway', 'nginx')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('Allowed choices are istio-operator, injected, gateway-api, existing')
  })

  test.each([
    { what: '--gateway', flags: ['--gateway', 'gateway-api'] },
    { what: '--set', flags: ['--set', 'gateway.provider=gateway-api'] },
    { what: '--gateway over --set', flags: ['--gateway', 'gateway-api', '--set', 'gateway.provider=injected'] },
    { what: 'loadBalancer.api', flags: ['--set', 'loadBalancer.api=gateway'] }
  ])('definitions of the Gateway API that are not there are missed before a cluster is made: $what', async row => {
    const { exitCode, stdout, stderr } = await runHere('up', ...row.flags)
    expect(exitCode).toBe(3)
    expect(stdout).toContain('✗ render the chart')
    expect(stderr).toContain('GATEWAY_API_MISSING')
    expect(stderr).toContain('/nosuch')
    expect(made()).toEqual([])
  })

  test('a page of a controller in the cluster is refused before a cluster is made', async () => {
    const { exitCode, stderr } = await runHere('up', '--in-cluster', '--page', '0')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('PAGE_NOT_IN_CLUSTER')
    expect(stderr).toContain('--page')
    expect(made()).toEqual([])
  })

  test.each([['--in-cluster'], ['--page', '0'], ['--faithful-gaps'], ['--pods-reachable']])(
    '%s is refused beside the real controller',
    async (...flags) => {
      const { exitCode, stderr } = await runHere('up', '--controller', 'aws', ...flags)
      expect(exitCode).toBe(2)
      expect(stderr).toContain('OPTION_NOT_WITH_AWS')
      expect(stderr).toContain(flags[0])
      expect(made()).toEqual([])
    }
  )

  test.each([
    [['--controller-image', 'controller:one'], '--controller aws'],
    [['--controller-chart', './chart'], '--controller aws'],
    [['--ports', '32080-32099'], '--in-cluster'],
    [['--service-mutator-webhook'], '--in-cluster']
  ])('%s is refused where nothing would follow from it', async (flags, beside) => {
    const { exitCode, stderr } = await runHere('up', ...flags)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`${flags[0]} counts with ${beside} alone`)
    expect(made()).toEqual([])
  })

  test('values without a load balancer are refused before a cluster is made', async () => {
    const arn = 'arn:aws:elasticloadbalancing:us-west-2:123456789011:targetgroup/edge/0123456789abcdef'
    const bound = ['--set', 'targetGroupBindings[0].name=edge', '--set', `targetGroupBindings[0].targetGroupArn=${arn}`]
    const { exitCode, stderr } = await runHere('up', '--set', 'loadBalancer.type=none', ...bound)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('LOAD_BALANCER_NONE')
    expect(made()).toEqual([])
  })

  test("a value that does not go with the gateway is the chart's finding", async () => {
    const set = ['--set', 'gateway.injected.imagePullPolicy=Sometimes']
    const { exitCode, stderr } = await runHere('up', '--gateway', 'injected', ...set)
    expect(exitCode).toBe(2)
    expect(stderr).toContain('gateway.injected.imagePullPolicy')
    expect(made()).toEqual([])
  })
})
