import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Controller } from '../../../src/controller/controller.ts'
import type { KubernetesObject, Service } from '../../../src/resources/index.ts'
import { sendTo } from '../../cases/edge-client.ts'
import { ControllerRig, definition, ingress } from './controller-rig.ts'

const finalizer = 'service.k8s.aws/resources'
const prefix = 'service.beta.kubernetes.io/aws-load-balancer'
const reconciled = 'SuccessfullyReconciled: Successfully reconciled'

let rig: ControllerRig
let controller: Controller

beforeEach(async () => {
  rig = new ControllerRig()
  await rig.start()
})
afterEach(() => rig.stop())

/** A Service of type LoadBalancer before the application. */
function edge({
  name = 'edge',
  annotations = {},
  spec = {}
}: {
  name?: string
  annotations?: Record<string, string>
  spec?: Partial<NonNullable<Service['spec']>>
} = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', annotations },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'service.k8s.aws/nlb',
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: rig.port, nodePort: rig.port }],
      ...spec
    }
  }
}

function stored(name = 'edge'): Service | undefined {
  return rig.server.find('Service', name, 'shop') as Service | undefined
}

function loadBalancer(id = 'shop/edge') {
  return controller.describe().find(described => described.id === id)
}

function isServed(id?: string): boolean {
  return loadBalancer(id)?.targetGroups.some(({ targets }) => targets.some(({ state }) => state === 'healthy')) ?? false
}

async function ask(id?: string): Promise<string> {
  const { address } = loadBalancer(id)!.listeners[0]!
  return (await sendTo(address, 'shop.example.com', { scheme: 'http', path: '/' })).body
}

/** What was written to a Service, in order. */
function written(name = 'edge'): string[] {
  const path = `/api/v1/namespaces/shop/services/${name}`
  return rig.server.received
    .filter(received => received.method === 'PATCH' && received.path.startsWith(path))
    .map(({ path: to, body }) => `${to.slice(path.length)} ${Object.keys(body ?? {}).join()}`.trim())
}

describe('a Service of the class', () => {
  test('gets a network load balancer that answers, and is told', async () => {
    rig.server.put(edge())
    controller = await rig.controller()
    await rig.until(() => isServed() && rig.told('edge').length > 0)
    expect(loadBalancer()).toMatchObject({ type: 'network', listeners: [{ port: 80, protocol: 'TCP' }] })
    expect(await ask()).toBe('application')
    expect(stored()).toMatchObject({
      metadata: { finalizers: [finalizer] },
      status: {
        loadBalancer: {
          ingress: [{ hostname: loadBalancer()!.dnsName.toLowerCase(), ports: [{ port: 80, protocol: 'TCP' }] }]
        }
      }
    })
    expect(rig.told('edge')).toEqual([reconciled])
    expect(rig.server.list('Event')).toMatchObject([{ source: { component: 'service' } }])
    expect(written().slice(0, 2)).toEqual(['metadata', '/status status'])
  })

  test('that is deleted loses it, then its status, then its finalizer', async () => {
    rig.server.put(edge(), definition('targetgroupbindings'))
    controller = await rig.controller()
    await rig.until(() => isServed() && rig.told('edge').length > 0)
    await rig.until(() => rig.server.list('TargetGroupBinding').length === 1)
    expect(rig.server.list('TargetGroupBinding')).toMatchObject([
      { metadata: { labels: { 'service.k8s.aws/stack-namespace': 'shop', 'service.k8s.aws/stack-name': 'edge' } } }
    ])
    rig.server.remove('Service', 'edge', 'shop')
    await rig.until(() => stored() === undefined && rig.server.list('TargetGroupBinding').length === 0)
    expect(controller.describe()).toEqual([])
    const bodies = rig.server.received.flatMap(({ body }) => (body ? JSON.stringify(body) : []))
    const cleared = bodies.indexOf('{"status":{"loadBalancer":{"ingress":null}}}')
    expect(cleared).toBeGreaterThan(-1)
    expect(
      bodies.findIndex(body => body.includes('"finalizers":[]') && body.includes('resourceVersion'))
    ).toBeGreaterThan(cleared)
    expect(rig.told('edge')).toEqual([reconciled])
  })

  test('that becomes a ClusterIP gives it back', async () => {
    rig.server.put(edge())
    controller = await rig.controller()
    await rig.until(() => isServed() && rig.told('edge').length > 0)
    const { metadata, spec, ...rest } = stored()!
    const { loadBalancerClass: _, ...without } = spec!
    rig.server.put({ ...rest, metadata, spec: { ...without, type: 'ClusterIP' } })
    await rig.until(() => stored()!.metadata.finalizers?.length === 0)
    expect(controller.describe()).toEqual([])
    expect(stored()!.status).toEqual({ loadBalancer: {} })
  })

  test('that cannot be planned is told why, and gets no finalizer', async () => {
    rig.server.put(edge({ annotations: { [`${prefix}-scheme`]: 'public' } }))
    controller = await rig.controller()
    await rig.until(() => rig.told('edge').length > 0)
    expect(rig.told('edge')).toEqual(['FailedBuildModel: Failed build model due to unknown scheme: public'])
    expect(stored()!.metadata.finalizers).toBeUndefined()
  })

  test('whose build breaks off is only logged', async () => {
    rig.server.put(edge({ annotations: { 'service.beta.kubernetes.io/actions.TCP-80': '{"type":"forward"}' } }))
    controller = await rig.controller()
    await rig.until(() => rig.events.some(({ type }) => type === 'error'))
    const message = 'panic: runtime error: invalid memory address or nil pointer dereference [recovered]'
    expect(rig.events).toContainEqual({ type: 'error', group: 'shop/edge', message })
    expect(rig.told('edge')).toEqual([])
  })

  test('whose load balancer is protected stays, and is told why', async () => {
    rig.server.put(edge({ annotations: { [`${prefix}-attributes`]: 'deletion_protection.enabled=true' } }))
    controller = await rig.controller()
    await rig.until(() => isServed() && rig.told('edge').length > 0)
    const { metadata, spec, ...rest } = stored()!
    rig.server.put({ ...rest, metadata, spec: { ...spec, loadBalancerClass: 'another' } })
    await rig.until(() => rig.told('edge').length > 1)
    const reason = 'deletion_protection is enabled, cannot delete the service: edge'
    expect(rig.told('edge').at(-1)).toBe(`FailedBuildModel: Failed build model due to ${reason}`)
    expect(isServed()).toBe(true)
    expect(stored()!.metadata.finalizers).toEqual([finalizer])
  })

  test('a status that may not be written is told in the controller’s words', async () => {
    rig.server.refuse('PATCH /api/v1/namespaces/shop/services/edge/status', { status: 403, message: 'forbidden' })
    rig.server.put(edge())
    controller = await rig.controller()
    await rig.until(() => rig.told('edge').length > 0)
    const message = 'failed to update service status: shop/edge: forbidden'
    expect(rig.told('edge')).toEqual([`FailedUpdateStatus: Failed update status due to ${message}`])
  })
})

describe('a Service of the cloud provider', () => {
  const cloudFinalizer = 'service.kubernetes.io/load-balancer-cleanup'
  const ensured = ['EnsuringLoadBalancer: Ensuring load balancer', 'EnsuredLoadBalancer: Ensured load balancer']
  function ofCloudProvider(annotations: Record<string, string> = {}): KubernetesObject {
    const { spec, ...rest } = edge({ annotations }) as Service
    const { loadBalancerClass: _, ...without } = spec!
    return { ...rest, spec: without }
  }

  test('is left alone, and named with what makes it', async () => {
    rig.server.put(ofCloudProvider())
    controller = await rig.controller()
    await rig.until(() => rig.events.some(({ type }) => type === 'error'))
    expect(rig.events.filter(({ type }) => type === 'error')).toEqual([
      {
        type: 'error',
        message:
          "Service shop/edge is left alone: its load balancer is the cloud provider's (--cloud-provider makes it here)"
      }
    ])
    expect(written()).toEqual([])
  })

  test.each<{ name: string; type: string; annotations: Record<string, string> }>([
    { name: 'a Classic Load Balancer', type: 'classic', annotations: {} },
    { name: 'its own Network Load Balancer', type: 'network', annotations: { [`${prefix}-type`]: 'nlb' } }
  ])('gets $name that answers, as the service controller tells it', async ({ type, annotations }) => {
    rig.server.put(ofCloudProvider(annotations), definition('targetgroupbindings'))
    controller = await rig.controller({ cloudProvider: true })
    await rig.until(() => isServed() && rig.told('edge').length > 1)
    expect(loadBalancer()).toMatchObject({ type, listeners: [{ port: 80, protocol: 'TCP' }] })
    expect(await ask()).toBe('application')
    await rig.until(() => stored()!.status !== undefined)
    expect(stored()).toMatchObject({
      metadata: { finalizers: [cloudFinalizer] },
      status: { loadBalancer: { ingress: [{ hostname: loadBalancer()!.dnsName.toLowerCase() }] } }
    })
    expect(stored()!.status!.loadBalancer!.ingress![0]!.ports).toBeUndefined()
    expect(rig.told('edge')).toEqual(ensured)
    expect(rig.server.list('Event')).toMatchObject(Array(2).fill({ source: { component: 'service-controller' } }))
    // It registers nodes without objects.
    expect(rig.server.list('TargetGroupBinding')).toEqual([])
  })

  test('that is deleted loses it, then its status, then its finalizer', async () => {
    rig.server.put(ofCloudProvider())
    controller = await rig.controller({ cloudProvider: true })
    await rig.until(() => isServed() && rig.told('edge').length > 1)
    rig.server.remove('Service', 'edge', 'shop')
    await rig.until(() => stored() === undefined && rig.told('edge').length > 3)
    expect(controller.describe()).toEqual([])
    expect(rig.told('edge')).toEqual([
      ...ensured,
      'DeletingLoadBalancer: Deleting load balancer',
      'DeletedLoadBalancer: Deleted load balancer'
    ])
  })

  test('that becomes a NodePort gives it back', async () => {
    rig.server.put(ofCloudProvider())
    controller = await rig.controller({ cloudProvider: true })
    await rig.until(() => isServed() && rig.told('edge').length > 1)
    const { metadata, spec, ...rest } = stored()!
    rig.server.put({ ...rest, metadata, spec: { ...spec, type: 'NodePort' } })
    await rig.until(() => stored()!.metadata.finalizers?.length === 0)
    expect(controller.describe()).toEqual([])
    expect(stored()!.status).toEqual({ loadBalancer: {} })
  })

  test('that cannot be planned is told why', async () => {
    rig.server.put(ofCloudProvider({ [`${prefix}-proxy-protocol`]: 'yes' }))
    controller = await rig.controller({ cloudProvider: true })
    await rig.until(() => rig.told('edge').length > 0)
    const reason = `annotation "${prefix}-proxy-protocol"="yes" detected, but the only value supported currently is '*'`
    expect(rig.told('edge')).toEqual([
      `SyncLoadBalancerFailed: Error syncing load balancer: failed to ensure load balancer: ${reason}`
    ])
  })

  test('whose type becomes another one gets another load balancer', async () => {
    rig.server.put(ofCloudProvider())
    controller = await rig.controller({ cloudProvider: true })
    await rig.until(() => isServed() && rig.told('edge').length > 1)
    const { metadata, ...rest } = stored()!
    rig.server.put({ ...rest, metadata: { ...metadata, annotations: { [`${prefix}-type`]: 'nlb' } } })
    await rig.until(() => loadBalancer()?.type === 'network' && isServed())
    expect(await ask()).toBe('application')
  })
})

describe('in one process', () => {
  test('a Service and an Ingress of one name have load balancers of their own', async () => {
    rig.server.put(edge({ name: 'web' }), ingress())
    controller = await rig.controller()
    await rig.until(() => isServed('shop/web') && isServed('Service shop/web') && rig.told('web').length > 1)
    expect(controller.describe().map(({ id, type }) => [id, type])).toEqual([
      ['Service shop/web', 'network'],
      ['shop/web', 'application']
    ])
    expect(await Promise.all([ask('shop/web'), ask('Service shop/web')])).toEqual(['application', 'application'])
  })

  test.each<{ name: string; spec: Partial<NonNullable<Service['spec']>>; annotations?: Record<string, string> }>([
    { name: 'another class', spec: { loadBalancerClass: 'example.com/metallb' } },
    { name: 'no class, which is the cloud provider’s', spec: { loadBalancerClass: undefined } as never },
    {
      name: 'the type external without a target type',
      spec: { loadBalancerClass: undefined } as never,
      annotations: { [`${prefix}-type`]: 'external' }
    }
  ])('a Service of $name is left alone', async ({ spec, annotations }) => {
    rig.server.put(edge({ spec, ...(annotations && { annotations }) }), ingress())
    controller = await rig.controller()
    await rig.until(() => isServed('shop/web'))
    expect(controller.describe().map(({ id }) => id)).toEqual(['shop/web'])
    expect(written()).toEqual([])
  })

  test('the types nlb-ip and external are served without a class', async () => {
    const type = { [`${prefix}-type`]: 'external', [`${prefix}-nlb-target-type`]: 'instance' }
    rig.server.put(edge({ spec: { loadBalancerClass: undefined } as never, annotations: type }))
    controller = await rig.controller()
    await rig.until(() => isServed())
    expect(loadBalancer()).toMatchObject({ type: 'network' })
  })
})
