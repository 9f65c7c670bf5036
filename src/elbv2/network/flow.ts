/**
 * Where a new flow goes: to which target group of the listener, from which zone, and to which target. (User guide: "What is a
 * Network Load Balancer?", flow hash; "Target groups", sticky sessions, cross-zone load balancing, target group health.)
 *
 * @module
 */

import type { WeightedTargetGroup } from '../action.ts'
import type { Target } from '../contract.ts'
import { candidatesOf } from '../target-group.ts'
import { selectTargetGroup } from '../target-group-selection.ts'
import type { TargetHealth } from '../target-health.ts'
import type { MinimumHealthy, NetworkTargetGroupAttributes } from './attributes.ts'
import type { NetworkListenerConfiguration } from './configuration.ts'

interface Member {
  target: Pick<Target, 'zone' | 'address'>
  health: Pick<TargetHealth, 'state' | 'reason'>
}

/** From 0 up to, but not including, 1, the same for the same text. (FNV-1a, with a final mix of its bits.) */
function shareOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/**
 * The target group of a flow: by weight, and where they are sticky by the client's address.
 *
 * @param random - from 0 up to, but not including, 1.
 */
export function targetGroupOfFlow(
  { targetGroups, sticky }: Pick<NetworkListenerConfiguration, 'targetGroups' | 'sticky'>,
  client: string,
  random: number
): WeightedTargetGroup | undefined {
  return selectTargetGroup(targetGroups, sticky ? shareOf(`group ${client}`) : random)
}

/** Whether a target is in reach of a node of the load balancer; what is not known to be in a zone is in all of them. */
function isInReach({ target }: Member, crossZone: boolean, zone: string | undefined): boolean {
  return crossZone || zone === undefined || target.zone === undefined || target.zone === zone
}

/**
 * The targets that a flow through a zone's node may go to: the healthy ones, or all while too few are healthy.
 *
 * @param zone of the node; undefined for all of them.
 */
export function flowCandidates<One extends Member>(
  registered: readonly One[],
  attributes: Pick<NetworkTargetGroupAttributes, 'crossZone' | 'minimumHealthy' | 'failsOpen'>,
  zone: string | undefined
): One[] {
  return candidatesOf(
    registered.filter(member => isInReach(member, attributes.crossZone, zone)),
    attributes
  )
}

/**
 * The target of a new flow. AWS's hash takes the sequence number in, so that one client's connections scatter like chance; a sticky
 * target group hashes the client's address alone, and whatever changes the candidates may move everybody.
 *
 * @param random - from 0 up to, but not including, 1.
 */
export function targetOfFlow<One extends Member>(
  candidates: readonly One[],
  { sticky }: Pick<NetworkTargetGroupAttributes, 'sticky'>,
  client: string,
  random: number
): One | undefined {
  return candidates[Math.floor((sticky ? shareOf(client) : random) * candidates.length)]
}

function hasEnough(members: readonly Member[], { count, percentage }: MinimumHealthy): boolean {
  const healthy = members.filter(({ health }) => health.state === 'healthy').length
  return healthy >= count && (percentage === undefined || healthy * 100 >= percentage * members.length)
}

/** The parts of a target group that decide on DNS. */
export interface ZonedTargets {
  registered: readonly Member[]
  attributes: Pick<NetworkTargetGroupAttributes, 'crossZone' | 'minimumForDNS'>
}

/**
 * The zones whose addresses DNS gives: those that have enough healthy targets in every target group; all where none has.
 *
 * @param groups that listeners forward to.
 */
export function zonesInDNS(zones: readonly string[], groups: readonly ZonedTargets[]): readonly string[] {
  const able = zones.filter(zone =>
    groups.every(({ registered, attributes }) =>
      hasEnough(
        registered.filter(member => isInReach(member, attributes.crossZone, zone)),
        attributes.minimumForDNS
      )
    )
  )
  return able.length === 0 ? zones : able
}

/** Where hosts are that nothing tells apart: programs of one machine. */
const thisMachine = '127.0.0.1'

/**
 * Whether a flow comes back to the host that it comes from: where the client's address is kept, the target gets a packet from
 * itself, and the connection never opens. (User guide: "Troubleshoot", requests time out from a target to its load balancer.)
 * Where every target stands at 127.0.0.1, as do all clients, the address says nothing of it.
 */
export function isHairpin(
  client: string,
  { address }: Pick<Target, 'address'>,
  { preserveClientIP }: Pick<NetworkTargetGroupAttributes, 'preserveClientIP'>,
  registered: readonly Member[]
): boolean {
  return (
    preserveClientIP &&
    client === address &&
    (address !== thisMachine || registered.some(({ target }) => target.address !== thisMachine))
  )
}
