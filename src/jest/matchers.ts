/**
 * Matchers for Jest, and for whatever else takes `expect.extend`: an edge's checks, plan, routes and health as assertions.
 *
 * @module
 */

import { edgeOf } from '../edge.ts'
import type { LoadBalancerDescription, TargetHealthDescription } from '../elbv2/index.ts'
import type { Finding, Severity } from '../failure.ts'
import { check, type EnvironmentOption, plan, type Simulation, type TraceRequest, trace } from '../index.ts'
import { defaultEnvironment } from '../model/index.ts'
import { describeTrace, formatFindings } from '../report/index.ts'
import { Resources } from '../resources/index.ts'
import type { Trace } from '../trace/index.ts'
import { type PlanSummary, summarizePlan } from './plan-summary.ts'

/** What `expect` gives its matchers. */
interface MatcherContext {
  isNot?: boolean
  equals(one: unknown, other: unknown, testers?: unknown[]): boolean
  utils: {
    matcherHint(name: string, received?: string, expected?: string, options?: { isNot?: boolean }): string
    diff(expected: unknown, received: unknown): string | null
    printReceived(value: unknown): string
    printExpected(value: unknown): string
    subsetEquality: unknown
    iterableEquality: unknown
  }
}

interface MatcherResult {
  pass: boolean
  message(): string
}

/** What is looked at of the findings. */
export interface FindingsOptions extends EnvironmentOption {
  /** Codes that are known and taken. */
  ignore?: readonly string[]
  /** The least severity that counts; default `warning`. */
  severity?: Severity
}

/** Where a request has to end; only what is named is compared. */
export interface RouteExpectation {
  /** Port of the listener. */
  listener?: number
  rule?: number | 'default'
  /** `namespace/ingress-service:port`: one of those that the request may go to. */
  targetGroup?: string
  /** Who answers. */
  from?: Trace['answer']['from']
  status?: number
  /** The redirect's Location. */
  location?: string
  /** The application behind, as `host:port` or the host alone. */
  service?: string
  /** The path that the application sees. */
  path?: string
}

/** What may be healthy: what runs, or what is predicted of objects. */
export type WithTargets = Simulation | LoadBalancerDescription | LoadBalancerDescription[] | Resources

/** What stands for a value: `expect.stringContaining('…')`. */
interface AsymmetricMatch {
  asymmetricMatch(other: unknown): boolean
}

type DeepPartial<Value> =
  | AsymmetricMatch
  | (Value extends readonly (infer Item)[]
      ? readonly DeepPartial<Item>[]
      : Value extends object
        ? { [Key in keyof Value]?: DeepPartial<Value[Key]> }
        : Value)

/** Of a plan what is compared. */
export type PartialPlan = { [Key in keyof PlanSummary]?: DeepPartial<PlanSummary[Key]> }

const severities: Severity[] = ['error', 'warning', 'info']

function requireResources(received: unknown, matcher: string): asserts received is Resources {
  if (!(received instanceof Resources)) {
    throw new TypeError(`${matcher} looks at the objects that render, read or parse returned`)
  }
}

function hint({ utils, isNot }: MatcherContext, name: string, expected = ''): string {
  return `${utils.matcherHint(name, 'edge', expected, { isNot: isNot ?? false })}\n\n`
}

function toHaveNoFindings(
  this: MatcherContext,
  received: unknown,
  { environment, ignore = [], severity = 'warning' }: FindingsOptions = {}
): MatcherResult {
  requireResources(received, 'toHaveNoFindings')
  const counted = new Set(severities.slice(0, severities.indexOf(severity) + 1))
  const findings: Finding[] = check(received, { environment }).filter(
    finding => counted.has(finding.severity) && !ignore.includes(finding.code)
  )
  return {
    pass: findings.length === 0,
    message: () =>
      hint(this, 'toHaveNoFindings') +
      (findings.length === 0
        ? 'expected findings, and there are none'
        : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}:\n\n${formatFindings(findings, 'text')}`)
  }
}

/** A trace in the expectation's words: once for each target group that the request may go to. */
function routesOf({ listener, rule, answer, destinations }: Trace): RouteExpectation[] {
  const ends = destinations.length > 0 ? destinations : [{ id: undefined, answer }]
  return ends.map(({ id, answer }) => {
    const location = answer.headers?.find(([name]) => name.toLowerCase() === 'location')?.[1]
    return {
      from: answer.from,
      ...(listener && { listener: listener.port }),
      ...(rule !== undefined && { rule }),
      ...(id !== undefined && { targetGroup: id }),
      ...(answer.status !== undefined && { status: answer.status }),
      ...(location !== undefined && { location }),
      ...(answer.service !== undefined && { service: answer.service }),
      ...(answer.request && { path: answer.request.path })
    }
  })
}

/** Of a route what is expected of it; a host without a port stands for all ports of it. */
function shownOf(route: RouteExpectation, expected: RouteExpectation): RouteExpectation {
  const anyPort = expected.service !== undefined && !expected.service.includes(':')
  const service = anyPort ? route.service?.replace(/:\d+$/, '') : route.service
  const keys = Object.keys(expected) as (keyof RouteExpectation)[]
  return Object.fromEntries(keys.map(key => [key, key === 'service' ? service : route[key]]))
}

function toRoute(
  this: MatcherContext,
  received: unknown,
  request: TraceRequest | string,
  expected: RouteExpectation,
  options: EnvironmentOption = {}
): MatcherResult {
  requireResources(received, 'toRoute')
  const traced = trace(received, request, options)
  const routes = routesOf(traced).map(route => shownOf(route, expected))
  const [first] = routes
  return {
    pass: routes.some(route => this.equals(route, expected)),
    message: () =>
      `${hint(this, 'toRoute', 'request, route')}${this.utils.diff(expected, first) ?? this.utils.printReceived(first)}\n\n${describeTrace(traced)}`
  }
}

function toPlan(
  this: MatcherContext,
  received: unknown,
  expected: PartialPlan | { error: string | RegExp } = {},
  { group, ...options }: EnvironmentOption & { group?: string } = {}
): MatcherResult {
  requireResources(received, 'toPlan')
  const { plans, errors } = summarizePlan(plan(received, options))
  const told = errors.length === 0 ? '' : `\n\nThe controller refuses: ${errors.join('; ')}`
  if ('error' in expected) {
    const wanted = expected.error as string | RegExp
    function fits(error: string): boolean {
      return typeof wanted === 'string' ? error === wanted : wanted.test(error)
    }
    return {
      pass: errors.some(fits),
      message: () =>
        `${hint(this, 'toPlan', 'error')}Expected: ${this.utils.printExpected(wanted)}\nReceived: ${this.utils.printReceived(errors)}`
    }
  }
  const found = group === undefined ? Object.values(plans) : [plans[group]].filter(one => one !== undefined)
  const { subsetEquality, iterableEquality } = this.utils
  const pass = errors.length === 0 && found.some(one => this.equals(one, expected, [iterableEquality, subsetEquality]))
  return {
    pass,
    message: () => {
      const [nearest] = found
      const difference = nearest
        ? this.utils.diff(expected, projectOn(nearest, expected))
        : `no load balancer is planned; groups: ${Object.keys(plans).join(', ') || 'none'}`
      return `${hint(this, 'toPlan', 'plan')}${difference ?? this.utils.printReceived(nearest)}${told}`
    }
  }
}

/** Of the received value only what the expected one names, so that the difference shows nothing else. */
function projectOn(received: unknown, expected: unknown): unknown {
  function isMapping(value: unknown): value is Record<string, unknown> {
    return (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.getPrototypeOf(value) === Object.prototype
    )
  }
  if (!isMapping(received) || !isMapping(expected)) {
    return received
  }
  return Object.fromEntries(
    Object.keys(expected).flatMap(key => (key in received ? [[key, projectOn(received[key], expected[key])]] : []))
  )
}

function isSimulation(received: object): received is Simulation {
  return 'whenChecked' in received
}

/** The targets with the name of their target group; a simulation's once they were checked. */
async function targetsOf(
  received: WithTargets,
  { environment = defaultEnvironment }: EnvironmentOption
): Promise<(TargetHealthDescription & { targetGroup: string; because?: string })[]> {
  if (received instanceof Resources) {
    return edgeOf(received, environment).targets
  }
  if (isSimulation(received)) {
    await received.whenChecked()
  }
  const descriptions = isSimulation(received) ? received.describe() : [received].flat()
  return descriptions.flatMap(({ targetGroups }) =>
    targetGroups.flatMap(({ name, targets }) => targets.map(target => ({ ...target, targetGroup: name })))
  )
}

async function toHaveHealthyTargets(
  this: MatcherContext,
  received: WithTargets,
  options: EnvironmentOption = {}
): Promise<MatcherResult> {
  const targets = await targetsOf(received, options)
  const sick = targets.filter(({ state }) => state !== 'healthy')
  return {
    pass: targets.length > 0 && sick.length === 0,
    message: () => {
      if (targets.length === 0) {
        return `${hint(this, 'toHaveHealthyTargets')}there is no target at all`
      }
      const shown = sick.length > 0 ? sick : targets
      const lines = shown.map(
        ({ targetGroup, target, healthCheckPort, state, reason, description, because }) =>
          `${targetGroup}: ${target.id} at ${target.address}:${target.port}, checked on ${healthCheckPort}: ${state}${reason ? ` (${reason}: ${description})` : ''}${because ? `\n  ${because}` : ''}`
      )
      return `${hint(this, 'toHaveHealthyTargets')}${sick.length} of ${targets.length} targets are not healthy:\n${lines.join('\n')}`
    }
  }
}

/** What is added to an `expect`, whose assertions return `R`. */
export interface EdgeMatchers<R> {
  /** Of the objects: nothing that will not work on AWS. */
  toHaveNoFindings(options?: FindingsOptions): R
  /** Of the objects: the request ends where it should. */
  toRoute(request: TraceRequest | string, expected: RouteExpectation, options?: EnvironmentOption): R
  /** Of the objects: the controller's plan holds what is named, or fails with the error. */
  toPlan(expected?: PartialPlan | { error: string | RegExp }, options?: EnvironmentOption & { group?: string }): R
  /** Of a simulation, descriptions, or objects, whose targets' health is predicted: there are targets, and all are healthy. */
  toHaveHealthyTargets(options?: EnvironmentOption): Promise<void>
}

/** For `expect.extend(matchers)`. */
export const matchers = { toHaveNoFindings, toRoute, toPlan, toHaveHealthyTargets }
