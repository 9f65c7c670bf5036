import type { BackendReference, HTTPRouteRule, ListenerRuleConfiguration, Resources } from '../../resources/index.ts'
import { findService } from '../build/cluster-objects.ts'
import { canonical } from '../diff/values.ts'
import type { GroupPlan } from '../stack/plan.ts'
import { specEntries } from '../stack/specs.ts'
import { type ListenerRuleSpec, referencedID, type Stack } from '../stack/stack.ts'
import { boundTargetGroups } from './configurations.ts'
import { configurationOf, filtersOf } from './filters.ts'
import { hostnamesOf, matchesOf, WithoutEquivalent } from './matches.ts'

/** What an HTTPRoute may have of each (Gateway API: HTTPRoute). */
const most = { rules: 16, matches: 64, hostnames: 16 }

/** A rule of a route to be. */
export interface MigratedRule {
  /** `namespace/name` of the Ingress that it comes from. */
  ingress: string
  hostnames: string[]
  rule: HTTPRouteRule
  configuration?: NonNullable<ListenerRuleConfiguration['spec']>
  /** Ports of the listeners that have it. */
  ports: number[]
  /** Target groups that it forwards to, by resource ID. */
  targetGroups: string[]
}

/** A rule that no route can say. */
export interface UnsaidRule {
  /** Its resource ID, or that of the listener whose default action it is. */
  id: string
  reason: string
}

const nothingFound = { contentType: 'text/plain', statusCode: '404' }

/** The rules of a listener in their order, and its default action where it is another than a Gateway's own. */
function rulesOf(
  stack: Stack,
  port: string
): { id: string; spec: Omit<ListenerRuleSpec, 'listenerARN' | 'priority'> }[] {
  const rules = specEntries(stack, 'rule')
    .filter(([, { listenerARN }]) => referencedID(listenerARN) === port)
    .sort(([, left], [, right]) => left.priority - right.priority)
    .map(([id, spec]) => ({ id, spec }))
  const [, listener] = specEntries(stack, 'listener').find(([id]) => id === port)!
  const isNothing =
    canonical(listener.defaultActions.map(({ fixedResponseConfig }) => fixedResponseConfig)) ===
    canonical([nothingFound])
  return isNothing ? rules : [...rules, { id: port, spec: { conditions: [], actions: listener.defaultActions } }]
}

class RuleReader {
  readonly #plan: GroupPlan
  readonly #resources: Resources
  readonly #targetGroups: ReturnType<typeof boundTargetGroups>

  constructor(plan: GroupPlan, stack: Stack, resources: Resources) {
    this.#plan = plan
    this.#resources = resources
    this.#targetGroups = boundTargetGroups(stack)
  }

  /** The Ingress that says a rule; a default action is of the one whose Service it forwards to, else of the first. */
  ingressOf(id: string, targetGroups: readonly string[]): string {
    const source = this.#plan.ruleSources.get(id)?.object.replace(/^Ingress /, '')
    const byTargets = this.#plan.members.find(member => targetGroups.some(group => group.startsWith(`${member}-`)))
    return source ?? byTargets ?? this.#plan.members[0] ?? this.#plan.id
  }

  /** @throws WithoutEquivalent */
  backendsOf({ actions }: Pick<ListenerRuleSpec, 'actions'>): {
    backendRefs: BackendReference[]
    targetGroups: string[]
  } {
    const tuples = actions.flatMap(({ forwardConfig }) => forwardConfig?.targetGroups ?? [])
    const ids = tuples.map(({ targetGroupARN }) => referencedID(targetGroupARN))
    const backendRefs = tuples.map(({ targetGroupARN, weight = 1 }, index): BackendReference => {
      const bound = this.#targetGroups.get(ids[index] ?? '')
      if (!bound) {
        const [, name = String(targetGroupARN)] = String(targetGroupARN).split('/')
        return { group: '', kind: 'TargetGroupName', name, weight }
      }
      const { metadata, spec } = bound.binding.template
      const { name, port } = spec.serviceRef
      const service = findService(this.#resources, metadata.namespace, name)
      const number = typeof port === 'number' ? port : service?.spec?.ports?.find(own => own.name === port)?.port
      if (number === undefined) {
        throw new WithoutEquivalent(
          `a route names a Service port by number, and the one of ${name}:${port} is not known`
        )
      }
      return { group: '', kind: 'Service', name, port: number, weight }
    })
    return { backendRefs, targetGroups: ids.filter(id => id !== undefined) }
  }

  /** The Secret that an annotation of the Ingress, or of a Service that it forwards to, names for OIDC. */
  secretOf(ingress: string, targetGroups: readonly string[]): string | undefined {
    const [namespace, name] = ingress.split('/') as [string, string]
    const services = targetGroups.flatMap(id => {
      const binding = this.#targetGroups.get(id)?.binding.template
      return binding ? (findService(this.#resources, namespace, binding.spec.serviceRef.name) ?? []) : []
    })
    const objects = [...services, this.#resources.find('Ingress', name, namespace)]
    return objects
      .map(object => object?.metadata.annotations?.['alb.ingress.kubernetes.io/auth-idp-oidc'])
      .flatMap(text => /"secretName"\s*:\s*"([^"]+)"/i.exec(text ?? '')?.[1] ?? [])[0]
  }
}

/** The rules of a group's load balancer as routes say them, each with the listeners that have it, and those that none can. */
export function migrateRules(
  plan: GroupPlan,
  stack: Stack,
  resources: Resources
): { rules: MigratedRule[]; unsaid: UnsaidRule[] } {
  const reader = new RuleReader(plan, stack, resources)
  const rules = new Map<string, MigratedRule>()
  const unsaid: UnsaidRule[] = []
  // Where a rule stands behind HTTP and HTTPS, the one behind HTTPS alone has what is to be authenticated, which counts there alone.
  const ports = specEntries(stack, 'listener').sort(([, left], [, right]) =>
    left.protocol === right.protocol ? left.port - right.port : left.protocol < right.protocol ? 1 : -1
  )
  for (const [port] of ports) {
    for (const { id, spec } of rulesOf(stack, port)) {
      try {
        const { backendRefs, targetGroups } = reader.backendsOf(spec)
        const ingress = reader.ingressOf(id, targetGroups)
        const content = spec.actions.filter(({ type }) => !/^authenticate|^jwt/.test(type))
        const key = canonical([
          ingress,
          spec.conditions,
          content.map(({ order: _, ...action }) => action),
          spec.transforms
        ])
        const known = rules.get(key)
        if (known) {
          known.ports.push(Number(port))
          continue
        }
        const configuration = configurationOf(spec as ListenerRuleSpec, reader.secretOf(ingress, targetGroups))
        const filters = filtersOf(spec as ListenerRuleSpec)
        rules.set(key, {
          ingress,
          hostnames: hostnamesOf(spec.conditions),
          rule: {
            matches: matchesOf(spec.conditions),
            ...(filters.length > 0 && { filters }),
            ...(backendRefs.length > 0 && { backendRefs })
          },
          ...(configuration && { configuration }),
          ports: [Number(port)],
          targetGroups
        })
      } catch (error) {
        if (!(error instanceof WithoutEquivalent)) {
          throw error
        }
        unsaid.push({ id, reason: error.message })
      }
    }
  }
  return { rules: [...rules.values()], unsaid }
}

function chunk<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.max(1, Math.ceil(items.length / size))
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size))
}

/** Rules that one HTTPRoute holds: of one Ingress, with the same hosts, behind the same listeners, and as many as fit. */
export function routesOf(rules: readonly MigratedRule[]): MigratedRule[][] {
  const split = rules.flatMap(one =>
    chunk(one.rule.matches ?? [], most.matches).flatMap(matches =>
      chunk(one.hostnames, most.hostnames).map(hostnames => ({ ...one, hostnames, rule: { ...one.rule, matches } }))
    )
  )
  const groups = Map.groupBy(split, ({ ingress, hostnames, ports }) => canonical([ingress, hostnames, ports]))
  return [...groups.values()].flatMap(group => chunk(group, most.rules))
}
