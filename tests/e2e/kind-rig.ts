import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa, type ResultPromise } from 'execa'
import { deleteCluster, type StepEvent } from '../../src/cluster/index.ts'
import type { ControllerEvent } from '../../src/controller/index.ts'
import type { LoadBalancerDescription } from '../../src/elbv2/index.ts'
import type { Finding } from '../../src/failure.ts'
import { ownChart } from '../../src/render/index.ts'
import type { KubernetesObject, Service } from '../../src/resources/index.ts'
import type { EdgeRequest, EdgeRig } from '../cases/edge.cases.ts'
import { sendTo } from '../cases/edge-client.ts'
import { istioALB, run } from './command.ts'

type Line = (ControllerEvent | StepEvent | { type: 'ready'; authorityFile: string; milliseconds: number }) & {
  time: string
}

/** Longest wait for a condition, in milliseconds: a pod's image, start and drain fit in. */
const patience = 120_000

/**
 * The edge of the shared scenarios in kind with real Istio, as `istio-alb up` brings it up; it follows the command's event
 * lines. Cluster, ports and folder carry the run in their names.
 */
export class KindRig implements EdgeRig {
  readonly host = 'shop.example.com'
  readonly cluster = `istio-alb-e2e-${process.env.ISTIO_ALB_E2E_RUN ?? process.pid}`
  readonly group = 'istio-system/common-external-ingress'
  readonly lines: Line[] = []
  readonly #folder = join(tmpdir(), this.cluster)
  readonly #descriptions = new Map<string, LoadBalancerDescription>()
  /** Kept, so that a listener that is gone can be asked all the same. */
  readonly #addresses = new Map<string, string>()
  /** Conditions that wait for the next line. */
  readonly #waiting = new Set<() => void>()
  #up: ResultPromise | undefined
  #authority = ''

  /** The environment of every command: a kubeconfig of this run's own. */
  readonly environment = { KUBECONFIG: join(this.#folder, 'kubeconfig') }

  /** What the chart is installed with: the article's set-up, checked as often as AWS allows. */
  readonly chartFlags = [
    ...['--values', join(ownChart, 'ci', 'article-values.yaml')],
    ...['--set', 'ingress.healthCheck.intervalSeconds=5'],
    ...['--set', 'ingress.healthCheck.timeoutSeconds=2']
  ]

  /** Runs `istio-alb up` until it is ready. */
  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true })
    const flags = ['--port-offset', String(20_000 + (process.pid % 10_000)), '--time-scale', '10', '--host', this.host]
    const up = execa(
      process.execPath,
      [istioALB, 'up', '--name', this.cluster, ...this.chartFlags, ...flags, '--output', 'json'],
      { env: this.environment, reject: false, stderr: 'pipe', buffer: { stdout: false } }
    )
    this.#up = up
    createInterface({ input: up.stdout! }).on('line', text => this.#take(JSON.parse(text) as Line))
    const ready = await Promise.race([
      this.seen('the edge is ready', line => line.type === 'ready', 5 * patience),
      up.then(({ exitCode, stderr }) => {
        throw new Error(`istio-alb up ended with exit code ${exitCode}: ${stderr}\n${this.#lastLines()}`)
      })
    ])
    if (ready.type !== 'ready') {
      throw new Error('unreachable')
    }
    this.#authority = readFileSync(ready.authorityFile, 'utf8')
  }

  /** Interrupts the command as Ctrl-C does, and returns how it ended. */
  async interrupt(): Promise<{ exitCode: number | undefined; stderr: string }> {
    this.#up?.kill('SIGINT')
    const { exitCode, stderr } = (await this.#up)!
    this.#up = undefined
    return { exitCode, stderr: String(stderr) }
  }

  /** Whatever happened, nothing is left. */
  async stop(): Promise<void> {
    if (this.#up) {
      await this.interrupt()
    }
    await deleteCluster(this.cluster, { environment: this.environment })
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async kubectl(...arguments_: string[]): Promise<string> {
    const { stdout } = await execa('kubectl', ['--namespace', 'istio-system', ...arguments_], { env: this.environment })
    return stdout
  }

  /** Any of the controller's load balancers by group; the edge's own without one. */
  describeGroup(group: string): LoadBalancerDescription | undefined {
    return this.#descriptions.get(group)
  }

  /** Resolves to the first line, from now on, that fulfils the condition. */
  seen(what: string, condition: (line: Line) => boolean, longest = patience): Promise<Line> {
    const from = this.lines.length
    return this.#when(what, () => this.lines.slice(from).find(condition), longest)
  }

  request(request: EdgeRequest) {
    const address = this.#addresses.get(request.scheme)
    if (!address) {
      throw new Error(`no ${request.scheme} listener was ever seen`)
    }
    return sendTo(address, this.host, request, this.#authority)
  }

  async describe(): Promise<LoadBalancerDescription | undefined> {
    return this.#descriptions.get(this.group)
  }

  until(what: string, condition: (description: LoadBalancerDescription | undefined) => boolean): Promise<void> {
    return this.untilGroup(this.group, what, condition)
  }

  /** Resolves once the condition holds for a load balancer of the controller's. */
  async untilGroup(
    id: string,
    what: string,
    condition: (description: LoadBalancerDescription | undefined) => boolean
  ): Promise<void> {
    await this.#when(what, () => condition(this.#descriptions.get(id)) || undefined, patience)
  }

  async apply(...objects: KubernetesObject[]): Promise<void> {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
    await execa('kubectl', ['apply', '--filename', '-'], { env: this.environment, input })
  }

  async findings(): Promise<Finding[]> {
    const kinds = 'ingress,service,gateways.networking.istio.io,virtualservices.networking.istio.io,ingressclass'
    const input = await this.kubectl('get', kinds, '--output', 'yaml')
    const { stdout, stderr } = await run(['check', '--output', 'json', '-'], { input })
    if (stdout === '') {
      throw new Error(stderr)
    }
    return JSON.parse(stdout) as Finding[]
  }

  async annotateService(annotation: string, value: string | undefined): Promise<void> {
    const assignment = value === undefined ? `${annotation}-` : `${annotation}=${value}`
    await this.kubectl('annotate', '--overwrite', 'service', 'istio-ingressgateway', assignment)
  }

  async annotationOfService(annotation: string): Promise<string | undefined> {
    return (await this.#service()).metadata.annotations?.[annotation]
  }

  async nodePort(name: string): Promise<number> {
    return (await this.#service()).spec!.ports!.find(port => port.name === name)!.nodePort!
  }

  async setNodePort(name: string, nodePort: number): Promise<void> {
    const index = (await this.#service()).spec!.ports!.findIndex(port => port.name === name)
    const patch = [{ op: 'replace', path: `/spec/ports/${index}/nodePort`, value: nodePort }]
    await this.kubectl('patch', 'service', 'istio-ingressgateway', '--type=json', `--patch=${JSON.stringify(patch)}`)
  }

  /** Resolves when that many pods are there, and no others: a pod that drains is one more. */
  async scaleGateway(replicas: number): Promise<void> {
    await this.kubectl('scale', 'deployment', 'istio-ingressgateway', `--replicas=${replicas}`)
    if (replicas === 0) {
      await this.kubectl('wait', '--for=delete', 'pod', '--selector=app=istio-ingressgateway', '--timeout=90s')
    } else {
      await this.kubectl('rollout', 'status', 'deployment/istio-ingressgateway', '--timeout=90s')
    }
  }

  async deleteIngress(): Promise<void> {
    await this.kubectl('delete', 'ingress', 'common-external-ingress', '--timeout=60s')
  }

  async #service(): Promise<Service> {
    return JSON.parse(await this.kubectl('get', 'service', 'istio-ingressgateway', '--output', 'json'))
  }

  #take(line: Line): void {
    this.lines.push(line)
    if (line.type === 'load-balancer') {
      this.#descriptions.set(line.loadBalancer.id, line.loadBalancer)
      if (line.loadBalancer.id === this.group) {
        for (const { protocol, address } of line.loadBalancer.listeners) {
          this.#addresses.set(protocol.toLowerCase(), address)
        }
      }
    } else if (line.type === 'load-balancer-deleted') {
      this.#descriptions.delete(line.id)
    }
    for (const look of this.#waiting) {
      look()
    }
  }

  #lastLines(): string {
    return this.lines
      .slice(-30)
      .map(line => JSON.stringify(line))
      .join('\n')
  }

  #when<Found>(what: string, find: () => Found | undefined, longest: number): Promise<Found> {
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
        reject(new Error(`not seen in ${longest / 1000} s: ${what}\n${this.#lastLines()}`))
      }, longest)
      this.#waiting.add(look)
      look()
    })
  }
}
