import type { IncomingHttpHeaders } from 'node:http'
import { Agent, type AgentOptions, request as requestHTTPS } from 'node:https'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Api } from '../../../src/controller/api.ts'
import type { ControllerEvent } from '../../../src/controller/controller-event.ts'
import { serveWebhooks } from '../../../src/controller/webhooks.ts'
import { createDevelopmentAuthority } from '../../../src/load-balancer/index.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import { type KubernetesObject, Resources } from '../../../src/resources/index.ts'
import { FakeApiServer } from './fake-api-server.ts'

const service = { namespace: 'istio-alb-system', name: 'controller' }
const path = '/validate-networking-v1-ingress'

let server: FakeApiServer
let events: ControllerEvent[]
let resources: Resources | undefined
let served: { port: number; close(): Promise<void> }

async function serve() {
  return serveWebhooks({
    api: await Api.of({ file: server.kubeconfig }),
    environment: defaultEnvironment,
    authority: await createDevelopmentAuthority(),
    service,
    host: '127.0.0.1',
    port: 0,
    snapshot: () => resources,
    onEvent: event => events.push(event)
  })
}

beforeEach(async () => {
  events = []
  resources = new Resources()
  server = new FakeApiServer()
  await server.start()
  for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']) {
    server.put({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: 'controller' },
      webhooks: [
        { name: 'first', clientConfig: { service: { name: 'x' } } },
        { name: 'second', clientConfig: {} }
      ]
    })
  }
  served = await serve()
})

afterEach(async () => {
  await served.close()
  await server.close()
})

interface Webhook {
  name: string
  clientConfig: { caBundle: string; service?: object }
}

function webhooks(kind = 'ValidatingWebhookConfiguration') {
  return server.find(kind, 'controller')!.webhooks as Webhook[]
}

/** Calls as the API server does: it trusts the configuration's bundle, for the Service's name. */
function call(
  url: string,
  body: string,
  options: AgentOptions = {}
): Promise<{ status: number; headers: IncomingHttpHeaders; body: Record<string, never> }> {
  return new Promise((resolve, reject) => {
    const ca = Buffer.from(webhooks()[0]!.clientConfig.caBundle, 'base64').toString()
    const host = 'controller-webhook.istio-alb-system.svc'
    const agent = new Agent({ ca, servername: host, ...options })
    const sent = requestHTTPS(
      { host: '127.0.0.1', port: served.port, path: url, method: 'POST', agent, headers: { host } },
      response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk
        })
        response.on('end', () => {
          agent.destroy()
          resolve({ status: response.statusCode!, headers: response.headers, body: JSON.parse(text) })
        })
      }
    )
    sent.once('error', reject)
    sent.end(body)
  })
}

function ingress(ingressClassName: string): KubernetesObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ingressClassName }
  }
}

function review(object: KubernetesObject): string {
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'u-1', object } })
}

describe('the admission webhooks', () => {
  test('every webhook of both configurations trusts the certificate; the rest of them stays', () => {
    for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']) {
      const [first, second] = webhooks(kind)
      expect(first!.clientConfig.service).toEqual({ name: 'x' })
      expect(Buffer.from(first!.clientConfig.caBundle, 'base64').toString()).toMatch(/^-----BEGIN CERTIFICATE/)
      expect(second!.clientConfig.caBundle).toBe(first!.clientConfig.caBundle)
    }
    expect(events.map(({ type }) => type)).toEqual(['webhooks'])
  })

  test('a refusal carries the controller’s words', async () => {
    expect(await call(path, review(ingress('nosuch')))).toMatchObject({
      status: 200,
      body: {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: {
          uid: 'u-1',
          allowed: false,
          status: {
            code: 403,
            reason: 'Forbidden',
            message: 'invalid ingress class: IngressClass.networking.k8s.io "nosuch" not found'
          }
        }
      }
    })
  })

  test('an idle connection is the API server’s to close', async () => {
    const { headers } = await call(path, '{}', { keepAlive: true })
    expect(headers['keep-alive']).toBe('timeout=120')
  })

  test('a change is a patch', async () => {
    const spec = { type: 'LoadBalancer' }
    const { body } = await call(
      '/mutate-v1-service',
      review({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'edge', namespace: 'shop' }, spec })
    )
    const { allowed, patchType, patch } = body.response as unknown as Record<string, string>
    expect({ allowed, patchType }).toEqual({ allowed: true, patchType: 'JSONPatch' })
    expect(JSON.parse(Buffer.from(patch!, 'base64').toString())).toEqual([
      { op: 'add', path: '/spec/loadBalancerClass', value: 'service.k8s.aws/nlb' }
    ])
  })

  test('another replica answers with the same certificate', async () => {
    const bundle = webhooks()[0]!.clientConfig.caBundle
    await served.close()
    served = await serve()
    expect(webhooks()[0]!.clientConfig.caBundle).toBe(bundle)
    expect((await call(path, review(ingress('nosuch')))).status).toBe(200)
  })

  test.each([
    { name: 'no JSON', url: path, body: '{', status: 400 },
    { name: 'JSON that is nothing', url: path, body: 'null', status: 400 },
    { name: 'another kind', url: path, body: '{"kind":"Pod"}', status: 400 },
    { name: 'no request', url: path, body: '{"kind":"AdmissionReview"}', status: 400 },
    {
      name: 'no object',
      url: path,
      body: '{"kind":"AdmissionReview","request":{"uid":"u"}}',
      status: 400
    },
    { name: 'too much', url: path, body: ' '.repeat(9 * 1024 * 1024), status: 413 },
    { name: 'a webhook that is not there', url: '/elsewhere', body: '{}', status: 404 }
  ])('$name is answered with $status, and the next request as ever', async ({ url, body, status }) => {
    expect((await call(url, body)).status).toBe(status)
    expect((await call(path, review(ingress('nosuch')))).status).toBe(200)
    expect(events.map(({ type }) => type)).toEqual(['webhooks'])
  })

  test('before the cluster was listed nothing is admitted', async () => {
    resources = undefined
    expect((await call(path, review(ingress('alb')))).status).toBe(503)
  })

  test('configurations that may not be written are told, and the webhooks answer all the same', async () => {
    server.refuse('PATCH /apis/admissionregistration.k8s.io', { status: 403, message: 'forbidden' })
    const more = await serve()
    expect(events.flatMap(event => (event.type === 'error' ? event.message : []))).toEqual([
      'cannot fill in the validatingwebhookconfiguration controller: forbidden',
      'cannot fill in the mutatingwebhookconfiguration controller: forbidden'
    ])
    await more.close()
  })
})
