import { once } from 'node:events'
import { connect } from 'node:http2'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { EmbeddedCluster } from '../../../../src/cluster/index.ts'
import { createDevelopmentAuthority } from '../../../../src/load-balancer/index.ts'
import { type KubernetesObject, Resources, type Service } from '../../../../src/resources/index.ts'
import { echoServices, gatewayCases, gatewayNamespace, gatewayObjects } from '../../../cases/gateway.cases.ts'
import { expectCase, sendCase } from '../../../cases/gateway-client.ts'

const selector = { istio: 'ingressgateway' }
const nodePorts = { 'status-port': 30021, http2: 30080, https: 30443 }

const gatewayService: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'istio-ingressgateway', namespace: gatewayNamespace },
  spec: {
    type: 'NodePort',
    selector,
    ports: [
      { name: 'status-port', port: 15021, targetPort: 15021, nodePort: nodePorts['status-port'] },
      { name: 'http2', port: 80, targetPort: 8080, nodePort: nodePorts.http2 },
      { name: 'https', port: 443, targetPort: 8443, nodePort: nodePorts.https }
    ]
  }
}

const deployment: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'istio-ingressgateway', namespace: gatewayNamespace },
  spec: {
    template: {
      metadata: {
        labels: selector,
        annotations: { 'proxy.istio.io/config': '{"gatewayTopology":{"numTrustedProxies":1}}' }
      }
    }
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

describe("the embedded cluster's stand-in for an ingress gateway", () => {
  let cluster: EmbeddedCluster

  beforeAll(async () => {
    const keyPair = await (await createDevelopmentAuthority()).issue('gateway', ['gateway'])
    cluster = await EmbeddedCluster.create({ keyPair, complete: true })
    await cluster.apply(
      new Resources([
        gatewayService,
        deployment,
        ...gatewayObjects(selector),
        ...echoServices.map(
          (name): Service => ({
            apiVersion: 'v1',
            kind: 'Service',
            metadata: { name, namespace: 'default' },
            spec: { ports: [{ name: 'http', port: 80 }] }
          })
        ),
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'cases-tls', namespace: gatewayNamespace },
          type: 'kubernetes.io/tls',
          data: { 'tls.crt': base64(keyPair.certificate), 'tls.key': base64(keyPair.key) }
        }
      ])
    )
  })
  afterAll(() => cluster?.close())

  /** One request over HTTP/2, with prior knowledge where it is not over TLS. */
  async function sendHTTP2(scheme: 'http' | 'https', port: number, headers: Record<string, string>) {
    const session = connect(`${scheme}://${cluster.addresses[0]}:${port}`, {
      rejectUnauthorized: false,
      servername: ''
    })
    try {
      const stream = session.request(headers)
      stream.end()
      const [answer] = (await once(stream, 'response')) as [Record<string, string | number>]
      let body = ''
      for await (const chunk of stream.setEncoding('utf8')) {
        body += chunk
      }
      return { answer, body }
    } finally {
      session.close()
    }
  }

  test.each([
    ['http', 'http2'],
    ['https', 'https']
  ] as const)('speaks HTTP/2 over %s, as to a target group of that version', async (scheme, port) => {
    const { answer, body } = await sendHTTP2(scheme, nodePorts[port], {
      ':path': '/exact',
      ':authority': 'shop.example.com'
    })
    expect(answer).toMatchObject({ ':status': 200, server: 'istio-envoy' })
    expect(JSON.parse(body)).toMatchObject({ service: 'web', headers: { host: 'shop.example.com' } })
  })

  test('answers the health check of a gRPC target group in gRPC’s own words', async () => {
    const { answer } = await sendHTTP2('http', nodePorts['status-port'], {
      ':method': 'POST',
      ':path': '/AWS.ALB/healthcheck',
      'content-type': 'application/grpc'
    })
    expect(answer).toMatchObject({ ':status': 200, 'grpc-status': '12' })
  })

  test.each(gatewayCases)('$name', async example => {
    const seen = await sendCase({ host: cluster.addresses[0]!, port: nodePorts[example.request.port] }, example)
    expectCase(seen, example)
  })
})
