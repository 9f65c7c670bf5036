/**
 * Listeners. (API: CreateListener, DescribeListeners, ModifyListener, DeleteListener.)
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { defaultSSLPolicy, isSSLPolicy } from '../../../elbv2/index.ts'
import { ServiceError } from '../../protocol/service-error.ts'
import type * as elbv2 from '../../protocol/shapes/elbv2.ts'
import { listenersOf, rulesOf } from '../../state/relations.ts'
import type { Listener, LoadBalancer, Rule } from '../../state/state.ts'
import type { Actions, Call } from '../call.ts'
import { certificateOnPlain, readDefaultCertificate } from './certificates.ts'
import { checkForwarding } from './forwarding.ts'
import { invalid, notFound, paged, require, select } from './lookup.ts'
import { normalActions, normalAuthentication, tellActions } from './normal-form.ts'
import { requireRoom } from './quota.ts'
import { putTags } from './tags.ts'

const protocolsOfType: Readonly<Record<string, readonly string[]>> = {
  application: ['HTTP', 'HTTPS'],
  network: ['TCP', 'TLS', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC']
}

const alpnPolicies = ['None', 'HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred']

/** A listener as DescribeListeners has it. */
function describeListener(call: Call, listener: Listener): elbv2.Listener {
  const { defaultRule, extraCertificates: _extra, ...told } = listener
  return { ...told, DefaultActions: tellActions(call.find('rules', defaultRule)!.Actions) }
}

function checkProtocol({ Type }: LoadBalancer, protocol: string): void {
  const allowed = protocolsOfType[Type] ?? []
  if (!allowed.includes(protocol)) {
    throw invalid(`Listener protocol '${protocol}' must be one of '${allowed.toReversed().join(', ')}'`)
  }
}

interface Secured {
  SslPolicy?: string
  Certificates?: elbv2.Certificate[]
  AlpnPolicy?: string[]
  MutualAuthentication?: elbv2.MutualAuthenticationAttributes
}

/** What a listener that ends TLS has beside the others; nothing for those that do not. */
function securityOf(call: Call, protocol: string, given: Secured): Secured {
  const { SslPolicy = defaultSSLPolicy, Certificates = [], AlpnPolicy = [], MutualAuthentication } = given
  if (protocol !== 'HTTPS' && protocol !== 'TLS') {
    if (Certificates.length > 0) {
      throw certificateOnPlain(protocol)
    }
    if (given.SslPolicy !== undefined) {
      throw invalid(`An SSL policy cannot be specified for ${protocol} listeners`)
    }
    return {}
  }
  if (Certificates.length === 0) {
    throw invalid(`A certificate must be specified for ${protocol} listeners`)
  }
  if (!isSSLPolicy(SslPolicy)) {
    throw new ServiceError('SSLPolicyNotFound', `SSL policy '${SslPolicy}' not found`)
  }
  const unknown = AlpnPolicy.find(name => !alpnPolicies.includes(name))
  if (unknown !== undefined) {
    throw new ServiceError('ALPNPolicyNotFound', `ALPN policy '${unknown}' not found`)
  }
  return {
    Certificates,
    SslPolicy,
    ...(protocol === 'TLS' && AlpnPolicy.length > 0 && { AlpnPolicy }),
    ...(protocol === 'HTTPS' && { MutualAuthentication: authenticationOf(call, MutualAuthentication) })
  }
}

function authenticationOf(call: Call, given: elbv2.MutualAuthenticationAttributes | undefined) {
  const { Mode = 'off', TrustStoreArn } = given ?? {}
  if (!['off', 'passthrough', 'verify'].includes(Mode)) {
    throw invalid(`Mutual authentication mode '${Mode}' must be one of 'off, passthrough, verify'`)
  }
  if (Mode === 'verify') {
    if (!TrustStoreArn) {
      throw invalid("A trust store ARN must be specified for mutual authentication with mode 'verify'")
    }
    if (!call.find('trustStores', TrustStoreArn)) {
      throw new ServiceError('TrustStoreNotFound', `Trust store '${TrustStoreArn}' not found`)
    }
  }
  return normalAuthentication(given)
}

/** What makes two requests for a port the same one. */
function settingsOf(call: Call, listener: Listener) {
  const { ListenerArn: _arn, ...settings } = describeListener(call, listener)
  return settings
}

/** Takes a listener out with its rules and all that is kept about them. */
export function removeListener(call: Call, { ListenerArn }: Listener): void {
  for (const { RuleArn } of rulesOf(call.state, ListenerArn)) {
    call.remove('rules', RuleArn)
    call.remove('tags', RuleArn)
  }
  for (const table of ['listeners', 'attributes', 'tags'] as const) {
    call.remove(table, ListenerArn)
  }
}

/** @throws {ServiceError} where a Network Load Balancer forwards to the listener. */
function refuseWhileTarget(call: Call, { LoadBalancerArn, Port }: Listener): void {
  const isTarget = Object.values(call.state.targets).some(targets =>
    targets.some(target => target.Id === LoadBalancerArn && target.Port === Port)
  )
  if (isTarget) {
    throw new ServiceError(
      'ResourceInUse',
      `Listener port '${Port}' is in use by registered target '${LoadBalancerArn}' and cannot be removed.`
    )
  }
}

function portTaken(loadBalancerARN: string): ServiceError {
  return new ServiceError(
    'DuplicateListener',
    `A listener already exists on this port for this load balancer '${loadBalancerARN}'`
  )
}

function make(
  input: elbv2.CreateListenerInput,
  loadBalancer: LoadBalancer,
  call: Call
): { listener: Listener; rule: Rule } {
  const { Port, Protocol } = input
  if (Port === undefined) {
    throw invalid('A listener port must be specified')
  }
  if (Protocol === undefined) {
    throw invalid('A listener protocol must be specified')
  }
  checkProtocol(loadBalancer, Protocol)
  const actions = normalActions(input.DefaultActions)
  const { LoadBalancerArn } = loadBalancer
  const arn = `${LoadBalancerArn.replace(':loadbalancer/', ':listener/')}/${call.digits(16)}`
  const ruleARN = `${arn.replace(':listener/', ':listener-rule/')}/${call.digits(16)}`
  return {
    listener: {
      ListenerArn: arn,
      LoadBalancerArn,
      Port,
      Protocol,
      ...securityOf(call, Protocol, { ...input, Certificates: readDefaultCertificate(call, input.Certificates ?? []) }),
      defaultRule: ruleARN,
      extraCertificates: []
    },
    rule: { RuleArn: ruleARN, Priority: 'default', Conditions: [], Actions: actions, Transforms: [], IsDefault: true }
  }
}

type ListenerOperations = Pick<
  elbv2.Elbv2Operations,
  'CreateListener' | 'DescribeListeners' | 'ModifyListener' | 'DeleteListener'
>

export const listenerActions: Actions<ListenerOperations> = {
  CreateListener(input, call) {
    const loadBalancer = require(call, 'loadBalancers', input.LoadBalancerArn)
    const { LoadBalancerArn, Type } = loadBalancer
    const { listener, rule } = make(input, loadBalancer, call)
    checkForwarding(call, rule.Actions, { loadBalancer, protocol: listener.Protocol })
    const others = listenersOf(call.state, LoadBalancerArn)
    const known = others.find(({ Port }) => Port === listener.Port)
    if (known) {
      const { ListenerArn: _arn, defaultRule: _rule, extraCertificates: _extra, ...asked } = listener
      if (!isDeepStrictEqual(settingsOf(call, known), { ...asked, DefaultActions: tellActions(rule.Actions) })) {
        throw portTaken(LoadBalancerArn)
      }
      return { Listeners: [describeListener(call, known)] }
    }
    requireRoom(call, `listeners-per-${Type}-load-balancer`, others.length + 1, {
      code: 'TooManyListeners',
      what: `listeners on load balancer '${LoadBalancerArn}'`
    })
    call.put('rules', rule.RuleArn, rule)
    call.put('listeners', listener.ListenerArn, listener)
    putTags(call, listener.ListenerArn, input.Tags)
    return { Listeners: [describeListener(call, listener)] }
  },

  DescribeListeners(input, call) {
    const { LoadBalancerArn, ListenerArns } = input
    if (LoadBalancerArn !== undefined && ListenerArns?.length) {
      throw invalid('Load balancer ARN and listener ARNs cannot be specified at the same time')
    }
    if (LoadBalancerArn === undefined && !ListenerArns?.length) {
      throw invalid('You must specify either listener ARNs or a load balancer ARN')
    }
    const found =
      LoadBalancerArn === undefined
        ? select(call, 'listeners', { arns: ListenerArns })
        : listenersOf(call.state, require(call, 'loadBalancers', LoadBalancerArn).LoadBalancerArn)
    const { items, marker } = paged(call, found, ({ ListenerArn }) => ListenerArn, input)
    return { Listeners: items.map(one => describeListener(call, one)), ...marker }
  },

  ModifyListener(input, call) {
    const listener = require(call, 'listeners', input.ListenerArn)
    const loadBalancer = call.find('loadBalancers', listener.LoadBalancerArn)!
    const { Port = listener.Port, Protocol = listener.Protocol } = input
    checkProtocol(loadBalancer, Protocol)
    if (Port !== listener.Port) {
      refuseWhileTarget(call, listener)
      if (listenersOf(call.state, listener.LoadBalancerArn).some(other => other.Port === Port)) {
        throw portTaken(listener.LoadBalancerArn)
      }
    }
    const isSecure = Protocol === 'HTTPS' || Protocol === 'TLS'
    const given = input.Certificates && readDefaultCertificate(call, input.Certificates)
    const security = securityOf(call, Protocol, {
      SslPolicy: input.SslPolicy ?? (isSecure ? listener.SslPolicy : undefined),
      Certificates: given ?? (isSecure ? listener.Certificates : undefined),
      AlpnPolicy: input.AlpnPolicy ?? listener.AlpnPolicy,
      MutualAuthentication: input.MutualAuthentication ?? listener.MutualAuthentication
    })
    const changed: Listener = {
      ListenerArn: listener.ListenerArn,
      LoadBalancerArn: listener.LoadBalancerArn,
      Port,
      Protocol,
      ...security,
      defaultRule: listener.defaultRule,
      extraCertificates: isSecure ? listener.extraCertificates : []
    }
    const rule = call.find('rules', listener.defaultRule)!
    const Actions = input.DefaultActions ? normalActions(input.DefaultActions, rule.Actions) : rule.Actions
    checkForwarding(call, Actions, { loadBalancer, protocol: Protocol })
    call.put('rules', rule.RuleArn, { ...rule, Actions })
    call.put('listeners', changed.ListenerArn, changed)
    return { Listeners: [describeListener(call, changed)] }
  },

  DeleteListener({ ListenerArn }, call) {
    const listener = require(call, 'listeners', ListenerArn)
    if (!listener) {
      throw notFound('listeners')
    }
    refuseWhileTarget(call, listener)
    removeListener(call, listener)
    return {}
  }
}
