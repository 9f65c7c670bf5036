import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { checkResources } from '../../../../src/check/index.ts'
import { Simulation } from '../../../../src/cluster/index.ts'
import type { LoadBalancerDescription } from '../../../../src/elbv2/index.ts'
import { defaultEnvironment } from '../../../../src/model/index.ts'
import { ownChart, renderResources } from '../../../../src/render/index.ts'
import { assumeMissing, type KubernetesObject, Resources, type Service } from '../../../../src/resources/index.ts'
import { type EdgeRig, edgeScenarios } from '../../../cases/edge.cases.ts'
import { sendTo } from '../../../cases/edge-client.ts'

/** Longest wait for a condition, in milliseconds: many health check intervals at this time scale. */
const patience = 20_000

/** The shared list of scenarios against the embedded cluster: the chart's article scenario on loopback, checks 100 times faster. */
class EmbeddedRig implements EdgeRig {
  readonly host = 'shop.example.com'
  #simulation!: Simulation
  #objects: KubernetesObject[] = []
  /** Conditions that wait for the next event. */
  readonly #waiting = new Set<() => void>()
  /** Kept, so that a listener that is gone can be asked all the same. */
  readonly #addresses = new Map<string, string>()

  async start(): Promise<void> {
    const rendered = await renderResources({ values: [`${ownChart}/ci/article-values.yaml`] })
    this.#objects = structuredClone(assumeMissing(rendered).resources.all())
    this.#simulation = await Simulation.create({
      environment: defaultEnvironment,
      hosts: [this.host],
      timeScale: 100,
      // Away from the listeners of a person's own run, and below the ports that Linux gives to connections (32768 and up).
      portOffset: 20_000 + (process.pid % 10_000),
      onEvent: () => this.#wake()
    })
    await this.#apply()
    for (const { protocol, address } of (await this.describe())!.listeners) {
      this.#addresses.set(protocol.toLowerCase(), address)
    }
  }

  async stop(): Promise<void> {
    await this.#simulation?.close()
  }

  request: EdgeRig['request'] = request =>
    sendTo(this.#addresses.get(request.scheme)!, this.host, request, this.#simulation.authority.certificate)

  async describe(): Promise<LoadBalancerDescription | undefined> {
    return this.#simulation.describe()[0]
  }

  until(what: string, condition: (description: LoadBalancerDescription | undefined) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!condition(this.#simulation.describe()[0])) {
          return
        }
        this.#waiting.delete(check)
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`not seen: ${what}; last: ${JSON.stringify(this.#simulation.describe(), undefined, 2)}`))
      }, patience)
      this.#waiting.add(check)
      check()
    })
  }

  async findings() {
    return checkResources(new Resources(this.#objects), defaultEnvironment)
  }

  async annotateService(annotation: string, value: string | undefined): Promise<void> {
    const annotations = { ...this.#service.metadata.annotations }
    if (value === undefined) {
      delete annotations[annotation]
    } else {
      annotations[annotation] = value
    }
    this.#service.metadata.annotations = annotations
    await this.#apply()
  }

  async annotationOfService(annotation: string): Promise<string | undefined> {
    return this.#service.metadata.annotations?.[annotation]
  }

  async nodePort(name: string): Promise<number> {
    return this.#port(name).nodePort!
  }

  async setNodePort(name: string, nodePort: number): Promise<void> {
    this.#port(name).nodePort = nodePort
    await this.#apply()
  }

  async scaleGateway(replicas: number): Promise<void> {
    const { name, namespace } = this.#service.metadata
    this.#simulation.scale(`${namespace}/${name}`, replicas)
    await this.#apply()
  }

  async deleteIngress(): Promise<void> {
    this.#objects = this.#objects.filter(({ kind }) => kind !== 'Ingress')
    await this.#apply()
  }

  get #service(): Service {
    return this.#objects.find(({ kind }) => kind === 'Service') as Service
  }

  #port(name: string) {
    return this.#service.spec!.ports!.find(port => port.name === name)!
  }

  async #apply(): Promise<void> {
    await this.#simulation.apply(new Resources(this.#objects))
    this.#wake()
  }

  #wake(): void {
    for (const check of this.#waiting) {
      check()
    }
  }
}

describe('an edge on the embedded cluster', () => {
  const rig = new EmbeddedRig()
  beforeAll(() => rig.start())
  afterAll(() => rig.stop())

  test.each(edgeScenarios)('$name', scenario => scenario.run(rig), 3 * patience)
})
