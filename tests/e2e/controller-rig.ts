import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import {
  contextOf,
  controllerName,
  controllerNamespace,
  createCluster,
  deleteCluster,
  inClusterSteps,
  loadImages,
  nodeImage,
  runSteps,
  sampleService
} from '../../src/cluster/index.ts'
import { Api, readClusterRun, removeRun } from '../../src/controller/index.ts'
import type { LoadBalancerDescription } from '../../src/elbv2/index.ts'
import type { Ingress, KubernetesObject } from '../../src/resources/index.ts'
import { sendTo } from '../cases/edge-client.ts'

/** Longest wait for a condition, in milliseconds. */
const patience = 120_000

/** Longest wait for one answer, in milliseconds. */
const requestPatience = 15_000

const ingresses = '/apis/networking.k8s.io/v1/namespaces/default/ingresses'

export const prefix = 'alb.ingress.kubernetes.io'
const namespace = 'default'

/** A kind cluster with two workers, an echo service with two pods, and the controller inside; no Istio. */
export class ControllerRig {
  readonly cluster = `istio-alb-e2e-controller-${process.env.ISTIO_ALB_E2E_RUN ?? process.pid}`
  readonly #folder = join(tmpdir(), this.cluster)
  readonly environment = { KUBECONFIG: join(this.#folder, 'kubeconfig') }
  /** Node ports of this run's own, since the host leads to them. */
  readonly #ports = { first: 32_100 + (process.pid % 30) * 20, last: 32_119 + (process.pid % 30) * 20 }
  readonly #image = `istio-alb-controller:${process.env.ISTIO_ALB_E2E_RUN ?? process.pid}`
  #api: Api | undefined

  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true })
    const { KIND_NODE_IMAGE: image } = process.env
    // The functions of the product look for the kubeconfig where kubectl does.
    process.env.KUBECONFIG = this.environment.KUBECONFIG
    await createCluster({ name: this.cluster, nodes: 3, ...(image && { image }), ports: this.#ports })
    await loadImages(this.cluster, [nodeImage])
    await this.apply(...echo())
    const flags = ['--time-scale', '5', '--dry-run-plan']
    const steps = inClusterSteps({
      cluster: this.cluster,
      image: this.#image,
      ports: this.#ports,
      flags,
      serviceMutatorWebhook: true
    })
    await runSteps(steps, { signal: new AbortController().signal, retain: true })
    this.#api = await Api.of({ context: contextOf(this.cluster) })
    await this.kubectl('rollout', 'status', 'deployment/istio-alb-sample', '--timeout=240s')
  }

  async stop(): Promise<void> {
    await deleteCluster(this.cluster)
    removeRun(contextOf(this.cluster))
    await execa('docker', ['image', 'rm', '--force', this.#image], { reject: false })
    rmSync(this.#folder, { recursive: true, force: true })
    delete process.env.KUBECONFIG
  }

  async kubectl(...arguments_: string[]): Promise<string> {
    const { stdout } = await execa('kubectl', ['--context', contextOf(this.cluster), ...arguments_], {
      env: this.environment
    })
    return stdout
  }

  /** Applies objects; again, while the API server still calls a webhook in a pod that is no more. */
  async apply(...objects: KubernetesObject[]): Promise<void> {
    const command = ['--context', contextOf(this.cluster), 'apply', '--filename', '-']
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
    const { failed, stderr } = await this.until('the webhooks answer', async () => {
      const result = await execa('kubectl', command, { env: this.environment, input, reject: false })
      return !result.stderr.includes('failed calling webhook') && result
    })
    if (failed) {
      throw new Error(stderr)
    }
  }

  /** Makes new objects, many at a time; kubectl takes its time between two. */
  async create(objects: Ingress[]): Promise<void> {
    const left = objects.values()
    const one = async (): Promise<void> => {
      for (const object of left) {
        await this.#api!.post(ingresses, object)
      }
    }
    await Promise.all(Array.from({ length: 16 }, one))
  }

  /** Deletes Ingresses without waiting for their finalizers. */
  async deleteIngresses(isMeant: (name: string) => boolean): Promise<void> {
    const names = (await this.ingresses()).map(({ metadata }) => metadata.name).filter(isMeant)
    await Promise.all(names.map(name => this.#api!.delete(`${ingresses}/${name}`)))
  }

  async ingress(name: string): Promise<Ingress | undefined> {
    const text = await this.kubectl('get', 'ingress', name, '--ignore-not-found', '--output', 'json')
    return text === '' ? undefined : (JSON.parse(text) as Ingress)
  }

  async ingresses(): Promise<Ingress[]> {
    return (JSON.parse(await this.kubectl('get', 'ingress', '--output', 'json')) as { items: Ingress[] }).items
  }

  async events(name: string): Promise<string[]> {
    const selector = `--field-selector=involvedObject.name=${name}`
    const { items } = JSON.parse(await this.kubectl('get', 'events', selector, '--output', 'json')) as {
      items: { reason: string; message: string }[]
    }
    return items.map(({ reason, message }) => `${reason}: ${message}`)
  }

  /** What the controller says through the API server; undefined while it does not answer. */
  async loadBalancers(): Promise<LoadBalancerDescription[] | undefined> {
    return (await readClusterRun(this.#api!))?.loadBalancers
  }

  async loadBalancer(id: string): Promise<LoadBalancerDescription | undefined> {
    return (await this.loadBalancers())?.find(loadBalancer => loadBalancer.id === id)
  }

  /** Addresses of the registered targets by state; a draining one is none any more. */
  async targets(id: string): Promise<Record<string, string[]>> {
    const targets = (await this.loadBalancer(id))?.targetGroups.flatMap(group => group.targets) ?? []
    const registered = targets.filter(({ state }) => state !== 'draining')
    return Object.fromEntries(
      Object.entries(Object.groupBy(registered, ({ state }) => state)).map(([state, all]) => [
        state,
        all!.map(({ target }) => target.address)
      ])
    )
  }

  /**
   * Asks the first listener of a load balancer, through the host's own port. Not for long: while a node's rules still lead to a pod
   * that has just gone, a connection waits for two minutes, and another one gets through.
   */
  async request(id: string, host = 'shop.example.com') {
    const { address } = (await this.loadBalancer(id))!.listeners[0]!
    return sendTo(address, host, { scheme: 'http', path: '/' }, undefined, AbortSignal.timeout(requestPatience))
  }

  /** The pods of the controller; the first is the one that works. */
  async pods(): Promise<{ name: string; ready: boolean }[]> {
    const text = await this.kubectl('-n', controllerNamespace, 'get', 'pods', '--output', 'json')
    const { items } = JSON.parse(text) as {
      items: {
        metadata: { name: string; deletionTimestamp?: string }
        status: { conditions?: { type: string; status: string }[] }
      }[]
    }
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata, status }) => ({
        name: metadata.name,
        ready: status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
      }))
      .toSorted((one, other) => Number(other.ready) - Number(one.ready))
  }

  /** The controller's log lines, parsed. */
  async log(pod: string): Promise<{ type: string; message?: string; kind?: string }[]> {
    const text = await this.kubectl('-n', controllerNamespace, 'logs', pod)
    return text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as { type: string; message?: string; kind?: string })
  }

  get serviceAccount(): string {
    return `system:serviceaccount:${controllerNamespace}:${controllerName}`
  }

  /** Looks until what is looked at is found; the last failure is the reason where it never is. */
  async until<Found>(
    what: string,
    look: () => Promise<Found | undefined | false>,
    { longest = patience, every = 200 } = {}
  ): Promise<Found> {
    const deadline = Date.now() + longest
    let reason: unknown
    while (Date.now() < deadline) {
      const found = await look().catch((error: unknown) => {
        reason = error
        return undefined
      })
      if (found !== undefined && found !== false) {
        return found
      }
      await new Promise(resolve => setTimeout(resolve, every))
    }
    throw new Error(`not seen in ${longest / 1000} s: ${what}`, { cause: reason })
  }
}

/** The sample service as an Ingress' backend: at a node port, by two pods that leave slowly enough to be missed. */
function echo(): KubernetesObject[] {
  return sampleService().map((object): KubernetesObject => {
    const { spec } = object as unknown as { spec: Record<string, never> }
    if (object.kind === 'Service') {
      return { ...object, spec: { ...spec, type: 'NodePort' } }
    }
    if (object.kind !== 'Deployment') {
      return object
    }
    const { template } = spec as unknown as { template: { spec: { containers: object[] } } }
    const [container] = template.spec.containers
    const lifecycle = { preStop: { sleep: { seconds: 3 } } }
    const pod = { ...template.spec, containers: [{ ...container, lifecycle }], terminationGracePeriodSeconds: 10 }
    return { ...object, spec: { ...spec, replicas: 2, template: { ...template, spec: pod } } }
  })
}

/** An Ingress before the sample service; with a host, one of several in a group. */
export function ingress(
  name: string,
  { annotations = {}, host }: { annotations?: Record<string, string>; host?: string } = {}
): Ingress {
  const backend = { service: { name: 'istio-alb-sample', port: { number: 80 } } }
  const rules = [{ host, http: { paths: [{ path: '/', pathType: 'Prefix' as const, backend }] } }]
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace, annotations },
    spec: { ingressClassName: 'alb', ...(host === undefined ? { defaultBackend: backend } : { rules }) }
  }
}
