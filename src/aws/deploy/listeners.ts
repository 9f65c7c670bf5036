/** Listeners of a stack and their rules. (LBC: listener_synthesizer.go, listener_rule_synthesizer.go in pkg/deploy/elbv2.) */

import { type ListenerSpec, type ResourceChange, referencedID, specEntries, specOf } from '../../model/index.ts'
import type { RulePriorityPair } from '../protocol/shapes/elbv2.ts'
import { loadBalancerOfListener } from '../state/relations.ts'
import { changedAttributes, type Deployment } from './deployment.ts'

const type = 'AWS::ElasticLoadBalancingV2::Listener'
const ruleType = 'AWS::ElasticLoadBalancingV2::ListenerRule'

/** Where rules wait that are about to go, from the last priority downwards. */
const lastPriority = 50_000

/** A listener as CreateListener and ModifyListener take it. */
function settingsOf(deployment: Deployment, spec: ListenerSpec) {
  const [first] = spec.certificates ?? []
  return {
    ...{ Port: spec.port, Protocol: spec.protocol },
    DefaultActions: deployment.toAPI<never[]>(spec.defaultActions),
    ...(first && { Certificates: [{ CertificateArn: first.certificateARN }] }),
    ...(spec.sslPolicy !== undefined && { SslPolicy: spec.sslPolicy }),
    ...(spec.alpnPolicy && { AlpnPolicy: spec.alpnPolicy }),
    ...(spec.mutualAuthentication && { MutualAuthentication: deployment.toAPI<object>(spec.mutualAuthentication) })
  }
}

/** Certificates beside the default one. The controller adds that one too, where it is listed again; nothing changes by it. */
function extraCertificates({ certificates = [] }: ListenerSpec): string[] {
  const [first, ...others] = certificates.map(({ certificateARN }) => certificateARN)
  return [...new Set(others)].filter(arn => arn !== first)
}

function listOf(arns: readonly string[]) {
  return arns.map(CertificateArn => ({ CertificateArn }))
}

async function create(deployment: Deployment, id: string): Promise<void> {
  const { caller, planned } = deployment
  const spec = specOf(planned, 'listener', id)!
  const { Listeners = [] } = await caller.call('elbv2', 'CreateListener', {
    LoadBalancerArn: deployment.resolve('AWS::ElasticLoadBalancingV2::LoadBalancer', spec.loadBalancerARN),
    ...settingsOf(deployment, spec),
    Tags: deployment.tagsOf(id, spec.tags)
  })
  const ListenerArn = Listeners[0]?.ListenerArn ?? ''
  deployment.learn(type, id, ListenerArn)
  const others = extraCertificates(spec)
  if (others.length > 0) {
    await caller.call('elbv2', 'AddListenerCertificates', { ListenerArn, Certificates: listOf(others) })
  }
  const { listenerAttributes = [] } = spec
  if (listenerAttributes.length > 0) {
    await caller.call('elbv2', 'ModifyListenerAttributes', { ListenerArn, Attributes: listenerAttributes })
  }
}

/** Fields that have calls of their own. */
const beside = /^(tags|listenerAttributes)\b/

async function modify(deployment: Deployment, change: ResourceChange): Promise<void> {
  const { caller, planned, state } = deployment
  const ListenerArn = deployment.arnOf(type, change.id)
  const spec = specOf(planned, 'listener', change.id)!
  await deployment.retag(ListenerArn, change.id, spec.tags)
  if (change.fields.some(({ path, kept }) => kept === undefined && !beside.test(path))) {
    await caller.call('elbv2', 'ModifyListener', { ListenerArn, ...settingsOf(deployment, spec) })
  }
  const wanted = extraCertificates(spec)
  const there = state.listeners[ListenerArn]?.extraCertificates ?? []
  const [first] = spec.certificates ?? []
  const added = wanted.filter(arn => !there.includes(arn))
  const removed = there.filter(arn => !wanted.includes(arn) && arn !== first?.certificateARN)
  if (added.length > 0) {
    await caller.call('elbv2', 'AddListenerCertificates', { ListenerArn, Certificates: listOf(added) })
  }
  if (removed.length > 0) {
    await caller.call('elbv2', 'RemoveListenerCertificates', { ListenerArn, Certificates: listOf(removed) })
  }
  const Attributes = changedAttributes(change, 'listenerAttributes')
  if (Attributes.length > 0) {
    await caller.call('elbv2', 'ModifyListenerAttributes', { ListenerArn, Attributes })
  }
}

/** Takes away the listeners that are no longer wanted, then makes and changes the others. */
export async function deployListeners(deployment: Deployment): Promise<void> {
  const { caller } = deployment
  const goneWith = new Set(deployment.gone('AWS::ElasticLoadBalancingV2::LoadBalancer'))
  for (const ListenerArn of deployment.gone(type)) {
    if (!goneWith.has(loadBalancerOfListener(ListenerArn))) {
      await caller.call('elbv2', 'DeleteListener', { ListenerArn })
    }
  }
  for (const id of deployment.made(type)) {
    await create(deployment, id)
  }
  for (const change of deployment.modified(type)) {
    await modify(deployment, change)
  }
}

/** The ID under which a rule stands that is to become another one, or to have another place. */
function standingID(deployment: Deployment, { id, fields }: ResourceChange): string {
  const priority = fields.find(({ path }) => path === 'priority')?.old
  const listener = referencedID(specOf(deployment.planned, 'rule', id)!.listenerARN)!
  return priority === undefined ? id : `${listener}:${priority}`
}

interface ListenerRules {
  made: string[]
  modified: ResourceChange[]
  gone: string[]
}

async function deployRulesOf(deployment: Deployment, { made, modified, gone }: ListenerRules): Promise<void> {
  const { caller, planned } = deployment
  const standing = new Map(
    modified.map(change => [change, deployment.arnOf(ruleType, standingID(deployment, change))] as const)
  )
  const moved = modified.filter(({ fields }) => fields.some(({ path }) => path === 'priority'))
  if (moved.length > 0) {
    const parked = gone.map((RuleArn, index): RulePriorityPair => ({ RuleArn, Priority: lastPriority - index }))
    const placed = moved.map(
      (change): RulePriorityPair => ({
        RuleArn: standing.get(change)!,
        Priority: specOf(planned, 'rule', change.id)!.priority
      })
    )
    await caller.call('elbv2', 'SetRulePriorities', { RulePriorities: [...parked, ...placed] })
  }
  for (const [{ id, fields }, RuleArn] of standing) {
    if (fields.some(({ path }) => path !== 'priority' && !path.startsWith('tags'))) {
      await caller.call('elbv2', 'ModifyRule', { RuleArn, ...contentOf(deployment, id) })
    }
  }
  for (const id of made) {
    const { listenerARN, priority, tags } = specOf(planned, 'rule', id)!
    const { Rules = [] } = await caller.call('elbv2', 'CreateRule', {
      ListenerArn: deployment.resolve(type, listenerARN),
      Priority: priority,
      ...contentOf(deployment, id),
      Tags: deployment.tagsOf(id, tags)
    })
    deployment.learn(ruleType, id, Rules[0]?.RuleArn)
  }
  for (const RuleArn of gone) {
    await caller.call('elbv2', 'DeleteRule', { RuleArn })
  }
  for (const [{ id }, RuleArn] of standing) {
    await deployment.retag(RuleArn, id, specOf(planned, 'rule', id)!.tags)
  }
}

function contentOf(deployment: Deployment, id: string) {
  const { conditions, actions, transforms } = specOf(deployment.planned, 'rule', id)!
  return {
    Conditions: deployment.toAPI<never[]>(conditions),
    Actions: deployment.toAPI<never[]>(actions),
    ...(transforms && { Transforms: deployment.toAPI<never[]>(transforms) })
  }
}

/** Rules, listener by listener: places first, then what the rules do, then new ones, and what goes at the end. */
export async function deployRules(deployment: Deployment): Promise<void> {
  const { planned } = deployment
  const made = deployment.made(ruleType)
  const modified = deployment.modified(ruleType)
  const goneRules = deployment
    .changesOf(ruleType)
    .filter(({ change }) => change === 'delete')
    .map(({ id }) => id)
  const madeListeners = new Set(deployment.made(type))
  for (const [listenerID] of specEntries(planned, 'listener')) {
    function isOfListener(id: string): boolean {
      return id.startsWith(`${listenerID}:`)
    }
    await deployRulesOf(deployment, {
      made: made.filter(isOfListener),
      modified: modified.filter(({ id }) => isOfListener(id)),
      // The rules of a listener that is made anew went with the old one.
      gone: madeListeners.has(listenerID)
        ? []
        : goneRules.filter(isOfListener).map(id => deployment.arnOf(ruleType, id))
    })
  }
}
