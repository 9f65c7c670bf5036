import type { StackKind } from '../stack/plan.ts'
import type { PlanJSON } from '../stack/plan-json.ts'
import { type ResourceType, referencedID, type Stack, type Token } from '../stack/stack.ts'
import { entriesOf, matchByID, matchRules } from './match.ts'
import { compareMove, type MoveDifference, sharedServices } from './move.ts'
import { consequencesOfModifying, reasonToKeep, replacementOf, untouchedTypes } from './replacement.ts'
import { compareSpecs, type FieldChange, flatten } from './values.ts'

/** What happens to a resource; `leave`: its plan differs, and AWS keeps what it has. */
export type ChangeKind = 'create' | 'modify' | 'replace' | 'delete' | 'leave'

export interface ResourceChange {
  /** What asks for the load balancer. */
  kind: StackKind
  /** ID of the IngressGroup, or `namespace/name` of the Service or Gateway. */
  group: string
  /** As in the stack: `AWS::ElasticLoadBalancingV2::Listener`. */
  type: ResourceType
  id: string
  change: ChangeKind
  /** Why it is replaced or left. */
  reason?: string
  fields: FieldChange[]
  /** What clients notice. */
  consequences: string[]
}

/** A group that one of the sides has no plan of: nothing of it is compared, as the controller would not touch it. */
export interface BlockedGroup {
  side: 'old' | 'new'
  /** Absent where a saved plan only holds the error. */
  group?: string
  error: string
}

/** A load balancer of Ingresses that goes where one of a Gateway comes for the same Services. */
export interface Move {
  /** ID of the IngressGroup. */
  from: string
  /** `namespace/name` of the Gateway. */
  to: string
  /** What clients and targets notice, beside the new load balancer itself. */
  differences: MoveDifference[]
}

export interface PlanDiff {
  /** Group by group, in the order in which the controller deploys; what goes is removed at the end. */
  changes: ResourceChange[]
  unchanged: number
  blocked: BlockedGroup[]
  /** Absent where no Gateway takes the place of Ingresses. */
  moves?: Move[]
}

/** One side of a comparison. */
export interface StackSet {
  /** By group ID. */
  stacks: Record<string, Stack>
  /** What asks for each; told by the stack where it is not there, as of a saved plan. */
  kinds?: ReadonlyMap<string, StackKind>
  /** Groups without a plan. */
  failures: { group?: string; error: string }[]
}

/** The order in which the controller deploys (LBC: defaultStackDeployer.Deploy). */
const deployOrder: ResourceType[] = [
  'AWS::EC2::SecurityGroup',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::ElasticLoadBalancing::LoadBalancer',
  'FrontendNLBTargetGroup',
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::ElasticLoadBalancingV2::ListenerRule',
  'K8S::ElasticLoadBalancingV2::TargetGroupBinding',
  'AWS::WAFv2::WebACLAssociation',
  'AWS::WAFRegional::WebACLAssociation',
  'AWS::Shield::Protection'
]

/** A saved plan as a side; the error of `plan -o json` does not say which group it is of. */
export function stacksOf({ stack, stacks, error }: PlanJSON): StackSet {
  return {
    stacks: stack ? { [(stack as Stack).id]: stack as Stack } : ((stacks ?? {}) as Record<string, Stack>),
    failures: error === undefined ? [] : [{ error }]
  }
}

/** The resource that another one cannot outlive, by where its spec refers to it. */
function parentOf(type: ResourceType, spec: Record<string, Token>): string | undefined {
  if (type === 'AWS::ElasticLoadBalancingV2::Listener') {
    return referencedID(spec.loadBalancerARN!)
  }
  if (type === 'AWS::ElasticLoadBalancingV2::ListenerRule') {
    return referencedID(spec.listenerARN!)
  }
  if (untouchedTypes.has(type)) {
    return referencedID(spec.resourceARN!)
  }
  if (type === 'K8S::ElasticLoadBalancingV2::TargetGroupBinding') {
    const { template } = spec as unknown as { template: { spec: { targetGroupARN: Token } } }
    return referencedID(template.spec.targetGroupARN)
  }
  return undefined
}

const parentNames: Partial<Record<ResourceType, string>> = {
  'AWS::ElasticLoadBalancingV2::ListenerRule': 'listener',
  'K8S::ElasticLoadBalancingV2::TargetGroupBinding': 'target group'
}

const loadBalancerTypes: ReadonlySet<ResourceType> = new Set<ResourceType>([
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::ElasticLoadBalancing::LoadBalancer'
])

function consequencesOfDeleting(type: ResourceType, spec: Record<string, unknown>): string[] {
  if (type === 'AWS::ElasticLoadBalancingV2::Listener') {
    return ['its port no longer answers']
  }
  if (!loadBalancerTypes.has(type)) {
    return []
  }
  const isProtected = flatten(spec).some(
    ([path, value]) => path === 'loadBalancerAttributes.deletion_protection.enabled' && value === 'true'
  )
  return [
    'its DNS name goes, and connections are dropped',
    ...(isProtected ? ['deletion_protection.enabled is true: the controller refuses until it is switched off'] : [])
  ]
}

/**
 * What a stack is of, where it is not told: those of Services and Gateways begin the IDs of their target groups with their own, and
 * Services have no frontend NLBs.
 */
export function kindOf({ id, resources, by }: Stack): StackKind {
  if (by || !resources.FrontendNLBTargetGroup) {
    return 'Service'
  }
  const targetGroups = Object.keys(resources['AWS::ElasticLoadBalancingV2::TargetGroup'] ?? {})
  return targetGroups.some(groupID => groupID.startsWith(`${id}:`)) ? 'Gateway' : 'Ingress'
}

/** What changes between two stacks of a group; either may be absent. */
function compareStacks(ofStack: StackKind, group: string, old: Stack | undefined, next: Stack | undefined) {
  const changes: ResourceChange[] = []
  const removals: ResourceChange[] = []
  let unchanged = 0
  // Type and ID, as a listener's ID might be a load balancer's too.
  const replaced = new Set<string>()
  const loadBalancersLeft = entriesOf(next, 'AWS::ElasticLoadBalancingV2::LoadBalancer').length > 0

  for (const type of deployOrder) {
    const match = type === 'AWS::ElasticLoadBalancingV2::ListenerRule' ? matchRules : matchByID
    for (const { old: before, new: after } of match(entriesOf(old, type), entriesOf(next, type))) {
      function change(kind: ChangeKind, details: Partial<ResourceChange> = {}): ResourceChange {
        return {
          kind: ofStack,
          group,
          type,
          id: (after ?? before)!.id,
          change: kind,
          fields: [],
          consequences: [],
          ...details
        }
      }
      if (!before) {
        changes.push(change('create', { fields: compareSpecs({}, after!.spec) }))
        continue
      }
      if (!after) {
        if (untouchedTypes.has(type) && loadBalancersLeft) {
          const reason = 'what a plan does not mention is left alone; the value none takes it away'
          changes.push(change('leave', { reason }))
        } else {
          removals.unshift(change('delete', { consequences: consequencesOfDeleting(type, before.spec) }))
        }
        continue
      }
      const parent = parentOf(type, after.spec)
      const fields = compareSpecs(before.spec, after.spec)
      const rule = replacementOf(type, next!)
      const causes = fields.filter(({ path }) => rule?.paths.includes(path)).map(({ path }) => path)
      if (causes.length > 0) {
        replaced.add(after.id)
        const reason = `${causes.join(' and ')} cannot be changed`
        changes.push(change('replace', { reason, fields, consequences: rule!.consequences }))
      } else if (parent !== undefined && replaced.has(parent)) {
        replaced.add(after.id)
        changes.push(change('replace', { reason: `its ${parentNames[type] ?? 'load balancer'} is replaced`, fields }))
      } else if (fields.length === 0) {
        unchanged++
      } else {
        const explained = fields.map((field): FieldChange => {
          const kept = reasonToKeep(type, field, after.spec, next!)
          return kept === undefined ? field : { ...field, kept }
        })
        const isKept = explained.every(({ kept }) => kept !== undefined)
        changes.push(
          change(isKept ? 'leave' : 'modify', {
            fields: explained,
            consequences: consequencesOfModifying(fields)
          })
        )
      }
    }
  }
  return { changes: [...changes, ...removals], unchanged }
}

/**
 * What AWS and the cluster would see when a plan takes the place of another: what is created, changed in place, replaced,
 * deleted, and what differs in the plan alone. Resources are told apart by their IDs in the stack, as the controller does by
 * the tags it puts on them, and never by name. Secrets are not compared: a plan hides them.
 */
export function diffPlans(old: StackSet, next: StackSet): PlanDiff {
  const diff: PlanDiff = {
    changes: [],
    unchanged: 0,
    blocked: [
      ...old.failures.map((failure): BlockedGroup => ({ side: 'old', ...failure })),
      ...next.failures.map((failure): BlockedGroup => ({ side: 'new', ...failure }))
    ]
  }
  // A group may have the name of what every object has.
  function stackOf({ stacks }: StackSet, id: string): Stack | undefined {
    return Object.hasOwn(stacks, id) ? stacks[id] : undefined
  }
  function isUnknown(side: StackSet, id: string): boolean {
    return stackOf(side, id) === undefined && side.failures.some(({ group }) => group === undefined || group === id)
  }
  function kindIn({ kinds }: StackSet, id: string, stack: Stack): StackKind {
    return kinds?.get(id) ?? kindOf(stack)
  }
  const gone: Stack[] = []
  const come: Stack[] = []
  const ids = [...new Set([...Object.keys(old.stacks), ...Object.keys(next.stacks)])].sort()
  for (const id of ids) {
    if (isUnknown(old, id) || isUnknown(next, id)) {
      continue
    }
    const [before, after] = [stackOf(old, id), stackOf(next, id)]
    const kinds = [before && kindIn(old, id, before), after && kindIn(next, id, after)] as const
    // Whoever makes the new one leaves the other's alone, which goes with what it was made of.
    const isOther = before && after && (before.by !== after.by || kinds[0] !== kinds[1])
    const sides = isOther
      ? ([
          [undefined, after],
          [before, undefined]
        ] as const)
      : ([[before, after]] as const)
    for (const [from, to] of sides) {
      const { changes, unchanged } = compareStacks((to ? kinds[1] : kinds[0])!, id, from, to)
      diff.changes.push(...changes)
      diff.unchanged += unchanged
      if (from && !to && kinds[0] === 'Ingress') {
        gone.push(from)
      }
      if (to && !from && kinds[1] === 'Gateway') {
        come.push(to)
      }
    }
  }
  const moves = movesOf(gone, come)
  return moves.length > 0 ? { ...diff, moves } : diff
}

/** Pairs each Gateway that comes with the group that goes and has most Services in common with it. */
function movesOf(gone: readonly Stack[], come: readonly Stack[]): Move[] {
  const left = new Set(gone)
  return come.flatMap(to => {
    const [best] = [...left]
      .map(from => ({ from, shared: sharedServices(from, to) }))
      .filter(({ shared }) => shared > 0)
      .sort((one, other) => other.shared - one.shared)
    if (!best) {
      return []
    }
    left.delete(best.from)
    return [{ from: best.from.id, to: to.id, differences: compareMove(best.from, to) }]
  })
}
