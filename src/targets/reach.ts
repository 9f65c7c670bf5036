/**
 * Which targets may be connected to. The address of a pod means something inside its cluster alone: from elsewhere the host's
 * default route would carry a health check, and requests with what they hold, to whoever has the address there.
 *
 * @module
 */

import { isIP } from 'node:net'
import type { Target, Targets } from '../elbv2/index.ts'

/** Whether an address never leaves this machine. */
export function isLoopback(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return address.startsWith('127.')
    case 6:
      return URL.parse(`http://[${address}]/`)?.hostname === '[::1]'
    default:
      return false
  }
}

/** An ip target is its own address; the ID of an instance is none. */
function isPod({ id, address }: Target): boolean {
  return id === address
}

/** Targets with those pods left unused that cannot be told to be reachable from here, and their addresses. */
export function withoutUnreachable(targets: Targets): { targets: Targets; refused: string[] } {
  const refused = new Set<string>()
  const usable = new Map(
    [...targets].map(([id, list]): [string, Target[]] => [
      id,
      list.map(target => {
        if (!isPod(target) || isLoopback(target.address)) {
          return target
        }
        refused.add(target.address)
        return { ...target, unusable: 'Target.NotInUse' }
      })
    ])
  )
  return refused.size === 0 ? { targets, refused: [] } : { targets: usable, refused: [...refused] }
}
