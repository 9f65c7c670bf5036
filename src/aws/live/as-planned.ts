/**
 * What stands in an account in the words of the plan: what AWS fills in, puts in another order or never tells is taken away, so
 * that what is left differs because it is different. What the controller does not compare is not compared here either.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import {
  type Action,
  canonical,
  type KeyValue,
  type ListenerRuleSpec,
  type ListenerSpec,
  type LoadBalancerSpec,
  type Reference,
  type RuleCondition,
  type SecurityGroupSpec,
  type Stack,
  type StackResources,
  specEntries,
  specOf,
  type TargetGroupSpec,
  targetGroupReference
} from '../../model/index.ts'
import { normalActions, normalAuthentication, normalConditions, tellActions } from '../actions/elbv2/normal-form.ts'
import type * as elbv2 from '../protocol/shapes/elbv2.ts'
import { toAPI, toStack } from '../state/api-names.ts'
import { withoutMirrors } from '../state/stack.ts'
import { withReferences } from './live-stack.ts'

type Fields = Record<string, unknown>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A live value without what AWS adds to the planned one; `normal` is the planned one as AWS reads it back. */
function asWritten(live: unknown, planned: unknown, normal: unknown): unknown {
  if (isDeepStrictEqual(live, normal)) {
    return planned
  }
  if (Array.isArray(live) && Array.isArray(planned) && Array.isArray(normal) && live.length === planned.length) {
    return live.map((one, index) => asWritten(one, planned[index], normal[index]))
  }
  if (!(isFields(live) && isFields(planned) && isFields(normal))) {
    return live
  }
  return Object.fromEntries(
    Object.entries(live).flatMap(([key, value]) => {
      if (Object.hasOwn(planned, key)) {
        return [[key, asWritten(value, planned[key], normal[key])]]
      }
      return isDeepStrictEqual(value, normal[key]) ? [] : [[key, value]]
    })
  )
}

/** Actions as they are read back, their target groups as references again. */
function normalActionsOf(actions: readonly Action[]): unknown {
  const references = new Map<string, Reference>()
  const given = toAPI(actions, id => {
    references.set(id, targetGroupReference(id))
    return id
  }) as elbv2.Action[]
  const told = tellActions(normalActions(given)).map(action => toStack(withoutMirrors(action)))
  return withReferences(told, references)
}

function normalConditionsOf(conditions: readonly RuleCondition[]): unknown {
  // A saved plan has null, Go's empty slice, for none.
  return normalConditions(toAPI(conditions ?? [], String) as elbv2.RuleCondition[]).map(one =>
    toStack(withoutMirrors(one))
  )
}

function attributeKey(one: KeyValue | { Key: string; Value: string }): string {
  return 'Key' in one ? one.Key : one.key
}

/** Attributes that the plan sets, under the name of their list; the others are whatever they are. */
function attributesAs<Attribute extends KeyValue | { Key: string; Value: string }>(
  name: string,
  live: readonly Attribute[] = [],
  planned: readonly Attribute[] = []
): Record<string, Attribute[]> {
  const byKey = new Map(live.map(one => [attributeKey(one), one]))
  const set = planned.flatMap(one => byKey.get(attributeKey(one)) ?? [])
  return set.length > 0 ? { [name]: set } : {}
}

function subnetsIn({ subnetMapping }: LoadBalancerSpec): string {
  return canonical(subnetMapping.map(({ subnetID }) => subnetID).sort())
}

/** Fields that AWS does not tell of a load balancer that has them as they are by default. */
const untold = [
  'minimumLoadBalancerCapacity',
  'securityGroupsInboundRulesOnPrivateLink',
  'enablePrefixForIpv6SourceNat'
]

function loadBalancerAs(live: LoadBalancerSpec, planned: LoadBalancerSpec): Fields {
  const { loadBalancerAttributes, subnetMapping, ...fields } = live
  const asked = Object.entries(fields).filter(([key]) => Object.hasOwn(planned, key) || !untold.includes(key))
  return {
    ...Object.fromEntries(asked),
    // Addresses are looked at only where subnets change (LBC: updateSDKLoadBalancerWithSubnetMappings).
    subnetMapping: subnetsIn(live) === subnetsIn(planned) ? planned.subnetMapping : subnetMapping,
    ...attributesAs('loadBalancerAttributes', loadBalancerAttributes, planned.loadBalancerAttributes)
  }
}

/** Only what the plan says of a target group is compared (LBC: isSDKTargetGroupHealthCheckDrifted). */
function targetGroupAs(live: TargetGroupSpec, planned: TargetGroupSpec): Fields {
  const { targetGroupAttributes, healthCheckConfig, ...fields } = live
  const checks = Object.entries(healthCheckConfig).filter(([key]) => Object.hasOwn(planned.healthCheckConfig, key))
  const asked = Object.entries(fields).filter(([key]) => key === 'tags' || Object.hasOwn(planned, key))
  return {
    ...Object.fromEntries(asked),
    healthCheckConfig: Object.fromEntries(checks),
    ...attributesAs('targetGroupAttributes', targetGroupAttributes, planned.targetGroupAttributes)
  }
}

function certificatesIn({ certificates = [] }: ListenerSpec): { first: string | undefined; all: string[] } {
  const arns = certificates.map(({ certificateARN }) => certificateARN)
  return { first: arns[0], all: [...new Set(arns)].sort() }
}

function authenticationOf(given: ListenerSpec['mutualAuthentication']): unknown {
  const { TrustStoreAssociationStatus: _told, ...normal } = normalAuthentication(
    toAPI(given ?? {}, String) as elbv2.MutualAuthenticationAttributes
  )
  return toStack(normal)
}

function listenerAs(live: ListenerSpec, planned: ListenerSpec): Fields {
  const { listenerAttributes, certificates, alpnPolicy, mutualAuthentication, ...fields } = live
  const isSameSet = isDeepStrictEqual(certificatesIn(live), certificatesIn(planned))
  const authentication = mutualAuthentication && authenticationOf(mutualAuthentication)
  const isSameMode = isDeepStrictEqual(authentication, authenticationOf(planned.mutualAuthentication))
  // A listener without a policy and one with `None` are the same.
  const isSameALPN = isDeepStrictEqual(alpnPolicy ?? ['None'], planned.alpnPolicy ?? ['None'])
  const [chosenCertificates, chosenALPN] = [
    isSameSet ? planned.certificates : certificates,
    isSameALPN ? planned.alpnPolicy : alpnPolicy
  ]
  const mode = isSameMode || !authentication ? planned.mutualAuthentication : authentication
  return {
    ...fields,
    defaultActions: asWritten(live.defaultActions, planned.defaultActions, normalActionsOf(planned.defaultActions)),
    ...(chosenCertificates && { certificates: chosenCertificates }),
    ...(chosenALPN && { alpnPolicy: chosenALPN }),
    ...(mode !== undefined && { mutualAuthentication: mode }),
    ...attributesAs('listenerAttributes', listenerAttributes, planned.listenerAttributes)
  }
}

interface Content {
  conditions: unknown
  actions: unknown
  transforms: unknown
}

function contentOf({ conditions, actions, transforms }: ListenerRuleSpec): Content {
  return { conditions, actions, transforms }
}

function normalContent({ conditions, actions, transforms }: ListenerRuleSpec): Content {
  return { conditions: normalConditionsOf(conditions), actions: normalActionsOf(actions), transforms }
}

/** Rules of a stack as the plan writes those that do the same, whatever their places are. */
function rulesAs(live: Stack, planned: Stack): Record<string, { spec: ListenerRuleSpec }> {
  const wanted = specEntries(planned, 'rule')
  const byContent = Map.groupBy(wanted, ([, spec]) => canonical([spec.listenerARN, normalContent(spec)]))
  return Object.fromEntries(
    specEntries(live, 'rule').map(([id, spec]) => {
      const same = byContent.get(canonical([spec.listenerARN, contentOf(spec)]))?.shift()?.[1]
      const inPlace = specOf(planned, 'rule', id)
      const content = same
        ? contentOf(same)
        : inPlace
          ? asWritten(contentOf(spec), contentOf(inPlace), normalContent(inPlace))
          : contentOf(spec)
      return [id, { spec: withoutUndefined({ ...spec, ...(content as Content) }) as ListenerRuleSpec }]
    })
  )
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Permissions have no order, and one that stands in a plan twice is one. */
function securityGroupAs(live: SecurityGroupSpec, planned: SecurityGroupSpec): Fields {
  const [there, wanted] = [live, planned].map(({ ingress = [] }) => [...new Set(ingress.map(canonical))].sort())
  return { ...live, ...(isDeepStrictEqual(there, wanted) && { ingress: planned.ingress }) }
}

/** Types that are known by their IDs in the stack. */
type KnownByID = 'securityGroup' | 'loadBalancer' | 'targetGroup' | 'listener'

/** How a type of resource is put into the words of its plan. */
type Put<Type extends KnownByID> = (
  live: NonNullable<ReturnType<typeof specOf<Type>>>,
  planned: NonNullable<ReturnType<typeof specOf<Type>>>
) => Fields

function specsAs<Type extends KnownByID>(
  live: Stack,
  planned: Stack,
  type: Type,
  put: Put<Type>
): Record<string, { spec: unknown }> {
  return Object.fromEntries(
    specEntries(live, type).map(([id, spec]) => {
      const wanted = specOf(planned, type, id)
      return [id, { spec: wanted ? put(spec, wanted) : spec }]
    })
  )
}

/** Associations that stand, and those of the plan that ask for nothing, which is what there is. */
function associationsAs(live: Stack, planned: Stack): StackResources {
  const types = [
    'AWS::WAFv2::WebACLAssociation',
    'AWS::WAFRegional::WebACLAssociation',
    'AWS::Shield::Protection'
  ] as const
  const resources: Record<string, object> = {}
  for (const type of types) {
    const wanted = Object.entries((planned.resources[type] ?? {}) as Record<string, { spec: Fields }>)
    const none = wanted.filter(
      ([, { spec }]) => spec.webACLARN === '' || spec.webACLID === '' || spec.enabled === false
    )
    resources[type] = { ...Object.fromEntries(none), ...live.resources[type] }
  }
  return resources
}

/** A stack that stands, in the words of its plan. Bindings, which are objects of the cluster, are taken to be as they are planned. */
export function asPlanned(live: Stack, planned: Stack): Stack {
  return {
    id: live.id,
    resources: {
      ...live.resources,
      ...associationsAs(live, planned),
      'AWS::EC2::SecurityGroup': specsAs(live, planned, 'securityGroup', securityGroupAs) as never,
      'AWS::ElasticLoadBalancingV2::LoadBalancer': specsAs(live, planned, 'loadBalancer', loadBalancerAs) as never,
      'AWS::ElasticLoadBalancingV2::TargetGroup': specsAs(live, planned, 'targetGroup', targetGroupAs) as never,
      'AWS::ElasticLoadBalancingV2::Listener': specsAs(live, planned, 'listener', listenerAs) as never,
      'AWS::ElasticLoadBalancingV2::ListenerRule': rulesAs(live, planned)
    }
  }
}

/** A planned stack without what is an object of the cluster and none of the account. */
export function withoutBindings({ resources, ...stack }: Stack): Stack {
  const { 'K8S::ElasticLoadBalancingV2::TargetGroupBinding': _bindings, ...others } = resources
  return { ...stack, resources: others }
}
