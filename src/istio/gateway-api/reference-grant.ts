import type { KubernetesObject, Resources } from '../../resources/index.ts'
import { group, namespaceOf, ofGroup } from './object.ts'

interface ReferenceGrant extends KubernetesObject {
  spec?: {
    from?: { group: string; kind: string; namespace: string }[]
    to?: { group: string; kind: string; name?: string }[]
  }
}

/** Whether an object of the Gateway API may refer to one of another namespace. */
export function isGranted(
  from: { kind: string; namespace: string },
  to: { group?: string | undefined; kind: string; name: string; namespace: string },
  resources: Resources
): boolean {
  return ofGroup<ReferenceGrant>(resources, 'ReferenceGrant').some(
    grant =>
      namespaceOf(grant) === to.namespace &&
      grant.spec?.from?.some(
        one => one.group === group && one.kind === from.kind && one.namespace === from.namespace
      ) &&
      grant.spec.to?.some(
        one =>
          one.group === (to.group ?? '') && one.kind === to.kind && (one.name === undefined || one.name === to.name)
      )
  )
}
