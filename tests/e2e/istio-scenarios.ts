import { request as requestHTTP } from 'node:http'
import { request as requestHTTPS } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { sampleName, sampleService } from '../../src/cluster/kind/sample.ts'
import { IngressGateway } from '../../src/istio/index.ts'
import { createDevelopmentAuthority } from '../../src/load-balancer/index.ts'
import { type KubernetesObject, Resources, type Service } from '../../src/resources/index.ts'
import {
  askedOf,
  baseObjects,
  expectationOf,
  generatedRequests,
  type IstioRequest,
  istioCases,
  objectsOf,
  peer as recordedPeer,
  secretOf,
  type Told,
  toldBy
} from '../cases/istio-cases.ts'
import type { KindRig } from './kind-rig.ts'

const minute = 60_000

/** Longest wait for istiod's push, in milliseconds. */
const patience = 10_000
/** Longest wait for an answer that a push may still change. */
const settling = 3_000

/** Host of the route by which a push is told from the one before. */
const marker = 'marker.cases.test'

interface Seen extends Told {
  headers: Record<string, string>
  body: string
  /** Of a Service: what it saw of the request's headers. */
  request: Record<string, string>
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** The sample service under another name; it passes upgrades on, as an application would. */
function echoService(name: string): KubernetesObject[] {
  const upgrade =
    "server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n'))\nserver.listen(8080)"
  const objects = sampleService().map(object =>
    object.kind === 'ConfigMap'
      ? {
          ...object,
          data: {
            'echo.mjs': (object.data as { 'echo.mjs': string })['echo.mjs'].replace('server.listen(8080)', upgrade)
          }
        }
      : object
  )
  return JSON.parse(JSON.stringify(objects).replaceAll(`"${sampleName}"`, JSON.stringify(name))) as KubernetesObject[]
}

/** The sample service with TLS of its own, for connections that are passed on. */
function tlsEchoService({ certificate, key }: { certificate: string; key: string }): KubernetesObject[] {
  const pair = `{ cert: ${JSON.stringify(certificate)}, key: ${JSON.stringify(key)} }, `
  return echoService('tlsecho').map(object => {
    if (object.kind === 'ConfigMap') {
      const script = (object.data as { 'echo.mjs': string })['echo.mjs']
      return {
        ...object,
        data: { 'echo.mjs': script.replace('node:http', 'node:https').replace('createServer(', `createServer(${pair}`) }
      }
    }
    const text = JSON.stringify(object)
      .replace('"name":"http","port":80', '"name":"tls","port":443')
      .replace('"port":8080,', '"port":8080,"scheme":"HTTPS",')
      .replace('"path":"/","port":8080', '"path":"/","port":8080,"scheme":"HTTPS"')
    return JSON.parse(text) as KubernetesObject
  })
}

function markerGateway(): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'cases-marker', namespace: 'istio-system' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [marker] }]
    }
  }
}

function markerRoute(name: string): KubernetesObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'cases-marker', namespace: 'istio-system' },
    spec: {
      hosts: [marker],
      gateways: ['cases-marker'],
      http: [{ directResponse: { status: 200, body: { string: name } } }]
    }
  }
}

/** Sends a request as a load balancer does, and tells what comes back. */
function send(address: { host: string; port: number }, asked: Omit<IstioRequest, 'real'>): Promise<Seen> {
  const { connection, request } = askedOf({ ...asked, real: '' })
  const sender = connection.tls ? requestHTTPS : requestHTTP
  const nothing = { headers: {}, body: '', request: {} }
  return new Promise(resolve => {
    const sent = sender(
      {
        ...address,
        method: request.method,
        path: request.path.split('#')[0]!,
        agent: false,
        headers: Object.fromEntries(request.headers),
        rejectUnauthorized: false,
        servername: connection.tls?.serverName ?? '',
        ...(connection.tls && { maxVersion: connection.tls.maxVersion ?? 'TLSv1.2' })
      },
      response => {
        const headers = response.headers as Record<string, string>
        let body = ''
        response.setEncoding('utf8')
        response.on('data', chunk => {
          body += chunk
        })
        response.once('end', () => resolve({ ...tellOf(response.statusCode!, headers, body), headers, body }))
      }
    )
    sent.once('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ ...nothing, kind: 'upgrade', status: response.statusCode! })
    })
    sent.once('error', () => resolve({ ...nothing, kind: 'reset' }))
    sent.end()
  })
}

function tellOf(status: number, { location }: Record<string, string>, body: string): Told & Pick<Seen, 'request'> {
  if (body.startsWith('{"service"')) {
    const { service, path, headers } = JSON.parse(body) as {
      service: string
      path: string
      headers: Record<string, string>
    }
    return { kind: 'service', service, path, request: headers }
  }
  return { kind: 'status', status, ...(location !== undefined && { location }), request: {} }
}

/** The part of what was seen that a record tells of. */
function asRecorded(seen: Seen, real: string, peer: string) {
  const expected = expectationOf(real.replaceAll(recordedPeer, peer))
  const { seen: ofService, shown, body, location, ...told } = expected
  return {
    expected: {
      ...told,
      ...(body !== undefined && { body }),
      ...(location !== undefined && { location }),
      ofService,
      shown
    },
    actual: {
      kind: seen.kind,
      ...(told.status !== undefined && { status: seen.status }),
      ...(told.service !== undefined && { service: seen.service, path: seen.path }),
      ...(body !== undefined && { body: seen.body.slice(0, body.length) }),
      ...(location !== undefined && { location: seen.location }),
      ofService: ofService.map(([name]) => [name, seen.request[name]]),
      shown: shown.map(([name]) => [name, seen.headers[name]])
    }
  }
}

/**
 * Holds every case against the real gateway of a rig's cluster, one after the other: what real gateways answered before, and
 * what the model says of requests that nobody was asked. Every difference fails.
 */
export function describeIstio(rig: Pick<KindRig, 'kubectl' | 'environment'>): void {
  describe("Istio's gateway, as the model tells it", () => {
    const added: KubernetesObject[] = []
    let sample: KubernetesObject[] = []
    let node = ''
    let peer = ''
    let ports = new Map<string, number>()
    let secret: KubernetesObject

    async function kubectl(items: KubernetesObject[], ...arguments_: string[]): Promise<void> {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
      await execa('kubectl', [...arguments_, '--filename', '-'], { input, env: rig.environment, reject: false })
    }

    function ask(request: Omit<IstioRequest, 'real'>): Promise<Seen> {
      const port = request.url.startsWith('https:') ? 'https' : 'http2'
      return send({ host: node, port: ports.get(port)! }, request)
    }

    /** Until istiod has pushed what was applied; a policy that lets nobody through answers the marker too. */
    async function pushed(name: string): Promise<void> {
      const deadline = Date.now() + patience
      for (;;) {
        const { status, body } = await ask({ method: 'GET', url: `http://${marker}/` })
        if (body === name || (status !== undefined && status !== 200 && status !== 404)) {
          return
        }
        if (Date.now() > deadline) {
          throw new Error(`the objects of ${name} are not pushed: ${status} ${body}`)
        }
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }

    /** The answer once it is as expected, else the last one. */
    async function settled<Result>(request: Omit<IstioRequest, 'real'>, compare: (seen: Seen) => Result | undefined) {
      const deadline = Date.now() + settling
      for (;;) {
        const found = compare(await ask(request))
        if (found === undefined || Date.now() > deadline) {
          return found
        }
        await new Promise(resolve => setTimeout(resolve, 100))
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
      const pair = await (await createDevelopmentAuthority()).issue('gateway', ['gateway'])
      secret = secretOf({ 'tls.crt': base64(pair.certificate), 'tls.key': base64(pair.key) })
      const services = baseObjects().filter(
        ({ kind, metadata }) => kind === 'Service' && metadata.namespace === 'default'
      )
      const names = services
        .filter(({ spec, metadata }) => (spec as Service['spec'])?.selector?.app === metadata.name)
        .map(({ metadata }) => metadata.name)
      await kubectl(sample, 'delete')
      added.push(...names.flatMap(echoService), ...tlsEchoService(pair), ...services, secret, markerGateway())
      await kubectl(added, 'apply')
      for (const name of [...names, 'tlsecho']) {
        await rig.kubectl('rollout', 'status', `deployment/${name}`, '--namespace', 'default', '--timeout=90s')
      }
      const [first] = istioCases().filter(one => one.case === 'headers-that-a-client-may-not-send')
      const objects = [...objectsOf(first!.case), markerRoute('first')]
      await kubectl(objects, 'apply')
      await pushed('first')
      const { url } = first!.requests[0]!
      const answered = await ask({ method: 'GET', url })
      peer = answered.request['x-forwarded-for'] ?? recordedPeer
      await kubectl(objects, 'delete')
    }, 4 * minute)

    afterAll(async () => {
      await kubectl([...added, markerRoute('')], 'delete', '--ignore-not-found')
      await kubectl(sample, 'apply')
    }, minute)

    function foretold(name: string, request: Omit<IstioRequest, 'real'>): Told | undefined {
      const resources = new Resources([...baseObjects(), ...added, ...objectsOf(name)])
      const service = resources.find('Service', 'istio-ingressgateway', 'istio-system')!
      const { port, connection, request: asked } = askedOf({ ...request, real: '' })
      const found = service.spec!.ports!.find(one => one.name === port)!
      const answer = new IngressGateway(service, resources, { complete: true }).answer(found, connection, asked)
      // What the model says that it does not know is not held against it.
      return answer.notEvaluated.length > 0 ? undefined : toldBy(answer)
    }

    test.each(istioCases().map(one => [one.case, one] as const))(
      '%s',
      async (name, { requests }) => {
        const objects = [...objectsOf(name), markerRoute(name)]
        await kubectl(objects, 'apply')
        try {
          await pushed(name)
          for (const { real, ...request } of requests) {
            const difference = await settled(request, seen => {
              const { expected, actual } = asRecorded(seen, real, peer)
              return JSON.stringify(expected) === JSON.stringify(actual) ? undefined : { request, expected, actual }
            })
            expect(difference?.actual).toEqual(difference?.expected)
          }
          for (const request of generatedRequests(name)) {
            const expected = foretold(name, request)
            const difference =
              expected &&
              (await settled(request, ({ kind, status, service, path, location }) => {
                const actual =
                  kind === 'service'
                    ? { kind, service, path }
                    : kind === 'reset'
                      ? { kind }
                      : { kind, status, location }
                return JSON.stringify(actual) === JSON.stringify(expected) ? undefined : { request, expected, actual }
              }))
            expect(difference).toBeUndefined()
          }
        } finally {
          await kubectl(objects.slice(0, -1), 'delete', '--ignore-not-found', '--wait=true')
        }
      },
      minute
    )
  })
}
