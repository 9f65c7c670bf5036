/** The chart's load balancers before gateways of its own: each door, from values to an answer of real Istio. */

import { describe, expect, test } from '@jest/globals'
import type { LoadBalancerType } from '../../src/elbv2/index.ts'
import type { Service } from '../../src/resources/index.ts'
import type { Values } from '../../src/values/index.ts'
import type { Echo } from '../cases/edge.cases.ts'
import type { ChartRig } from './chart-rig.ts'
import { missingDefinitions } from './definitions.ts'
import { testUnless } from './tools.ts'

const minute = 60_000
const certificateArns = ['arn:aws:acm:us-west-2:123456789011:certificate/26cec536-5d01-4140-890d-a1b2c3d4e5f6']
const healthCheck = { intervalSeconds: 5, timeoutSeconds: 2 }

interface Door {
  name: string
  /** The release, its namespace, and what its node ports begin with. */
  release: string
  digits: number
  values: Values
  type: LoadBalancerType
  /** Protocols and ports of the listeners, sorted as text. */
  listeners: string[]
  /** Whether the gateway is told who the client is, and by what. */
  clientBy: 'X-Forwarded-For' | 'PROXY protocol'
  needs?: string[]
}

const doors: Door[] = [
  {
    name: 'a Gateway of the controller',
    release: 'third',
    digits: 324,
    values: {
      loadBalancer: { api: 'gateway' },
      ingress: { class: { create: true }, className: 'third', certificateArns, listeners: { https: { enabled: true } } }
    },
    type: 'application',
    listeners: ['HTTP:80', 'HTTPS:443'],
    clientBy: 'X-Forwarded-For',
    needs: missingDefinitions('controller', 'gatewayAPI')
  },
  {
    name: 'a Network Load Balancer that ends TLS, with PROXY protocol',
    release: 'second',
    digits: 325,
    values: {
      loadBalancer: { type: 'network' },
      network: { scheme: 'internet-facing', proxyProtocol: true, certificateArns, healthCheck }
    },
    type: 'network',
    listeners: ['TCP:15021', 'TCP:80', 'TLS:443'],
    clientBy: 'PROXY protocol'
  },
  {
    name: "the cloud provider's own Network Load Balancer, with PROXY protocol",
    release: 'in-tree',
    digits: 326,
    values: {
      loadBalancer: { type: 'network' },
      network: { controller: 'in-tree', proxyProtocol: true, certificateArns, healthCheck: { intervalSeconds: 10 } }
    },
    type: 'network',
    listeners: ['TCP:15021', 'TCP:80', 'TLS:443'],
    clientBy: 'PROXY protocol'
  },
  {
    name: 'a Classic Load Balancer that ends TLS',
    release: 'classic',
    digits: 327,
    values: { loadBalancer: { type: 'classic' }, classic: { certificateArns, healthCheck } },
    type: 'classic',
    listeners: ['HTTP:15021', 'HTTP:80', 'HTTPS:443'],
    clientBy: 'X-Forwarded-For'
  }
]

export function describeChartDoors(rig: ChartRig): void {
  async function serviceOf(release: string): Promise<Service> {
    return JSON.parse(await rig.kubectl(release, 'get', 'service', 'istio-ingressgateway', '--output', 'json'))
  }

  describe('the load balancers of the chart, each before a gateway of its own', () => {
    for (const { name, release, digits, values, type, listeners, clientBy, needs = [] } of doors) {
      const group = `${release}/${type === 'application' ? `${release}-istio-alb-ingress` : 'istio-ingressgateway'}`
      testUnless(
        needs,
        `${name} finds its targets healthy, serves over HTTP and TLS, and goes with its release`,
        async () => {
          const gateway = {
            ...rig.ports(digits),
            provider: 'injected',
            injected: { imagePullPolicy: 'IfNotPresent' },
            workload: { autoscaling: { enabled: false }, replicas: 1 }
          }
          const { ingress, ...base } = rig.values
          const checks = type === 'application' ? { ingress } : {}
          await rig.release(
            release,
            [base, checks, { gateway }, values].map(each => rig.file(each))
          )
          const { listeners: open, ...described } = await rig.until(group)
          expect(described.type).toBe(type)
          expect(open.map(({ protocol, port }) => `${protocol}:${port}`).toSorted()).toEqual(listeners)
          for (const scheme of ['http', 'https'] as const) {
            const answer = await rig.requestUntil(group, { scheme, path: '/orders' })
            expect(answer.status).toBe(200)
            const { path, headers } = JSON.parse(answer.body) as Echo
            expect(path).toBe('/orders')
            expect(headers['x-envoy-external-address'] ?? headers['x-forwarded-for']).toContain('127.0.0.1')
            // Who ends TLS and reads no HTTP cannot say that it was there.
            expect(headers['x-forwarded-proto']).toBe(clientBy === 'PROXY protocol' ? 'http' : scheme)
          }
          if (type !== 'application') {
            const { metadata, status } = await serviceOf(release)
            const [entry] = status!.loadBalancer!.ingress!
            expect(entry!.hostname).toBe(described.dnsName.toLowerCase())
            const isController = release === 'second'
            expect(metadata.finalizers).toContain(
              isController ? 'service.k8s.aws/resources' : 'service.kubernetes.io/load-balancer-cleanup'
            )
          }
          if (release !== 'second') {
            await rig.uninstall(release)
            await rig.untilGone(group)
          }
        },
        4 * minute
      )
    }

    test(
      'a gateway behind PROXY protocol that is rolled under load loses no connection',
      async () => {
        const group = 'second/istio-ingressgateway'
        const before = await rig.gatewayPods('second')
        const statuses = await rig.statusesWhile(group, async () => {
          await rig.kubectl('second', 'rollout', 'restart', 'deployment/istio-ingressgateway')
          await rig.kubectl('second', 'rollout', 'status', 'deployment/istio-ingressgateway', '--timeout=240s')
          await rig.kubectl('second', 'wait', '--for=delete', ...before, '--timeout=240s')
        })
        const lost = statuses.filter(status => status !== 200)
        expect(statuses.length).toBeGreaterThan(100)
        expect(lost).toEqual([])
        await rig.uninstall('second')
        await rig.untilGone(group)
      },
      8 * minute
    )
  })
}
