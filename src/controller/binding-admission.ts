/**
 * What the controller's webhooks say of a TargetGroupBinding that somebody writes
 * (LBC: webhooks/elbv2/targetgroupbinding_mutator.go, targetgroupbinding_validator.go). Pure.
 *
 * @module
 */

import { bindingRefusals, boundRefusal } from '../api-server/index.ts'
import { arnOfEntry, type Environment, findARN, type NamedTargetGroup, targetGroupNameOf } from '../model/index.ts'
import type { TargetGroupBinding } from '../resources/index.ts'
import type { Request } from './admission.ts'
import { stackOfBinding } from './target-group-bindings.ts'

type Spec = NonNullable<TargetGroupBinding['spec']>

/** What the AWS SDK says of a target group that the account has not, less the ID of its request. */
function notFound(what: string): string {
  return `operation error Elastic Load Balancing v2: DescribeTargetGroups, TargetGroupNotFoundException: ${what}`
}

type TargetGroup = Required<Pick<Spec, 'targetType' | 'targetGroupProtocol' | 'ipAddressType' | 'vpcID'>>

/** A target group as AWS would describe it, as far as it is known here. */
function described(
  { targetType = 'instance', protocol = 'HTTP', ipAddressType = 'ipv4' }: Partial<NamedTargetGroup>,
  { vpcID }: Environment
): TargetGroup {
  return { targetType, targetGroupProtocol: protocol, ipAddressType, vpcID }
}

/**
 * Target groups are those that the controller's own bindings name, and those of `aws.yaml`. An account that lists none has all
 * that are asked for.
 */
function describeTargetGroup(
  arn: string,
  { object, resources, environment }: Request<TargetGroupBinding>
): TargetGroup | { missing: string } {
  function isOwn(binding: TargetGroupBinding): boolean {
    return stackOfBinding(binding) !== undefined && binding.spec?.targetGroupARN === arn
  }
  const own = [object, ...resources.list('TargetGroupBinding')].find(isOwn)
  if (own) {
    return { ...described({}, environment), ...own.spec }
  }
  const listed = environment.targetGroups
  if (!listed) {
    return described({}, environment)
  }
  const name = targetGroupNameOf(arn) ?? ''
  const known = listed.find(group => group.arn === arn) ?? listed.find(group => arnOfEntry(group, name) === arn)
  return known ? described(known, environment) : { missing: notFound(`Target groups '${arn}' not found`) }
}

/** The ARN of a target group by its name, which is unique in an account and region. */
function arnOfTargetGroup(name: string, { resources, environment }: Request<TargetGroupBinding>): string | undefined {
  return (
    resources.list('TargetGroupBinding').find(({ spec }) => targetGroupNameOf(spec?.targetGroupARN ?? '') === name)
      ?.spec?.targetGroupARN ?? findARN(environment, 'targetGroups', name)
  )
}

/**
 * What a new binding leaves out, filled in as AWS describes its target group; as a JSON patch (RFC 6902). An update is let
 * through as it is.
 */
export function defaultsOfBinding(
  request: Request<TargetGroupBinding>
): { patch: object[] } | { patch?: never; refusal: string } {
  const { object, oldObject } = request
  if (oldObject) {
    return { patch: [] }
  }
  const spec = object.spec ?? {}
  if (!spec.targetGroupARN && !spec.targetGroupName) {
    return { refusal: 'must provide either TargetGroupARN or TargetGroupName' }
  }
  const arn = spec.targetGroupARN || arnOfTargetGroup(spec.targetGroupName!, request)
  if (!arn) {
    return { refusal: notFound('One or more target groups not found') }
  }
  const group = describeTargetGroup(arn, request)
  const wanted = ['targetType', 'ipAddressType', 'vpcID', 'targetGroupProtocol'] as const
  const absent = wanted.filter(field => !spec[field])
  if ('missing' in group && absent.length > 0) {
    return { refusal: `${failures[absent[0]!]}: ${group.missing}` }
  }
  const defaults = [
    ...(spec.targetGroupARN ? [] : [['targetGroupARN', arn]]),
    ...absent.map(field => [field, (group as TargetGroup)[field]])
  ]
  return { patch: defaults.map(([field, value]) => ({ op: 'add', path: `/spec/${field}`, value })) }
}

/** How the mutator's steps call their failure, in their order. */
const failures = {
  targetType: "couldn't determine TargetType",
  ipAddressType: 'unable to get target group IP address type',
  vpcID: 'unable to get target group VpcID',
  targetGroupProtocol: "couldn't determine TargetGroup protocol"
}

/** The refusal of a binding, or undefined; the order of the checks is the validator's. */
export function refusalOfBinding(request: Request<TargetGroupBinding>): string | undefined {
  const { object, oldObject, resources, environment } = request
  const { targetGroupARN, targetGroupName: name } = object.spec ?? {}
  const arn = targetGroupARN || (name && arnOfTargetGroup(name, request))
  if (name && !arn) {
    return `searching TargetGroup with name ${name}: ${notFound('One or more target groups not found')}`
  }
  const spec: Spec = { ...object.spec, ...(arn && { targetGroupARN: arn }) }
  function isBound() {
    return boundRefusal({ ...object, spec }, resources)
  }
  if (oldObject) {
    return (
      absentFields(spec) ??
      changedFields(spec, oldObject.spec ?? {}, environment) ??
      bindingRefusals.checkNodeSelector(spec) ??
      bindingRefusals.checkAssumeRoleConfig(spec) ??
      isBound()
    )
  }
  return absentFields(spec) ?? bindingRefusals.checkNodeSelector(spec) ?? isBound() ?? targetGroupRefusal(spec, request)
}

/** LBC: checkRequiredFields. */
function absentFields({ targetGroupARN, targetType }: Spec): string | undefined {
  const absent = [
    ...(targetGroupARN ? [] : ['either TargetGroupARN or TargetGroupName']),
    ...(targetType ? [] : ['spec.targetType'])
  ]
  return absent.length > 0 ? `TargetGroupBinding must specify these fields: ${absent.join(',')}` : undefined
}

/** LBC: checkImmutableFields. What a binding of an older version left out may be filled in with what it meant. */
function changedFields(spec: Spec, old: Spec, { vpcID }: Environment): string | undefined {
  const meant: Spec = { ...old, ipAddressType: old.ipAddressType ?? 'ipv4', vpcID: old.vpcID || vpcID }
  function isChanged(field: keyof Spec): boolean {
    return spec[field] !== old[field] && spec[field] !== meant[field]
  }
  const changed = (['targetGroupARN', 'targetType', 'ipAddressType', 'vpcID'] as const).filter(isChanged)
  if (changed.length === 0) {
    return undefined
  }
  const fields = changed.map(field => `spec.${field}`).join(',')
  return `TargetGroupBinding update may not change these immutable fields: ${fields}`
}

/** LBC: checkTargetGroupIPAddressType, checkTargetGroupVpcID, checkAssumeRoleConfig, checkTargetGroupProtocol. */
function targetGroupRefusal(spec: Spec, request: Request<TargetGroupBinding>): string | undefined {
  const { targetGroupARN: arn, ipAddressType = 'ipv4', vpcID, targetGroupProtocol: protocol } = spec
  const group = describeTargetGroup(arn!, request)
  if ('missing' in group) {
    return `${failures.ipAddressType}: ${group.missing}`
  }
  if (group.ipAddressType !== ipAddressType) {
    return `invalid IP address type ${group.ipAddressType} for TargetGroup ${arn}`
  }
  // The VPC of an account that nobody described is made up, and need not look like one.
  if (vpcID && vpcID !== group.vpcID) {
    return (
      bindingRefusals.checkTargetGroupVpcID(spec) ?? `invalid VpcID ${vpcID} doesnt match VpcID from TargetGroup ${arn}`
    )
  }
  const refusal = bindingRefusals.checkAssumeRoleConfig(spec)
  if (refusal !== undefined) {
    return refusal
  }
  return protocol && protocol !== group.targetGroupProtocol
    ? `TargetGroup ${arn} protocol differs (got ${protocol}, expected ${group.targetGroupProtocol})`
    : bindingRefusals.checkTargetGroupProtocol(spec)
}
