/** PROXY headers to the embedded gateway, and the node port at which kube-proxy tells of local pods. */

import http from 'node:http'
import net from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { EmbeddedCluster } from '../../../../src/cluster/index.ts'
import { localHeader, proxyHeader } from '../../../../src/elbv2/index.ts'
import { createDevelopmentAuthority } from '../../../../src/load-balancer/index.ts'
import { type KubernetesObject, Resources, type Service } from '../../../../src/resources/index.ts'

const labels = { istio: 'ingressgateway' }
const nodePorts = { status: 31021, http: 31080 }

function gatewayService(spec: Service['spec'] = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'istio-ingressgateway', namespace: 'istio-system' },
    spec: {
      type: 'LoadBalancer',
      selector: labels,
      ports: [
        { name: 'status-port', port: 15021, targetPort: 15021, nodePort: nodePorts.status },
        { name: 'http2', port: 80, targetPort: 8080, nodePort: nodePorts.http }
      ],
      ...spec
    }
  }
}

function deployment(topology?: object): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'istio-ingressgateway', namespace: 'istio-system' },
    spec: {
      template: {
        metadata: {
          labels,
          ...(topology && { annotations: { 'proxy.istio.io/config': JSON.stringify({ gatewayTopology: topology }) } })
        }
      }
    }
  }
}

const gateway: KubernetesObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: 'istio-system' },
  spec: { selector: labels, servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] }
}

const route: KubernetesObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'web', namespace: 'istio-system' },
  spec: { hosts: ['*'], gateways: ['edge'], http: [{ route: [{ destination: { host: 'web' } }] }] }
}

const web: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'istio-system' },
  spec: { ports: [{ name: 'http', port: 80 }] }
}

describe('the embedded cluster', () => {
  const clusters: EmbeddedCluster[] = []
  afterEach(async () => {
    for (const cluster of clusters.splice(0)) {
      await cluster.close()
    }
  })

  async function open(...objects: KubernetesObject[]): Promise<EmbeddedCluster> {
    const keyPair = await (await createDevelopmentAuthority()).issue('gateway', ['gateway'])
    const cluster = await EmbeddedCluster.create({ keyPair })
    clusters.push(cluster)
    await cluster.apply(new Resources([...objects, gateway, route, web]))
    return cluster
  }

  /** What comes back for some bytes until the connection closes. */
  function send(host: string, port: number, ...bytes: (string | Buffer)[]): Promise<string> {
    return new Promise(resolve => {
      const socket = net.connect(port, host)
      let text = ''
      socket.on('data', chunk => {
        text += chunk
      })
      socket.on('error', (error: NodeJS.ErrnoException) => {
        text ||= error.code ?? ''
      })
      socket.on('close', () => resolve(text))
      socket.write(Buffer.concat(bytes.map(part => Buffer.from(part as Buffer))))
    })
  }

  const request = 'GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n'
  const header = proxyHeader({
    source: { address: '203.0.113.9', port: 4711 },
    destination: { address: '10.0.0.1', port: 80 }
  })

  test.each([
    [
      'with PROXY demanded and sent is served, by the client’s address',
      { proxyProtocol: {} },
      [header, request],
      /203\.0\.113\.9/
    ],
    [
      'with PROXY demanded and sent without addresses is served',
      { proxyProtocol: {} },
      [localHeader(), request],
      /^HTTP\/1\.1 200/
    ],
    ['with PROXY demanded and not sent is reset', { proxyProtocol: {} }, [request], /^ECONNRESET$/],
    ['with PROXY sent and not known is a bad request', undefined, [header, request], /^HTTP\/1\.1 400/]
  ] as const)('%s', async (_name, topology, bytes, expected) => {
    const cluster = await open(gatewayService(), deployment(topology))
    expect(await send(cluster.addresses[0]!, nodePorts.http, ...bytes)).toMatch(expected)
  })

  test('answers the status port without a header, and not with one', async () => {
    const cluster = await open(gatewayService(), deployment({ proxyProtocol: {} }))
    const ready = 'GET /healthz/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    expect(await send(cluster.addresses[0]!, nodePorts.status, ready)).toMatch(/^HTTP\/1\.1 200/)
    expect(await send(cluster.addresses[0]!, nodePorts.status, localHeader(), ready)).toMatch(/^HTTP\/1\.1 400/)
  })

  function statusOf(host: string, port: number): Promise<number | string> {
    return new Promise(resolve => {
      http
        .get({ host, port, path: '/healthz', agent: false }, response => {
          response.resume()
          resolve(response.statusCode!)
        })
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    })
  }

  test('tells at the health check node port which nodes have pods', async () => {
    const local = gatewayService({ externalTrafficPolicy: 'Local', healthCheckNodePort: 32111 })
    const nodes = [0, 1].map(index => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `node-${index}` },
      status: { conditions: [{ type: 'Ready', status: 'True' }] }
    }))
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'gateway',
        namespace: 'istio-system',
        labels: { 'kubernetes.io/service-name': 'istio-ingressgateway' }
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'node-1', conditions: { ready: true } }],
      ports: [{ name: 'http2', port: 8080 }]
    }
    const cluster = await open(local, deployment(), ...nodes, slice)
    const [first, second] = cluster.addresses as [string, string]
    expect(await Promise.all([statusOf(first, 32111), statusOf(second, 32111)])).toEqual([503, 200])
    expect(await statusOf(first, nodePorts.http)).toBe('ECONNREFUSED')
    expect(await statusOf(second, nodePorts.http)).toBe(200)
    cluster.scale('istio-system/istio-ingressgateway', 0)
    await cluster.apply(new Resources([local, deployment(), gateway, ...nodes, slice]))
    expect(await statusOf(second, 32111)).toBe(503)
  })
})
