import type { Roster } from '../roster.ts'
import type { Transport } from '../transport/transport.ts'
import type { CheckedTarget } from './checked-target-group.ts'

/** A target that gets requests. */
export interface RegisteredTarget extends CheckedTarget {
  readonly transport: Transport
  /** Cuts what is in flight to the target, by request. */
  readonly inFlight: Roster<() => void>
  /** When it began to ramp up, for slow start. */
  slowStartSince?: number
  /** Share that round robin still owes the target. */
  credit: number
  /** Order of the last choice, to take turns among equals. */
  lastChosen: number
}
