import { readStringMap } from '../annotation/parser.ts'
import { sortedStrings } from '../go/format.ts'
import { parseInteger } from '../go/strconv.ts'
import { ModelError, withErrorPrefix } from '../model-error.ts'
import type { LoadBalancerSpec } from '../stack/stack.ts'
import { mergeAttributes } from './attributes.ts'
import type { Member } from './group/ingress-group.ts'
import type { BuildTask } from './task.ts'

const capacityKey = 'CapacityUnits'

/** LBC: buildIngressGroupLoadBalancerMinimumCapacity: IngressClassParams of the first member, else the annotations. */
function collectCapacity(members: Member[]): ReadonlyMap<string, string> {
  const ofClass = members[0]?.params?.spec?.minimumLoadBalancerCapacity
  if (ofClass) {
    return new Map([[capacityKey, String(ofClass.capacityUnits)]])
  }
  return mergeAttributes(
    new Map(),
    members,
    ({ ingress }) => readStringMap('minimum-load-balancer-capacity', ingress)?.value,
    (key, values) => `conflicting capacity reservation ${key}: ${values}`
  )
}

/** LBC: buildLoadBalancerMinimumCapacity. @throws ModelError */
export function buildCapacity({ group, environment }: BuildTask): LoadBalancerSpec['minimumLoadBalancerCapacity'] {
  if (!environment.controller.featureGates.LBCapacityReservation) {
    return undefined
  }
  const capacity = collectCapacity(group.members)
  const wrongKey = sortedStrings(capacity.keys()).find(key => key !== capacityKey)
  if (wrongKey !== undefined) {
    throw new ModelError(`invalid key to set the capacity: ${wrongKey}, Expected key: ${capacityKey}`)
  }
  const text = capacity.get(capacityKey)
  if (text === undefined) {
    return undefined
  }
  return {
    capacityUnits: withErrorPrefix(`invalid value to set the capacity: ${text}`, () => parseInteger(text, 32))
  }
}
