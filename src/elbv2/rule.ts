import type { Action } from './action.ts'
import type { Condition } from './condition.ts'
import type { RequestFacts } from './request.ts'
import type { Transform } from './transform.ts'

/** A rule of a listener, compiled. */
export interface Rule {
  /** 1 to 50000, or `default` for the rule that takes what no other matches. */
  priority: number | 'default'
  /** All of them have to hold; the default rule has none. */
  conditions: Condition[]
  action: Action
  transforms: Transform[]
}

/** The first rule, by priority, all of whose conditions hold. The last of the list is the default rule and always does. */
export function matchRule(rules: readonly Rule[], facts: RequestFacts): Rule {
  for (const rule of rules) {
    if (takes(rule, facts)) {
      return rule
    }
  }
  throw new Error('a listener without a default rule')
}

/** A loop and not `every`: of a hundred rules each would leave a closure behind, for each request. */
function takes({ conditions }: Rule, facts: RequestFacts): boolean {
  for (const condition of conditions) {
    if (!condition.holds(facts)) {
      return false
    }
  }
  return true
}

/** Why a rule did not take a request: its conditions that do not hold. */
export interface Miss {
  priority: number | 'default'
  conditions: string[]
}

/** Like `matchRule`, with the reason for every rule that was tried before. */
export function explainRules(rules: readonly Rule[], facts: RequestFacts): { rule: Rule; misses: Miss[] } {
  const rule = matchRule(rules, facts)
  const misses = rules.slice(0, rules.indexOf(rule)).map(({ priority, conditions }) => ({
    priority,
    conditions: conditions.filter(condition => !condition.holds(facts)).map(condition => condition.text)
  }))
  return { rule, misses }
}
