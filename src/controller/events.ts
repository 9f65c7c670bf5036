import type { StackKind } from '../model/index.ts'
import type { KubernetesObject } from '../resources/index.ts'

/** The reasons that the controller writes (LBC: pkg/k8s/events.go), and those of the cloud provider. */
export type Reason = 'SuccessfullyReconciled' | 'BackendNotFound' | FailureReason | CloudProviderReason

export type FailureReason =
  | 'FailedBuildModel'
  | 'FailedDeployModel'
  | 'FailedAddFinalizer'
  | 'FailedRemoveFinalizer'
  | 'FailedUpdateStatus'
  | 'FailedCleanupStatus'
  | 'FailedLoadGroupID'
  | 'SyncLoadBalancerFailed'

/** What stands in front of the cause, letter by letter: the last one begins small. */
const sentences: Record<FailureReason, string> = {
  FailedBuildModel: 'Failed build model due to',
  FailedDeployModel: 'Failed deploy model due to',
  FailedAddFinalizer: 'Failed add finalizer due to',
  FailedRemoveFinalizer: 'Failed remove finalizer due to',
  FailedUpdateStatus: 'Failed update status due to',
  FailedCleanupStatus: 'Failed update status due to',
  FailedLoadGroupID: 'failed load groupID due to',
  SyncLoadBalancerFailed: 'Error syncing load balancer:'
}

/** What Gateways' sentences say otherwise. */
const gatewaySentences: Partial<Record<FailureReason, string>> = {
  FailedAddFinalizer: 'Failed add gateway finalizer due to',
  FailedRemoveFinalizer: 'Failed remove gateway finalizer due to'
}

export interface Note {
  type: 'Normal' | 'Warning'
  reason: Reason
  message: string
  /** Who tells it, where that is not told by the kind of the object. */
  component?: string
}

export const succeeded: Note = {
  type: 'Normal',
  reason: 'SuccessfullyReconciled',
  message: 'Successfully reconciled'
}

/** What Kubernetes' service controller says of its load balancers (cloud-provider: controllers/service). */
const cloudProviderMessages = {
  EnsuringLoadBalancer: 'Ensuring load balancer',
  EnsuredLoadBalancer: 'Ensured load balancer',
  UpdatedLoadBalancer: 'Updated load balancer with new hosts',
  DeletingLoadBalancer: 'Deleting load balancer',
  DeletedLoadBalancer: 'Deleted load balancer'
}

type CloudProviderReason = keyof typeof cloudProviderMessages

/** What the cloud provider has done, or begins to do. */
export function done(reason: CloudProviderReason): Note {
  return { type: 'Normal', reason, message: cloudProviderMessages[reason] }
}

/** @param kind what the failure is told of. */
export function failed(reason: FailureReason, cause: string, kind: StackKind = 'Ingress'): Note {
  const sentence = (kind === 'Gateway' ? gatewaySentences[reason] : undefined) ?? sentences[reason]
  return { type: 'Warning', reason, message: `${sentence} ${cause}` }
}

/** Of a TargetGroupBinding whose Service is not there. */
export function backendNotFound(service: string): Note {
  return {
    type: 'Warning',
    reason: 'BackendNotFound',
    message: `backend not found: Service "${service}" not found`
  }
}

/** A time of an Event object: whole seconds; `now` in milliseconds since 1970. */
export function eventTime(now: number): string {
  return new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Who tells it, by the kind of the object (LBC: GetEventRecorderFor). */
const components: Record<string, string> = {
  Ingress: 'ingress',
  Service: 'service',
  TargetGroupBinding: 'targetGroupBinding'
}

/** The Event object that tells a note about an object, at `now` milliseconds since 1970; `sequence` tells two of them apart. */
export function eventOf(
  object: KubernetesObject,
  { type, reason, message, component = components[object.kind] ?? object.kind }: Note,
  now: number,
  sequence: number
): KubernetesObject {
  const { name, namespace, uid, resourceVersion } = object.metadata
  const time = eventTime(now)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // As client-go names them: by the object and the time in nanoseconds; 253 characters are the most.
    metadata: {
      name: `${name.slice(0, 235)}.${(BigInt(now) * 1_000_000n + BigInt(sequence)).toString(16)}`,
      ...(namespace && { namespace })
    },
    involvedObject: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid, resourceVersion },
    type,
    reason,
    message,
    source: { component },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1
  }
}
