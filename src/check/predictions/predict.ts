/**
 * What comes of the requests that the rules are there for: each is followed by the functions of `trace`, and an answer that
 * nobody can want is a finding, once a cause. Rules that know the mistake itself say more, so they come first.
 *
 * @module
 */

import { type StackPlan, stackPlansOf } from '../../model/index.ts'
import { type KubernetesObject, objectName } from '../../resources/index.ts'
import { dnsNameOf } from '../../targets/index.ts'
import type { TracedLoadBalancer } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import { loadBalancerOf, networkLoadBalancerOf } from '../facts/load-balancer.ts'
import { meantRequests } from '../facts/requests.ts'
import type { Rule } from '../rule.ts'
import { type CausedPrediction, predictRequest } from './answer.ts'
import { followConnections } from './connection.ts'
import { predictHealthChecks } from './health-check.ts'
import type { Prediction } from './prediction.ts'

/** What a rule found, and which predictions it is the cause of. */
export interface Cause {
  object: KubernetesObject
  message: string
  explains: NonNullable<Rule['explains']>
}

/** Whether a text names an object, and not one whose name goes on. */
export function mentions(text: string, name: string): boolean {
  return text
    .split(name)
    .slice(1)
    .some(after => !/^\.?[\w-]/.test(after))
}

/**
 * Whether a cause is that of a prediction: it tells of the same backend, or of the host that has no route; where it names no backend, of the Ingress. Of an answer that the
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
    (prediction.host !== undefined && mentions(text, prediction.host)) ||
    (!/\b(Service|Gateway) [\w.-]+\//.test(text) && mentions(text, objectName(prediction.object)))
  )
}

/** What comes of one request. */
interface FollowedRequest {
  /** The rule, or the port, and the host that it is for. */
  place: string
  predicted: CausedPrediction[]
}

/** What comes of the health checks of one load balancer, and of its requests. */
function predictionsOf(
  context: Context,
  plan: StackPlan
): { health: Iterable<CausedPrediction>; followed: Iterable<FollowedRequest> } {
  const loadBalancer = loadBalancerOf(context.tracer, plan)
  if (loadBalancer) {
    const health = [...predictHealthChecks(context, loadBalancer)]
    return {
      health: health.map(prediction => ({ ...prediction, cause: prediction.message })),
      followed: predictRequests(context, loadBalancer)
    }
  }
  const spec = networkLoadBalancerOf(plan)
  return spec
    ? followConnections(context, plan, dnsNameOf(spec, context.environment.region))
    : { health: [], followed: [] }
}

function* predictRequests(context: Context, loadBalancer: TracedLoadBalancer): Generator<FollowedRequest> {
  for (const meant of meantRequests(context.tracer, loadBalancer)) {
    const predicted = predictRequest(context, context.tracer, loadBalancer, meant)
    if (predicted) {
      yield { place: `${meant.listener.port} ${meant.rule.priority} ${meant.host}`, predicted }
    }
  }
}

/** Whether a port gives no answer for the very reason for which its health check fails: that is told once. */
function isOfHealth({ code, object, path, cause }: CausedPrediction, health: CausedPrediction): boolean {
  return (
    code === 'TARGET_GIVES_NO_ANSWER' &&
    health.code === 'HEALTH_CHECK_FAILS' &&
    health.object === object &&
    health.path.join('.') === path.join('.') &&
    health.cause.endsWith(cause)
  )
}

/** What the plan comes to when it is asked. @param causes what rules found already. */
export function predict(context: Context, causes: readonly Cause[]): Prediction[] {
  const predictions = new Map<string, Prediction>()
  const failing: CausedPrediction[] = []
  function add({ cause, ...prediction }: CausedPrediction): void {
    const key = `${prediction.code} ${objectName(prediction.object)} ${cause}`
    if (!predictions.has(key) && !causes.some(cause => explains(cause, prediction))) {
      predictions.set(key, prediction)
    }
  }
  for (const plan of stackPlansOf(context.plan)) {
    const { health, followed } = predictionsOf(context, plan)
    for (const prediction of health) {
      failing.push(prediction)
      add(prediction)
    }
    const unrouted = new Map<string, CausedPrediction | undefined>()
    for (const { place, predicted } of followed) {
      for (const prediction of predicted) {
        if (prediction.code !== 'GATEWAY_HAS_NO_ROUTE' && !failing.some(one => isOfHealth(prediction, one))) {
          add(prediction)
        }
      }
      // That one path of a host has no route may be meant; that none of a rule's has one, hardly.
      const without = predicted.find(({ code }) => code === 'GATEWAY_HAS_NO_ROUTE')
      unrouted.set(place, without && (unrouted.has(place) ? unrouted.get(place) : without))
    }
    for (const prediction of unrouted.values()) {
      if (prediction) {
        add(prediction)
      }
    }
  }
  return [...predictions.values()]
}
