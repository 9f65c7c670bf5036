import type { ControllerOptions } from '../controller.ts'
import type { InputOptions } from '../options.ts'

export interface UpOptions extends InputOptions, ControllerOptions {
  name: string
  nodes: number
  istioVersion?: string
  gateway?: string
  inCluster?: boolean
  image: string
  retain?: boolean
}
