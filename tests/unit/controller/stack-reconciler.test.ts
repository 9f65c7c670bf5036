import { describe, expect, test } from '@jest/globals'
import { LoadBalancers } from '../../../src/cluster/load-balancers.ts'
import { ApiError } from '../../../src/controller/api.ts'
import { StackReconciler } from '../../../src/controller/stack-reconciler.ts'
import type { GroupWorkPlan, StackWork } from '../../../src/controller/stack-work.ts'
import type { LoadBalancer, LoadBalancerDescription, Target } from '../../../src/elbv2/index.ts'
import type { DevelopmentAuthority } from '../../../src/load-balancer/index.ts'
import { defaultEnvironment, type LoadBalancerSpec, type Stack } from '../../../src/model/index.ts'
import type { Ingress, ObjectMeta, TargetGroupBinding } from '../../../src/resources/index.ts'

const finalizer = 'ingress.k8s.aws/resources'

function ingress(name = 'web', metadata: Partial<ObjectMeta> = {}): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '1', ...metadata }
  }
}

function stackOf(spec: Partial<LoadBalancerSpec> = {}): Stack {
  return {
    id: 'shop/web',
    resources: {
      'AWS::ElasticLoadBalancingV2::LoadBalancer': {
        LoadBalancer: {
          spec: {
            name: 'edge',
            type: 'application',
            scheme: 'internal',
            ipAddressType: 'ipv4',
            subnetMapping: [],
            ...spec
          }
        }
      },
      'AWS::ElasticLoadBalancingV2::Listener': {
        '80': { spec: { loadBalancerARN: 'arn', port: 80, protocol: 'HTTP', defaultActions: [] } }
      }
    }
  }
}

function work(over: Partial<Omit<StackWork, 'plan'>> & { plan?: Partial<GroupWorkPlan> } = {}): StackWork {
  return {
    owners: [ingress()],
    inactiveOwners: [],
    targets: new Map(),
    domains: [],
    bindings: undefined,
    ...over,
    plan: { kind: 'Ingress', id: 'shop/web', finalizer, stack: stackOf(), ...over.plan }
  }
}

const empty: Partial<GroupWorkPlan> = { stack: { id: 'shop/web', resources: {} } }

/** A world that writes down what a group does to it, and fails when told to. */
function world() {
  const done: string[] = []
  /** By the line that would be written: the errors that come instead, first to last. */
  const failures = new Map<string, Error[]>()
  const retries: (() => void)[] = []
  const waits: number[] = []
  let notify: () => void = () => {}
  function act(line: string): void {
    const error = failures.get(line)?.shift()
    done.push(error ? `${line}: ${error.message}` : line)
    notify()
    if (error) {
      throw error
    }
  }
  let made = 0
  function makeLoadBalancer(): LoadBalancer {
    const number = ++made
    let applied: Stack | undefined
    return {
      apply: async (next, targets) => {
        const counted = [...targets.values()].flat().length
        act(`apply ${number} with ${counted} targets`)
        applied = next
      },
      describe: () =>
        ({
          id: applied?.id,
          dnsName: `Edge-${number}.elb.localhost`,
          listeners: [{ port: 80, protocol: 'HTTP', address: '127.0.0.1:8080' }]
        }) as unknown as LoadBalancerDescription,
      metrics: () => '',
      close: async () => act(`close ${number}`)
    }
  }
  const loadBalancers = new LoadBalancers({
    environment: defaultEnvironment,
    authority: {} as DevelopmentAuthority,
    bindings: {
      assign: async () => {},
      of: () => ({ host: '127.0.0.1', port: 0 }),
      release: () => act('release ports')
    },
    create: makeLoadBalancer
  })
  const stack = new StackReconciler('shop/web', {
    loadBalancers,
    account: defaultEnvironment,
    now: () => 0,
    patch: async ({ metadata }, subresource, body) =>
      act(`patch ${metadata.name}${subresource} ${JSON.stringify(body)}`),
    read: async ({ metadata }) => {
      act(`read ${metadata.name}`)
      return ingress(metadata.name, { resourceVersion: '2', finalizers: ['example.com/theirs'] })
    },
    record: ({ metadata }, { reason, message }) => act(`event ${metadata.name} ${reason}: ${message}`),
    log: message => act(`log ${message}`),
    syncBindings: async (wanted, existing) => act(`bindings of ${wanted?.stack.id}, known ${existing.length}`),
    planText: () => undefined,
    registrationGap: 0,
    wait: async milliseconds => act(`wait ${milliseconds}`),
    changed: () => act('changed'),
    deleted: () => act('deleted'),
    retryAfter: (count, retry) => {
      waits.push(count)
      retries.push(retry)
      notify()
      return () => void retries.splice(retries.indexOf(retry), 1)
    }
  })
  /** Resolves when `line` was done, since the last call. */
  function until(line: string): Promise<string[]> {
    return new Promise(resolve => {
      function look(): void {
        const index = done.indexOf(line)
        if (index === -1) {
          return
        }
        notify = () => {}
        // What follows in the same turn belongs to it.
        setImmediate(() => resolve(done.splice(0)))
      }
      notify = look
      look()
    })
  }
  function fail(line: string, ...errors: Error[]): void {
    failures.set(line, errors)
  }
  return { stack, done, until, fail, retries, waits }
}

const addFinalizer = `patch web ${JSON.stringify({ metadata: { resourceVersion: '1', finalizers: [finalizer] } })}`
const status = `patch web/status ${JSON.stringify({
  status: { loadBalancer: { ingress: [{ hostname: 'edge-1.elb.localhost', ports: [{ port: 80 }] }] } }
})}`
const reconciled = 'event web SuccessfullyReconciled: Successfully reconciled'

const binding: TargetGroupBinding = {
  apiVersion: 'elbv2.k8s.aws/v1beta1',
  kind: 'TargetGroupBinding',
  metadata: { name: 'k8s-shop-web', namespace: 'shop' }
}

describe('a group', () => {
  test('makes its bindings once the load balancer is there, and removes them before it goes', async () => {
    const { stack, until } = world()
    stack.offer(work({ bindings: [] }))
    const made = await until(reconciled)
    expect(made.indexOf('bindings of shop/web, known 0')).toBeGreaterThan(made.indexOf('apply 1 with 0 targets'))
    stack.offer({
      plan: undefined,
      owners: [],
      inactiveOwners: [],
      targets: new Map(),
      domains: [],
      bindings: [binding]
    })
    expect(await until('deleted')).toEqual(['bindings of undefined, known 1', 'close 1', 'release ports', 'deleted'])
  })

  test('adds the finalizer, deploys, writes the status, then tells', async () => {
    const { stack, until } = world()
    stack.offer(work())
    expect(await until(reconciled)).toEqual([addFinalizer, 'apply 1 with 0 targets', 'changed', status, reconciled])
  })

  test('does nothing for a snapshot that says nothing new', async () => {
    const { stack, until, done } = world()
    stack.offer(work())
    await until(reconciled)
    stack.offer(work())
    await new Promise(setImmediate)
    expect(done).toEqual([])
  })

  test('its own writes lead to no second deployment', async () => {
    const { stack, until } = world()
    stack.offer(work())
    await until(reconciled)
    const written = ingress('web', { finalizers: [finalizer], resourceVersion: '3' })
    written.status = { loadBalancer: { ingress: [{ hostname: 'edge-1.elb.localhost', ports: [{ port: 80 }] }] } }
    stack.offer(work({ owners: [written] }))
    expect(await until(reconciled)).toEqual([reconciled])
  })

  test('deploys new targets', async () => {
    const { stack, until } = world()
    stack.offer(work())
    await until(reconciled)
    const target: Target = { id: 'i-1', address: '192.0.2.1', port: 30080 }
    stack.offer(work({ targets: new Map([['group', [target]]]) }))
    expect(await until(reconciled)).toContain('apply 1 with 1 targets')
  })

  test('ends the listeners before a deleted member may go', async () => {
    const { stack, until } = world()
    stack.offer(work())
    await until(reconciled)
    const leaving = ingress('web', { finalizers: [finalizer, 'example.com/theirs'], deletionTimestamp: 'now' })
    stack.offer(work({ owners: [], inactiveOwners: [leaving], plan: empty }))
    const letGo = `patch web ${JSON.stringify({ metadata: { resourceVersion: '1', finalizers: ['example.com/theirs'] } })}`
    expect(await until(letGo)).toEqual(['close 1', 'release ports', 'deleted', letGo])
    expect(stack.loadBalancer).toBeUndefined()
  })

  test('a member that left while nobody ran is let go of without a load balancer', async () => {
    const { stack, until } = world()
    stack.offer(work({ owners: [], inactiveOwners: [ingress('web', { finalizers: [finalizer] })], plan: empty }))
    const letGo = `patch web ${JSON.stringify({ metadata: { resourceVersion: '1', finalizers: [] } })}`
    expect(await until(letGo)).toEqual([letGo])
  })

  test('a group that nothing names any more ends', async () => {
    const { stack, until } = world()
    stack.offer(work())
    await until(reconciled)
    stack.offer({
      plan: undefined,
      owners: [],
      inactiveOwners: [],
      targets: new Map(),
      domains: [],
      bindings: undefined
    })
    expect(await until('deleted')).toEqual(['close 1', 'release ports', 'deleted'])
    await new Promise(setImmediate)
    expect(stack.isGone).toBe(true)
  })

  test('another scheme is another load balancer; the old one goes first', async () => {
    const { stack, until } = world()
    stack.offer(work())
    await until(reconciled)
    stack.offer(work({ plan: { stack: stackOf({ scheme: 'internet-facing' }) } }))
    const lines = await until(reconciled)
    expect(lines.filter(line => !line.startsWith('patch'))).toEqual([
      'close 1',
      'release ports',
      'deleted',
      'apply 2 with 0 targets',
      'changed',
      reconciled
    ])
  })
})

describe('when something is wrong', () => {
  test('a plan that fails is told on every active member; what runs goes on', async () => {
    const { stack, until } = world()
    stack.offer(work())
    await until(reconciled)
    const owners = [ingress('web', { finalizers: [finalizer] }), ingress('api', { finalizers: [finalizer] })]
    stack.offer(work({ owners, plan: { stack: undefined, error: 'unknown scheme: x', errorHasEvent: true } }))
    expect(await until('event api FailedBuildModel: Failed build model due to unknown scheme: x')).toEqual([
      'event web FailedBuildModel: Failed build model due to unknown scheme: x',
      'event api FailedBuildModel: Failed build model due to unknown scheme: x'
    ])
    expect(stack.loadBalancer).toBeDefined()
  })

  test('an error while the group is loaded reaches the log alone, before any finalizer', async () => {
    const { stack, until } = world()
    stack.offer(work({ plan: { stack: undefined, error: 'bad order', errorHasEvent: false } }))
    expect(await until('log bad order')).toEqual(['log bad order'])
  })

  test('a plan that fails for leaving members alone reaches the log', async () => {
    const { stack, until } = world()
    const error = 'deletion_protection is enabled, cannot delete the ingress: web'
    const leaving = ingress('web', { finalizers: [finalizer], deletionTimestamp: 'now' })
    stack.offer(work({ owners: [], inactiveOwners: [leaving], plan: { stack: undefined, error } }))
    expect(await until(`log ${error}`)).toEqual([`log ${error}`])
  })

  test('a deployment that fails frees its ports, is told, and is tried again', async () => {
    const { stack, until, fail, retries, waits } = world()
    fail('apply 1 with 0 targets', new Error('port 80 is busy'))
    stack.offer(work())
    const failed = 'event web FailedDeployModel: Failed deploy model due to port 80 is busy'
    expect(await until('log port 80 is busy')).toEqual([
      addFinalizer,
      'apply 1 with 0 targets: port 80 is busy',
      'close 1',
      'release ports',
      failed,
      'log port 80 is busy'
    ])
    retries[0]!()
    expect(await until(reconciled)).toContain('apply 2 with 0 targets')
    expect(waits).toEqual([0])
  })

  test('a patch that was overtaken is done on what is there now (409)', async () => {
    const { stack, until, fail } = world()
    fail(addFinalizer, new ApiError(409, 'modified'))
    stack.offer(work())
    const again = `patch web ${JSON.stringify({
      metadata: { resourceVersion: '2', finalizers: ['example.com/theirs', finalizer] }
    })}`
    expect((await until(reconciled)).slice(0, 3)).toEqual([`${addFinalizer}: modified`, 'read web', again])
  })

  test('a patch that is always overtaken is given up, and told', async () => {
    const { stack, until, fail } = world()
    const again = `patch web ${JSON.stringify({
      metadata: { resourceVersion: '2', finalizers: ['example.com/theirs', finalizer] }
    })}`
    function conflict() {
      return new ApiError(409, 'modified')
    }
    fail(addFinalizer, conflict())
    fail(again, conflict(), conflict(), conflict(), conflict())
    stack.offer(work())
    const lines = await until('log modified')
    expect(lines.filter(line => line.startsWith('patch'))).toHaveLength(5)
    expect(lines.at(-2)).toBe('event web FailedAddFinalizer: Failed add finalizer due to modified')
  })

  test('a member that vanished meanwhile holds up nobody (404)', async () => {
    const { stack, until, fail } = world()
    fail(addFinalizer, new ApiError(404, 'not found'))
    fail(status, new ApiError(404, 'not found'))
    stack.offer(work())
    expect((await until(reconciled)).filter(line => line.startsWith('event'))).toEqual([reconciled])
  })

  test('a status that may not be written is told with the Ingress in it (403)', async () => {
    const { stack, until, fail } = world()
    fail(status, new ApiError(403, 'forbidden'))
    stack.offer(work())
    const message = 'failed to update ingress status: shop/web: forbidden'
    expect(await until(`log ${message}`)).toContain(
      `event web FailedUpdateStatus: Failed update status due to ${message}`
    )
  })

  test('a finalizer that may not be removed is told on those who stay', async () => {
    const { stack, until, fail } = world()
    const leaving = ingress('api', { finalizers: [finalizer] })
    fail(
      `patch api ${JSON.stringify({ metadata: { resourceVersion: '1', finalizers: [] } })}`,
      new ApiError(403, 'forbidden')
    )
    stack.offer(work({ inactiveOwners: [leaving] }))
    expect(await until('log forbidden')).toContain(
      'event web FailedRemoveFinalizer: Failed remove finalizer due to forbidden'
    )
  })

  test('without an API server there are no events, one line in the log, and patient tries', async () => {
    const { stack, until, fail, retries, waits } = world()
    function away() {
      return new ApiError(0, 'connect ECONNREFUSED')
    }
    fail(addFinalizer, away(), away(), away())
    stack.offer(work())
    expect(await until('log connect ECONNREFUSED')).toHaveLength(2)
    for (const retry of [1, 2]) {
      retries.shift()!()
      await until(`${addFinalizer}: connect ECONNREFUSED`)
      expect(waits).toHaveLength(retry + 1)
    }
    retries.shift()!()
    expect(await until(reconciled)).toContain('apply 1 with 0 targets')
    expect(waits).toEqual([0, 1, 2])
  })

  test('a newer snapshot takes the place of a waiting try', async () => {
    const { stack, until, fail, retries } = world()
    fail('apply 1 with 0 targets', new Error('busy'))
    stack.offer(work())
    await until('log busy')
    stack.offer(work({ domains: ['shop.example.com'] }))
    await until(reconciled)
    expect(retries).toEqual([])
  })

  test('closing ends what runs and waits for nobody', async () => {
    const { stack, until, fail, done, retries } = world()
    stack.offer(work())
    await until(reconciled)
    fail('apply 1 with 0 targets', new Error('busy'))
    stack.offer(work({ domains: ['shop.example.com'] }))
    await until('log busy')
    await stack.close()
    expect(done).toEqual(['close 1'])
    expect(retries).toEqual([])
  })
})
