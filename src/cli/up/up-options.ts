import type { InputOptions } from '../options.ts'
import type { ControllerOptions } from '../start-controller.ts'

export interface UpOptions extends InputOptions, ControllerOptions {
  name: string
  nodes: number
  istioVersion?: string
  gateway?: string
  inCluster?: boolean
  image: string
  serviceMutatorWebhook?: boolean
  retain?: boolean
}
