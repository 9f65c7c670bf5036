import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { contextOf } from '../../src/cluster/index.ts'
import type { Gateway, HTTPRoute, KubernetesObject, Service } from '../../src/resources/index.ts'
import { sendTo } from '../cases/edge-client.ts'
import { define, missingDefinitions } from './definitions.ts'
import type { KindRig } from './kind-rig.ts'
import { testUnless } from './tools.ts'

const minute = 60_000
const namespace = 'istio-system'
const api = 'gateway.networking.k8s.io/v1'

/** A Network Load Balancer's Service in front of the gateway's pods, at a node port of its own. */
const service: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'second', namespace },
  spec: {
    type: 'LoadBalancer',
    loadBalancerClass: 'service.k8s.aws/nlb',
    selector: { istio: 'ingressgateway' },
    ports: [{ name: 'http', port: 80, targetPort: 8080 }]
  }
}

const gatewayClass: KubernetesObject = {
  apiVersion: api,
  kind: 'GatewayClass',
  metadata: { name: 'aws-alb' },
  spec: { controllerName: 'gateway.k8s.aws/alb' }
}
const gateway: KubernetesObject = {
  apiVersion: api,
  kind: 'Gateway',
  metadata: { name: 'third', namespace },
  spec: { gatewayClassName: 'aws-alb', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] }
}
const route: KubernetesObject = {
  apiVersion: api,
  kind: 'HTTPRoute',
  metadata: { name: 'third', namespace },
  spec: {
    parentRefs: [{ name: 'third' }],
    rules: [{ backendRefs: [{ name: 'istio-ingressgateway', port: 80 }] }]
  }
}

/** The other front doors of the controller, before the real gateway of a rig's cluster: a Service of its class, and a Gateway. */
export function describeFrontDoors(rig: KindRig): void {
  async function stored<Kind extends KubernetesObject>(kind: string, name: string): Promise<Kind> {
    return JSON.parse(await rig.kubectl('get', kind, name, '--output', 'json'))
  }
  async function eventsOf(name: string): Promise<string[]> {
    const selector = `--field-selector=involvedObject.name=${name}`
    const text = await rig.kubectl('get', 'events', selector, '--output', 'json')
    const { items } = JSON.parse(text) as { items: { reason: string; source: { component: string } }[] }
    return items.map(({ reason, source }) => `${source.component} ${reason}`)
  }
  function isServed(id: string): Promise<void> {
    return rig.untilGroup(
      id,
      `${id} has a healthy target`,
      described =>
        described?.targetGroups.some(({ targets }) => targets.some(({ state }) => state === 'healthy')) ?? false
    )
  }
  async function ask(id: string): Promise<number> {
    const { address } = rig.describeGroup(id)!.listeners[0]!
    return (await sendTo(address, rig.host, { scheme: 'http', path: '/' })).status
  }

  describe('the other front doors', () => {
    beforeAll(() => rig.kubectl('rollout', 'status', 'deployment/istio-ingressgateway', '--timeout=90s'), 2 * minute)
    afterAll(async () => {
      await rig.kubectl('delete', 'service', 'second', '--ignore-not-found', '--timeout=30s')
    }, minute)

    test(
      'a Service of the class gets a network load balancer before the gateway, and leaves nothing',
      async () => {
        const id = `${namespace}/second`
        await rig.apply(service)
        await isServed(id)
        expect(await ask(id)).toBe(200)
        const { dnsName, type } = rig.describeGroup(id)!
        expect(type).toBe('network')
        const { metadata, status } = await stored<Service>('service', 'second')
        // Whatever the cluster itself puts on Services of this type stays.
        expect(metadata.finalizers).toContain('service.k8s.aws/resources')
        expect(status!.loadBalancer).toEqual({
          ingress: [{ hostname: dnsName, ports: [{ port: 80, protocol: 'TCP' }] }]
        })
        expect(await eventsOf('second')).toContain('service SuccessfullyReconciled')
        await rig.kubectl('delete', 'service', 'second', '--timeout=30s')
        await rig.untilGroup(id, 'the load balancer is gone', described => described === undefined)
      },
      2 * minute
    )

    testUnless(
      missingDefinitions('controller', 'gatewayAPI'),
      'a Gateway of gateway.k8s.aws/alb is programmed, serves, and leaves nothing',
      async () => {
        await define(contextOf(rig.cluster), rig)
        const id = `${namespace}/third`
        await rig.apply(gatewayClass, gateway, route)
        await isServed(id)
        expect(await ask(id)).toBe(200)
        await rig.kubectl('wait', 'gateway/third', '--for=condition=Programmed', '--timeout=30s')
        const { dnsName, type } = rig.describeGroup(id)!
        expect(type).toBe('application')
        const { metadata, status } = await stored<Gateway>('gateway', 'third')
        expect(metadata.finalizers).toEqual(['gateway.k8s.aws/alb'])
        expect(status!.addresses).toEqual([{ type: 'Hostname', value: dnsName.toLowerCase() }])
        await rig.kubectl('wait', 'gatewayclass/aws-alb', '--for=condition=Accepted', '--timeout=30s')
        const { parents = [] } = (await stored<HTTPRoute>('httproute', 'third')).status!
        expect(parents.map(parent => parent.controllerName)).toEqual(['gateway.k8s.aws/alb'])
        expect(await eventsOf('third')).toContain('gateway.k8s.aws/alb SuccessfullyReconciled')
        await rig.kubectl('delete', 'gateway', 'third', '--timeout=30s')
        await rig.untilGroup(id, 'the load balancer is gone', described => described === undefined)
        await rig.kubectl('delete', 'gatewayclass', 'aws-alb', '--timeout=30s')
        const own = '--selector=gateway.k8s.aws.alb/stack-name=third'
        expect(await rig.kubectl('get', 'targetgroupbindings', own, '--output', 'name')).toBe('')
      },
      3 * minute
    )
  })
}
