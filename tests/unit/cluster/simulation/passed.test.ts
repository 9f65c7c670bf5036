import { once } from 'node:events'
import { request } from 'node:http'
import { request as requestHTTPS } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { EmbeddedCluster } from '../../../../src/cluster/index.ts'
import { createDevelopmentAuthority } from '../../../../src/load-balancer/index.ts'
import { type KubernetesObject, Resources, type Service } from '../../../../src/resources/index.ts'

const namespace = 'istio-system'
const selector = { istio: 'ingressgateway' }
const nodePorts = { http2: 30180, https: 30543 }

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'istio-ingressgateway', namespace },
  spec: {
    type: 'NodePort',
    selector,
    ports: [
      { name: 'http2', port: 80, targetPort: 8080, nodePort: nodePorts.http2 },
      { name: 'https', port: 443, targetPort: 8443, nodePort: nodePorts.https }
    ]
  }
}

function istio(kind: string, spec: unknown): KubernetesObject {
  return { apiVersion: 'networking.istio.io/v1', kind, metadata: { name: 'edge', namespace }, spec }
}

const route = [{ destination: { host: 'web.default.svc.cluster.local', port: { number: 80 } } }]

describe('connections that become something else behind the gateway', () => {
  let cluster: EmbeddedCluster

  beforeAll(async () => {
    const keyPair = await (await createDevelopmentAuthority()).issue('gateway', ['gateway'])
    cluster = await EmbeddedCluster.create({ keyPair })
    await cluster.apply(
      new Resources([
        service,
        istio('Gateway', {
          selector,
          servers: [
            { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] },
            { port: { number: 443, name: 'tls', protocol: 'TLS' }, hosts: ['*'], tls: { mode: 'PASSTHROUGH' } }
          ]
        }),
        istio('VirtualService', {
          hosts: ['*'],
          gateways: ['edge'],
          http: [
            { match: [{ uri: { prefix: '/closed' } }], directResponse: { status: 403, body: { string: 'no' } } },
            { route }
          ],
          tls: [{ match: [{ sniHosts: ['*'] }], route }]
        })
      ])
    )
  })
  afterAll(() => cluster?.close())

  function askForUpgrade(path: string) {
    const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
    return request({ host: cluster.addresses[0]!, port: nodePorts.http2, path, headers, agent: false }).end()
  }

  test('a WebSocket is passed, and what is sent over it comes back', async () => {
    const [response, socket] = await once(askForUpgrade('/'), 'upgrade')
    expect(response).toMatchObject({
      statusCode: 101,
      headers: { 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' }
    })
    socket.write('hello')
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(bytes.toString()).toBe('hello')
  })

  test('a route that answers by itself passes none', async () => {
    const [response] = await once(askForUpgrade('/closed'), 'response')
    response.resume()
    expect(response.statusCode).toBe(403)
  })

  test('TLS that is passed through ends at the Service', async () => {
    const sent = requestHTTPS({
      host: cluster.addresses[0]!,
      port: nodePorts.https,
      path: '/x',
      servername: '',
      rejectUnauthorized: false,
      agent: false
    }).end()
    const [response] = await once(sent, 'response')
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) {
      body += chunk
    }
    const echo = JSON.parse(body) as { service: string; path: string; headers: Record<string, string> }
    expect(echo).toMatchObject({ service: 'web', path: '/x' })
    // Nobody looked at it: no header of Envoy's.
    expect(echo.headers['x-forwarded-for']).toBeUndefined()
  })
})
