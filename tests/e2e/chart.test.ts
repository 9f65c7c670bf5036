/**
 * The chart against real parts: every scenario before the API server, istioctl's validators and generator, and every kind of
 * gateway installed and serving through the load balancer.
 */

import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { sampleName } from '../../src/cluster/index.ts'
import { readEdges } from '../../src/cluster/kind/istio.ts'
import { runTool } from '../../src/cluster/tool.ts'
import { ownChart, renderChart } from '../../src/render/index.ts'
import type { KubernetesObject, Service } from '../../src/resources/index.ts'
import type { Values } from '../../src/values/index.ts'
import type { Echo } from '../cases/edge.cases.ts'
import { describeChartDoors } from './chart-doors.ts'
import { ChartRig, canTest } from './chart-rig.ts'
import { missingDefinitions } from './definitions.ts'
import { describeWithTools, testUnless } from './tools.ts'

const minute = 60_000
/** The chart's released versions, as packages. */
const releasesFolder = fileURLToPath(new URL('../releases', import.meta.url))
const releases = readdirSync(releasesFolder)
const scenarios = readdirSync(join(ownChart, 'ci')).map(file => basename(file, '-values.yaml'))

/** What would bring the definitions that a scenario's objects need and this machine lacks. */
function missingFor(rendered: string): string[] {
  return [
    ...(/^apiVersion: (elbv2|gateway)\.k8s\.aws/m.test(rendered) ? missingDefinitions('controller') : []),
    ...(/^apiVersion: gateway\.networking\.k8s\.io/m.test(rendered) ? missingDefinitions('gatewayAPI') : [])
  ]
}

function fileOf(scenario: string): string {
  return join(ownChart, 'ci', `${scenario}-values.yaml`)
}

/** How an IstioOperator is rendered, for a scenario that has one: the chart refuses to be told so for others. */
async function operatorAs(kind: 'configMap' | 'resource', scenario: string): Promise<string[]> {
  const { gateways } = await readEdges({ values: [fileOf(scenario)] })
  const isOperated = gateways.some(({ provider }) => provider === 'istio-operator')
  return isOperated ? [`gateway.istioOperator.render=${kind}`] : []
}

const rendered = new Map(
  await Promise.all(
    scenarios.map(
      async scenario =>
        [
          scenario,
          await renderChart({ values: [fileOf(scenario)], set: await operatorAs('configMap', scenario) })
        ] as const
    )
  )
)

await describeWithTools('the chart in kind', () => {
  const rig = new ChartRig()
  beforeAll(() => rig.start(), 10 * minute)
  afterAll(() => rig.stop(), 2 * minute)

  describe.each(scenarios)('%s', scenario => {
    const manifest = rendered.get(scenario)!

    testUnless(missingFor(manifest), 'the API server takes every object, strictly validated', async () => {
      const lines = (await rig.apply(manifest, '--dry-run=server', '--validate=strict')).split('\n')
      expect(lines).toHaveLength(parseAllDocuments(manifest).filter(({ contents }) => contents !== null).length)
      for (const line of lines) {
        expect(line).toMatch(/ (created|configured|unchanged) \(server dry run\)$/)
      }
    })

    test('istioctl validates and analyzes it, and makes the gateways of its IstioOperator', async () => {
      const file = [fileOf(scenario)]
      const set = await operatorAs('resource', scenario)
      const whole = await renderChart({ values: file, set })
      // Each ends with another exit code than 0 where it finds anything.
      await runTool('istioctl', ['validate', '--filename', '-'], { input: whole })
      await runTool('istioctl', ['analyze', '--use-kube=false', '-'], { input: whole })
      if (!whole.includes('kind: IstioOperator')) {
        return
      }
      const generated = parseAllDocuments(
        await runTool('istioctl', ['manifest', 'generate', '--filename', '-'], {
          input: await renderChart({ values: file, set, showOnly: ['templates/istio-operator.yaml'] })
        })
      ).map(document => document.toJS() as KubernetesObject)
      const [operator] = parseAllDocuments(whole)
        .map(document => document.toJS() as KubernetesObject)
        .filter(({ kind }) => kind === 'IstioOperator') as unknown as {
        spec: {
          components: { ingressGateways: { name: string; enabled: boolean; k8s: { service: Service['spec'] } }[] }
        }
      }[]
      for (const { name, k8s } of operator!.spec.components.ingressGateways.filter(({ enabled }) => enabled)) {
        const service = generated.find(({ kind, metadata }) => kind === 'Service' && metadata.name === name) as Service
        expect(service.spec).toMatchObject(k8s.service!)
      }
    })
  })

  function withoutHTTPS({ ports: { https: _, ...ports } }: ReturnType<ChartRig['ports']>): Values {
    return ports
  }

  /** The kinds of gateway, each in a namespace of its own with the sample service behind it. */
  const gateways: { provider: string; group: string; gateway: Values; rest?: Values; needs?: string[] }[] = [
    {
      provider: 'istio-operator',
      group: 'istio-system/operated-istio-alb-ingress',
      gateway: rig.operated,
      rest: { ingress: { class: { create: true } } }
    },
    {
      provider: 'injected',
      group: 'injected/injected-istio-alb-ingress',
      gateway: {
        ...rig.ports(321),
        injected: { imagePullPolicy: 'IfNotPresent' },
        workload: { autoscaling: { enabled: false }, replicas: 2 }
      }
    },
    {
      provider: 'gateway-api',
      group: 'gateway-api/gateway-api-istio-alb-ingress',
      // Without a Secret there is no listener for HTTPS.
      gateway: { ports: withoutHTTPS(rig.ports(322)), workload: { autoscaling: { enabled: false }, replicas: 1 } },
      rest: {
        extraObjects: [
          {
            apiVersion: 'gateway.networking.k8s.io/v1beta1',
            kind: 'ReferenceGrant',
            metadata: { name: 'gateway-api', namespace: 'default' },
            spec: {
              from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'gateway-api' }],
              to: [{ group: '', kind: 'Service' }]
            }
          }
        ]
      },
      needs: missingDefinitions('gatewayAPI')
    }
  ]
  function valuesOf({ provider, gateway, rest }: (typeof gateways)[number]): string[] {
    return [rig.file(rig.values), rig.file({ gateway: { ...gateway, provider } }), rig.file(rest ?? {})]
  }
  function releaseOf(group: string): [name: string, namespace: string] {
    const [namespace, ingress] = group.split('/') as [string, string]
    return [ingress.replace(/-istio-alb-ingress$/, ''), namespace]
  }

  describe.each(gateways)('gateway.provider $provider', edge => {
    const { group, needs = [] } = edge
    const [release, namespace] = releaseOf(group)

    testUnless(
      needs,
      'is installed, healthy through its status node port, and serves',
      async () => {
        await rig.release(release, valuesOf(edge), namespace)
        const { targetGroups } = await rig.until(group)
        const { ports } = edge.gateway as { ports: Record<string, { nodePort: number }> }
        expect(targetGroups).toHaveLength(1)
        for (const { target, healthCheckPort } of targetGroups[0]!.targets) {
          expect(target.port).toBe(ports.http2!.nodePort)
          expect(healthCheckPort).toBe(String(ports.status!.nodePort))
        }
        const answer = await rig.requestUntil(group, { path: '/orders', headers: { 'x-forwarded-for': '192.0.2.9' } })
        expect(answer.status).toBe(200)
        const { path, headers } = JSON.parse(answer.body) as Echo
        expect({ path, proto: headers['x-forwarded-proto'] }).toEqual({ path: '/orders', proto: 'http' })
        // One trusted proxy: the gateway takes the address that the load balancer appended for the client's.
        expect(headers['x-envoy-external-address'] ?? headers['x-forwarded-for']).toContain('127.0.0.1')
      },
      4 * minute
    )

    testUnless(
      [...needs, ...(canTest ? [] : ['install busybox'])],
      'passes helm test',
      async () => {
        expect(await rig.test(release, namespace)).toMatch(/Phase:\s+Succeeded/)
      },
      2 * minute
    )
  })

  test(
    "the controller's page shows what runs, and the gateway's side of the cluster behind it",
    async () => {
      const { group } = gateways[1]!
      const { command, map, running } = await rig.page()
      expect(command).toBe('controller')
      expect(running.loadBalancers.map(({ id }) => id)).toContain(group)
      expect(map.loadBalancers.map(({ stack }) => stack)).toContain(group)
      const objects = map.nodes.map(({ object }) => object)
      expect(objects).toEqual(
        expect.arrayContaining([
          `Ingress ${group}`,
          'Gateway injected/istio-ingressgateway-first',
          'VirtualService injected/istio-ingressgateway-first'
        ])
      )
    },
    minute
  )

  test(
    'gateway.provider existing: a second load balancer before a gateway that is there',
    async () => {
      const { ingress, test: pod } = rig.values
      const values = {
        ingress: { ...ingress, listeners: { http: { port: 8080 } } },
        test: pod,
        gateway: { ...rig.ports(321), provider: 'existing' }
      }
      await rig.release('existing', [rig.file(values)], 'injected')
      const group = 'injected/existing-istio-alb-ingress'
      await rig.until(group)
      expect((await rig.requestUntil(group, { path: '/' })).status).toBe(200)
      await rig.uninstall('existing', 'injected')
    },
    2 * minute
  )

  test(
    'an upgrade that moves a node port is followed, and serves',
    async () => {
      const injected = gateways[1]!
      const moved = rig.file({ gateway: { ports: { http2: { nodePort: 32_190 } } } })
      await rig.release('injected', [...valuesOf(injected), moved])
      await rig.until(injected.group, ({ targetGroups }) =>
        targetGroups.some(({ targets }) =>
          targets.some(({ target, state }) => target.port === 32_190 && state === 'healthy')
        )
      )
      expect((await rig.requestUntil(injected.group, { path: '/' })).status).toBe(200)
    },
    2 * minute
  )

  test(
    'a rollout under load loses no request with the drain that is derived',
    async () => {
      const before = await rig.gatewayPods('injected')
      const statuses = await rig.statusesWhile(gateways[1]!.group, async () => {
        await rig.kubectl('injected', 'rollout', 'restart', 'deployment/istio-ingressgateway')
        await rig.kubectl('injected', 'rollout', 'status', 'deployment/istio-ingressgateway', '--timeout=240s')
        await rig.kubectl('injected', 'wait', '--for=delete', ...before, '--timeout=240s')
      })
      expect(before).toHaveLength(2)
      expect((await rig.gatewayPods('injected')).filter(pod => before.includes(pod))).toEqual([])
      expect(statuses.length).toBeGreaterThan(100)
      expect(statuses.filter(status => status !== 200)).toEqual([])
    },
    8 * minute
  )

  test.each(releases)(
    'an upgrade from %s serves all the while',
    async release => {
      const group = 'upgraded/upgraded-istio-alb-ingress'
      const values = [
        rig.file(rig.values),
        rig.file({
          gateway: {
            ...rig.ports(323),
            provider: 'injected',
            injected: { imagePullPolicy: 'IfNotPresent' },
            workload: { autoscaling: { enabled: false }, replicas: 2 }
          }
        })
      ]
      await rig.release('upgraded', values, 'upgraded', join(releasesFolder, release))
      await rig.until(group)
      expect((await rig.requestUntil(group, { path: '/' })).status).toBe(200)
      const statuses = await rig.statusesWhile(group, async () => {
        await rig.release('upgraded', values)
        await rig.kubectl('upgraded', 'rollout', 'status', 'deployment/istio-ingressgateway', '--timeout=240s')
      })
      expect(statuses.length).toBeGreaterThan(10)
      expect(statuses.filter(status => status !== 200)).toEqual([])
      await rig.uninstall('upgraded')
    },
    8 * minute
  )

  describe('what Istio does behind the load balancer', () => {
    const { group } = gateways[1]!
    const destination = { host: `${sampleName}.default.svc.cluster.local`, port: { number: 80 } }
    function route(http: object[]): string {
      return JSON.stringify({
        apiVersion: 'networking.istio.io/v1',
        kind: 'VirtualService',
        metadata: { name: 'istio-ingressgateway-first', namespace: 'injected' },
        spec: { hosts: ['*'], gateways: ['istio-ingressgateway-first'], http }
      })
    }
    function answers(headers: Record<string, string>, wanted: number) {
      return rig.requestUntil(group, { path: '/', headers }, status => status === wanted)
    }

    test(
      'routes by header, and injects faults',
      async () => {
        function match(value: string) {
          return [{ headers: { 'x-kind': { exact: value } } }]
        }
        await rig.apply(
          route([
            { match: match('moved'), redirect: { uri: '/elsewhere', redirectCode: 308 } },
            {
              match: match('faulty'),
              fault: { abort: { httpStatus: 418, percentage: { value: 100 } } },
              route: [{ destination }]
            },
            { route: [{ destination }] }
          ])
        )
        const moved = await answers({ 'x-kind': 'moved' }, 308)
        expect(moved).toMatchObject({ status: 308, headers: { location: `http://${rig.host}/elsewhere` } })
        expect((await answers({ 'x-kind': 'faulty' }, 418)).status).toBe(418)
        expect((await rig.request(group, { path: '/' })).status).toBe(200)
      },
      minute
    )

    test(
      'breaks the circuit: requests beyond what the service may have are answered 503 at once',
      async () => {
        await rig.apply(
          JSON.stringify({
            apiVersion: 'networking.istio.io/v1',
            kind: 'DestinationRule',
            metadata: { name: 'narrow', namespace: 'injected' },
            spec: {
              host: destination.host,
              trafficPolicy: {
                connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } }
              }
            }
          })
        )
        function burst() {
          return Promise.all(Array.from({ length: 40 }, () => rig.request(group, { path: '/' })))
        }
        const end = Date.now() + 30_000
        let refused: { headers: Record<string, string> }[] = []
        while (refused.length === 0 && Date.now() < end) {
          refused = (await burst()).filter(({ status }) => status === 503)
        }
        expect(refused[0]?.headers['x-envoy-overloaded']).toBe('true')
        await rig.kubectl('injected', 'delete', 'destinationrule', 'narrow')
      },
      minute
    )
  })

  describeChartDoors(rig)

  test(
    'an uninstalled release takes its gateway and its load balancer with it',
    async () => {
      await rig.uninstall('injected')
      const kinds = 'deployment,service,ingress,horizontalpodautoscaler,poddisruptionbudget,role,rolebinding'
      expect(await rig.kubectl('injected', 'get', kinds, '--output', 'name')).toBe('')
      expect(rig.describe(gateways[1]!.group)).toBeUndefined()
    },
    2 * minute
  )
})
