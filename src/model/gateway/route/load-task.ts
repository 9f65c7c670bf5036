import type { Resources } from '../../../resources/index.ts'
import type { GatewayObjects } from '../objects.ts'

/** What routes are loaded from. */
export interface LoadTask {
  readonly resources: Resources
  readonly objects: GatewayObjects
}
