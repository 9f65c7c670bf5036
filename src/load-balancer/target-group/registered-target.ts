import type { Target, TargetHealth } from '../../elbv2/index.ts'
import type { Transport } from '../transport/transport.ts'

/** A target in its target group. */
export interface RegisteredTarget {
  readonly target: Target
  health: TargetHealth
  readonly transport: Transport
  /** Cuts what is in flight to the target, by request. */
  readonly inFlight: Set<() => void>
  /** When it began to ramp up, for slow start. */
  slowStartSince?: number
  /** Share that round robin still owes the target. */
  credit: number
  /** Order of the last choice, to take turns among equals. */
  lastChosen: number
  drainTimer?: unknown
}
