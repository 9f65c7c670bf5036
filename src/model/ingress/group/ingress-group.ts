import type { Ingress, IngressClassParams, Resources } from '../../../resources/index.ts'
import { readInt32, readString } from '../../annotation/parser.ts'
import { keyOf, namespaceOf } from '../../build/cluster-objects.ts'
import type { Environment } from '../../environment/environment.ts'
import { compareStrings } from '../../go/format.ts'
import { InvalidIngressClass, InvalidIngressGroup, ModelError, withErrorPrefix } from '../../model-error.ts'
import { formatGroupID, type GroupID, groupFinalizer } from '../../stack/names.ts'
import { asAutoModeReads } from './auto-mode.ts'
import { classifyIngress } from './ingress-class.ts'

const minOrder = -1000
const maxOrder = 1000
const maxNameLength = 63

/** An Ingress of a group with the parameters of its class. */
export interface Member {
  ingress: Ingress
  /** `namespace/name` */
  key: string
  params?: IngressClassParams
}

/** Ingresses that share a load balancer. */
export interface IngressGroup {
  id: GroupID
  /** Active members in group order. */
  members: Member[]
  /** Ingresses that are being deleted or have left, but still carry the group's finalizer. */
  inactiveMembers: Ingress[]
  /** Why the group cannot be loaded: the controller logs it and does nothing. */
  loadError?: string
  /** Its load balancer is EKS Auto Mode's. */
  autoMode?: true
}

/** The groups of a set of objects, and the Ingresses whose own class or group name is broken. */
export interface LoadedGroups {
  groups: IngressGroup[]
  unloadable: { ingress: string; error: string }[]
}

/** LBC: validateGroupName. */
function checkGroupName(name: string): void {
  if (!/^([a-z0-9][-a-z0-9.]*)?[a-z0-9]$/.test(name)) {
    throw new ModelError(
      "groupName must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
    )
  }
  if (name.length > maxNameLength) {
    throw new ModelError(`groupName must be no more than ${maxNameLength} characters`)
  }
}

/** LBC: loadGroupID. @throws ModelError */
function groupIDOf(ingress: Ingress, params: IngressClassParams | undefined): GroupID {
  const name = params?.spec?.group?.name ?? readString('group.name', ingress)?.value
  if (name === undefined) {
    return { namespace: namespaceOf(ingress), name: ingress.metadata.name }
  }
  withErrorPrefix('invalid ingress group', () => checkGroupName(name), InvalidIngressGroup)
  return { namespace: '', name }
}

/** LBC: LoadGroupIDsPendingFinalization. */
function groupIDsPendingFinalization(ingress: Ingress): GroupID[] {
  return (ingress.metadata.finalizers ?? []).flatMap(finalizer => {
    if (finalizer === 'ingress.k8s.aws/resources') {
      return [{ namespace: namespaceOf(ingress), name: ingress.metadata.name }]
    }
    const explicit = /^group\.ingress\.k8s\.aws\/(.*)$/s.exec(finalizer)?.[1]
    return explicit === undefined ? [] : [{ namespace: '', name: explicit }]
  })
}

/** By `group.order`, then by name (LBC: sortGroupMembers). @throws ModelError */
function sortMembers(members: Member[]): Member[] {
  const ordered = members.map(member => {
    const order = withErrorPrefix(`failed to load Ingress group order for ingress: ${member.key}`, () =>
      readInt32('group.order', member.ingress)
    )?.value
    if (order !== undefined && (order < minOrder || order > maxOrder)) {
      throw new ModelError(
        `explicit Ingress group order must be within [${minOrder}:${maxOrder}], Ingress: ${member.key}, order: ${order}`
      )
    }
    return { member, order: order ?? 0 }
  })
  return ordered
    .sort((left, right) => left.order - right.order || compareStrings(left.member.key, right.member.key))
    .map(({ member }) => member)
}

/**
 * Finds the groups of all Ingresses (LBC: defaultGroupLoader). Ingresses are looked at in the order in which the API server
 * keeps them, by namespace and name.
 */
export function loadGroups(resources: Resources, environment: Environment): LoadedGroups {
  const ingresses = resources
    .list('Ingress')
    .map(ingress => ({ ingress, key: keyOf(ingress) }))
    .sort((left, right) => compareStrings(left.key, right.key))
  const groups = new Map<string, IngressGroup>()
  const unloadable: LoadedGroups['unloadable'] = []
  // What keeps every group from being loaded: an error that leaves it open which group an Ingress is a member of.
  let loadError: string | undefined

  // An explicit group may be named like an implicit one's key, so the finalizer is part of the map's key.
  function groupOf(id: GroupID): IngressGroup {
    const mapKey = `${groupFinalizer(id)} ${formatGroupID(id)}`
    const group = groups.get(mapKey) ?? { id, members: [], inactiveMembers: [] }
    groups.set(mapKey, group)
    return group
  }

  for (const { ingress, key } of ingresses) {
    let memberOf: IngressGroup | undefined
    let pendingError: string | undefined
    if (ingress.metadata.deletionTimestamp === undefined) {
      try {
        const { owned, params, autoMode } = classifyIngress(ingress, resources, environment)
        if (owned) {
          const read = autoMode ? asAutoModeReads(ingress) : ingress
          memberOf = groupOf(groupIDOf(read, params))
          memberOf.members.push({ ingress: read, key, ...(params && { params }) })
          if (autoMode) {
            memberOf.autoMode = autoMode
          }
        }
      } catch (error) {
        if (!(error instanceof ModelError)) {
          throw error
        }
        unloadable.push({ ingress: key, error: error.message })
        // The class may have been changed by accident, which must not take the Ingress out of the group that it is in.
        if (error instanceof InvalidIngressClass) {
          pendingError = `Ingress: ${key}: Ingress has invalid IngressClass configuration: ${error.message}`
        } else if (!(error instanceof InvalidIngressGroup)) {
          loadError ??= `Ingress: ${key}: ${error.message}`
        }
      }
    }
    for (const id of groupIDsPendingFinalization(ingress)) {
      const group = groupOf(id)
      if (pendingError !== undefined) {
        group.loadError ??= pendingError
      } else if (group !== memberOf) {
        group.inactiveMembers.push(ingress)
      }
    }
  }

  for (const group of groups.values()) {
    group.loadError ??= loadError
    if (group.loadError !== undefined) {
      continue
    }
    try {
      group.members = sortMembers(group.members)
    } catch (error) {
      if (!(error instanceof ModelError)) {
        throw error
      }
      group.loadError = error.message
    }
  }
  return {
    groups: [...groups.values()].sort((left, right) => compareStrings(formatGroupID(left.id), formatGroupID(right.id))),
    unloadable
  }
}
