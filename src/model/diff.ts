import { isDeepStrictEqual } from 'node:util'
import type { PlanJSON } from './plan-json.ts'
import { type ListenerRuleSpec, referencedID, type Stack, type StackResources, type Token } from './stack.ts'

/** What happens to a resource; `leave`: its plan differs, and AWS keeps what it has. */
export type ChangeKind = 'create' | 'modify' | 'replace' | 'delete' | 'leave'

export interface FieldChange {
  /** `healthCheckConfig.path`, `loadBalancerAttributes.idle_timeout.timeout_seconds`, `tags.team`. */
  path: string
  old?: unknown
  new?: unknown
  /** Why the controller does not carry the change out; absent where it does. */
  kept?: string
}

export interface ResourceChange {
  /** ID of the IngressGroup. */
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

export interface PlanDiff {
  /** Group by group, in the order in which the controller deploys; what goes is removed at the end. */
  changes: ResourceChange[]
  unchanged: number
  blocked: BlockedGroup[]
}

/** One side of a comparison. */
export interface StackSet {
  /** By group ID. */
  stacks: Record<string, Stack>
  /** Groups without a plan. */
  failures: { group?: string; error: string }[]
}

type ResourceType = keyof StackResources
type TargetGroupType = 'AWS::ElasticLoadBalancingV2::TargetGroup'

/** The order in which the controller deploys (LBC: defaultStackDeployer.Deploy). */
const deployOrder: ResourceType[] = [
  'AWS::EC2::SecurityGroup',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'FrontendNLBTargetGroup',
  'AWS::ElasticLoadBalancingV2::Listener',
  'AWS::ElasticLoadBalancingV2::ListenerRule',
  'K8S::ElasticLoadBalancingV2::TargetGroupBinding',
  'AWS::WAFv2::WebACLAssociation',
  'AWS::WAFRegional::WebACLAssociation',
  'AWS::Shield::Protection'
]

/** A saved plan as a side; the error of `plan -o json` does not say which group it is of. */
export const stacksOf = ({ stack, stacks, error }: PlanJSON): StackSet => ({
  stacks: stack ? { [(stack as Stack).id]: stack as Stack } : ((stacks ?? {}) as Record<string, Stack>),
  failures: error === undefined ? [] : [{ error }]
})

const isPair = (value: unknown): value is Record<string, string> =>
  value !== null && typeof value === 'object' && ('key' in value || 'Key' in value)

/**
 * The values of a spec by path. Attributes and tags have a path each; any other list is one value, and so is a reference.
 */
const flatten = (value: unknown, path = ''): [path: string, value: unknown][] => {
  if (value === undefined) return []
  if (Array.isArray(value) && value.length > 0 && value.every(isPair))
    return value.map(pair => [`${path}.${pair.key ?? pair.Key}`, pair.value ?? pair.Value])
  if (value === null || typeof value !== 'object' || Array.isArray(value) || '$ref' in value) return [[path, value]]
  return Object.entries(value).flatMap(([key, child]) => flatten(child, path === '' ? key : `${path}.${key}`))
}

const compareSpecs = (old: unknown, next: unknown): FieldChange[] => {
  const before = new Map(flatten(old))
  const after = new Map(flatten(next))
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(path =>
    isDeepStrictEqual(before.get(path), after.get(path))
      ? []
      : [
          {
            path,
            ...(before.has(path) && { old: before.get(path) }),
            ...(after.has(path) && { new: after.get(path) })
          }
        ]
  )
}

/** What makes the controller replace a resource instead of changing it (LBC: isSDKLoadBalancerRequiresReplacement, …). */
const replacedBy: Partial<Record<ResourceType, { paths: string[]; consequences: string[] }>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    paths: ['type', 'scheme'],
    consequences: [
      'the old load balancer is deleted before the new one is created: connections are dropped, and nothing answers in between',
      'the new one has another DNS name: records that point to the old one lead nowhere'
    ]
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    paths: ['targetType', 'protocol', 'protocolVersion', 'targetControlPort'],
    consequences: ['the targets are registered anew and start out unchecked, in the state initial']
  }
}

/** Fields that are only read when a resource is created. */
const keptFields: Partial<Record<ResourceType, Record<string, string>>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    name: 'a load balancer keeps the name that it was created with',
    customerOwnedIPv4Pool: 'the pool is only read when a load balancer is created'
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    name: 'a target group keeps the name that it was created with',
    port: 'a target group keeps its port; targets carry their own',
    ipAddressType: 'a target group keeps its IP address type, and the controller does not replace it'
  },
  'AWS::EC2::SecurityGroup': {
    groupName: 'a security group keeps its name',
    description: 'a security group keeps its description'
  },
  'K8S::ElasticLoadBalancingV2::TargetGroupBinding': {
    'template.metadata.name': 'a binding is found by its target group and keeps its name'
  }
}

const attributePath = /^(loadBalancerAttributes|targetGroupAttributes|listenerAttributes)\./

/** Why the controller leaves a field as it is; undefined where it carries the change out. */
const reasonToKeep = (type: ResourceType, { path, ...values }: FieldChange): string | undefined => {
  if (attributePath.test(path) && !('new' in values)) return 'an attribute that is no longer set is not reset'
  return keptFields[type]?.[path]
}

/** Associations that a plan no longer has are left alone: only `none` takes them away. */
const untouchedTypes: ReadonlySet<ResourceType> = new Set<ResourceType>([
  'AWS::WAFv2::WebACLAssociation',
  'AWS::WAFRegional::WebACLAssociation',
  'AWS::Shield::Protection'
])

const nodePortPath = 'nodePort'

const consequencesOfModifying = (fields: FieldChange[]): string[] =>
  fields.some(({ path }) => path === nodePortPath)
    ? [
        'the old node port is deregistered before the new one is registered: for a moment there are no targets, and clients get 503'
      ]
    : []

interface Entry {
  id: string
  // biome-ignore lint/suspicious/noExplicitAny: specs of all types are compared alike, value by value.
  spec: any
}

/** A resource of both sides, or of one. */
interface Match {
  old?: Entry
  new?: Entry
}

/** The rule without its place, and without tags, which do not make another rule of it. */
const contentOf = ({ spec }: Entry): string => {
  const { listenerARN, conditions, actions, transforms } = spec as ListenerRuleSpec
  return JSON.stringify([listenerARN, conditions, actions, transforms])
}

/**
 * Rules are told apart by what they do, so that a new rule at the front moves the others instead of rewriting them; what is
 * left over is matched by priority (LBC: listenerRuleSynthesizer).
 */
const matchRules = (old: Entry[], next: Entry[]): Match[] => {
  const unmatched = new Map(old.map(entry => [entry.id, entry]))
  const byContent = Map.groupBy(old, contentOf)
  const take = (entry: Entry | undefined): Entry | undefined => {
    if (entry) unmatched.delete(entry.id)
    return entry
  }
  const same = new Map(next.map(entry => [entry.id, take(byContent.get(contentOf(entry))?.shift())]))
  const matches = next.map((entry): Match => {
    const match = same.get(entry.id) ?? take(unmatched.get(entry.id))
    return { ...(match && { old: match }), new: entry }
  })
  return [...matches, ...[...unmatched.values()].map(entry => ({ old: entry }))]
}

const matchByID = (old: Entry[], next: Entry[]): Match[] => {
  const before = new Map(old.map(entry => [entry.id, entry]))
  const after = new Set(next.map(({ id }) => id))
  return [
    ...next.map(entry => ({ ...(before.has(entry.id) && { old: before.get(entry.id)! }), new: entry })),
    ...old.filter(({ id }) => !after.has(id)).map(entry => ({ old: entry }))
  ]
}

/** A binding registers the nodes with the node port of its Service, which the stack only holds in its target group. */
const withNodePort = ({ id, spec }: Entry, targetGroups: StackResources[TargetGroupType] = {}): Entry => {
  const group = targetGroups[id]?.spec
  return { id, spec: group?.targetType === 'instance' ? { ...spec, [nodePortPath]: group.port } : spec }
}

/** The resources of a type; a frontend NLB's targets, by the ID of their target group. */
const entriesOf = (stack: Stack | undefined, type: ResourceType): Entry[] => {
  const resources = stack?.resources[type] ?? {}
  if (type === 'K8S::ElasticLoadBalancingV2::TargetGroupBinding')
    return Object.entries(resources as Record<string, { spec: unknown }>).map(([id, { spec }]) =>
      withNodePort({ id, spec }, stack?.resources['AWS::ElasticLoadBalancingV2::TargetGroup'])
    )
  if (type === 'FrontendNLBTargetGroup')
    return Object.values(resources as NonNullable<StackResources['FrontendNLBTargetGroup']>).flatMap(
      ({ TargetGroups }) =>
        Object.values(TargetGroups).map(({ ARN, TargetARN, TargetPort }) => ({
          id: referencedID(ARN) ?? String(ARN),
          spec: { TargetARN, TargetPort }
        }))
    )
  return Object.entries(resources as Record<string, { spec: unknown }>).map(([id, { spec }]) => ({ id, spec }))
}

/** The resource that another one cannot outlive, by where its spec refers to it. */
const parentOf = (type: ResourceType, spec: Record<string, Token>): string | undefined => {
  if (type === 'AWS::ElasticLoadBalancingV2::Listener') return referencedID(spec.loadBalancerARN!)
  if (type === 'AWS::ElasticLoadBalancingV2::ListenerRule') return referencedID(spec.listenerARN!)
  if (untouchedTypes.has(type)) return referencedID(spec.resourceARN!)
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

const consequencesOfDeleting = (type: ResourceType, spec: Record<string, unknown>): string[] => {
  if (type === 'AWS::ElasticLoadBalancingV2::Listener') return ['its port no longer answers']
  if (type !== 'AWS::ElasticLoadBalancingV2::LoadBalancer') return []
  const isProtected = flatten(spec).some(
    ([path, value]) => path === 'loadBalancerAttributes.deletion_protection.enabled' && value === 'true'
  )
  return [
    'its DNS name goes, and connections are dropped',
    ...(isProtected ? ['deletion_protection.enabled is true: the controller refuses until it is switched off'] : [])
  ]
}

/** What changes between two stacks of a group; either may be absent. */
function compareStacks(group: string, old: Stack | undefined, next: Stack | undefined) {
  const changes: ResourceChange[] = []
  const removals: ResourceChange[] = []
  let unchanged = 0
  // Type and ID, as a listener's ID might be a load balancer's too.
  const replaced = new Set<string>()
  const loadBalancersLeft = entriesOf(next, 'AWS::ElasticLoadBalancingV2::LoadBalancer').length > 0

  for (const type of deployOrder) {
    const match = type === 'AWS::ElasticLoadBalancingV2::ListenerRule' ? matchRules : matchByID
    for (const { old: before, new: after } of match(entriesOf(old, type), entriesOf(next, type))) {
      const change = (kind: ChangeKind, details: Partial<ResourceChange> = {}): ResourceChange => ({
        group,
        type,
        id: (after ?? before)!.id,
        change: kind,
        fields: [],
        consequences: [],
        ...details
      })
      if (!before) {
        changes.push(change('create', { fields: compareSpecs({}, after!.spec) }))
        continue
      }
      if (!after) {
        if (untouchedTypes.has(type) && loadBalancersLeft) {
          const reason = 'what a plan does not mention is left alone; the value none takes it away'
          changes.push(change('leave', { reason }))
        } else removals.unshift(change('delete', { consequences: consequencesOfDeleting(type, before.spec) }))
        continue
      }
      const parent = parentOf(type, after.spec)
      const fields = compareSpecs(before.spec, after.spec)
      const rule = replacedBy[type]
      const causes = fields.filter(({ path }) => rule?.paths.includes(path)).map(({ path }) => path)
      if (causes.length > 0) {
        replaced.add(after.id)
        const reason = `${causes.join(' and ')} cannot be changed`
        changes.push(change('replace', { reason, fields, consequences: rule!.consequences }))
      } else if (parent !== undefined && replaced.has(parent)) {
        replaced.add(after.id)
        changes.push(change('replace', { reason: `its ${parentNames[type] ?? 'load balancer'} is replaced`, fields }))
      } else if (fields.length === 0) unchanged++
      else {
        const explained = fields.map((field): FieldChange => {
          const kept = reasonToKeep(type, field)
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
  const isUnknown = ({ stacks, failures }: StackSet, id: string): boolean =>
    stacks[id] === undefined && failures.some(({ group }) => group === undefined || group === id)
  const ids = [...new Set([...Object.keys(old.stacks), ...Object.keys(next.stacks)])].sort()
  for (const id of ids) {
    if (isUnknown(old, id) || isUnknown(next, id)) continue
    const { changes, unchanged } = compareStacks(id, old.stacks[id], next.stacks[id])
    diff.changes.push(...changes)
    diff.unchanged += unchanged
  }
  return diff
}
