import type { KubernetesObject } from '../../../resources/index.ts'

/** When an object was made, in milliseconds; one that does not say is older than all that do, as Go's zero time is. */
export function creationTime({ metadata }: KubernetesObject): number {
  const time = Date.parse(metadata.creationTimestamp ?? '')
  return Number.isNaN(time) ? -8.64e15 : time
}
