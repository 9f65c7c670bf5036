import { type DroppedRule, keyOf, type ListenerRuleSpec } from '../../model/index.ts'
import { annotationName, type Ingress, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { listenOn } from '../facts/listen-ports.ts'
import { type PlannedRule, parsePath, rulesByListener } from '../facts/listener-rules.ts'
import { covers, patternsOf } from '../facts/rule-pattern.ts'
import type { Problem, Rule } from '../rule.ts'
import { shadowedByRoutes } from './route-order.ts'

function describe({ spec }: Pick<PlannedRule, 'spec'>): string {
  return spec.conditions
    .map(patternsOf)
    .map(({ subject, values, regexValues }) => `${subject} ${[...values, ...regexValues].join(' or ')}`)
    .join(' and ')
}

/** What lets a shadowed rule have its requests again. */
function shadowHint(rule: PlannedRule, taker: PlannedRule, isSame: boolean): string {
  if (isSame) {
    return rule.object.kind === 'Ingress' && leadsToHTTPS(rule.spec)
      ? `remove the redirect's path and set ${annotationName('ssl-redirect')}: "443": a redirect counts before what it is for, and not behind it`
      : 'remove one of the two: they take the same requests'
  }
  if (rule.object.kind !== 'Ingress') {
    return `narrow the match of rule ${taker.spec.priority}: the controller sorts by hostname, type and length of the path, method, headers and query, whatever the order in the routes`
  }
  if (taker.object !== rule.object) {
    return `give the Ingress with the more specific rules a lower ${annotationName('group.order')}`
  }
  const [index, takerIndex] = [rule.path[2], taker.path[2]]
  return index === takerIndex
    ? `give the more specific path an entry of its own in spec.rules, before spec.rules.${takerIndex}: inside one entry the controller sorts by pathType (Exact, then Prefix, then ImplementationSpecific)`
    : `move spec.rules.${index} before spec.rules.${takerIndex}: nothing is sorted across the entries of spec.rules`
}

/** The answer of a backend whose action or Service is missing, which other rules tell: what it is meant to take is not known. */
function isStandIn({ spec }: PlannedRule): boolean {
  return /^Backend (action|service) does not exist$/.test(spec.actions.at(-1)?.fixedResponseConfig?.messageBody ?? '')
}

/** A rule whose requests an earlier one of the listener takes: priorities follow the group's order and the Ingress's, or what a Gateway sorts by. */
export const ruleShadowed: Rule = {
  code: 'RULE_SHADOWED',
  severity: 'warning',
  *find(context) {
    for (const group of [...context.plan.groups, ...context.plan.gateways]) {
      // A path makes a rule on each of its Ingress's listeners, a match of a route one for each hostname; one finding is enough.
      const told = new Set<string>()
      for (const [port, rules] of rulesByListener(context, group)) {
        const earlier: { rule: PlannedRule; patterns: ReturnType<typeof patternsOf>[] }[] = []
        for (const rule of rules) {
          const patterns = rule.spec.conditions.map(patternsOf)
          const shadow = earlier.find(candidate => covers(candidate.patterns, patterns))
          earlier.push({ rule, patterns })
          const source = `${objectName(rule.object)} ${rule.path.join('.')}`
          if (!shadow || told.has(source) || isStandIn(shadow.rule)) {
            continue
          }
          told.add(source)
          const taker = shadow.rule
          yield {
            object: rule.object,
            path: rule.path,
            message: `rule ${rule.spec.priority} of listener ${port} (${describe(rule)}) of ${objectName(rule.object)} never gets a request: rule ${taker.spec.priority} (${describe(taker)})${taker.object === rule.object ? '' : ` of ${objectName(taker.object)}`} takes them all`,
            expected: `a priority before ${taker.spec.priority}`,
            actual: String(rule.spec.priority),
            hint: shadowHint(rule, taker, covers(patterns, shadow.patterns))
          }
        }
      }
    }
    yield* shadowedByRoutes(context.resources)
  }
}

/** The redirect that the controller would leave out of an HTTPS listener, as it leads to that listener itself. */
function leadsToHTTPS({ actions }: ListenerRuleSpec): boolean {
  const { protocol, port, host, path, query } = actions.at(-1)?.redirectConfig ?? {}
  const isKept = [host, path, query].every(part => part === undefined || /^\/?#\{\w+\}$/.test(part))
  return protocol === 'HTTPS' && port === '443' && isKept
}

/** Adding a listener helps only where the redirect does not stand before everything there too. */
function redirectedHint(
  context: Context,
  ingress: Ingress,
  redirect: PlannedRule | undefined,
  listeners: string[]
): Pick<Problem, 'hint' | 'changes'> {
  if (redirect && leadsToHTTPS(redirect.spec) && !listeners.includes('443')) {
    const hasCertificate = ingress.metadata.annotations?.[annotationName('certificate-arn')] !== undefined
    return {
      hint: `add {"HTTPS":443} to ${annotationName('listen-ports')}`,
      ...(hasCertificate && listenOn(context, ingress, 'HTTPS', 443))
    }
  }
  const isToHTTPS = redirect?.spec.actions.at(-1)?.redirectConfig?.protocol === 'HTTPS'
  return {
    hint: isToHTTPS
      ? `remove the redirect's path and set ${annotationName('ssl-redirect')}: "443", which redirects HTTP listeners alone`
      : 'narrow the hosts and paths of the redirect'
  }
}

type Lost = [DroppedRule, ...DroppedRule[]]

/** A rule that the controller leaves out for an earlier redirect, and that no other listener has either; told once. */
export const ruleRedirected: Rule = {
  code: 'RULE_TAKEN_BY_REDIRECT',
  severity: 'warning',
  explains: ['REDIRECT_LOOP', 'REDIRECT_LEADS_NOWHERE'],
  *find(context) {
    for (const group of context.plan.groups) {
      const rules = rulesByListener(context, group)
      const kept = new Set([...rules.values()].flat().map(({ object, path }) => `${keyOf(object)} ${path.join('.')}`))
      const lost = group.droppedRules.filter(
        ({ ingress, path, reason }) => reason !== 'redirects to itself' && !kept.has(`${ingress} ${path}`)
      )
      const byPath = Map.groupBy(lost, ({ ingress, path }) => `${ingress} ${path}`)
      for (const [{ ingress: key, path, listener, shadowedBy }, ...others] of byPath.values() as Iterable<Lost>) {
        const ingress = context.membersOf(group)[group.members.indexOf(key)]
        if (!ingress) {
          continue
        }
        const listeners = [listener, ...others.map(other => other.listener)].map(String)
        const redirect = rules.get(Number(listener))?.find(({ spec }) => spec.priority === shadowedBy)
        yield {
          object: ingress,
          path: parsePath(path),
          message: `a path of ${objectName(ingress)} gets no rule on any listener: on ${listeners.join(' and ')} the redirect of rule ${shadowedBy} takes all its requests, and there is no other listener for it`,
          expected: 'a listener that is not redirected',
          actual: listeners.length === 1 ? `listener ${listener} alone` : `listeners ${listeners.join(' and ')}`,
          ...redirectedHint(context, ingress, redirect, listeners)
        }
      }
    }
  }
}
