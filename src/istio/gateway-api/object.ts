import type { KubernetesObject, ObjectMeta, Resources } from '../../resources/index.ts'
import { byAge } from '../istio.ts'

/** API group of the Gateway API. */
export const group = 'gateway.networking.k8s.io'

export function namespaceOf({ metadata }: { metadata: ObjectMeta }): string {
  return metadata.namespace ?? 'default'
}

/** The objects of a kind, the oldest first. */
export function ofGroup<Kind extends KubernetesObject>(resources: Resources, kind: string): Kind[] {
  return resources
    .all()
    .filter(object => object.kind === kind && object.apiVersion.startsWith(`${group}/`))
    .sort(byAge) as Kind[]
}
