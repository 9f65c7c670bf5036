/**
 * A load balancer of an account as the stack that `elbv2` compiles: what it is and what AWS would refuse of it come from there.
 * The API's field names are the stack's, but for their first letters.
 *
 * @module
 */

import type {
  KeyValue,
  ListenerRuleSpec,
  ListenerSpec,
  LoadBalancerSpec,
  Stack,
  TargetGroupSpec
} from '../../model/index.ts'
import { applicationLoadBalancerID, listenerARN } from '../../model/index.ts'
import { listenersOf, rulesOf, targetGroupsIn } from './relations.ts'
import type { Listener, LoadBalancer, Rule, State, TargetGroup } from './state.ts'

/** Fields whose names differ by more than their first letter. */
const stackNames: Readonly<Record<string, string>> = {
  TargetGroupArn: 'targetGroupARN',
  CertificateArn: 'certificateARN',
  SourceIpConfig: 'sourceIPConfig',
  AuthenticateOidcConfig: 'authenticateOIDCConfig',
  ClientId: 'clientID',
  UserPoolArn: 'userPoolARN',
  UserPoolClientId: 'userPoolClientID'
}

/** Maps whose keys are the user's own. */
const ownKeys = new Set(['AuthenticationRequestExtraParams'])

function nameOf(name: string): string {
  return stackNames[name] ?? `${name[0]!.toLowerCase()}${name.slice(1)}`
}

/** A value of the API as the stack has it. */
function toStack(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(toStack)
  }
  if (typeof value !== 'object' || value === null) {
    return value
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [nameOf(name), ownKeys.has(name) ? one : toStack(one)])
  )
}

/** What stands in an action or condition for a client beside what counts. */
function withoutMirrors<Value extends object>(value: Value): Value {
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !['TargetGroupArn', 'Values', 'RegexValues'].includes(name))
  ) as Value
}

function attributesOf({ attributes }: State, arn: string): KeyValue[] {
  return Object.entries(attributes[arn] ?? {}).map(([key, value]) => ({ key, value }))
}

/** A target group's specification. */
export function targetGroupSpec(state: State, targetGroup: TargetGroup): TargetGroupSpec {
  const { TargetGroupArn, TargetGroupName, TargetType, Protocol = 'HTTP', Port = 80 } = targetGroup
  const {
    ProtocolVersion,
    HealthCheckPort = 'traffic-port',
    HealthCheckProtocol,
    HealthCheckPath,
    Matcher
  } = targetGroup
  return {
    name: TargetGroupName,
    targetType: TargetType as TargetGroupSpec['targetType'],
    port: Port,
    protocol: Protocol as TargetGroupSpec['protocol'],
    ...(ProtocolVersion !== undefined && {
      protocolVersion: ProtocolVersion as NonNullable<TargetGroupSpec['protocolVersion']>
    }),
    healthCheckConfig: {
      port: HealthCheckPort === 'traffic-port' ? HealthCheckPort : Number(HealthCheckPort),
      protocol: HealthCheckProtocol as 'HTTP' | 'HTTPS',
      ...(HealthCheckPath !== undefined && { path: HealthCheckPath }),
      ...(Matcher && { matcher: toStack(Matcher) as { httpCode?: string } }),
      intervalSeconds: targetGroup.HealthCheckIntervalSeconds ?? 30,
      timeoutSeconds: targetGroup.HealthCheckTimeoutSeconds ?? 5,
      healthyThresholdCount: targetGroup.HealthyThresholdCount ?? 5,
      unhealthyThresholdCount: targetGroup.UnhealthyThresholdCount ?? 2
    },
    targetGroupAttributes: attributesOf(state, TargetGroupArn)
  }
}

function loadBalancerSpec(state: State, loadBalancer: LoadBalancer): LoadBalancerSpec {
  const { LoadBalancerArn, LoadBalancerName, Type, Scheme, IpAddressType, AvailabilityZones, SecurityGroups } =
    loadBalancer
  return {
    name: LoadBalancerName,
    type: Type as LoadBalancerSpec['type'],
    scheme: Scheme,
    ipAddressType: IpAddressType,
    subnetMapping: AvailabilityZones.map(({ SubnetId = '' }) => ({ subnetID: SubnetId })),
    ...(SecurityGroups && { securityGroups: SecurityGroups }),
    loadBalancerAttributes: attributesOf(state, LoadBalancerArn)
  }
}

function ruleActions({ Actions }: Rule): ListenerRuleSpec['actions'] {
  return Actions.map(action => toStack(withoutMirrors(action))) as ListenerRuleSpec['actions']
}

function listenerSpec(state: State, listener: Listener): ListenerSpec {
  const {
    ListenerArn,
    LoadBalancerArn,
    Port,
    Protocol,
    Certificates = [],
    extraCertificates,
    SslPolicy,
    AlpnPolicy
  } = listener
  const defaults = Certificates.map(({ CertificateArn = '' }) => CertificateArn)
  const certificates = [...new Set([...defaults, ...extraCertificates])]
  const { MutualAuthentication } = listener
  return {
    loadBalancerARN: LoadBalancerArn,
    port: Port,
    protocol: Protocol as ListenerSpec['protocol'],
    defaultActions: ruleActions(state.rules[listener.defaultRule]!),
    ...(certificates.length > 0 && { certificates: certificates.map(certificateARN => ({ certificateARN })) }),
    ...(SslPolicy !== undefined && { sslPolicy: SslPolicy }),
    ...(AlpnPolicy && { alpnPolicy: AlpnPolicy }),
    ...(MutualAuthentication && {
      mutualAuthentication: toStack(MutualAuthentication) as NonNullable<ListenerSpec['mutualAuthentication']>
    }),
    listenerAttributes: attributesOf(state, ListenerArn).map(({ key, value }) => ({ Key: key, Value: value }))
  }
}

function ruleSpec(rule: Rule, port: number): ListenerRuleSpec {
  return {
    listenerARN: listenerARN(String(port)),
    priority: Number(rule.Priority),
    conditions: rule.Conditions.map(condition => toStack(withoutMirrors(condition))) as ListenerRuleSpec['conditions'],
    actions: ruleActions(rule),
    ...(rule.Transforms.length > 0 && {
      transforms: toStack(rule.Transforms) as NonNullable<ListenerRuleSpec['transforms']>
    })
  }
}

function resourcesOf<Spec>(entries: readonly (readonly [id: string, spec: Spec])[]): Record<string, { spec: Spec }> {
  return Object.fromEntries(entries.map(([id, spec]) => [id, { spec }]))
}

/** The stack of a load balancer: its ID is the load balancer's ARN, those of its target groups are theirs. */
export function stackOf(state: State, loadBalancer: LoadBalancer): Stack {
  const arn = loadBalancer.LoadBalancerArn
  const listeners = listenersOf(state, arn)
  const rules = listeners.map(listener => rulesOf(state, listener.ListenerArn))
  const used = new Set(rules.flat().flatMap(({ Actions }) => targetGroupsIn(Actions)))
  const webACL = state.webACLOf[arn]
  return {
    id: arn,
    resources: {
      'AWS::ElasticLoadBalancingV2::LoadBalancer': resourcesOf([
        [applicationLoadBalancerID, loadBalancerSpec(state, loadBalancer)]
      ]),
      'AWS::ElasticLoadBalancingV2::Listener': resourcesOf(
        listeners.map(listener => [String(listener.Port), listenerSpec(state, listener)] as const)
      ),
      'AWS::ElasticLoadBalancingV2::ListenerRule': resourcesOf(
        listeners.flatMap(({ Port }, index) =>
          rules[index]!.filter(({ IsDefault }) => !IsDefault).map(
            rule => [`${Port}:${rule.Priority}`, ruleSpec(rule, Port)] as const
          )
        )
      ),
      'AWS::ElasticLoadBalancingV2::TargetGroup': resourcesOf(
        [...used].flatMap(id => {
          const targetGroup = state.targetGroups[id]
          return targetGroup ? [[id, targetGroupSpec(state, targetGroup)] as const] : []
        })
      ),
      ...(webACL !== undefined && {
        'AWS::WAFv2::WebACLAssociation': resourcesOf([
          [applicationLoadBalancerID, { resourceARN: arn, webACLARN: webACL }]
        ])
      })
    }
  }
}
