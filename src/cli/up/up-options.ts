import type { InputOptions } from '../options.ts'
import type { ControllerOptions } from '../start-controller.ts'

export interface UpOptions extends InputOptions, ControllerOptions {
  name: string
  nodes: number
  istioVersion?: string
  gateway?: string
  /** Which controller makes the load balancers: the mocked one, or AWS's own against AWS's APIs that are answered here. */
  controller: 'mocked' | 'aws'
  /** Of AWS's own. */
  controllerImage?: string
  controllerChart?: string
  inCluster?: boolean
  image: string
  serviceMutatorWebhook?: boolean
  retain?: boolean
}
