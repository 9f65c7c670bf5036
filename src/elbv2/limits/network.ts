/**
 * What AWS refuses in a Network Load Balancer. (API: CreateLoadBalancer, CreateListener, CreateTargetGroup; user guide: "Listeners
 * for your Network Load Balancers", "Target groups for your Network Load Balancers".)
 *
 * @module
 */

import type { ListenerSpec, LoadBalancerSpec, TargetGroupSpec } from '../../model/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { compileAction, type WeightedTargetGroup } from '../action.ts'
import { alpnPolicyNames } from '../network/alpn.ts'
import {
  networkIdleTimeout,
  networkLoadBalancerAttributes,
  networkTargetGroupAttributes
} from '../network/attributes.ts'
import { RefusedError } from '../refused-error.ts'
import { actionViolations } from './action.ts'
import { attributeViolations } from './attribute.ts'
import { protocolViolations } from './listener.ts'
import { nameViolations } from './load-balancer.ts'
import { tagViolations } from './tag.ts'
import { type HealthCheckRules, healthCheckViolations, targetGroupNameViolations } from './target-group.ts'
import { below, refuse, type Violation } from './violation.ts'

type Protocol = ListenerSpec['protocol']

/** The protocols of the target groups that a listener may lead to; the last listener is the one with certificates. */
const targetGroupProtocols: Partial<Record<Protocol, readonly Protocol[]>> = {
  TCP: ['TCP', 'TCP_UDP'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
  QUIC: ['QUIC'],
  TCP_QUIC: ['TCP_QUIC'],
  TLS: ['TCP', 'TLS']
}

const protocols = Object.keys(targetGroupProtocols) as Protocol[]

const healthCheckRules: HealthCheckRules = {
  protocols: ['TCP', 'HTTP', 'HTTPS'],
  highestCode: 599,
  timeoutFillsInterval: true
}

/** What AWS refuses in the load balancer itself. */
export function networkLoadBalancerViolations(spec: LoadBalancerSpec): Violation[] {
  const { name, loadBalancerAttributes = [], ipAddressType, tags } = spec
  return [
    ...nameViolations(name),
    ...attributeViolations('loadBalancerAttributes', onProblem =>
      networkLoadBalancerAttributes(loadBalancerAttributes, ipAddressType, onProblem)
    ),
    ...tagViolations(tags)
  ]
}

/** What AWS refuses in a target group. */
export function networkTargetGroupViolations(spec: TargetGroupSpec): Violation[] {
  return [
    ...targetGroupNameViolations(spec.name),
    ...below(['healthCheckConfig'], healthCheckViolations(spec.healthCheckConfig, healthCheckRules)),
    ...attributeViolations('targetGroupAttributes', onProblem =>
      networkTargetGroupAttributes(spec.targetGroupAttributes ?? [], spec, { crossZone: false }, onProblem)
    ),
    ...tagViolations(spec.tags)
  ]
}

/**
 * What AWS refuses in a listener.
 *
 * @param targetGroups of the stack, by resource ID.
 */
export function networkListenerViolations(
  spec: ListenerSpec,
  targetGroups: ReadonlyMap<string, TargetGroupSpec>
): Violation[] {
  const given = (spec.listenerAttributes ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }))
  return [
    ...protocolViolations(spec, protocols),
    ...alpnViolations(spec),
    ...below(
      ['defaultActions'],
      [...actionViolations(spec.defaultActions, spec.protocol), ...forwardViolations(spec, targetGroups)]
    ),
    ...attributeViolations('listenerAttributes', onProblem => networkIdleTimeout(given, spec.protocol, onProblem)),
    ...tagViolations(spec.tags)
  ]
}

function alpnViolations({ protocol, alpnPolicy = [] }: ListenerSpec): Violation[] {
  const [name] = alpnPolicy
  if (name === undefined) {
    return []
  }
  const nearest = nearestName(name, alpnPolicyNames)
  const place = { limit: 'alpn', path: ['alpnPolicy'], actual: alpnPolicy.join(', ') } as const
  return [
    ...refuse(protocol !== 'TLS', {
      ...place,
      message: `An ALPN policy is supported only on TLS listeners, not on ${protocol}`,
      expected: 'a TLS listener, or no policy'
    }),
    ...refuse(alpnPolicy.length > 1 || !alpnPolicyNames.includes(name), {
      ...place,
      message: `ALPN policy '${alpnPolicy.join(', ')}' must be one of '${alpnPolicyNames.join(', ')}'`,
      expected: nearest ?? alpnPolicyNames.join(', '),
      ...(nearest && { meant: nearest })
    })
  ]
}

/** What the action compiles to, where it forwards at all: whatever else is wrong with it, others tell. */
function forwardOf({
  defaultActions
}: ListenerSpec): { targetGroups: WeightedTargetGroup[]; sticky: boolean } | undefined {
  try {
    const { routing } = compileAction(defaultActions)
    return routing.kind === 'forward'
      ? { targetGroups: routing.targetGroups, sticky: routing.stickinessSeconds !== undefined }
      : undefined
  } catch (error) {
    if (error instanceof RefusedError) {
      return undefined
    }
    throw error
  }
}

function forwardViolations(spec: ListenerSpec, specs: ReadonlyMap<string, TargetGroupSpec>): Violation[] {
  const { protocol, defaultActions } = spec
  const forward = forwardOf(spec)
  const kinds = defaultActions.map(({ type }) => type).join(', ')
  const groups = (forward?.targetGroups ?? []).flatMap(({ id }) => {
    const group = specs.get(id)
    return group ? [group] : []
  })
  const allowed = targetGroupProtocols[protocol] ?? []
  const place = { limit: 'action', path: [], actual: kinds } as const
  const isMixed = new Set(groups.map(group => group.protocol)).size > 1
  return [
    ...refuse(forward === undefined || defaultActions.length !== 1, {
      ...place,
      message: 'The default action of a Network Load Balancer can only forward',
      expected: 'one forward action'
    }),
    ...groups.flatMap(group =>
      refuse(!allowed.includes(group.protocol), {
        ...place,
        message: `A ${protocol} listener cannot forward to target group '${group.name}' with protocol ${group.protocol}`,
        expected: `a target group with protocol ${allowed.join(' or ')}`,
        actual: group.protocol
      })
    ),
    ...refuse(protocol === 'TLS' && isMixed, {
      ...place,
      message: 'A TLS listener cannot forward to TCP and TLS target groups at once',
      expected: 'target groups of one protocol',
      actual: groups.map(group => group.protocol).join(', ')
    }),
    ...refuse(protocol === 'TLS' && forward?.sticky === true, {
      ...place,
      message: 'Target group stickiness is not supported on TLS listeners',
      expected: 'no target group stickiness',
      actual: 'enabled'
    }),
    ...stickinessViolations(spec, groups, forward?.sticky ?? false)
  ]
}

function stickinessViolations({ protocol }: ListenerSpec, groups: TargetGroupSpec[], sticky: boolean): Violation[] {
  const held = groups.filter(group =>
    (group.targetGroupAttributes ?? []).some(({ key, value }) => key === 'stickiness.enabled' && value === 'true')
  )
  const place = { limit: 'action', path: [] } as const
  return [
    ...held.flatMap(({ name, ...group }) =>
      refuse(protocol === 'TLS' && group.protocol === 'TLS', {
        ...place,
        message: `Target group '${name}' cannot be sticky: stickiness is not supported with TLS listeners and TLS target groups`,
        expected: 'stickiness.enabled=false',
        actual: 'stickiness.enabled=true'
      })
    ),
    ...refuse(groups.length > 1 && held.length > 0 && !sticky && protocol !== 'TLS', {
      ...place,
      message:
        'Target group stickiness must be enabled for an action with several target groups of which one is sticky',
      expected: 'targetGroupStickinessConfig.enabled true',
      actual: 'not enabled'
    })
  ]
}
