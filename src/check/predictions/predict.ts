/**
 * What comes of the requests that the rules are there for: each is followed by the functions of `trace`, and an answer that
 * nobody can want is a finding, once a cause. Rules that know the mistake itself say more, so they come first.
 *
 * @module
 */

import { Failure } from '../../failure.ts'
import { applicationLoadBalancer, type StackPlan, stackPlansOf } from '../../model/index.ts'
import { type KubernetesObject, objectName } from '../../resources/index.ts'
import type { TracedLoadBalancer, Tracer } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import { meantRequests } from '../facts/requests.ts'
import type { PredictionCode } from '../rule.ts'
import { predictRequest } from './answer.ts'
import { predictHealthChecks } from './health-check.ts'
import type { Prediction } from './prediction.ts'

/** What a rule found, and which predictions it is the cause of. */
export interface Cause {
  object: KubernetesObject
  explains: readonly PredictionCode[]
}

/** Whether a cause is that of a prediction: it stands at its Ingress or route, or at what is none. */
function explains({ object, explains: codes }: Cause, prediction: Prediction): boolean {
  return codes.includes(prediction.code) && (object === prediction.object || object.kind !== prediction.object.kind)
}

/** What the plan comes to when it is asked. @param causes what rules found already. */
export function predict(context: Context, causes: readonly Cause[]): Prediction[] {
  const { tracer } = context
  const predictions = new Map<string, Prediction>()
  function add(prediction: Prediction, cause: string): void {
    const key = `${prediction.code} ${objectName(prediction.object)} ${cause}`
    if (!predictions.has(key) && !causes.some(cause => explains(cause, prediction))) {
      predictions.set(key, prediction)
    }
  }
  for (const group of stackPlansOf(context.plan)) {
    const loadBalancer = loadBalancerOf(tracer, group)
    if (!loadBalancer) {
      continue
    }
    for (const prediction of predictHealthChecks(context, tracer, loadBalancer)) {
      add(prediction, prediction.message)
    }
    for (const meant of meantRequests(tracer, loadBalancer)) {
      for (const { cause, ...prediction } of predictRequest(context, tracer, loadBalancer, meant)) {
        add(prediction, cause)
      }
    }
  }
  return [...predictions.values()]
}

/** The load balancer of a group; undefined where the controller makes none, or AWS refuses it, which rules tell. */
function loadBalancerOf(tracer: Tracer, group: StackPlan): TracedLoadBalancer | undefined {
  if (applicationLoadBalancer(group.stack)?.type !== 'application') {
    return undefined
  }
  try {
    return tracer.loadBalancerOf(group)
  } catch (error) {
    if (error instanceof Failure) {
      return undefined
    }
    throw error
  }
}
