import type { KubernetesObject, Node } from '../../resources/index.ts'
import { instanceID, internalAddress } from '../../targets/index.ts'
import type { NodeInstance } from '../state/seed.ts'

/** The nodes of a cluster as instances; one without an address is none yet. */
export function nodesOf(objects: readonly KubernetesObject[]): NodeInstance[] {
  return (objects as Node[]).flatMap(node => {
    const address = internalAddress(node)
    const { podCIDR, providerID = '' } = node.spec ?? {}
    const zone = node.metadata.labels?.['topology.kubernetes.io/zone'] ?? /^aws:\/\/\/([^/]+)\//.exec(providerID)?.[1]
    const given = { ...(zone !== undefined && { zone }), ...(podCIDR !== undefined && { podCIDR }) }
    return address === undefined ? [] : [{ id: instanceID(node), address, ...given }]
  })
}
