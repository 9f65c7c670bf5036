/**
 * Finds what will not work on AWS before AWS does. Pure: resources in, findings out.
 *
 * @module
 */

import type { Finding, Severity } from '../failure.ts'
import { buildPlan, type Environment } from '../model/index.ts'
import { editAt, type Origin, objectName, type Resources } from '../resources/index.ts'
import { Tracer } from '../trace/index.ts'
import { type Context, createContext } from './context.ts'
import { isOfVariable } from './facts/variable.ts'
import { type Cause, mentions, predict } from './predictions/predict.ts'
import { predictionRules } from './predictions/prediction.ts'
import type { Problem, Rule } from './rule.ts'
import { planError } from './rules/plan-error.ts'
import { variableNotReplaced } from './rules/variable.ts'
import { rules } from './rules.ts'

export { type Coverage, coverageOf, gatewayOfOthers, type NotLookedAt } from './coverage.ts'
export { type Ignore, parseIgnores, withoutIgnored } from './ignore.ts'
export { everyRule as checkRules } from './rules.ts'

const severityOrder: Record<Severity, number> = { error: 0, warning: 1, info: 2 }

/** The name of an annotation of the load balancer in a sentence. */
const annotation = /(?:alb\.ingress\.kubernetes\.io|service\.beta\.kubernetes\.io)\/[\w-]+(?:\.[\w-]+)*/g

/** Whether a key says by itself what an annotation is: its last word is the annotation's last ones. */
function saysTheSame(key: string, name: string): boolean {
  const word = key.slice(key.lastIndexOf('.') + 1).toLowerCase()
  return name.replaceAll(/[-.]/g, '').toLowerCase().endsWith(word)
}

/** A hint as who writes the values reads it: their keys stand for the annotations that they set, or beside them. */
function hintAt(hint: string, origin: Origin | undefined): string {
  return hint.replaceAll(annotation, name => {
    const key = origin?.keyOfAnnotation?.(name)
    return key === undefined || key.endsWith(name)
      ? name
      : saysTheSame(key, name)
        ? key
        : `${name} (${key} in the values)`
  })
}

function toFinding({ code, severity }: Rule, problem: Problem, context: Context): Finding {
  const { object, path, expected, actual } = problem
  const origin = context.originOf(object)
  const position = origin?.positionOf(path)
  const edit = editAt(context.originOf(problem.changed ?? object), problem.changes ?? [])
  return {
    code,
    severity: problem.severity ?? severity,
    message: problem.message,
    object: objectName(object),
    path: position?.key ?? path.join('.'),
    ...(position && { file: position.file, line: position.line }),
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
    hint: hintAt(problem.hint, origin),
    ...(edit && { edit })
  }
}

/** What of an object that the API server refuses follows from the refusal: nobody ever sees it, or sees less of it. */
const consequences = new Set(['MODEL_NOT_BUILT', 'ACTION_UNUSED', 'POLICY_DENIES_EVERYTHING'])

/** Without what only says again that the API server refuses an object, or a key of it. */
function withoutConsequences(findings: Finding[]): Finding[] {
  const refusals = findings.filter(({ code }) => code === 'API_SERVER_REFUSES')
  if (refusals.length === 0) {
    return findings
  }
  const objects = new Set(refusals.map(({ object }) => object))
  const keys = new Set(refusals.map(({ object, path }) => `${object} ${path}`))
  return findings.filter(
    ({ code, object, path }) =>
      code === 'API_SERVER_REFUSES' ||
      !((consequences.has(code) && objects.has(object)) || keys.has(`${object} ${path}`))
  )
}

function identityOf({ code, object, path, file, line, message }: Finding): string {
  return JSON.stringify([code, object, path, file, line, message])
}

/** Whether a rule that knows the mistake tells of what keeps a group from being built; it says more than the controller's error. */
function isExplained({ object }: Problem, causes: readonly Cause[]): boolean {
  return causes.some(
    ({ explains, message }) => explains.includes('MODEL_NOT_BUILT') && mentions(message, objectName(object))
  )
}

/** Whether a problem is one of a text that something is to replace before it is applied; no plan is known of an object with one. */
function hingesOnVariable(rule: Rule, { object, path }: Problem): boolean {
  return isOfVariable(object, rule === planError ? [] : path)
}

function tracerOf(resources: Resources, environment: Environment): Tracer {
  return new Tracer(resources, environment, buildPlan(resources, environment))
}

/**
 * Everything that is wrong with a set of objects, the worst first. Files that define one object in several ways are
 * alternatives to each other, so each way is looked at.
 *
 * @param tracer of the objects, where there is one already: it has their plan.
 */
export function checkResources(
  resources: Resources,
  environment: Environment,
  tracer: Tracer = tracerOf(resources, environment)
): Finding[] {
  const alternatives = resources.alternatives()
  const findings = alternatives.flatMap(alternative => {
    const own = alternative === resources ? tracer : tracerOf(alternative, environment)
    const context = createContext(alternative, environment, own, alternatives.length > 1)
    const found = rules.flatMap(rule => [...rule.find(context)].map(problem => ({ rule, problem })))
    const causes = found.map(({ rule: { explains = [] }, problem: { object, message } }) => ({
      object,
      message,
      explains
    }))
    const told = found.filter(
      ({ rule, problem }) => !problem.follows && (rule !== planError || !isExplained(problem, causes))
    )
    const predicted = predict(context, causes).map(problem => ({
      rule: predictionRules.find(({ code }) => code === problem.code)!,
      problem
    }))
    return [...told, ...predicted]
      .filter(({ rule, problem }) => rule === variableNotReplaced || !hingesOnVariable(rule, problem))
      .map(({ rule, problem }) => toFinding(rule, problem, context))
  })
  const distinct = new Map(findings.map(finding => [identityOf(finding), finding]))
  return withoutConsequences([...distinct.values()]).sort(
    (one, other) => severityOrder[one.severity] - severityOrder[other.severity]
  )
}
