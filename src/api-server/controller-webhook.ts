/**
 * What the AWS Load Balancer Controller's webhooks refuse of its own kinds when they are applied (LBC: webhooks/elbv2). What they ask
 * AWS about a target group is left to who knows the account.
 *
 * @module
 */

import ipaddr from 'ipaddr.js'
import {
  type IngressClassParams,
  objectKey,
  type Path,
  type Resources,
  type TargetGroupBinding
} from '../resources/index.ts'
import { duplicate, type FieldError, forbidden, invalid, required } from './field-error.ts'

/** Who refuses, for the message. */
const by = "the AWS Load Balancer Controller's webhook"

/** LBC: ingressClassParamsValidator, which tells every field that is wrong. */
export function* paramsErrors({ spec }: IngressClassParams): Generator<FieldError> {
  for (const [index, range] of (spec?.inboundCIDRs ?? []).entries()) {
    yield* rangeErrors(range, ['spec', 'inboundCIDRs', index])
  }
  if (spec?.subnets) {
    yield* subnetErrors(spec.subnets)
  }
}

function* rangeErrors(range: string, path: Path): Generator<FieldError> {
  const told = networkOf(range)
  if (told === range) {
    return
  }
  const problem = ipaddr.isValidCIDR(range) ? 'Network contains bits outside prefix' : 'Could not be parsed as a CIDR'
  // Of an address of IPv6 alone the webhook would mean 64 bits, and refuse them.
  const meant = ipaddr.isValid(range) && range.includes(':') ? `${range}/128` : told
  yield invalid(path, range, told === undefined ? problem : `${problem} (did you mean "${told}")`, {
    by,
    ...(meant === undefined
      ? { hint: 'write an address, a slash and the length of its prefix, as in 203.0.113.0/24' }
      : { hint: `write ${meant}, or the range that is meant`, expected: meant, changes: [{ path, value: meant }] })
  })
}

/** What the webhook asks whether it was meant; the same where it takes the range, undefined for what is no address. */
function networkOf(range: string): string | undefined {
  if (ipaddr.isValid(range)) {
    return `${range}/${range.includes(':') ? 64 : 32}`
  }
  if (!ipaddr.isValidCIDR(range)) {
    return undefined
  }
  const [address, bits] = ipaddr.parseCIDR(range)
  const network =
    address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(range) : ipaddr.IPv6.networkAddressFromCIDR(range)
  return address.toString() === network.toString() ? range : `${network}/${bits}`
}

function* subnetErrors({ ids, tags }: NonNullable<NonNullable<IngressClassParams['spec']>['subnets']>) {
  const path = ['spec', 'subnets']
  if (!ids && !tags) {
    yield required(path, 'must have either `ids` or `tags`', { by, hint: 'give it ids or tags, or remove it' })
  } else if (ids && tags) {
    yield forbidden([...path, 'tags'], 'may not have both `ids` and `tags` set', { by, hint: 'remove one of them' })
  } else if (tags && Object.keys(tags).length === 0) {
    yield required([...path, 'tags'], 'must have at least one tag key', { by, hint: 'give it a tag' })
  } else {
    yield* duplicatesIn(ids ?? [], [...path, 'ids'])
    for (const [key, values] of Object.entries(tags ?? {})) {
      yield* duplicatesIn(values, [...path, 'tags', key], [...path, `tags[${key}]`])
    }
  }
}

function* duplicatesIn(values: readonly string[], path: Path, field: Path = path): Generator<FieldError> {
  for (const [index, value] of values.entries()) {
    if (values.indexOf(value) < index) {
      yield duplicate([...path, index], value, {
        by,
        field: [...field, index],
        hint: 'remove it: it stands there already'
      })
    }
  }
}

const vpcPattern = /^vpc-([0-9a-f]{8}|[0-9a-f]{17}|[0-9a-f]{32})$/

type BindingSpec = NonNullable<TargetGroupBinding['spec']>

/** What the webhook says of a binding's fields, by the name of its check; undefined where it takes them. */
export const bindingRefusals = {
  checkNodeSelector: ({ targetType, nodeSelector }: BindingSpec) =>
    targetType === 'ip' && nodeSelector
      ? 'TargetGroupBinding cannot set NodeSelector when TargetType is ip'
      : undefined,
  checkTargetGroupVpcID: ({ vpcID }: BindingSpec) =>
    vpcID && !vpcPattern.test(vpcID)
      ? `ValidationError: vpcID ${vpcID} failed to satisfy constraint: VPC Id must begin with 'vpc-' followed by 8, 17 or 32 lowercase letters (a-f) or numbers.`
      : undefined,
  checkAssumeRoleConfig: ({ iamRoleArnToAssume, targetType }: BindingSpec) =>
    iamRoleArnToAssume && targetType === 'instance'
      ? 'Unable to use instance target type while using assume role'
      : undefined,
  checkTargetGroupProtocol: ({ targetGroupProtocol = '', targetType }: BindingSpec) =>
    targetType === 'instance' && /^(TCP_)?QUIC$/.test(targetGroupProtocol)
      ? 'QUIC protocol is not supported for Instance target types.'
      : undefined
}

const ipTargets = 'write targetType: ip, and name a target group of that type'

/** The field that each check is about, and what to do. */
const bindingAdvice: Record<keyof typeof bindingRefusals, { field: keyof BindingSpec; hint: string }> = {
  checkNodeSelector: { field: 'nodeSelector', hint: 'remove nodeSelector: pods are the targets, on whatever node' },
  checkTargetGroupVpcID: { field: 'vpcID', hint: 'write the ID of the VPC, or leave it out: the webhook fills it in' },
  checkAssumeRoleConfig: { field: 'targetType', hint: ipTargets },
  checkTargetGroupProtocol: { field: 'targetType', hint: ipTargets }
}

/** LBC: targetGroupBindingMutator and targetGroupBindingValidator, of a new binding. */
export function* bindingErrors({ spec = {} }: TargetGroupBinding): Generator<FieldError> {
  if (!spec.targetGroupARN && !spec.targetGroupName) {
    const hint = 'name the target group: by spec.targetGroupARN or spec.targetGroupName'
    yield { path: ['spec'], field: [], detail: 'must provide either TargetGroupARN or TargetGroupName', by, hint }
  }
  for (const [name, check] of Object.entries(bindingRefusals)) {
    const detail = check(spec)
    if (detail !== undefined) {
      const { field, hint } = bindingAdvice[name as keyof typeof bindingRefusals]
      const actual = typeof spec[field] === 'string' ? { actual: spec[field] } : {}
      yield { path: ['spec', field], field: [], detail, by, ...actual, hint }
    }
  }
}

/** LBC: checkExistingTargetGroups: a target group has one binding, or all of its bindings share it. */
export function boundRefusal(binding: TargetGroupBinding, resources: Resources): string | undefined {
  const { targetGroupARN: arn, multiClusterTargetGroup } = binding.spec!
  const others = resources
    .list('TargetGroupBinding')
    .filter(other => objectKey(other) !== objectKey(binding) && other.spec?.targetGroupARN === arn)
  if (others.length === 0 || (multiClusterTargetGroup && others.every(({ spec }) => spec!.multiClusterTargetGroup))) {
    return undefined
  }
  return `TargetGroup ${arn} is already bound to following TargetGroupBindings [${others.map(objectKey).join(' ')}]. Please enable MultiCluster mode on all TargetGroupBindings referencing ${arn} or choose a different Target Group ARN.`
}
