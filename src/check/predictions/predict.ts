/**
 * What comes of the requests that the rules are there for: each is followed by the functions of `trace`, and an answer that
 * nobody can want is a finding, once a cause. Rules that know the mistake itself say more, so they come first.
 *
 * @module
 */

import { stackPlansOf } from '../../model/index.ts'
import { type KubernetesObject, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { loadBalancerOf } from '../facts/load-balancer.ts'
import { meantRequests } from '../facts/requests.ts'
import type { PredictionCode } from '../rule.ts'
import { type CausedPrediction, predictRequest } from './answer.ts'
import { predictHealthChecks } from './health-check.ts'
import type { Prediction } from './prediction.ts'

/** What a rule found, and which predictions it is the cause of. */
export interface Cause {
  object: KubernetesObject
  message: string
  explains: readonly PredictionCode[]
}

/** Whether a text names an object, and not one whose name goes on. */
function mentions(text: string, name: string): boolean {
  return text
    .split(name)
    .slice(1)
    .some(after => !/^\.?[\w-]/.test(after))
}

/**
 * Whether a cause is that of a prediction: it tells of the same backend; where it names none, of the Ingress. Of an answer that the
 * load balancer gives without a target, no backend is known: it may come of whatever is of another kind.
 */
function explains({ object, message, explains: codes }: Cause, { about, ...prediction }: Prediction): boolean {
  if (!codes.includes(prediction.code)) {
    return false
  }
  if (about.length === 0) {
    return object === prediction.object || object.kind !== prediction.object.kind
  }
  const text = `${objectName(object)} ${message}`
  return (
    about.some(name => mentions(text, name)) ||
    (!/\b(Service|Gateway) [\w.-]+\//.test(text) && mentions(text, objectName(prediction.object)))
  )
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
  for (const group of stackPlansOf(context.plan)) {
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
