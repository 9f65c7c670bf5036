/**
 * What comes of the requests that the rules are there for: each is followed by the functions of `trace`, and an answer that
 * nobody can want is a finding, once a cause. Rules that know the mistake itself say more, so they come first.
 *
 * @module
 */

import { type KubernetesObject, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { loadBalancerOf } from '../facts/predicted-health.ts'
import { meantRequests } from '../facts/requests.ts'
import type { PredictionCode } from '../rule.ts'
import { type CausedPrediction, predictRequest } from './answer.ts'
import { predictHealthChecks } from './health-check.ts'
import type { Prediction } from './prediction.ts'

/** What a rule found, and which predictions it is the cause of. */
export interface Cause {
  object: KubernetesObject
  explains: readonly PredictionCode[]
}

/** Whether a cause is that of a prediction: it stands at its Ingress, or at what is no Ingress. */
function explains({ object, explains: codes }: Cause, prediction: Prediction): boolean {
  return codes.includes(prediction.code) && (object === prediction.object || object.kind !== 'Ingress')
}

/** What the plan comes to when it is asked. @param causes what rules found already. */
export function predict(context: Context, causes: readonly Cause[]): Prediction[] {
  const { tracer } = context
  const predictions = new Map<string, Prediction>()
  function add({ cause, ...prediction }: CausedPrediction): void {
    const key = `${prediction.code} ${objectName(prediction.object)} ${cause}`
    if (!predictions.has(key) && !causes.some(cause => explains(cause, prediction))) {
      predictions.set(key, prediction)
    }
  }
  for (const group of context.plan.groups) {
    const loadBalancer = loadBalancerOf(tracer, group)
    if (!loadBalancer) {
      continue
    }
    for (const prediction of predictHealthChecks(context, loadBalancer)) {
      add({ ...prediction, cause: prediction.message })
    }
    const unrouted = new Map<string, CausedPrediction | undefined>()
    for (const meant of meantRequests(tracer, loadBalancer)) {
      const predicted = predictRequest(context, tracer, loadBalancer, meant)
      for (const prediction of predicted ?? []) {
        if (prediction.code !== 'GATEWAY_HAS_NO_ROUTE') {
          add(prediction)
        }
      }
      // That one path of a host has no route may be meant; that none of a rule's has one, hardly.
      const place = `${meant.listener.port} ${meant.rule.priority} ${meant.host}`
      const without = predicted?.find(({ code }) => code === 'GATEWAY_HAS_NO_ROUTE')
      if (predicted) {
        unrouted.set(place, without && (unrouted.has(place) ? unrouted.get(place) : without))
      }
    }
    for (const prediction of unrouted.values()) {
      if (prediction) {
        add(prediction)
      }
    }
  }
  return [...predictions.values()]
}
