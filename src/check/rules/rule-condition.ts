import type { RuleCondition } from '../../model/index.ts'
import { objectName } from '../../resources/index.ts'
import { rulesByListener } from '../facts/listener-rules.ts'
import { patternsOf } from '../facts/rule-pattern.ts'
import type { Rule } from '../rule.ts'

/** Why AWS refuses a value of a condition (User guide: rule condition types; API: RuleCondition). */
function refusalOf(field: RuleCondition['field'], value: string): string | undefined {
  if (value.length > 128) {
    return 'at most 128 characters'
  }
  if (field === 'host-header') {
    if (!/^[a-z0-9*?.:_-]+$/.test(value)) {
      return 'letters, digits, -, ., * and ?'
    }
    const domain = value.split('.').at(-1)!
    // A pattern that ends in a star may end in any domain.
    if (!value.endsWith('*') && (!value.includes('.') || !/^[a-z*?-][a-z0-9*?-]*$/.test(domain))) {
      return 'a name with a dot, and only letters after the last one'
    }
  }
  if (field === 'path-pattern' && !/^[A-Za-z0-9_.$/~"'@:+&*?!=,;()%-]+$/.test(value)) {
    return `letters, digits and _-.$/~"'@:+&*?`
  }
  if (field === 'http-request-method' && !/^[A-Z_-]{1,40}$/.test(value)) {
    return 'a method in capitals'
  }
  return undefined
}

/** A host, path or method that no rule of an Application Load Balancer can hold. */
export const ruleCondition: Rule = {
  code: 'RULE_CONDITION_REFUSED',
  severity: 'error',
  *find(context) {
    for (const group of context.plan.groups) {
      const told = new Set<string>()
      for (const { spec, ingress, path, port } of [...rulesByListener(context, group).values()].flat()) {
        for (const condition of spec.conditions) {
          for (const value of patternsOf(condition).values) {
            const expected = refusalOf(condition.field, value)
            const source = `${objectName(ingress)} ${path.join('.')} ${condition.field}`
            if (expected === undefined || told.has(source)) {
              continue
            }
            told.add(source)
            const isHost =
              condition.field === 'host-header' &&
              ingress.spec?.rules?.[path[2] as number]?.host?.toLowerCase() === value
            yield {
              object: ingress,
              path: isHost ? [...path.slice(0, 3), 'host'] : [...path, 'path'],
              message: `AWS refuses ${JSON.stringify(value)} as ${condition.field} of a rule on listener ${port}: it takes ${expected}`,
              expected,
              actual: value,
              hint: 'change the value; the event on the Ingress would be FailedDeployModel'
            }
          }
        }
      }
    }
  }
}
