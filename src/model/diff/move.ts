/**
 * What becomes different where a Gateway takes the place of an IngressGroup: two stacks of which no resource has an ID in
 * common, compared by what they are for.
 *
 * @module
 */

import { applicationLoadBalancer, applicationLoadBalancerID, specEntries, specsOf } from '../stack/specs.ts'
import { type IPPermission, referencedID, type Stack, type TargetGroupSpec, type Token } from '../stack/stack.ts'
import { type AtomicRule, atomicRules, conditionsKey, overlap, type TargetNames } from './atomic-rules.ts'
import { compareSpecs, type FieldChange } from './values.ts'

/** One thing that a move changes. */
export interface MoveDifference extends Omit<FieldChange, 'kept'> {
  /** `load balancer`, `listener HTTPS:443`, `target group ns/service`. */
  resource: string
  /** The resource of the old plan that it is about, as {@link Explanation} names it. */
  of?: string
  /** Why every move does that, as docs/gateway-api.md tells; absent where it is this edge's own. */
  known?: string
}

const newLoadBalancer = 'a Gateway gets a load balancer of its own, with a new name and a new DNS name'
const untagged = 'tags of the load balancer do not reach its target groups and rules'

/** Changes that every move brings with it, by resource and path. */
function knownReason({ resource, path, old, new: next }: MoveDifference): string | undefined {
  if (/^(load balancer|security group)/.test(resource) && ['name', 'groupName', 'description'].includes(path)) {
    return newLoadBalancer
  }
  if (path.startsWith('tags.') && next === undefined) {
    return untagged
  }
  if (path.startsWith('mutualAuthentication.') && [old, next].every(value => value === undefined || value === '')) {
    return 'what is not said is written down by the one and left out by the other'
  }
  if (path === 'protocolVersion' && next === 'HTTP1') {
    return 'behind an HTTP listener a Gateway speaks HTTP/1.1 to targets'
  }
  if (path === 'healthCheckConfig.matcher.httpCode' && next === '200-399') {
    return 'the default of a Gateway is 200-399'
  }
  return /^healthCheckConfig\.(un)?healthyThresholdCount$/.test(path) && next === 3
    ? 'the default of a Gateway is 3'
    : undefined
}

function fieldsOf(resource: string, of: string, old: unknown, next: unknown): MoveDifference[] {
  return compareSpecs(old, next).map(field => ({ resource, of, ...field }))
}

/** Permissions one by one, each once: a Gateway repeats them for listeners of one port. */
function permissionsOf(permissions: readonly IPPermission[] = []): string[] {
  const all = permissions.flatMap(({ ipProtocol, fromPort, toPort, ipRanges, ipv6Ranges, prefixLists }) => {
    const peers = [
      ...(ipRanges ?? []).map(({ cidrIP }) => cidrIP),
      ...(ipv6Ranges ?? []).map(({ cidrIPv6 }) => cidrIPv6),
      ...(prefixLists ?? []).map(({ listID }) => listID)
    ]
    return peers.map(peer => `${ipProtocol} ${fromPort}-${toPort} from ${peer}`)
  })
  return [...new Set(all)].sort()
}

function compareLoadBalancers(old: Stack, next: Stack): MoveDifference[] {
  const [before, after] = [applicationLoadBalancer(old), applicationLoadBalancer(next)]
  const [group, nextGroup] = [specsOf(old, 'securityGroup')[0], specsOf(next, 'securityGroup')[0]]
  const addOns = (['webACL', 'classicWebACL', 'protection'] as const).flatMap(type =>
    fieldsOf(type === 'protection' ? 'Shield protection' : 'web ACL', 'LoadBalancer', ...withoutOwner(old, next, type))
  )
  return [
    ...fieldsOf('load balancer', 'LoadBalancer', before ?? {}, after ?? {}),
    ...fieldsOf(
      'security group',
      'ManagedLBSecurityGroup',
      group ? { ...group, ingress: permissionsOf(group.ingress) } : {},
      nextGroup ? { ...nextGroup, ingress: permissionsOf(nextGroup.ingress) } : {}
    ),
    ...addOns
  ]
}

function withoutOwner(old: Stack, next: Stack, type: 'webACL' | 'classicWebACL' | 'protection'): [object, object] {
  const [before, after] = [old, next].map(stack => {
    const [, { resourceARN: _, ...spec }] = specEntries(stack, type).find(([id]) => id === applicationLoadBalancerID) ??
      specEntries(stack, type)[0] ?? ['', { resourceARN: '' }]
    return spec
  })
  return [before!, after!]
}

/** A target group with the Service that it is made of. */
interface ServiceTargets {
  id: string
  service: string
  spec: TargetGroupSpec
  /** What its binding says beyond that. */
  binding: object
}

function targetsOf(stack: Stack): ServiceTargets[] {
  const groups = new Map(specEntries(stack, 'targetGroup'))
  return specEntries(stack, 'targetGroupBinding').flatMap(([, { template }]) => {
    const id = referencedID(template.spec.targetGroupARN)
    const spec = id === undefined ? undefined : groups.get(id)
    const { serviceRef, networking, nodeSelector, multiClusterTargetGroup } = template.spec
    return id === undefined || !spec
      ? []
      : [
          {
            id,
            service: `${template.metadata.namespace}/${serviceRef.name}`,
            spec,
            binding: { networking, nodeSelector, multiClusterTargetGroup }
          }
        ]
  })
}

/** Names of target groups: the Service's, and the port that is registered where a Service has several. */
function nameTargets(all: readonly (readonly ServiceTargets[])[]): (targets: ServiceTargets) => string {
  const several = new Set(
    all.flatMap(targets =>
      [...Map.groupBy(targets, ({ service }) => service)].flatMap(([service, own]) =>
        new Set(own.map(({ spec }) => spec.port)).size > 1 ? [service] : []
      )
    )
  )
  return ({ service, spec }) => (several.has(service) ? `${service}:${spec.port}` : service)
}

function compareTargets(
  [old, next]: readonly [readonly ServiceTargets[], readonly ServiceTargets[]],
  nameOf: (targets: ServiceTargets) => string
): MoveDifference[] {
  const after = Map.groupBy(next, nameOf)
  const differences = old.flatMap(before => {
    const name = nameOf(before)
    const candidates = after.get(name) ?? []
    const of = `TargetGroup ${before.id}`
    function compare(candidate: ServiceTargets): MoveDifference[] {
      const { name: _, ...spec } = before.spec
      const { name: __, ...nextSpec } = candidate.spec
      return [
        ...fieldsOf(`target group ${name}`, of, spec, nextSpec),
        ...fieldsOf(`target group binding ${name}`, of, before.binding, candidate.binding)
      ]
    }
    // Of the target groups that one Service has for several routes, the one that is most alike.
    const [best] = candidates.map(compare).sort((left, right) => left.length - right.length)
    return best ?? []
  })
  return [...new Map(differences.map(one => [JSON.stringify(one), one])).values()]
}

function describeAtom({ conditions }: AtomicRule): string {
  const words = [...conditions].map(([key, value]) => `${key} ${value.replaceAll('\n', ' and ')}`)
  return words.length === 0 ? 'every request' : words.join(', ')
}

const unavailable = /"statusCode":"50[03]"/
const withoutBackend = 'a rule without a backend answers 500 in place of 503'

/** What requests come to at a listener: other actions, and rules that are tried in another order where it matters. */
function compareRules(resource: string, old: AtomicRule[], next: AtomicRule[]): MoveDifference[] {
  const after = new Map(next.map((atom, place) => [conditionsKey(atom.conditions), { atom, place }]))
  const before = new Set(old.map(({ conditions }) => conditionsKey(conditions)))
  const kept = old.map(atom => ({ atom, found: after.get(conditionsKey(atom.conditions)) }))
  const changed = kept.flatMap(({ atom, found }): MoveDifference[] => {
    const path = `rule for ${describeAtom(atom)}`
    const of = atom.rule === undefined ? {} : { of: `ListenerRule ${atom.rule}` }
    if (!found) {
      return [{ resource, ...of, path, old: JSON.parse(atom.action) }]
    }
    const isKnown = unavailable.test(atom.action) && unavailable.test(found.atom.action)
    return found.atom.action === atom.action
      ? []
      : [
          {
            resource,
            ...of,
            path,
            old: JSON.parse(atom.action),
            new: JSON.parse(found.atom.action),
            ...(isKnown && { known: withoutBackend })
          }
        ]
  })
  const added = next
    .filter(({ conditions }) => !before.has(conditionsKey(conditions)))
    .map((atom): MoveDifference => ({ resource, path: `rule for ${describeAtom(atom)}`, new: JSON.parse(atom.action) }))
  const reordered = kept.flatMap(({ atom, found }, index): MoveDifference[] => {
    const overtaken =
      found &&
      kept
        .slice(index + 1)
        .find(
          later =>
            later.found &&
            later.found.place < found.place &&
            later.atom.action !== atom.action &&
            overlap(atom, later.atom)
        )
    return overtaken
      ? [
          {
            resource,
            ...(overtaken.atom.rule !== undefined && { of: `ListenerRule ${overtaken.atom.rule}` }),
            path: `order of rules: ${describeAtom(overtaken.atom)}`,
            old: `tried after ${describeAtom(atom)}`,
            new: `tried before ${describeAtom(atom)}`
          }
        ]
      : []
  })
  return [...changed, ...added, ...reordered]
}

function compareListeners(old: Stack, next: Stack, names: readonly [TargetNames, TargetNames]): MoveDifference[] {
  const [before, after] = [new Map(specEntries(old, 'listener')), new Map(specEntries(next, 'listener'))]
  const ids = new Set([...before.keys(), ...after.keys()])
  return [...ids].flatMap((id): MoveDifference[] => {
    const [listener, nextListener] = [before.get(id), after.get(id)]
    if (!listener || !nextListener) {
      const { protocol, port } = (listener ?? nextListener)!
      const resource = `listener ${protocol}:${port}`
      return [
        { resource, of: `Listener ${id}`, path: 'listener', ...(listener ? { old: protocol } : { new: protocol }) }
      ]
    }
    const resource = `listener ${listener.protocol}:${listener.port}`
    const { defaultActions: _, loadBalancerARN: __, ...spec } = listener
    const { defaultActions: ___, loadBalancerARN: ____, ...nextSpec } = nextListener
    return [
      ...fieldsOf(resource, `Listener ${id}`, spec, nextSpec),
      ...compareRules(resource, atomicRules(old, id, listener, names[0]), atomicRules(next, id, nextListener, names[1]))
    ]
  })
}

/** How many Services both of two load balancers forward to. */
export function sharedServices(one: Stack, other: Stack): number {
  const services = new Set(targetsOf(one).map(({ service }) => service))
  return new Set(targetsOf(other).flatMap(({ service }) => (services.has(service) ? [service] : []))).size
}

/** What becomes different where the stack of a Gateway takes the place of an IngressGroup's. */
export function compareMove(old: Stack, next: Stack): MoveDifference[] {
  const targets = [targetsOf(old), targetsOf(next)] as const
  const nameOf = nameTargets(targets)
  const names = targets.map((own): TargetNames => {
    const byID = new Map(own.map(one => [one.id, nameOf(one)]))
    return (token: Token) => byID.get(referencedID(token) ?? '') ?? String(token).split('/')[1] ?? String(token)
  }) as [TargetNames, TargetNames]
  return [
    ...compareLoadBalancers(old, next),
    ...compareListeners(old, next, names),
    ...compareTargets(targets, nameOf)
  ].map(difference => {
    const known = difference.known ?? knownReason(difference)
    return known === undefined ? difference : { ...difference, known }
  })
}
