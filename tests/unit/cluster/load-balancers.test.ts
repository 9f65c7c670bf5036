import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { LoadBalancers, type LoadBalancersOptions } from '../../../src/cluster/load-balancers.ts'
import type { LoadBalancer, LoadBalancerDescription, LoadBalancerOptions } from '../../../src/elbv2/index.ts'
import { createDevelopmentAuthority } from '../../../src/load-balancer/index.ts'
import { defaultEnvironment, type LoadBalancerSpec, type Stack } from '../../../src/model/index.ts'

function stackOf(id: string, spec: Partial<LoadBalancerSpec> = {}): Stack {
  return {
    id,
    resources: {
      'AWS::ElasticLoadBalancingV2::LoadBalancer': {
        LoadBalancer: {
          spec: {
            name: id,
            type: 'application',
            scheme: 'internal',
            ipAddressType: 'ipv4',
            subnetMapping: [],
            ...spec
          }
        }
      },
      'AWS::ElasticLoadBalancingV2::Listener': {
        '80': {
          spec: {
            loadBalancerARN: 'arn',
            port: 80,
            protocol: 'HTTP',
            defaultActions: [{ type: 'fixed-response', fixedResponseConfig: { statusCode: '404' } }]
          }
        }
      }
    }
  }
}

const nothing: Stack = { id: 'one', resources: {} }

describe('load balancers', () => {
  const done: string[] = []
  let failure: Error | undefined
  let asked: LoadBalancerOptions[] = []
  function create(options: LoadBalancerOptions): LoadBalancer {
    asked.push(options)
    const number = asked.length
    return {
      apply: async ({ id }) => {
        done.push(`apply ${id} to ${number}`)
        if (failure) {
          throw failure
        }
      },
      describe: () => ({ id: String(number) }) as LoadBalancerDescription,
      metrics: () => `metrics ${number}`,
      close: async grace => void done.push(`close ${number} after ${grace ?? 0}`)
    }
  }
  async function open(options: Partial<LoadBalancersOptions> = {}) {
    return new LoadBalancers({
      environment: defaultEnvironment,
      authority: await createDevelopmentAuthority(),
      bindings: {
        assign: async (id, listeners) => void done.push(`assign ${id} ${listeners.map(({ port }) => port)}`),
        of: (id, port) => ({ host: id, port }),
        release: id => void done.push(`release ${id}`)
      },
      create,
      ...options
    })
  }
  afterEach(() => {
    done.length = 0
    asked = []
    failure = undefined
  })

  test('one is made with the first stack of an ID, and fed with the next', async () => {
    const running = await open()
    await running.apply(stackOf('one'), new Map(), [])
    await running.apply(stackOf('two'), new Map(), [])
    await running.apply(stackOf('one'), new Map(), [])
    expect(done.filter(line => line.startsWith('apply'))).toEqual([
      'apply one to 1',
      'apply two to 2',
      'apply one to 1'
    ])
    expect(running.ids).toEqual(['one', 'two'])
    expect(running.describeAll()).toEqual([{ id: '1' }, { id: '2' }])
    expect(running.metrics()).toEqual(['metrics 1', 'metrics 2'])
    expect(asked[1]!.bind!({ port: 80, protocol: 'HTTP' })).toEqual({ host: 'two', port: 80 })
  })

  test('one that is removed gives its places back; one that ends keeps them', async () => {
    const running = await open()
    await running.apply(stackOf('one'), new Map(), [])
    await running.apply(stackOf('two'), new Map(), [])
    done.length = 0
    await running.remove('one')
    expect(done).toEqual(['close 1 after 0', 'release one'])
    expect(running.has('one')).toBe(false)
    await running.close(50)
    expect(done.slice(2)).toEqual(['close 2 after 50'])
    expect(running.describe('two')).toEqual([])
  })

  test('one that cannot begin holds nothing; one that ran goes on', async () => {
    const running = await open()
    failure = new Error('busy')
    await expect(running.apply(stackOf('one'), new Map(), [])).rejects.toThrow('busy')
    expect(done).toEqual(['assign one 80', 'apply one to 1', 'close 1 after 0', 'release one'])
    expect(running.has('one')).toBe(false)
    failure = undefined
    await running.apply(stackOf('one'), new Map(), [])
    done.length = 0
    failure = new Error('busy')
    await expect(running.apply(stackOf('one'), new Map(), [])).rejects.toThrow('busy')
    expect(done).toEqual(['assign one 80', 'apply one to 2'])
    expect(running.has('one')).toBe(true)
  })

  test.each([
    ['behind it first', ['alb', 'nlb']],
    ['in front first', ['nlb', 'alb']]
  ])('a Gateway in front of a Gateway has the listener of that as its target: %s', async (_name, order) => {
    const fed = new Map<string, unknown>()
    const running = await open({
      create: (options, type) => ({
        ...create(options),
        apply: async (_stack, targets) => void fed.set(type, Object.fromEntries(targets)),
        describe: () =>
          ({ name: type === 'network' ? 'nlb' : 'alb', listeners: [{ port: 80, address: '127.0.0.1:8080' }] }) as never
      })
    })
    const front = stackOf('nlb', { type: 'network' })
    front.resources.FrontendNLBTargetGroup = {
      FrontendNLBTargetGroup: {
        TargetGroups: Object.fromEntries(
          ['alb', 'elsewhere'].map(name => [
            name,
            {
              Name: name,
              ARN: { $ref: `#/resources/AWS::ElasticLoadBalancingV2::TargetGroup/${name}/status/targetGroupARN` },
              Port: 80,
              TargetARN: `arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/app/${name}/0123456789abcdef`,
              TargetPort: 80
            }
          ])
        )
      }
    }
    const stacks: Record<string, Stack> = { alb: stackOf('alb'), nlb: front }
    for (const id of order) {
      await running.apply(stacks[id]!, new Map(), [])
    }
    expect(fed.get('network')).toEqual({ alb: [{ id: 'alb', address: '127.0.0.1', port: 8080 }] })
    expect(fed.get('application')).toEqual({})
  })

  test('a stack without a load balancer is nothing to run', async () => {
    const running = await open()
    await running.apply(nothing, new Map(), [])
    expect(done).toEqual([])
  })

  test('certificates are for the domains of the newest stack and its own name; a trust store is the development CA', async () => {
    const authority = await createDevelopmentAuthority()
    const made: string[][] = []
    const running = await open({
      authority,
      onEvent: event => event.type === 'certificate-made' && void made.push(event.domains)
    })
    await running.apply(stackOf('one'), new Map(), ['a.example.com'])
    await asked[0]!.certificateFor('arn:one')
    await running.apply(stackOf('one'), new Map(), ['b.example.com'])
    await asked[0]!.certificateFor('arn:one')
    const { dnsName } = asked[0]!
    expect(made).toEqual([
      ['a.example.com', dnsName],
      ['b.example.com', dnsName]
    ])
    expect(running.hostOf('one')).toBe('b.example.com')
    expect(await asked[0]!.trustStoreFor!('arn:any')).toBe(authority.certificate)
  })

  test('events say whose they are', async () => {
    const told: (string | undefined)[] = []
    const running = await open({ onEvent: (_, id) => void told.push(id) })
    await running.apply(stackOf('one'), new Map(), [])
    asked[0]!.onEvent!({ type: 'fail-open', loadBalancer: 'x', targetGroup: 'y', active: true })
    await asked[0]!.certificateFor('arn:one')
    expect(told).toEqual(['one', undefined])
  })

  test('a place that another program has is an error of the load balancer, and frees the place', async () => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const running = await open({
      create: undefined,
      bindings: {
        assign: async () => {},
        of: () => ({ host: '127.0.0.1', port }),
        release: id => void done.push(`release ${id}`)
      }
    })
    try {
      await expect(running.apply(stackOf('one'), new Map(), [])).rejects.toMatchObject({ code: 'PORT_BUSY' })
      expect(done).toEqual(['release one'])
    } finally {
      await running.close()
      other.close()
    }
  })
})
