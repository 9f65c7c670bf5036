import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa, type ResultPromise } from 'execa'
import { stringify } from 'yaml'
import { deleteCluster } from '../../src/cluster/index.ts'
import { installIstio, istioctlVersion, istioImages } from '../../src/cluster/kind/istio.ts'
import { createCluster, loadImages, presentImages } from '../../src/cluster/kind/kind.ts'
import { applyObjects, rolledOut } from '../../src/cluster/kind/kubectl.ts'
import { nodeImage } from '../../src/cluster/kind/node-image.ts'
import { sampleName, sampleService } from '../../src/cluster/kind/sample.ts'
import type { ControllerEvent } from '../../src/controller/index.ts'
import type { LoadBalancerDescription } from '../../src/elbv2/index.ts'
import type { Beginning } from '../../src/page/contract.ts'
import { findHelm, ownChart, renderChart } from '../../src/render/index.ts'
import type { Values } from '../../src/values/index.ts'
import { type EdgeAnswer, type EdgeRequest, states } from '../cases/edge.cases.ts'
import { sendTo } from '../cases/edge-client.ts'
import { istioALB } from './command.ts'
import { define } from './definitions.ts'

/** Longest wait for a condition, in milliseconds. */
const patience = 90_000

/** The image that the pod of `helm test` runs, where the machine has a busybox to make it of. */
const busybox = '/bin/busybox'
const testImage = 'istio-alb-e2e-wget:local'
export const canTest = existsSync(busybox)

type Line = ControllerEvent | { type: 'started'; authorityFile: string; page: string }

/** Listeners that take requests of a scheme, whatever they do with TLS. */
const protocols = { http: ['HTTP', 'TCP'], https: ['HTTPS', 'TLS', 'SSL'] }

/** One kind cluster with Istio's control plane and the mocked controller, in which releases of the chart come and go. */
export class ChartRig {
  readonly cluster = `istio-alb-chart-${process.env.ISTIO_ALB_E2E_RUN ?? process.pid}`
  readonly context = `kind-${this.cluster}`
  readonly host = 'shop.example.com'
  readonly #folder = join(tmpdir(), this.cluster)
  readonly #descriptions = new Map<string, LoadBalancerDescription>()
  readonly #waiting = new Set<() => void>()
  #controller: ResultPromise | undefined
  #helm = 'helm'
  #authority = ''
  #page = ''
  #files = 0

  readonly environment = { KUBECONFIG: join(this.#folder, 'kubeconfig') }

  /** Values that make the sample service the first one behind a gateway, found dead as soon as AWS allows. */
  readonly values = {
    ingress: { healthCheck: { intervalSeconds: 5, timeoutSeconds: 2 } },
    // All gateways and their next pods at once find room on a node of two cores.
    gateway: { workload: { resources: { requests: { cpu: '10m' } } } },
    firstService: { enabled: true, name: sampleName, namespace: 'default' },
    test: { image: testImage }
  }

  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true })
    const options = { environment: this.environment }
    this.#helm = (await findHelm()).command
    const image = process.env.KIND_NODE_IMAGE
    await createCluster({ name: this.cluster, nodes: 1, ...(image && { image }) }, options)
    const operator = await this.operator('istio-system', { gateway: this.operated })
    const images = [...(await istioImages(operator)), nodeImage]
    if (canTest) {
      images.push(await this.#buildTestImage())
    }
    await loadImages(this.cluster, (await presentImages(images)).present, options)
    await define(this.context, options)
    await applyObjects(this.context, sampleService(), options)
    await installIstio(this.context, operator, options)
    await rolledOut(this.context, { namespace: 'default', workload: `deployment/${sampleName}`, seconds: 60 }, options)
    const flags = ['--context', this.context, '--port-offset', String(20_000 + (process.pid % 10_000))]
    const controller = execa(
      process.execPath,
      [
        ...[istioALB, 'controller', ...flags, '--time-scale', '10', '--host', this.host, '--output', 'json'],
        // A cluster in kind has no cloud provider of its own.
        '--cloud-provider',
        ...['--page', '0']
      ],
      { env: this.environment, reject: false, buffer: { stdout: false } }
    )
    this.#controller = controller
    createInterface({ input: controller.stdout! }).on('line', line => this.#take(JSON.parse(line) as Line))
  }

  /** Whatever happened, nothing is left. */
  async stop(): Promise<void> {
    this.#controller?.kill('SIGINT')
    await this.#controller
    await deleteCluster(this.cluster, { environment: this.environment })
    if (canTest) {
      await execa('docker', ['image', 'rm', '--force', testImage], { reject: false })
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Ports of a gateway by the first digits of its node ports: no two gateways of the cluster may share one. */
  ports = (digits: number) => ({
    ports: Object.fromEntries(
      ['status', 'http2', 'https'].map((name, index) => [name, { nodePort: digits * 100 + 21 + index }])
    )
  })

  /** The gateway that istioctl runs: of one pod, as a node of two cores has no room for two of each. */
  operated = { ...this.ports(320), workload: { autoscaling: { enabled: false }, replicas: 1 } }

  /** The IstioOperator that the chart renders, with Istio's images from where this machine has them. */
  async operator(namespace: string, values: Values): Promise<string> {
    const hub = process.env.ISTIO_HUB ?? 'docker.io/istio'
    const tag = process.env.ISTIO_TAG ?? (await istioctlVersion())
    return renderChart({
      namespace,
      values: [this.file(values), this.file({ gateway: { istioOperator: { hub, tag, render: 'resource' } } })],
      showOnly: ['templates/istio-operator.yaml']
    })
  }

  /** Writes a values file. */
  file(values: Values): string {
    mkdirSync(this.#folder, { recursive: true })
    const file = join(this.#folder, `values-${++this.#files}.yaml`)
    writeFileSync(file, stringify(values))
    return file
  }

  async kubectl(namespace: string, ...arguments_: string[]): Promise<string> {
    const { stdout } = await execa('kubectl', ['--namespace', namespace, ...arguments_], { env: this.environment })
    return stdout
  }

  async apply(manifest: string, ...flags: string[]): Promise<string> {
    const { stdout } = await execa('kubectl', ['apply', ...flags, '--filename', '-'], {
      input: manifest,
      env: this.environment
    })
    return stdout
  }

  /** Installs or upgrades a release in a namespace of its own name, values files in their order. */
  async release(name: string, values: string[], namespace = name, chart = ownChart): Promise<void> {
    await execa(
      this.#helm,
      [
        ...['upgrade', '--install', name, chart, '--namespace', namespace, '--create-namespace'],
        ...values.flatMap(file => ['--values', file])
      ],
      { env: this.environment }
    )
  }

  /** Runs the release's `helm test`; with what its pod said where it fails. */
  async test(name: string, namespace = name): Promise<string> {
    const { failed, all } = await execa(this.#helm, ['test', name, '--namespace', namespace, '--timeout', '60s'], {
      env: this.environment,
      reject: false,
      all: true
    })
    return failed
      ? `${all}\n${await this.kubectl(namespace, 'describe', 'pod', 'istio-ingressgateway-ready')}\n${await this.kubectl(namespace, 'logs', 'istio-ingressgateway-ready')}`
      : all
  }

  async uninstall(name: string, namespace = name): Promise<void> {
    await execa(this.#helm, ['uninstall', name, '--namespace', namespace, '--wait'], { env: this.environment })
  }

  describe = (group: string): LoadBalancerDescription | undefined => this.#descriptions.get(group)

  /** Resolves once a load balancer, by its group or `namespace/name`, fulfils a condition: by default every target is healthy. */
  until(group: string, condition = allHealthy): Promise<LoadBalancerDescription> {
    return this.#when(group, () => {
      const description = this.#descriptions.get(group)
      return description && condition(description) ? description : undefined
    })
  }

  /** Resolves once a load balancer is no more. */
  async untilGone(group: string): Promise<void> {
    await this.#when(group, () => !this.#descriptions.has(group) || undefined)
  }

  #when<Found>(group: string, find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find()
        if (found === undefined) {
          return
        }
        this.#waiting.delete(look)
        clearTimeout(timer)
        resolve(found)
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`not in ${patience / 1000} s: ${group} is ${JSON.stringify(this.#descriptions.get(group))}`))
      }, patience)
      this.#waiting.add(look)
      look()
    })
  }

  /** Sends to a load balancer's listener for the scheme; that of the gateway's status is none. */
  request(
    group: string,
    { scheme = 'http', ...request }: Omit<EdgeRequest, 'scheme'> & Partial<EdgeRequest>
  ): Promise<EdgeAnswer> {
    const listener = this.#descriptions
      .get(group)
      ?.listeners.find(({ protocol, port }) => protocols[scheme].includes(protocol) && port !== 15_021)
    if (!listener) {
      throw new Error(`${group} has no listener for ${scheme}`)
    }
    return sendTo(listener.address, this.host, { scheme, ...request }, this.#authority)
  }

  /** What the controller's page tells a browser that begins to look. */
  async page(): Promise<Beginning> {
    const looking = new AbortController()
    const response = await fetch(`${this.#page}events`, { signal: looking.signal })
    let text = ''
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      text += part
      if (text.includes('\n\n')) {
        break
      }
    }
    looking.abort()
    return JSON.parse(/^data: (.*)$/m.exec(text)![1]!) as Beginning
  }

  /** The statuses of four clients that ask one request after the other while something happens; 0 for no answer at all. */
  async statusesWhile(group: string, happens: () => Promise<void>): Promise<number[]> {
    let over = false
    const statuses: number[] = []
    const client = async (): Promise<void> => {
      while (!over) {
        statuses.push(
          await this.request(group, { path: '/' }).then(
            ({ status }) => status,
            () => 0
          )
        )
      }
    }
    const clients = Array.from({ length: 4 }, client)
    await happens().finally(() => {
      over = true
    })
    await Promise.all(clients)
    return statuses
  }

  /** The pods of the gateway in a namespace. */
  async gatewayPods(namespace: string): Promise<string[]> {
    const pods = await this.kubectl(namespace, 'get', 'pods', '--selector', 'istio=ingressgateway', '--output', 'name')
    return pods.split('\n').filter(Boolean)
  }

  /**
   * Asks until an answer is as wanted, and returns the last one: a gateway that is ready has the routes of a Gateway or
   * VirtualService a moment later, and a node opens a port a moment after the Service has it.
   */
  async requestUntil(
    group: string,
    request: Omit<EdgeRequest, 'scheme'> & Partial<EdgeRequest>,
    wanted: (status: number) => boolean = status => status === 200
  ): Promise<EdgeAnswer> {
    const end = Date.now() + patience
    for (;;) {
      const answer = await this.request(group, request)
      if (wanted(answer.status) || Date.now() > end) {
        return answer
      }
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }

  async #buildTestImage(): Promise<string> {
    const folder = join(this.#folder, 'image')
    mkdirSync(folder)
    cpSync(busybox, join(folder, 'wget'))
    // A base with the C library that the machine's busybox is linked with.
    writeFileSync(join(folder, 'Dockerfile'), `FROM ${nodeImage}\nCOPY wget /usr/local/bin/wget\n`)
    await execa('docker', ['build', '--tag', testImage, folder])
    return testImage
  }

  #take(event: Line): void {
    if (event.type === 'started') {
      this.#authority = readFileSync(event.authorityFile, 'utf8')
      this.#page = event.page
    } else if (event.type === 'load-balancer') {
      this.#descriptions.set(event.loadBalancer.id, event.loadBalancer)
    } else if (event.type === 'load-balancer-deleted') {
      this.#descriptions.delete(event.id)
    }
    for (const look of this.#waiting) {
      look()
    }
  }
}

function allHealthy(description: LoadBalancerDescription): boolean {
  return states(description).length > 0 && states(description).every(state => state === 'healthy')
}
