import { annotationName, objectName } from '../../resources/index.ts'
import { type PlannedRule, parsePath, rulesByListener } from '../facts/listener-rules.ts'
import { covers, patternsOf } from '../facts/rule-pattern.ts'
import type { Rule } from '../rule.ts'

function describe({ spec }: Pick<PlannedRule, 'spec'>): string {
  return spec.conditions
    .map(patternsOf)
    .map(({ subject, values, regexValues }) => `${subject} ${[...values, ...regexValues].join(' or ')}`)
    .join(' and ')
}

/** A rule whose requests an earlier one of the listener takes: priorities follow the group's order, then the Ingress's. */
export const ruleShadowed: Rule = {
  code: 'RULE_SHADOWED',
  severity: 'warning',
  *find(context) {
    for (const group of context.plan.groups) {
      // A path makes a rule on each of its Ingress's listeners; one finding is enough.
      const told = new Set<string>()
      for (const [port, rules] of rulesByListener(context, group)) {
        const earlier: { rule: PlannedRule; patterns: ReturnType<typeof patternsOf>[] }[] = []
        for (const rule of rules) {
          const patterns = rule.spec.conditions.map(patternsOf)
          const shadow = earlier.find(candidate => covers(candidate.patterns, patterns))
          earlier.push({ rule, patterns })
          const source = `${objectName(rule.ingress)} ${rule.path.join('.')}`
          if (!shadow || told.has(source)) {
            continue
          }
          told.add(source)
          const taker = shadow.rule
          yield {
            object: rule.ingress,
            path: rule.path,
            message: `rule ${rule.spec.priority} of listener ${port} (${describe(rule)}) of ${objectName(rule.ingress)} never gets a request: rule ${taker.spec.priority} (${describe(taker)})${taker.ingress === rule.ingress ? '' : ` of ${objectName(taker.ingress)}`} takes them all`,
            expected: `a priority before ${taker.spec.priority}`,
            actual: String(rule.spec.priority),
            hint:
              taker.ingress === rule.ingress
                ? 'put the more specific rule first; paths are sorted inside one rule of the Ingress only'
                : `give the Ingress with the more specific rules a lower ${annotationName('group.order')}`
          }
        }
      }
    }
  }
}

/** A rule that the controller leaves out for an earlier redirect, and that no other listener has either. */
export const ruleRedirected: Rule = {
  code: 'RULE_TAKEN_BY_REDIRECT',
  severity: 'warning',
  *find(context) {
    for (const group of context.plan.groups) {
      const kept = new Set(
        [...rulesByListener(context, group).values()]
          .flat()
          .map(({ ingress, path }) => `${objectName(ingress)} ${path.join('.')}`)
      )
      for (const { ingress: key, path, listener, reason, shadowedBy } of group.droppedRules) {
        const ingress = context.membersOf(group)[group.members.indexOf(key)]
        if (!ingress || reason === 'redirects to itself' || kept.has(`${objectName(ingress)} ${path}`)) {
          continue
        }
        yield {
          object: ingress,
          path: parsePath(path),
          message: `a path of ${objectName(ingress)} gets no rule on any listener: on ${listener} the redirect of rule ${shadowedBy} takes all its requests, and there is no other listener for it`,
          expected: 'a listener that is not redirected',
          actual: `listener ${listener} alone`,
          hint: `add {"HTTPS":443} to ${annotationName('listen-ports')}`
        }
      }
    }
  }
}
