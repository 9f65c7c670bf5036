import { execa } from 'execa'
import type { KubernetesObject, Service } from '../../src/resources/index.ts'
import type { IstioRequest } from '../cases/istio-cases.ts'
import { type Seen, sendRequest } from './gateway-request.ts'
import type { KindRig } from './kind-rig.ts'

/** Longest wait for istiod's push, in milliseconds. */
const patience = 10_000

/** Longest wait for an answer that a push may still change, and how often it is asked for at least. */
const settling = 3_000
const fewestTries = 3

/** Longest wait for a listener that Envoy waits for the certificates of, in milliseconds. */
const warming = 30_000

/** What Envoy tells of a listener: there where it is replaced, or was not taken. */
interface DynamicListener {
  name?: string
  warming_state?: object
  error_state?: { details?: string }
}

/** Host of the route by which a push is told from the one before. */
const marker = 'marker.cases.test'

export function markerGateway(): KubernetesObject {
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

export function markerRoute(name: string): KubernetesObject {
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

/** A Secret with a key pair, as servers of Gateways name it. */
export function tlsSecret(
  name: string,
  namespace: string,
  { certificate, key }: { certificate: string; key: string }
): KubernetesObject {
  const [crt, private_] = [certificate, key].map(text => Buffer.from(text).toString('base64'))
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': crt, 'tls.key': private_ }
  }
}

/**
 * The real gateway of a rig's cluster, for requests of one's own: the sample's Gateway, which takes every host, makes room and
 * comes back behind them.
 */
export class RealGateway {
  readonly #rig: Pick<KindRig, 'kubectl' | 'environment'>
  readonly #added: KubernetesObject[] = []
  #sample: KubernetesObject[] = []
  #node = ''
  #ports = new Map<string, number>()

  constructor(rig: Pick<KindRig, 'kubectl' | 'environment'>) {
    this.#rig = rig
  }

  /** Everything that was added. */
  get objects(): readonly KubernetesObject[] {
    return this.#added
  }

  /** Reads where the gateway is, takes the sample's Gateway away, and adds objects with echo services, which it waits for. */
  async take(objects: readonly KubernetesObject[], echoServices: readonly string[]): Promise<void> {
    const kinds = 'gateways.networking.istio.io,virtualservices.networking.istio.io'
    const { items } = JSON.parse(await this.#rig.kubectl('get', kinds, '--output', 'json')) as {
      items: KubernetesObject[]
    }
    // Without what the API server added, so that it can be applied again.
    this.#sample = items.map(({ apiVersion, kind, metadata: { name, namespace }, spec }) => ({
      ...{ apiVersion, kind, metadata: { name, namespace } },
      ...{ spec }
    }))
    const service = JSON.parse(
      await this.#rig.kubectl('get', 'service', 'istio-ingressgateway', '--output', 'json')
    ) as Service
    this.#ports = new Map(service.spec!.ports!.map(({ name, nodePort }) => [name!, nodePort!]))
    const address = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}'
    this.#node = await this.#rig.kubectl('get', 'nodes', '--output', address)
    await this.kubectl(this.#sample, 'delete')
    this.#added.push(...objects)
    await this.kubectl(this.#added, 'apply')
    for (const name of echoServices) {
      await this.#rig.kubectl('rollout', 'status', `deployment/${name}`, '--namespace', 'default', '--timeout=90s')
    }
  }

  /** Removes what was added, and what else is named; the sample's Gateway comes back. */
  async giveBack(others: readonly KubernetesObject[] = []): Promise<void> {
    await this.kubectl([...this.#added, ...others], 'delete', '--ignore-not-found')
    await this.kubectl(this.#sample, 'apply')
  }

  /** Where a port of the gateway's Service is reached from here. */
  addressOf(port: string): { host: string; port: number } {
    return { host: this.#node, port: this.#ports.get(port)! }
  }

  /** Runs kubectl over objects. */
  async kubectl(items: readonly KubernetesObject[], ...arguments_: string[]): Promise<void> {
    await execa('kubectl', [...arguments_, '--filename', '-'], { input: listOf(items), env: this.#rig.environment })
  }

  /** The same over objects of which some may be refused: what the cluster does not take is told by what it then has. */
  async offer(items: readonly KubernetesObject[], ...arguments_: string[]): Promise<void> {
    const options = { input: listOf(items), env: this.#rig.environment, reject: false }
    await execa('kubectl', [...arguments_, '--filename', '-'], options)
  }

  ask(request: Omit<IstioRequest, 'real'>): Promise<Seen> {
    return sendRequest(this.addressOf(request.url.startsWith('https:') ? 'https' : 'http2'), request)
  }

  /**
   * Until istiod has pushed what was applied together with the marker of that name; a policy that lets nobody through answers the
   * marker too.
   */
  async pushed(name: string): Promise<void> {
    const deadline = Date.now() + patience
    for (;;) {
      const { status, body } = await this.ask({ method: 'GET', url: `http://${marker}/` })
      if (body === name || (status !== undefined && status !== 200 && status !== 404)) {
        return
      }
      if (Date.now() > deadline) {
        throw new Error(`the objects of ${name} are not pushed: ${status} ${body}`)
      }
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  /**
   * Waits until no listener is warming: Envoy waits 15 s for a certificate that is not there, and serves what it had before.
   *
   * @returns ports of the pods whose listener Envoy has refused, with its reason: it goes on with the one that it took before.
   */
  async refusedListeners(): Promise<Map<number, string>> {
    const ask = ['pilot-agent', 'request', 'GET', 'config_dump?resource=dynamic_listeners']
    const deadline = Date.now() + warming
    for (;;) {
      const text = await this.#rig.kubectl('exec', 'deployment/istio-ingressgateway', '--', ...ask)
      const { configs = [] } = JSON.parse(text) as { configs?: DynamicListener[] }
      if (configs.every(listener => !listener.warming_state) || Date.now() > deadline) {
        const refused = configs.filter(({ error_state: state }) => state)
        return new Map(
          refused.map(({ name = '', error_state: state }) => [Number(name.split('_').at(-1)), state!.details ?? ''])
        )
      }
      await new Promise(resolve => setTimeout(resolve, 500))
    }
  }

  /** What is to say of an answer once there is nothing, else what there is to say of the last one. */
  async settled<Difference>(
    request: Omit<IstioRequest, 'real'>,
    compare: (seen: Seen) => Difference | undefined
  ): Promise<Difference | undefined> {
    const deadline = Date.now() + settling
    for (let tries = 1; ; tries++) {
      const found = compare(await this.ask(request))
      // On a busy machine one try may take all the time there is.
      if (found === undefined || (tries >= fewestTries && Date.now() > deadline)) {
        return found
      }
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
}

function listOf(items: readonly KubernetesObject[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}
