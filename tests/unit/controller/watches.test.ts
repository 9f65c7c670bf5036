import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Api } from '../../../src/controller/api.ts'
import { type WatchEvent, Watches } from '../../../src/controller/watches.ts'
import type { Clock } from '../../../src/elbv2/index.ts'
import type { KubernetesObject } from '../../../src/resources/index.ts'
import { FakeApiServer } from './fake-api-server.ts'

function node(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name } }
}

/** Timers that fire at once; tells the waits that were asked for. */
function impatientClock(onWait: (milliseconds: number) => void): Clock {
  return {
    now: () => 0,
    elapsed: () => 0,
    setTimeout: (callback, milliseconds) => {
      onWait(milliseconds)
      return setImmediate(callback)
    },
    clearTimeout: timer => clearImmediate(timer as NodeJS.Immediate)
  }
}

let server: FakeApiServer
let watches: Watches
let events: WatchEvent[]
let waits: number[]
let listeners: (() => void)[]

beforeEach(async () => {
  server = new FakeApiServer()
  await server.start()
  events = []
  waits = []
  listeners = []
  function notify(): void {
    for (const listener of listeners) {
      listener()
    }
  }
  watches = new Watches({
    api: await Api.of({ file: server.kubeconfig }),
    clock: impatientClock(milliseconds => {
      waits.push(milliseconds)
      notify()
    }),
    random: () => 1,
    onChange: notify,
    onEvent: event => {
      events.push(event)
      notify()
    }
  })
})

afterEach(async () => {
  watches.close()
  await server.close()
})

/** Resolves when something told by the watches makes the condition true. */
function until(condition: () => boolean): Promise<void> {
  return new Promise(resolve => {
    function look(): void {
      if (!condition()) {
        return
      }
      listeners.splice(listeners.indexOf(look), 1)
      resolve()
    }
    listeners.push(look)
    look()
  })
}

function nodes(): string[] | undefined {
  return watches
    .snapshot()
    ?.list('Node')
    .map(({ metadata }) => metadata.name)
}
function hasNodes(...names: string[]) {
  return until(() => JSON.stringify(nodes()) === JSON.stringify(names))
}

describe('watches', () => {
  test('there is no snapshot before everything is listed; then it follows every change', async () => {
    server.put(node('one'))
    expect(watches.snapshot()).toBeUndefined()
    watches.start()
    await hasNodes('one')
    expect(watches.snapshot()!.find('Node', 'one')).toMatchObject({ apiVersion: 'v1', kind: 'Node' })
    server.put(node('two'))
    await hasNodes('one', 'two')
    server.remove('Node', 'one')
    await hasNodes('two')
    expect(server.opened.filter(line => line === 'list /api/v1/nodes')).toHaveLength(1)
    expect(events).toEqual([])
  })

  test('a watch that expired lists anew (410)', async () => {
    server.put(node('one'))
    watches.start()
    await hasNodes('one')
    server.expireWatches()
    server.put(node('two'))
    await hasNodes('one', 'two')
    expect(events).toContainEqual({ type: 'watch-expired', kind: 'Node' })
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['watch-expired']))
  })

  test('a cut connection is taken up again; what changed meanwhile is not missed', async () => {
    server.put(node('one'))
    watches.start()
    await hasNodes('one')
    server.cutWatches()
    server.put(node('two'))
    await hasNodes('one', 'two')
    const lost = events.filter(({ type }) => type === 'api-lost')
    expect(lost.length).toBeLessThanOrEqual(1)
  })

  test('a server that goes away leaves the last objects; what changed meanwhile is there when it comes back', async () => {
    server.put(node('one'), node('two'))
    watches.start()
    await hasNodes('one', 'two')
    await server.stop()
    await until(() => waits.length > 3)
    expect(nodes()).toEqual(['one', 'two'])
    server.remove('Node', 'one')
    await server.start()
    await hasNodes('two')
    await until(() => events.length === 2)
    expect(events.map(({ type }) => type)).toEqual(['api-lost', 'api-restored'])
  })

  test('waits grow from try to try, up to a longest', async () => {
    watches.start()
    await hasNodes()
    waits.length = 0
    await server.stop()
    await until(() => waits.length >= 8)
    expect(waits.slice(0, 8)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  test('a kind that may not be watched is named once, and nothing is guessed without it', async () => {
    server.refuse('GET /api/v1/nodes', { status: 403, message: 'nodes is forbidden: User "x" cannot list' })
    watches.start()
    await until(() => waits.length > 2)
    expect(events).toEqual([
      { type: 'watch-failed', kind: 'Node', message: 'nodes is forbidden: User "x" cannot list' }
    ])
    expect(watches.snapshot()).toBeUndefined()
    server.allow()
    await hasNodes()
    expect(events.slice(1)).toEqual([{ type: 'watch-restored', kind: 'Node' }])
  })

  test('IngressClassParams are watched once their definition is there, and forgotten with it', async () => {
    const parameters = { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'IngressClassParams', metadata: { name: 'alb' } }
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'ingressclassparams.elbv2.k8s.aws' }
    }
    function found() {
      return watches.snapshot()?.list('IngressClassParams').length
    }
    watches.start()
    await until(() => found() === 0)
    expect(server.opened.filter(line => line.endsWith('ingressclassparams'))).toEqual([])
    server.put(parameters, { ...definition, status: { conditions: [{ type: 'Established', status: 'True' }] } })
    await until(() => found() === 1)
    server.remove('CustomResourceDefinition', definition.metadata.name)
    await until(() => found() === 0)
  })

  test('without the right to see definitions the rest works', async () => {
    server.refuse('GET /apis/apiextensions.k8s.io', { status: 403, message: 'forbidden' })
    server.put(node('one'))
    watches.start()
    await hasNodes('one')
    expect(watches.snapshot()?.list('IngressClassParams')).toEqual([])
  })

  test('Secrets are watched by name, only as long as they are referred to', async () => {
    function secret(name: string): KubernetesObject {
      return {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: 'shop' }
      }
    }
    function names() {
      return watches
        .snapshot()
        ?.list('Secret')
        .map(({ metadata }) => metadata.name)
    }
    server.put(secret('oidc'), secret('other'))
    watches.start()
    await hasNodes()
    expect(server.opened.filter(line => line.includes('secrets'))).toEqual([])
    watches.setSecrets(new Set(['shop/oidc']))
    expect(watches.snapshot()).toBeUndefined()
    await until(() => names()?.join() === 'oidc')
    watches.setSecrets(new Set())
    expect(names()).toEqual([])
  })

  test('a Secret that may not be read counts as absent', async () => {
    server.refuse('GET /api/v1/namespaces/shop/secrets', { status: 403, message: 'forbidden' })
    watches.start()
    await hasNodes()
    watches.setSecrets(new Set(['shop/oidc']))
    await until(() => watches.snapshot() !== undefined)
    expect(watches.snapshot()!.list('Secret')).toEqual([])
  })
})
