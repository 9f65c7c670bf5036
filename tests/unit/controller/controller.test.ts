import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Bindings } from '../../../src/cluster/index.ts'
import { Api } from '../../../src/controller/api.ts'
import { Controller } from '../../../src/controller/controller.ts'
import type { ControllerEvent } from '../../../src/controller/controller-event.ts'
import { createDevelopmentAuthority, type DevelopmentAuthority } from '../../../src/load-balancer/index.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import type { Ingress, KubernetesObject } from '../../../src/resources/index.ts'
import { sendTo } from '../../cases/edge-client.ts'
import { FakeApiServer } from './fake-api-server.ts'

/** Every listener where the system has room. */
const anywhere: Bindings = {
  assign: async () => {},
  of: () => ({ host: '127.0.0.1', port: 0 }),
  release: () => {}
}

const prefix = 'alb.ingress.kubernetes.io'
const finalizer = 'ingress.k8s.aws/resources'

let server: FakeApiServer
let controller: Controller
let authority: DevelopmentAuthority
let events: ControllerEvent[]
let waiting: Set<() => void>
/** What stands behind the node port: it answers with its own name. */
let application: Server

function wake(): void {
  for (const look of waiting) {
    look()
  }
}

async function startController(): Promise<void> {
  controller = new Controller({
    api: await Api.of({ file: server.kubeconfig }),
    environment: defaultEnvironment,
    authority,
    bindings: anywhere,
    timeScale: 100,
    onEvent: event => {
      events.push(event)
      wake()
    }
  })
  controller.start()
}

beforeEach(async () => {
  authority = await createDevelopmentAuthority()
  application = createServer((_, response) => response.end('application'))
  await new Promise<void>(resolve => application.listen(0, '127.0.0.1', resolve))
  events = []
  waiting = new Set()
  server = new FakeApiServer()
  server.onChange = wake
  await server.start()
  server.put(
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'alb' },
      spec: { controller: 'ingress.k8s.aws/alb' }
    },
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'one' },
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        conditions: [{ type: 'Ready', status: 'True' }]
      }
    },
    service()
  )
})

afterEach(async () => {
  await controller?.close()
  await server.close()
  application.closeAllConnections()
  await new Promise(resolve => application.close(resolve))
})

function applicationPort(): number {
  return (application.address() as AddressInfo).port
}

function service(nodePort = applicationPort()): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort }] }
  }
}

function ingress(name = 'web', annotations: Record<string, string> = {}): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'shop', annotations },
    spec: { ingressClassName: 'alb', defaultBackend: { service: { name: 'web', port: { number: 80 } } } }
  }
}

/** Resolves once the condition holds; it is looked at after everything that the controller says or writes. */
function until(condition: () => boolean): Promise<void> {
  return new Promise(resolve => {
    function look(): void {
      if (!condition()) {
        return
      }
      waiting.delete(look)
      resolve()
    }
    waiting.add(look)
    look()
  })
}

function stored(name = 'web'): Ingress | undefined {
  return server.find('Ingress', name, 'shop') as Ingress | undefined
}
function told(name = 'web'): string[] {
  return server.events(name).map(({ reason, message }) => `${reason}: ${message}`)
}
const reconciled = 'SuccessfullyReconciled: Successfully reconciled'
function isHealthy(): boolean {
  return controller
    .describe()
    .some(({ targetGroups }) => targetGroups.some(({ targets }) => targets.some(({ state }) => state === 'healthy')))
}
function addressOf(id: string, port = 80): string {
  return controller
    .describe()
    .find(loadBalancer => loadBalancer.id === id)!
    .listeners.find(listener => listener.port === port)!.address
}

function get(address: string) {
  return sendTo(address, 'shop.example.com', { scheme: 'http', path: '/' })
}

describe('the controller', () => {
  test('makes a load balancer of an Ingress, and says so in its status, finalizer and event', async () => {
    server.put(ingress())
    await startController()
    await until(() => told().length > 0 && isHealthy())
    const [loadBalancer] = controller.describe()
    expect(loadBalancer).toMatchObject({ id: 'shop/web', scheme: 'internal' })
    expect(stored()).toMatchObject({
      metadata: { finalizers: [finalizer] },
      status: { loadBalancer: { ingress: [{ hostname: loadBalancer!.dnsName.toLowerCase(), ports: [{ port: 80 }] }] } }
    })
    expect(told()).toEqual([reconciled])
    expect(await get(addressOf('shop/web'))).toMatchObject({ status: 200, body: 'application' })
  })

  test('shows the Network Load Balancer in front by its name, and it answers', async () => {
    server.put(ingress('web', { [`${prefix}/enable-frontend-nlb`]: 'true' }))
    await startController()
    await until(() => told().length > 0)
    const [own, inFront] = controller.describe()
    expect([own!.type, inFront!.type]).toEqual(['application', 'network'])
    await until(() => events.some(event => event.type === 'load-balancer' && event.inFront?.name === inFront!.name))
    expect(stored()!.status!.loadBalancer!.ingress).toEqual([
      { hostname: own!.dnsName.toLowerCase(), ports: [{ port: 80 }] },
      { hostname: inFront!.dnsName.toLowerCase() }
    ])
    await until(() => controller.describe()[1]!.targetGroups.some(({ targets }) => targets[0]?.state === 'healthy'))
    expect(await get(inFront!.listeners[0]!.address)).toMatchObject({ status: 200, body: 'application' })
  })

  test('says nothing twice while nothing changes', async () => {
    server.put(ingress())
    await startController()
    await until(() => told().length > 0)
    server.put({ ...stored()!, metadata: { ...stored()!.metadata, labels: { touched: 'yes' } } })
    server.put(ingress('other'))
    await until(() => told('other').length > 0)
    expect(told()).toEqual([reconciled])
  })

  test('follows a moved node port', async () => {
    server.put(service(1), ingress())
    await startController()
    await until(() => told().length > 0)
    server.put(service())
    await until(isHealthy)
    expect(await get(addressOf('shop/web'))).toMatchObject({ status: 200, body: 'application' })
  })

  test('registers pods from EndpointSlices', async () => {
    server.put(ingress('web', { [`${prefix}/target-type`]: 'ip' }), {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'web-1' } }],
      ports: [{ name: 'http', port: applicationPort() }]
    } as KubernetesObject)
    server.put({
      ...service(),
      spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: applicationPort() }] }
    })
    await startController()
    await until(isHealthy)
    expect(controller.describe()[0]!.targetGroups[0]!.targets).toMatchObject([
      { target: { id: '127.0.0.1', address: '127.0.0.1', port: applicationPort() }, state: 'healthy' }
    ])
  })

  test('asks nothing of pods that are not known to be reachable, and says so once', async () => {
    server.put(service(), ingress('web', { [`${prefix}/target-type`]: 'ip' }), {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.5'], conditions: { ready: true } }],
      ports: [{ name: 'http', port: 8080 }]
    } as KubernetesObject)
    server.put({ ...service(), spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 8080 }] } })
    await startController()
    await until(() => told().length > 0)
    expect(controller.describe()[0]!.targetGroups[0]!.targets).toMatchObject([
      { target: { address: '10.0.0.5' }, state: 'unused' }
    ])
    expect(events.filter(({ type }) => type === 'pods-refused')).toMatchObject([
      { code: 'POD_UNREACHABLE', addresses: ['10.0.0.5'], hint: expect.stringContaining('--pods-reachable') }
    ])
    expect(await get(addressOf('shop/web'))).toMatchObject({ status: 503 })
  })

  test('makes a certificate for the hosts of the Ingress where nobody has one, and says so', async () => {
    const arn = 'arn:aws:acm:us-west-2:111122223333:certificate/a'
    const annotations = { [`${prefix}/listen-ports`]: '[{"HTTPS":443}]', [`${prefix}/certificate-arn`]: arn }
    const { spec, ...rest } = ingress('web', annotations)
    const [backend] = [spec!.defaultBackend!]
    const rule = { host: 'shop.example.com', http: { paths: [{ path: '/', pathType: 'Prefix' as const, backend }] } }
    server.put({ ...rest, spec: { ingressClassName: 'alb', rules: [rule] } })
    await startController()
    await until(isHealthy)
    const { dnsName } = controller.describe()[0]!
    expect(events.filter(({ type }) => type === 'certificate-made')).toEqual([
      { type: 'certificate-made', loadBalancer: expect.any(String), arn, domains: ['shop.example.com', dnsName] }
    ])
    const request = { scheme: 'https', path: '/' } as const
    const answer = await sendTo(addressOf('shop/web', 443), 'shop.example.com', request, authority.certificate)
    expect(answer).toMatchObject({ status: 200, body: 'application' })
  })

  test('ends the listener, then lets a deleted Ingress go', async () => {
    server.put(ingress())
    await startController()
    await until(() => told().length > 0)
    const address = addressOf('shop/web')
    server.remove('Ingress', 'web', 'shop')
    await until(() => stored() === undefined)
    expect(controller.describe()).toEqual([])
    await expect(get(address)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(told()).toEqual([reconciled])
  })

  test('lets an Ingress go that was deleted while it was away', async () => {
    server.put(ingress())
    await startController()
    await until(() => told().length > 0)
    await controller.close()
    // Finalizers stay as the real controller leaves them.
    expect(stored()!.metadata.finalizers).toEqual([finalizer])
    server.remove('Ingress', 'web', 'shop')
    expect(stored()).toBeDefined()
    await startController()
    await until(() => stored() === undefined)
  })

  test('ends the load balancer of an Ingress that becomes somebody else’s', async () => {
    server.put(ingress())
    await startController()
    await until(() => told().length > 0)
    server.put({ ...stored()!, spec: { ...stored()!.spec, ingressClassName: 'nginx' } } as Ingress, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'nginx' },
      spec: { controller: 'k8s.io/ingress-nginx' }
    })
    await until(() => stored()?.metadata.finalizers?.length === 0)
    expect(controller.describe()).toEqual([])
  })

  test('leaves the Ingresses of others alone', async () => {
    const other = ingress('other')
    server.put({ ...other, spec: { ...other.spec, ingressClassName: 'nginx' } } as Ingress, ingress(), {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'nginx' },
      spec: { controller: 'k8s.io/ingress-nginx' }
    })
    await startController()
    await until(() => told().length > 0)
    expect(server.received.filter(({ path }) => path.includes('/other'))).toEqual([])
    expect(told('other')).toEqual([])
  })
})

describe('groups', () => {
  const inGroup = { [`${prefix}/group.name`]: 'edge' }

  test('share a load balancer and a finalizer of their own; the rest stays when one leaves', async () => {
    server.put(ingress('one', inGroup), ingress('two', { ...inGroup, [`${prefix}/listen-ports`]: '[{"HTTP":8080}]' }))
    await startController()
    await until(() => told('one').length > 0 && told('two').length > 0)
    expect(controller.describe().map(({ id }) => id)).toEqual(['edge'])
    function ports(name: string) {
      return stored(name)!.status!.loadBalancer!.ingress![0]!.ports
    }
    expect(ports('one')).toEqual([{ port: 80 }, { port: 8080 }])
    expect(ports('two')).toEqual(ports('one'))
    expect(stored('one')!.metadata.finalizers).toEqual(['group.ingress.k8s.aws/edge'])
    server.remove('Ingress', 'two', 'shop')
    await until(() => stored('two') === undefined)
    await until(() => ports('one')!.length === 1)
    expect(controller.describe()[0]!.listeners.map(({ port }) => port)).toEqual([80])
  })

  test('one bad member blocks its group, and no other', async () => {
    server.put(ingress('one', inGroup), ingress('alone'))
    await startController()
    await until(() => told('one').length > 0 && told('alone').length > 0)
    server.put(ingress('two', { ...inGroup, [`${prefix}/scheme`]: 'internet-facing' }))
    server.put(ingress('one', { ...inGroup, [`${prefix}/scheme`]: 'internal' }))
    const failure =
      'FailedBuildModel: Failed build model due to conflicting scheme: map[internal:{} internet-facing:{}]'
    await until(() => told('one').at(-1) === failure && told('two').at(-1) === failure)
    expect(told('alone')).toEqual([reconciled])
    expect((await get(addressOf('edge'))).status).toBe(200)
    server.put(ingress('another'))
    await until(() => told('another').length > 0)
  })

  test('an Ingress whose group cannot be told is told so, once', async () => {
    const failure =
      "FailedLoadGroupID: failed load groupID due to invalid ingress group: groupName must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
    server.put(ingress('web', { [`${prefix}/group.name`]: 'Edge_' }))
    await startController()
    await until(() => told().length > 0)
    server.put(ingress('other'))
    await until(() => told('other').length > 0)
    expect(told()).toEqual([failure])
  })
})

describe('when the API server refuses or is away', () => {
  test('a patch that was overtaken is tried again (409)', async () => {
    server.refuse('PATCH /apis/networking.k8s.io', { status: 409, message: 'modified', times: 1 })
    server.put(ingress())
    await startController()
    await until(() => told().length > 0)
    expect(told()).toEqual([reconciled])
    expect(stored()!.metadata.finalizers).toEqual([finalizer])
  })

  test('what may not be written is told, and done as soon as it may (403)', async () => {
    const status = 'PATCH /apis/networking.k8s.io/v1/namespaces/shop/ingresses/web/status'
    server.refuse(status, { status: 403, message: 'ingresses/status is forbidden' })
    server.put(ingress())
    await startController()
    await until(() => told().length > 0)
    expect(told()).toEqual([
      'FailedUpdateStatus: Failed update status due to failed to update ingress status: shop/web: ingresses/status is forbidden'
    ])
    // The load balancer runs all the same.
    expect(controller.describe()).toHaveLength(1)
    server.allow()
    await until(() => told().length > 1)
    expect(told().at(-1)).toBe(reconciled)
  })

  test('events that may not be written stop nothing', async () => {
    server.refuse('POST /api/v1/namespaces/shop/events', { status: 403, message: 'events is forbidden' })
    server.put(ingress())
    await startController()
    await until(() => events.some(({ type }) => type === 'error'))
    expect(stored()!.status).toBeDefined()
    expect(events.filter(({ type }) => type === 'error')).toEqual([
      { type: 'error', message: 'cannot write the event SuccessfullyReconciled of shop/web: events is forbidden' }
    ])
  })

  test('load balancers go on without it; what changed meanwhile is followed when it is back', async () => {
    server.put(ingress())
    await startController()
    await until(() => told().length > 0 && isHealthy())
    await server.stop()
    await until(() => events.some(({ type }) => type === 'api-lost'))
    expect((await get(addressOf('shop/web'))).status).toBe(200)
    server.remove('Ingress', 'web', 'shop')
    await server.start()
    await until(() => stored() === undefined && events.some(({ type }) => type === 'api-restored'))
    expect(controller.describe()).toEqual([])
    expect(events.map(({ type }) => type).filter(type => type.startsWith('api-'))).toEqual(['api-lost', 'api-restored'])
  })
})
