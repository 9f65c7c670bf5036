import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Controller } from '../../../src/controller/controller.ts'
import { buildPlan, defaultEnvironment } from '../../../src/model/index.ts'
import {
  type Condition,
  type Gateway,
  type GatewayClass,
  type HTTPRoute,
  type KubernetesObject,
  type Layer4Route,
  type ListenerSet,
  type ObjectMeta,
  Resources
} from '../../../src/resources/index.ts'
import { sendTo } from '../../cases/edge-client.ts'
import { ControllerRig, definition, ingress } from './controller-rig.ts'

const finalizer = 'gateway.k8s.aws/alb'
const reconciled = 'SuccessfullyReconciled: Successfully reconciled'
const apiGroup = 'gateway.networking.k8s.io'

/** What a cluster has of the kinds that a controller of Gateways asks for. */
const definitions = [
  ...['gatewayclasses', 'gateways', 'listenersets', 'httproutes', 'grpcroutes', 'tcproutes', 'udproutes', 'tlsroutes'],
  'referencegrants'
].map(plural => definition(plural, apiGroup))
const configurationDefinitions = ['loadbalancer', 'targetgroup', 'listenerrule'].map(name =>
  definition(`${name}configurations`, 'gateway.k8s.aws')
)

let rig: ControllerRig
let controller: Controller

beforeEach(async () => {
  rig = new ControllerRig()
  await rig.start()
  rig.server.put(...definitions, ...configurationDefinitions)
})
afterEach(() => rig.stop())

/** A class as the API server makes it: its definition says that it waits. */
function gatewayClass(controllerName: string = finalizer, spec: GatewayClass['spec'] = {}): GatewayClass {
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'GatewayClass',
    metadata: { name: 'aws', generation: 1 },
    spec: { controllerName, ...spec },
    status: {
      conditions: [{ type: 'Accepted', status: 'Unknown', reason: 'Pending', message: 'Waiting for controller' }]
    }
  }
}

function gateway(spec: Gateway['spec'] = {}, metadata: Partial<ObjectMeta> = {}): Gateway {
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }]
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'shop', generation: 1, ...metadata },
    spec: { gatewayClassName: 'aws', listeners, ...spec }
  }
}

function route(spec: HTTPRoute['spec'] = {}, name = 'web'): HTTPRoute {
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'HTTPRoute',
    metadata: { name, namespace: 'shop', generation: 1 },
    spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }], ...spec }
  }
}

function stored<Kind extends KubernetesObject>(kind: Kind['kind'], name: string, namespace?: string) {
  return rig.server.find(kind, name, namespace) as Kind | undefined
}
function storedGateway(): Gateway | undefined {
  return stored<Gateway>('Gateway', 'edge', 'shop')
}

/** Conditions without their times, one text each. */
function told(conditions: Condition[] = []): string[] {
  return conditions.map(({ type, status, reason, message }) => [type, status, reason, message].join(' ').trim())
}
function conditions(): string[] {
  return told(storedGateway()?.status?.conditions)
}
/** What a route's parents say, by the name of the parent. */
function parents(name = 'web', kind = 'HTTPRoute'): Record<string, string[]> {
  const { parents: all = [] } = stored<HTTPRoute>(kind as 'HTTPRoute', name, 'shop')?.status ?? {}
  return Object.fromEntries(all.map(({ parentRef, conditions: each }) => [parentRef.name, told(each)]))
}

function loadBalancer(id = 'shop/edge') {
  return controller.describe().find(described => described.id === id)
}
function isServed(id?: string): boolean {
  return loadBalancer(id)?.targetGroups.some(({ targets }) => targets.some(({ state }) => state === 'healthy')) ?? false
}
async function ask(path = '/'): Promise<{ status: number; body: string }> {
  const { address } = loadBalancer()!.listeners[0]!
  const { status, body } = await sendTo(address, 'shop.example.com', { scheme: 'http', path })
  return { status, body }
}

async function start(...objects: KubernetesObject[]): Promise<void> {
  rig.server.put(...objects)
  controller = await rig.controller()
}

const accepted = ['ResolvedRefs True ResolvedRefs', 'Accepted True Accepted']

describe('a Gateway of gateway.k8s.aws/alb', () => {
  test('gets an application load balancer that answers, and is told', async () => {
    await start(gatewayClass(), gateway(), route())
    await rig.until(() => isServed() && rig.told('edge').length > 0 && parents().edge !== undefined)
    expect(loadBalancer()).toMatchObject({ type: 'application', listeners: [{ port: 80, protocol: 'HTTP' }] })
    expect(await ask()).toEqual({ status: 200, body: 'application' })
    const { name, dnsName } = loadBalancer()!
    const arn = expect.stringMatching(
      `^Programmed True Programmed arn:aws:elasticloadbalancing:us-west-2:\\d{12}:loadbalancer/app/${name}/[0-9a-f]{16}$`
    )
    expect(conditions()).toEqual([arn, 'Accepted True Accepted'])
    const { metadata, status } = storedGateway()!
    expect(metadata.finalizers).toEqual([finalizer])
    expect(status).toMatchObject({
      addresses: [{ type: 'Hostname', value: dnsName.toLowerCase() }],
      attachedListenerSets: 0,
      listeners: [{ name: 'http', attachedRoutes: 1, supportedKinds: [{ group: apiGroup, kind: 'HTTPRoute' }] }]
    })
    expect(told((status!.listeners as { conditions: Condition[] }[])[0]!.conditions)).toEqual([
      'Conflicted False NoConflicts Listener has no conflict.',
      'Accepted True Accepted Listener is accepted.',
      'ResolvedRefs True ResolvedRefs Listener has all refs resolved.',
      'Programmed True Programmed Listener is programmed.'
    ])
    expect(parents()).toEqual({ edge: accepted })
    expect(rig.told('edge')).toEqual([reconciled])
    expect(rig.server.list('Event')).toMatchObject([{ source: { component: finalizer } }])
  })

  test('beside objects that an older definition let through, which the log names', async () => {
    const malformed = [
      { ...gateway({}, { name: 'odd' }), spec: { gatewayClassName: 'aws', listeners: 'http' } },
      { ...route(), metadata: { name: 'odd', namespace: 'shop' }, spec: { parentRefs: [{ name: 7 }], rules: {} } }
    ] as unknown as KubernetesObject[]
    await start(gatewayClass(), ...malformed, gateway(), route())
    await rig.until(() => isServed() && parents().edge !== undefined)
    expect(rig.events.filter(({ type }) => type === 'object-malformed')).toMatchObject([
      { object: 'Gateway shop/odd', path: 'spec.listeners' },
      { object: 'HTTPRoute shop/odd', path: 'spec.parentRefs.0.name' }
    ])
  })

  test('its class is accepted, keeps a finalizer and the version of what it was accepted with', async () => {
    await start(gatewayClass())
    await rig.until(() => told(stored<GatewayClass>('GatewayClass', 'aws')?.status?.conditions)[0]!.includes('True'))
    const { metadata, status } = stored<GatewayClass>('GatewayClass', 'aws')!
    expect(told(status?.conditions)).toEqual(['Accepted True Accepted Accepted'])
    expect(metadata.finalizers).toEqual(['gateway.k8s.aws/gatewayclass'])
    expect(metadata.annotations).toEqual({
      'elbv2.k8s.aws/last-processed-config': '',
      'elbv2.k8s.aws/last-processed-config-timestamp': expect.stringMatching(/^\d+$/)
    })
  })

  test('follows a route that changes, and what it does no longer', async () => {
    await start(gatewayClass(), gateway(), route())
    function reconciliations(): number {
      return rig.events.filter(({ type }) => type === 'event').length
    }
    await rig.until(() => isServed() && reconciliations() === 1)
    const rules = [{ matches: [{ path: { type: 'Exact', value: '/shop' } }], backendRefs: [{ name: 'web', port: 80 }] }]
    rig.server.put(route({ rules }))
    await rig.until(() => reconciliations() === 2)
    expect([await ask('/shop'), (await ask('/other')).status]).toEqual([{ status: 200, body: 'application' }, 404])
  })

  test('that is deleted loses its load balancer, then its finalizer', async () => {
    rig.server.put(definition('targetgroupbindings'))
    await start(gatewayClass(), gateway(), route())
    await rig.until(() => isServed() && rig.server.list('TargetGroupBinding').length === 1)
    expect(rig.server.list('TargetGroupBinding')[0]!.metadata.labels).toEqual({
      'gateway.k8s.aws.alb/stack-namespace': 'shop',
      'gateway.k8s.aws.alb/stack-name': 'edge'
    })
    rig.server.remove('Gateway', 'edge', 'shop')
    await rig.until(() => storedGateway() === undefined && rig.server.list('TargetGroupBinding').length === 0)
    expect(controller.describe()).toEqual([])
  })

  test('that asks for a dry run gets its plan alone, and its load balancer when it asks no longer', async () => {
    const asking = gateway({}, { annotations: { 'gateway.k8s.aws/dry-run': 'true' } })
    await start(gatewayClass(), asking, route())
    function planOf(): string | undefined {
      return storedGateway()?.metadata.annotations?.['gateway.k8s.aws/dry-run-plan']
    }
    await rig.until(() => planOf() !== undefined)
    const [plan] = buildPlan(
      new Resources([gatewayClass(), storedGateway()!, stored<HTTPRoute>('HTTPRoute', 'web', 'shop')!, rig.service()]),
      defaultEnvironment
    ).gateways
    expect(JSON.parse(planOf()!)).toEqual(JSON.parse(JSON.stringify(plan!.stack)))
    expect({ finalizers: storedGateway()!.metadata.finalizers, status: storedGateway()!.status }).toEqual({})
    expect(controller.describe()).toEqual([])
    rig.server.put(gateway({}, { uid: storedGateway()!.metadata.uid! }))
    await rig.until(isServed)
    expect(planOf()).toBeUndefined()
  })
})

describe('what is wrong is told in the controller’s words', () => {
  test('a model that cannot be built: an event, and a condition that leads to it', async () => {
    const rules = [{ filters: [{ type: 'RequestMirror' }], backendRefs: [{ name: 'web', port: 80 }] }]
    await start(gatewayClass(), gateway(), route({ rules }))
    await rig.until(() => rig.told('edge').length > 0 && conditions().length > 0)
    expect(rig.told('edge')).toEqual([
      'FailedBuildModel: Failed build model due to Unsupported filter type: RequestMirror. Only request redirect is supported. To specify header modification, please configure it through LoadBalancerConfiguration.'
    ])
    expect(conditions()).toEqual(['Accepted False Invalid Check Gateway Events for more information.'])
    expect(storedGateway()!.metadata.finalizers).toBeUndefined()
  })

  test('a configuration that is missing: a condition, the log, and no event', async () => {
    const parametersRef = { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'nosuch' }
    await start(gatewayClass(), gateway({ infrastructure: { parametersRef } }), route())
    await rig.until(() => conditions().length > 0)
    const message = 'LoadBalancerConfiguration.gateway.k8s.aws "nosuch" not found'
    expect(conditions()).toEqual([`Accepted False Invalid ${message}`])
    expect(rig.events).toContainEqual({ type: 'error', group: 'shop/edge', message })
    expect(rig.told('edge')).toEqual([])
  })

  test('a class whose configuration is missing is not accepted, nor is its Gateway', async () => {
    const parametersRef = { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'x', namespace: 'shop' }
    await start(gatewayClass(finalizer, { parametersRef }), gateway(), route())
    await rig.until(() => conditions().length > 0)
    await rig.until(() => told(stored<GatewayClass>('GatewayClass', 'aws')?.status?.conditions)[0]!.includes('False'))
    expect(told(stored<GatewayClass>('GatewayClass', 'aws')!.status?.conditions)).toEqual([
      'Accepted False NotFound LoadBalancerConfiguration (x,shop) not found'
    ])
    expect(conditions()).toEqual([
      'Accepted False Invalid Unable to materialize gateway when gateway class [aws] is not accepted'
    ])
  })

  test('a backend that is missing: the route says so, the Gateway serves the others', async () => {
    const rules = [
      { backendRefs: [{ name: 'nosuch', port: 80 }] },
      { matches: [{ path: { type: 'PathPrefix', value: '/shop' } }], backendRefs: [{ name: 'web', port: 80 }] }
    ]
    await start(gatewayClass(), gateway(), route({ rules }))
    await rig.until(() => isServed() && parents().edge !== undefined)
    expect(parents()).toEqual({
      edge: ['ResolvedRefs False BackendNotFound Service (shop:nosuch) not found)', 'Accepted True Accepted']
    })
    expect([(await ask('/shop')).status, (await ask('/')).status]).toEqual([200, 500])
  })

  test('a listener that is not valid beside one that is', async () => {
    const listeners = [
      { name: 'http', port: 80, protocol: 'HTTP' },
      { name: 'tcp', port: 81, protocol: 'TCP' }
    ]
    await start(gatewayClass(), gateway({ listeners }), route())
    await rig.until(() => conditions().length > 1)
    expect(conditions()[1]).toBe('Accepted True ListenersNotValid')
    const [, tcp] = storedGateway()!.status!.listeners as { conditions: Condition[] }[]
    expect(told(tcp!.conditions)).toEqual([
      'Conflicted False NoConflicts Listener has no conflict.',
      'Accepted False UnsupportedProtocol Unsupported protocol TCP for listener tcp',
      'ResolvedRefs True ResolvedRefs Listener has all refs resolved.',
      'Programmed False UnsupportedProtocol Listener is not accepted.'
    ])
  })

  test('without the kinds that its original asks for a Gateway is left alone, and the log says so', async () => {
    rig.server.remove('CustomResourceDefinition', 'listenerruleconfigurations.gateway.k8s.aws')
    await start(gatewayClass(), gateway(), route(), ingress())
    await rig.until(() => isServed('shop/web'))
    expect(rig.events).toContainEqual({
      type: 'error',
      message: 'Gateways of gateway.k8s.aws/alb are left alone: the cluster lacks the kinds ListenerRuleConfiguration'
    })
    expect(storedGateway()!.metadata.finalizers).toBeUndefined()
  })

  test('what is in use stays, and the log says why', async () => {
    await start(gatewayClass(), gateway(), route())
    function isAccepted(): boolean {
      return told(stored<GatewayClass>('GatewayClass', 'aws')!.status?.conditions)[0]!.includes('True')
    }
    await rig.until(() => isServed() && isAccepted())
    rig.server.remove('GatewayClass', 'aws')
    await rig.until(() => rig.events.some(({ type }) => type === 'error'))
    const message = 'unable to delete GatewayClass [aws], as it is still referenced by Gateways'
    expect(rig.events).toContainEqual({ type: 'error', message: `GatewayClass aws: ${message}` })
    rig.server.remove('Gateway', 'edge', 'shop')
    await rig.until(() => stored('GatewayClass', 'aws') === undefined)
  })
})

describe('a Gateway of gateway.k8s.aws/nlb', () => {
  function tcpRoute(): Layer4Route {
    return {
      apiVersion: `${apiGroup}/v1`,
      kind: 'TCPRoute',
      metadata: { name: 'web', namespace: 'shop', generation: 1 },
      spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] }
    }
  }

  test('gets a network load balancer', async () => {
    const listeners = [{ name: 'tcp', port: 80, protocol: 'TCP' }]
    await start(gatewayClass('gateway.k8s.aws/nlb'), gateway({ listeners }), tcpRoute())
    await rig.until(() => isServed() && parents('web', 'TCPRoute').edge !== undefined)
    expect(loadBalancer()).toMatchObject({ type: 'network', listeners: [{ port: 80, protocol: 'TCP' }] })
    expect((await ask()).body).toBe('application')
    await rig.until(() => conditions().length > 1)
    expect(conditions()[0]).toMatch(/^Programmed True Programmed arn:.*:loadbalancer\/net\//)
    expect(parents('web', 'TCPRoute')).toEqual({ edge: accepted })
  })
})

test('a Gateway of another class is left alone, beside an Ingress and a Service of its name', async () => {
  await start(gatewayClass('istio.io/gateway-controller'), gateway(), route(), ingress())
  await rig.until(() => isServed('shop/web'))
  expect(controller.describe().map(({ id }) => id)).toEqual(['shop/web'])
  expect(storedGateway()!.metadata.finalizers).toBeUndefined()
  expect(parents()).toEqual({})
})

test('ListenerSets are told what became of them', async () => {
  function set(name: string, namespace: string): ListenerSet {
    const listeners = [{ name: 'more', port: 8080, protocol: 'HTTP' }]
    return {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ListenerSet',
      metadata: { name, namespace, generation: 1 },
      spec: { parentRef: { name: 'edge', namespace: 'shop' }, listeners }
    }
  }
  const allowedListeners = { namespaces: { from: 'Same' } }
  await start(gatewayClass(), gateway({ allowedListeners }), route(), set('mine', 'shop'), set('theirs', 'other'))
  function of(name: string, namespace: string): string[] {
    return told(stored<ListenerSet>('ListenerSet', name, namespace)?.status?.conditions)
  }
  await rig.until(() => of('mine', 'shop')[1]?.includes('True') === true && of('theirs', 'other').length > 0)
  expect(of('mine', 'shop')).toEqual(['Accepted True Accepted Accepted', 'Programmed True Programmed Programmed'])
  const rejected = 'False NotAllowed Parent Gateway rejected ListenerSet'
  expect(of('theirs', 'other')).toEqual([`Accepted ${rejected}`, `Programmed ${rejected}`])
  expect(storedGateway()!.status!.attachedListenerSets).toBe(1)
})
