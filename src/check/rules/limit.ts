import { type ForwardConfig, type GroupPlan, type RuleCondition, specsOf } from '../../model/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { type PlannedRule, rulesByListener } from '../facts/listener-rules.ts'
import { patternsOf } from '../facts/rule-pattern.ts'
import type { Problem, Rule } from '../rule.ts'

/** Per rule; none of them can be raised (Elastic Load Balancing: quotas for Application Load Balancers). */
const perRule = { values: 5, wildcards: 6, targetGroups: 5 }

/** Per load balancer; AWS raises them on request. */
const perLoadBalancer = { rules: 100, certificates: 25, listeners: 50, targetGroups: 100 }

function count(conditions: RuleCondition[]): { values: number; wildcards: number } {
  const patterns = conditions.map(patternsOf)
  const texts = patterns.filter(({ wildcards }) => wildcards).flatMap(({ values }) => values)
  return {
    values: patterns.reduce((sum, { values, regexValues }) => sum + values.length + regexValues.length, 0),
    wildcards: texts.join('').match(/[*?]/g)?.length ?? 0
  }
}

/** The limits of one rule; told once for a path that has rules on several listeners. */
function* ruleProblems({ spec, ingress, path, port }: PlannedRule): Generator<Problem> {
  const place = { object: ingress, path }
  const { values, wildcards } = count(spec.conditions)
  const targetGroups = spec.actions.flatMap(
    ({ forwardConfig }) => (forwardConfig as ForwardConfig | undefined)?.targetGroups ?? []
  )
  const what = `a rule of ${objectName(ingress)} on listener ${port}`
  if (values > perRule.values) {
    yield {
      ...place,
      message: `${what} has ${values} condition values, and AWS allows ${perRule.values}; a path of type Prefix counts twice`,
      expected: `at most ${perRule.values}`,
      actual: String(values),
      hint: 'spread the hosts and paths over several rules'
    }
  }
  if (wildcards > perRule.wildcards) {
    yield {
      ...place,
      message: `${what} has ${wildcards} wildcards, and AWS allows ${perRule.wildcards}`,
      expected: `at most ${perRule.wildcards}`,
      actual: String(wildcards),
      hint: 'spread the patterns over several rules, or shorten them to fewer * and ?'
    }
  }
  if (targetGroups.length > perRule.targetGroups) {
    yield {
      ...place,
      message: `${what} forwards to ${targetGroups.length} target groups, and AWS allows ${perRule.targetGroups}`,
      expected: `at most ${perRule.targetGroups}`,
      actual: String(targetGroups.length),
      hint: 'forward to fewer target groups, and split further inside the mesh with a VirtualService'
    }
  }
}

function* groupProblems(context: Context, group: GroupPlan): Generator<Problem> {
  const [object] = context.membersOf(group)
  if (!object) {
    return
  }
  const listeners = specsOf(group.stack, 'listener')
  const certificates = new Set(
    listeners.flatMap(({ certificates }) => certificates?.slice(1) ?? []).map(({ certificateARN }) => certificateARN)
  )
  const counts: [what: string, actual: number, allowed: number][] = [
    ['rules', specsOf(group.stack, 'rule').length, perLoadBalancer.rules],
    ['listeners', listeners.length, perLoadBalancer.listeners],
    ['target groups', specsOf(group.stack, 'targetGroup').length, perLoadBalancer.targetGroups],
    ['certificates beside the default ones', certificates.size, perLoadBalancer.certificates]
  ]
  for (const [what, actual, allowed] of counts) {
    if (actual > allowed) {
      yield {
        object,
        path: ['metadata', 'name'],
        severity: 'warning',
        message: `the load balancer of group ${group.id} has ${actual} ${what}, and AWS allows ${allowed} unless the quota was raised`,
        expected: `at most ${allowed}`,
        actual: String(actual),
        hint: 'ask AWS for a higher quota, or give some Ingresses another group.name'
      }
    }
  }
}

/** More of something than an Application Load Balancer takes. */
export const limit: Rule = {
  code: 'LIMIT_EXCEEDED',
  severity: 'error',
  *find(context) {
    for (const group of context.plan.groups) {
      yield* groupProblems(context, group)
      const told = new Set<string>()
      for (const rule of [...rulesByListener(context, group).values()].flat()) {
        const source = `${objectName(rule.ingress)} ${rule.path.join('.')}`
        if (told.has(source)) {
          continue
        }
        told.add(source)
        yield* ruleProblems(rule)
      }
    }
  }
}
