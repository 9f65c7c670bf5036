/**
 * What AWS refuses in a rule of a listener. (API: CreateRule, RuleTransform; user guide: "Quotas".)
 *
 * @module
 */

import type { ListenerRuleSpec, Transform } from '../../model/index.ts'
import { compileRegex } from '../regex.ts'
import { actionViolations } from './action.ts'
import { conditionViolations } from './condition.ts'
import { tagViolations } from './tag.ts'
import { below, isWithin, lengthOf, refuse, refusedBy, type Violation } from './violation.ts'

const highestPriority = 50_000
const longestExpression = 1024

/** Everything that AWS refuses in a rule of a listener with that protocol. */
export function ruleViolations(rule: ListenerRuleSpec, protocol: string): Violation[] {
  return [
    ...refuse(!isWithin(rule.priority, 1, highestPriority), {
      limit: 'priority',
      path: ['priority'],
      message: `Priority must be between 1 and ${highestPriority}`,
      expected: `1 to ${highestPriority}`,
      actual: String(rule.priority)
    }),
    ...conditionViolations(rule.conditions),
    ...below(['transforms'], transformViolations(rule.transforms ?? [])),
    ...below(['actions'], actionViolations(rule.actions, protocol)),
    ...tagViolations(rule.tags)
  ]
}

function transformViolations(transforms: readonly Transform[]): Violation[] {
  const types = transforms.map(({ type }) => type)
  const repeated = [...new Set(types)].filter(type => types.indexOf(type) !== types.lastIndexOf(type))
  return [
    ...repeated.map(
      (type): Violation => ({
        limit: 'transform',
        path: [],
        message: `A rule can have only one '${type}' transform`,
        expected: `one ${type}`,
        actual: String(types.filter(other => other === type).length)
      })
    ),
    ...transforms.flatMap((transform, index) => below([index], rewriteViolations(transform)))
  ]
}

function rewriteViolations({ hostHeaderRewriteConfig, urlRewriteConfig }: Transform): Violation[] {
  const name = hostHeaderRewriteConfig ? 'hostHeaderRewriteConfig' : 'urlRewriteConfig'
  const { rewrites = [] } = hostHeaderRewriteConfig ?? urlRewriteConfig ?? {}
  return rewrites.flatMap(({ regex, replace }, index) => {
    const path = [name, 'rewrites', index]
    const isLong = lengthOf(regex) > longestExpression || lengthOf(replace) > longestExpression
    return [
      ...refuse(isLong, {
        limit: 'transform',
        path,
        message: `The regex and the replacement of a transform can have at most ${longestExpression} characters`,
        expected: `at most ${longestExpression} characters`,
        actual: String(Math.max(lengthOf(regex), lengthOf(replace)))
      }),
      ...refusedBy(() => compileRegex(regex), {
        limit: 'transform',
        path: [...path, 'regex'],
        expected: "an expression of AWS's dialect: no lookaround",
        actual: regex
      })
    ]
  })
}
