import { exceededQuotas, type Limit } from '../../elbv2/index.ts'
import { type StackPlan, stackPlansOf } from '../../model/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { ownersOf, refusalsOf } from '../facts/refusals.ts'
import type { Problem, Rule } from '../rule.ts'

/** What has a fixed number in a rule or an action, and what to do about too many. */
const counted: Partial<Record<Limit, { what: string; note?: string; hint: string }>> = {
  'condition-values': {
    what: 'condition values',
    note: '; a path of type Prefix counts twice',
    hint: 'spread the hosts and paths over several rules'
  },
  wildcards: {
    what: 'wildcards',
    hint: 'spread the patterns over several rules, or shorten them to fewer * and ?'
  },
  'target-groups': {
    what: 'target groups in its forward',
    hint: 'forward to fewer target groups, and split further inside the mesh with a VirtualService'
  }
}

/** The limits of one rule, which nobody raises. */
function* ruleProblems(context: Context, group: StackPlan): Generator<Problem> {
  for (const { object, path, violation } of refusalsOf(context, group)) {
    const { limit, id, expected, actual } = violation
    const { what, note = '', hint } = counted[limit] ?? {}
    if (!what || !hint) {
      continue
    }
    yield {
      object,
      path,
      message: `a rule of ${objectName(object)} on listener ${id.split(':')[0]} has ${actual} ${what}, and AWS allows ${expected}${note}`,
      expected,
      actual,
      hint
    }
  }
}

/** The quotas of one load balancer, which AWS raises on request. */
function* groupProblems(context: Context, group: StackPlan): Generator<Problem> {
  const [object] = ownersOf(context, group)
  if (!object || !group.stack) {
    return
  }
  for (const { what, actual, allowed } of exceededQuotas(group.stack)) {
    yield {
      object,
      path: ['metadata', 'name'],
      severity: 'warning',
      message: `the load balancer of ${group.kind === 'Ingress' ? 'group' : group.kind} ${group.id} has ${actual} ${what}, and AWS allows ${allowed} unless the quota was raised`,
      expected: `at most ${allowed}`,
      actual: String(actual),
      hint:
        group.kind === 'Ingress'
          ? 'ask AWS for a higher quota, or give some Ingresses another group.name'
          : 'ask AWS for a higher quota, or split it into several load balancers'
    }
  }
}

/** More of something than a load balancer takes. */
export const limit: Rule = {
  code: 'LIMIT_EXCEEDED',
  severity: 'error',
  *find(context) {
    for (const group of stackPlansOf(context.plan)) {
      yield* groupProblems(context, group)
      yield* ruleProblems(context, group)
    }
  }
}
