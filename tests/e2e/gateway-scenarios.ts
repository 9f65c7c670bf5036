import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { execa } from 'execa'
import { sampleName, sampleService } from '../../src/cluster/kind/sample.ts'
import { createDevelopmentAuthority } from '../../src/load-balancer/index.ts'
import type { KubernetesObject, Service } from '../../src/resources/index.ts'
import {
  echoServices,
  type GatewayCase,
  gatewayCases,
  gatewayNamespace,
  gatewayObjects
} from '../cases/gateway.cases.ts'
import { expectCase, sendCase } from '../cases/gateway-client.ts'
import type { KindRig } from './kind-rig.ts'

const minute = 60_000

/** Longest wait for istiod's push, in milliseconds. */
const patience = 30_000

/** The sample service under another name: it answers with that name. */
function echoService(name: string): KubernetesObject[] {
  const text = JSON.stringify(sampleService()).replaceAll(`"${sampleName}"`, JSON.stringify(name))
  return JSON.parse(text) as KubernetesObject[]
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

async function tlsSecret(): Promise<KubernetesObject> {
  const { certificate, key } = await (await createDevelopmentAuthority()).issue('gateway', ['gateway'])
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'cases-tls', namespace: gatewayNamespace },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) }
  }
}

/**
 * Holds the shared list of requests against the real gateway of a rig's cluster. The sample's Gateway, which takes every host,
 * makes room for the cases and comes back behind them.
 */
export function describeGateway(rig: Pick<KindRig, 'kubectl' | 'environment'>): void {
  describe("Istio's gateway, as the embedded cluster stands in for it", () => {
    const added: KubernetesObject[] = []
    let sample: KubernetesObject[] = []
    let node = ''
    let ports = new Map<string, number>()

    async function kubectl(items: KubernetesObject[], ...arguments_: string[]): Promise<void> {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
      await execa('kubectl', [...arguments_, '--filename', '-'], { input, env: rig.environment })
    }

    /** Until every server and every Service answers: istiod has pushed the routes, and the endpoints behind them. */
    async function settled(request: GatewayCase['request']): Promise<void> {
      const deadline = Date.now() + patience
      for (;;) {
        const seen = await sendCase({ host: node, port: ports.get(request.port)! }, { request })
        if (seen !== 'reset' && seen.status === 200) {
          return
        }
        if (Date.now() > deadline) {
          throw new Error(`the routes are not there: ${JSON.stringify(seen)}`)
        }
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    }

    beforeAll(async () => {
      const kinds = 'gateways.networking.istio.io,virtualservices.networking.istio.io'
      const { items } = JSON.parse(await rig.kubectl('get', kinds, '--output', 'json')) as { items: KubernetesObject[] }
      // Without what the API server added, so that it can be applied again.
      sample = items.map(({ apiVersion, kind, metadata: { name, namespace }, spec }) => ({
        ...{ apiVersion, kind, metadata: { name, namespace } },
        ...{ spec }
      }))
      const service = JSON.parse(
        await rig.kubectl('get', 'service', 'istio-ingressgateway', '--output', 'json')
      ) as Service
      ports = new Map(service.spec!.ports!.map(({ name, nodePort }) => [name!, nodePort!]))
      const address = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'
      node = await rig.kubectl('get', 'nodes', '--output', address)
      await kubectl(sample, 'delete')
      added.push(
        ...echoServices.flatMap(echoService),
        await tlsSecret(),
        ...gatewayObjects({ istio: 'ingressgateway' })
      )
      await kubectl(added, 'apply')
      for (const name of echoServices) {
        await rig.kubectl('rollout', 'status', `deployment/${name}`, '--namespace', 'default', '--timeout=90s')
      }
      const host = 'shop.example.com'
      await settled({ port: 'https', host, path: '/exact' })
      await settled({ port: 'http2', host, path: '/exact' })
      await settled({ port: 'http2', host, path: '/items/1' })
      await settled({ port: 'http2', host, path: '/api/orders', method: 'POST' })
    }, 3 * minute)

    afterAll(async () => {
      await kubectl(added, 'delete', '--ignore-not-found')
      await kubectl(sample, 'apply')
    }, minute)

    test.each(gatewayCases)('$name', async example => {
      const seen = await sendCase({ host: node, port: ports.get(example.request.port)! }, example)
      expectCase(seen, example)
    })
  })
}
