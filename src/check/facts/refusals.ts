/**
 * What AWS refuses of the planned stacks, at the place in Ingress, Service, Gateway or what configures them that each value comes from.
 *
 * @module
 */

import { type StackViolation, stackViolations, type Violation } from '../../elbv2/index.ts'
import {
  type GatewayPlan,
  type GroupPlan,
  keyOf,
  readString,
  type StackPlan,
  splitKeyValuePairs
} from '../../model/index.ts'
import { type Ingress, type KubernetesObject, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { frontDoors } from './front-door.ts'
import { parsePath } from './listener-rules.ts'
import { findByName } from './named-object.ts'
import { ownGateways } from './own-gateways.ts'
import { actionPlace, annotatedPlace, conditionPlace, type Place } from './rule-place.ts'

/** A value that AWS refuses. */
export interface Refusal extends Place {
  violation: StackViolation
}

/** A stack's refusals are asked for by several rules of check. */
const known = new WeakMap<StackPlan, Refusal[]>()

/** Everything that AWS refuses of a stack; once where several listeners or target groups have it from one place. */
export function refusalsOf(context: Context, group: StackPlan): Refusal[] {
  const refusals = known.get(group) ?? findRefusals(context, group)
  known.set(group, refusals)
  return refusals
}

function findRefusals(context: Context, group: StackPlan): Refusal[] {
  const refusals = new Map<string, Refusal>()
  const { stack } = group
  for (const violation of stack ? stackViolations(stack, context.tracer.violationsOf(stack)) : []) {
    const place = placeOf(context, group, violation)
    if (!place) {
      continue
    }
    // A path of type Prefix makes two patterns of one text.
    const told = place.path[0] === 'spec' ? '' : violation.actual
    const identity = JSON.stringify([objectName(place.object), place.path, violation.limit, told])
    if (!refusals.has(identity)) {
      refusals.set(identity, { ...place, violation })
    }
  }
  return [...refusals.values()]
}

/** What asks for the load balancer: Ingresses of a group, a Service, a Gateway. */
export function ownersOf(context: Context, plan: StackPlan): readonly KubernetesObject[] {
  if (plan.kind === 'Ingress') {
    return context.membersOf(plan)
  }
  const owner =
    plan.kind === 'Service'
      ? frontDoors(context).find(one => one.plan === plan)?.service
      : ownGateways(context).find(one => one.plan === plan)?.gateway
  return owner ? [owner] : []
}

function placeOf(context: Context, group: StackPlan, violation: StackViolation): Place | undefined {
  const [first] = ownersOf(context, group)
  return placeByType(context, group, violation) ?? (first && { object: first, path: ['metadata', 'name'] })
}

function placeByType(context: Context, group: StackPlan, violation: StackViolation): Place | undefined {
  const { type, id, path } = violation
  if (path[0] === 'tags') {
    return tagPlace(context, group, String(path[1]))
  }
  switch (type) {
    case 'ListenerRule':
      return group.kind === 'Ingress'
        ? rulePlace(context, group, violation)
        : group.kind === 'Gateway'
          ? routePlace(context, group, violation)
          : undefined
    case 'Listener':
      return path[0] === 'defaultActions' && group.kind === 'Ingress'
        ? defaultActionPlace(context, group, violation)
        : explainedPlace(context, group, `Listener ${id}`, [path.join('.'), 'protocol'])
    case 'TargetGroup':
      return explainedPlace(context, group, `TargetGroup ${id}`, targetGroupFields(violation))
    case 'LoadBalancer':
      return explainedPlace(context, group, 'LoadBalancer', [path.join('.'), attributeKey(violation)])
  }
}

/** The key of an attribute that is refused, by which the notes of Services' plans have it. */
function attributeKey({ actual }: Violation): string {
  return actual.split('=')[0]!
}

/** The names that the plan's notes have for a field of a target group; the first that somebody set is to blame. */
function targetGroupFields(violation: Violation): string[] {
  const { path, limit } = violation
  if (limit === 'health-check-timeout') {
    return ['healthCheckConfig.timeoutSeconds', 'healthCheckConfig.intervalSeconds']
  }
  if (path[1] === 'matcher') {
    return ['healthCheckConfig.successCodes']
  }
  return limit === 'attribute' ? ['targetGroupAttributes', attributeKey(violation)] : [path.join('.')]
}

/** The place that the plan's notes tell for a field of a resource. */
function explainedPlace(
  context: Context,
  group: StackPlan,
  resource: string,
  fields: readonly string[]
): Place | undefined {
  for (const field of fields) {
    const found = group.explanations.find(
      one => one.resource === resource && one.field === field && one.object !== undefined
    )
    const object = found && objectsOf(context, group).find(one => objectName(one) === found.object)
    if (object) {
      const isAnnotation = object.metadata.annotations?.[found.key] !== undefined
      return isAnnotation ? annotatedPlace({ object, name: found.key }) : { object, path: parsePath(found.key) }
    }
  }
  return undefined
}

/** Kinds that configure load balancers of Gateways. */
const configurations = ['LoadBalancerConfiguration', 'TargetGroupConfiguration', 'ListenerRuleConfiguration']

/** Everything that a value of the stack may be written on. */
function objectsOf(context: Context, group: StackPlan): KubernetesObject[] {
  if (group.kind !== 'Ingress') {
    return [...ownersOf(context, group), ...configurations.flatMap(kind => context.resources.list(kind))]
  }
  const members = context.membersOf(group)
  const services = context.backends.filter(({ ingress }) => members.includes(ingress)).map(({ service }) => service)
  return [...members, ...services, ...context.resources.list('IngressClassParams')]
}

function tagPlace(context: Context, group: StackPlan, key: string): Place | undefined {
  const explained = explainedPlace(context, group, 'LoadBalancer', [`tags.${key}`])
  const annotations = objectsOf(context, group).flatMap(object => readString('tags', object) ?? [])
  const named = annotations.find(({ value }) =>
    splitKeyValuePairs(value).some(pair => pair.slice(0, pair.indexOf('=')).trim() === key)
  )
  return explained ?? (named && annotatedPlace(named))
}

/** The match of a route that became a rule; what a rule does stands beside the match. */
function routePlace(context: Context, { ruleSources }: GatewayPlan, { id, path }: StackViolation): Place | undefined {
  const source = ruleSources.get(id)
  const object = source && findByName(context.resources, source.object)
  const place = source && parsePath(source.path)
  return object && place && { object, path: path[0] === 'conditions' ? place : place.slice(0, 3) }
}

function rulePlace(context: Context, group: GroupPlan, violation: StackViolation): Place | undefined {
  const source = group.ruleSources.get(violation.id)
  const ingress = source && memberOf(context, group, source.object.slice('Ingress '.length))
  const spec = group.stack?.resources['AWS::ElasticLoadBalancingV2::ListenerRule']?.[violation.id]?.spec
  if (!ingress || !spec) {
    return undefined
  }
  const path = parsePath(source.path)
  const { backend } = ingress.spec?.rules?.[path[2] as number]?.http?.paths?.[path[5] as number] ?? {}
  const name = backend?.service?.name
  const whole = { object: ingress, path }
  switch (violation.path[0]) {
    case 'actions':
      return actionPlace(context, ingress, backend, spec.actions, violation.path.slice(1)) ?? whole
    case 'conditions':
      return conditionPlace(ingress, path, name, violation) ?? whole
    case 'transforms': {
      const annotation = readString(`transforms.${name}`, ingress)
      return annotation ? annotatedPlace(annotation) : whole
    }
    default:
      return whole
  }
}

function defaultActionPlace(context: Context, group: GroupPlan, { id, path }: StackViolation): Place | undefined {
  const ingress = context.membersOf(group).find(({ spec }) => spec?.defaultBackend)
  const spec = group.stack?.resources['AWS::ElasticLoadBalancingV2::Listener']?.[id]?.spec
  if (!ingress || !spec) {
    return undefined
  }
  const place = actionPlace(context, ingress, ingress.spec?.defaultBackend, spec.defaultActions, path.slice(1))
  return place ?? { object: ingress, path: ['spec', 'defaultBackend'] }
}

function memberOf(context: Context, { members }: GroupPlan, key: string): Ingress | undefined {
  return members.includes(key) ? context.ingresses.find(ingress => keyOf(ingress) === key) : undefined
}
