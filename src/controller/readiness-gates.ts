/**
 * Readiness gates: a pod that has one for a target group is ready only once it is healthy there
 * (LBC: pkg/targetgroupbinding/resource_manager.go, updateTargetHealthPodConditionForPod).
 *
 * @module
 */

import type { TargetGroupDescription, TargetHealthDescription } from '../elbv2/index.ts'
import { objectKey, type Pod, type Resources } from '../resources/index.ts'
import { gateOf } from '../targets/index.ts'
import { type Api, ApiError } from './api.ts'

export interface PodCondition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
}

function conditionOf(type: string, health: TargetHealthDescription | undefined): PodCondition {
  return {
    type,
    status: health ? (health.state === 'healthy' ? 'True' : 'False') : 'Unknown',
    ...(health?.reason && { reason: health.reason }),
    ...(health?.description && { message: health.description })
  }
}

/** Whether a pod already says so. Of one that is in no target group nothing is said until something was. */
function says({ status }: Pod, condition: PodCondition): boolean {
  const known = status?.conditions?.find(({ type }) => type === condition.type)
  if (!known) {
    return condition.status === 'Unknown'
  }
  function textOf({ status, reason = '', message = '' }: Omit<PodCondition, 'status'> & { status: string }): string {
    return JSON.stringify([status, reason, message])
  }
  return textOf(known) === textOf(condition)
}

/** The conditions that pods should have and do not, by the health of the targets in the target groups that they wait for. */
export function gateConditions(
  targetGroups: readonly TargetGroupDescription[],
  resources: Resources
): { pod: Pod; condition: PodCondition }[] {
  const bindings = resources.list('TargetGroupBinding')
  const gated = resources
    .list('Pod')
    .filter(({ metadata, spec }) => metadata.deletionTimestamp === undefined && (spec?.readinessGates?.length ?? 0) > 0)
  return targetGroups.flatMap(({ name, targets }) => {
    const binding = bindings.find(({ metadata }) => metadata.name === name)
    if (!binding) {
      return []
    }
    const gate = gateOf(name)
    return gated
      .filter(({ metadata }) => metadata.namespace === binding.metadata.namespace)
      .filter(({ spec }) => spec!.readinessGates!.some(({ conditionType }) => conditionType === gate))
      .map(pod => ({ pod, condition: conditionOf(gate, targets.find(isOf(pod))) }))
      .filter(({ pod, condition }) => !says(pod, condition))
  })
}

function isOf({ status }: Pod) {
  return ({ state, target }: TargetHealthDescription): boolean =>
    state !== 'draining' && target.address === status?.podIP
}

/** Writes a condition, and leaves those of others. A pod that is gone needs none. */
export async function patchCondition(
  api: Pick<Api, 'patchStrategically'>,
  pod: Pod,
  condition: PodCondition,
  now: number
): Promise<void> {
  const [namespace, name] = objectKey(pod).split('/')
  const lastTransitionTime = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
  try {
    await api.patchStrategically(`/api/v1/namespaces/${namespace}/pods/${name}/status`, {
      status: { conditions: [{ ...condition, lastTransitionTime }] }
    })
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) {
      throw error
    }
  }
}
