import type { KubernetesObject } from '../../resources/index.ts'
import { withFinalizer, withoutFinalizer } from '../finalizers.ts'

/** A patch of an object. */
export interface Patch {
  object: KubernetesObject
  subresource: '' | '/status'
  body: object
  error?: never
}

/**
 * What an object lacks: the next patch of it, one at a time, since what follows is seen when the object comes back changed; or why
 * it may not go yet, which the log tells.
 */
export type Amendment = Patch | { object: KubernetesObject; error: string }

export function metadataAmendment(object: KubernetesObject, metadata: object): Patch {
  return { object, subresource: '', body: { metadata } }
}

export function statusAmendment(object: KubernetesObject, status: object): Patch {
  return { object, subresource: '/status', body: { status } }
}

/** A finalizer that an object lacks; under the object's version, so that nobody else's is lost. */
export function finalizerAmendment(object: KubernetesObject, finalizer: string): Amendment | undefined {
  const finalizers = withFinalizer(object.metadata, finalizer)
  return finalizers && metadataAmendment(object, { resourceVersion: object.metadata.resourceVersion, finalizers })
}

/** What is to be done for an object that is being deleted: its finalizer comes off, unless it is in use. */
export function releaseAmendment(
  object: KubernetesObject,
  finalizer: string,
  inUse: string | undefined
): Amendment | undefined {
  const finalizers = withoutFinalizer(object.metadata, finalizer)
  if (!finalizers) {
    return undefined
  }
  return inUse === undefined
    ? metadataAmendment(object, { resourceVersion: object.metadata.resourceVersion, finalizers })
    : { object, error: inUse }
}
