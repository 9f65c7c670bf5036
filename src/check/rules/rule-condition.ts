import { objectName } from '../../resources/index.ts'
import { refusalsOf } from '../facts/refusals.ts'
import type { Rule } from '../rule.ts'

/** A condition that no rule of an Application Load Balancer can hold. */
export const ruleCondition: Rule = {
  code: 'RULE_CONDITION_REFUSED',
  severity: 'error',
  *find(context) {
    for (const group of [...context.plan.groups, ...context.plan.gateways]) {
      for (const { object, path, violation } of refusalsOf(context, group)) {
        const { limit, id, message, expected, actual } = violation
        if (limit !== 'condition') {
          continue
        }
        yield {
          object,
          path,
          message: `AWS refuses a condition of a rule of ${objectName(object)} on listener ${id.split(':')[0]}: ${message}`,
          expected,
          actual,
          hint: `change the value; the event on the ${group.kind} would be FailedDeployModel`
        }
      }
    }
  }
}
