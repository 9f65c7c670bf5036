/** A controller against the API server in this process, with one application behind every node port. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Bindings } from '../../../src/cluster/index.ts'
import { Api } from '../../../src/controller/api.ts'
import { Controller, type ControllerOptions } from '../../../src/controller/controller.ts'
import type { ControllerEvent } from '../../../src/controller/controller-event.ts'
import type { TargetHealthDescription } from '../../../src/elbv2/index.ts'
import { createDevelopmentAuthority } from '../../../src/load-balancer/index.ts'
import { defaultEnvironment } from '../../../src/model/index.ts'
import type { Ingress, KubernetesObject } from '../../../src/resources/index.ts'
import { FakeApiServer } from './fake-api-server.ts'

/** Every listener where the system has room. */
const anywhere: Bindings = {
  assign: async () => {},
  of: () => ({ host: '127.0.0.1', port: 0 }),
  release: () => {}
}

export const prefix = 'alb.ingress.kubernetes.io'
export const finalizer = 'ingress.k8s.aws/resources'

export function definition(plural: string, group = 'elbv2.k8s.aws'): KubernetesObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    status: { conditions: [{ type: 'Established', status: 'True' }] }
  }
}

export function node(name: string, status = 'True'): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      conditions: [{ type: 'Ready', status }]
    }
  }
}

export function ingress(name = 'web', annotations: Record<string, string> = {}): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'shop', annotations },
    spec: { ingressClassName: 'alb', defaultBackend: { service: { name: 'web', port: { number: 80 } } } }
  }
}

/** An Ingress for one host, so that several may share a group. */
export function hosted(name: string, annotations: Record<string, string> = {}): Ingress {
  const { spec, ...rest } = ingress(name, annotations)
  const { ingressClassName, defaultBackend } = spec!
  const http = { paths: [{ path: '/', pathType: 'Prefix' as const, backend: defaultBackend! }] }
  return { ...rest, spec: { ingressClassName: ingressClassName!, rules: [{ host: `${name}.example.com`, http }] } }
}

export class ControllerRig {
  readonly server = new FakeApiServer()
  readonly events: ControllerEvent[] = []
  readonly controllers: Controller[] = []
  readonly #waiting = new Set<() => void>()
  readonly #application = createServer((_, response) => response.end('application'))

  async start(): Promise<void> {
    await new Promise<void>(resolve => this.#application.listen(0, '127.0.0.1', resolve))
    this.server.onChange = () => this.#wake()
    await this.server.start()
    this.server.put(
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'alb' },
        spec: { controller: 'ingress.k8s.aws/alb' }
      },
      node('one'),
      this.service()
    )
  }

  async stop(): Promise<void> {
    await Promise.all(this.controllers.map(controller => controller.close()))
    await this.server.close()
    this.#application.closeAllConnections()
    await new Promise(resolve => this.#application.close(resolve))
  }

  get port(): number {
    return (this.#application.address() as AddressInfo).port
  }

  /** The Service of every Ingress here, with the application as its node port and its pods' port. */
  service(nodePort = this.port): KubernetesObject {
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        type: 'NodePort',
        selector: { app: 'web' },
        ports: [{ name: 'http', port: 80, targetPort: this.port, nodePort }]
      }
    }
  }

  async controller(options: Partial<ControllerOptions> = {}): Promise<Controller> {
    const controller = new Controller({
      api: await Api.of({ file: this.server.kubeconfig }),
      environment: defaultEnvironment,
      authority: await createDevelopmentAuthority(),
      bindings: anywhere,
      timeScale: 100,
      onEvent: event => {
        this.events.push(event)
        this.#wake()
      },
      ...options
    })
    this.controllers.push(controller)
    controller.start()
    return controller
  }

  /** Resolves once the condition holds; it is looked at after everything that a controller says or writes. */
  until(condition: () => boolean): Promise<void> {
    return new Promise(resolve => {
      const look = (): void => {
        if (!condition()) {
          return
        }
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  stored(name = 'web'): Ingress | undefined {
    return this.server.find('Ingress', name, 'shop') as Ingress | undefined
  }

  told(name = 'web'): string[] {
    return this.server.events(name).map(({ reason, message }) => `${reason}: ${message}`)
  }

  /** The targets of all target groups of a controller. */
  targets(controller: Controller): TargetHealthDescription[] {
    return controller.describe().flatMap(({ targetGroups }) => targetGroups.flatMap(group => group.targets))
  }

  #wake(): void {
    for (const look of this.#waiting) {
      look()
    }
  }
}
