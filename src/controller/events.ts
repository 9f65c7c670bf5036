import type { KubernetesObject } from '../resources/index.ts'

/** The reasons that the controller writes on Ingresses (LBC: pkg/k8s/events.go). */
export type Reason = 'SuccessfullyReconciled' | 'BackendNotFound' | FailureReason

export type FailureReason =
  | 'FailedBuildModel'
  | 'FailedDeployModel'
  | 'FailedAddFinalizer'
  | 'FailedRemoveFinalizer'
  | 'FailedUpdateStatus'
  | 'FailedLoadGroupID'

/** What stands in front of the cause, letter by letter: the last one begins small. */
const sentences: Record<FailureReason, string> = {
  FailedBuildModel: 'Failed build model due to',
  FailedDeployModel: 'Failed deploy model due to',
  FailedAddFinalizer: 'Failed add finalizer due to',
  FailedRemoveFinalizer: 'Failed remove finalizer due to',
  FailedUpdateStatus: 'Failed update status due to',
  FailedLoadGroupID: 'failed load groupID due to'
}

export interface Note {
  type: 'Normal' | 'Warning'
  reason: Reason
  message: string
}

export const succeeded: Note = {
  type: 'Normal',
  reason: 'SuccessfullyReconciled',
  message: 'Successfully reconciled'
}

export const failed = (reason: FailureReason, cause: string): Note => ({
  type: 'Warning',
  reason,
  message: `${sentences[reason]} ${cause}`
})

/** Of a TargetGroupBinding whose Service is not there. */
export const backendNotFound = (service: string): Note => ({
  type: 'Warning',
  reason: 'BackendNotFound',
  message: `backend not found: Service "${service}" not found`
})

/** The Event object that tells a note about an object, at `now` milliseconds since 1970; `sequence` tells two of them apart. */
export function eventOf(
  object: KubernetesObject,
  { type, reason, message }: Note,
  now: number,
  sequence: number
): Record<string, unknown> {
  const { name, namespace, uid, resourceVersion } = object.metadata
  const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // As client-go names them: by the object and the time in nanoseconds; 253 characters are the most.
    metadata: {
      name: `${name.slice(0, 235)}.${(BigInt(now) * 1_000_000n + BigInt(sequence)).toString(16)}`,
      namespace
    },
    involvedObject: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid, resourceVersion },
    type,
    reason,
    message,
    source: { component: object.kind === 'Ingress' ? 'ingress' : 'targetGroupBinding' },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1
  }
}

/** Remembers what was last said about each object, so that nothing is said twice while nothing changed. */
export class Notes {
  readonly #said = new Map<string, string>()

  /** Whether this is news about the object `key`; `occasion` is what has to change for the same message to be news again. */
  isNews(key: string, message: string, occasion: string): boolean {
    const said = JSON.stringify([message, occasion])
    if (this.#said.get(key) === said) return false
    this.#said.set(key, said)
    return true
  }

  /** Forgets objects that are no more. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#said.keys()) if (!keys.has(key)) this.#said.delete(key)
  }
}
