/**
 * A load balancer of an account as the stack that `elbv2` compiles: what it is and what AWS would refuse of it come from there.
 *
 * @module
 */

import type {
  KeyValue,
  ListenerRuleSpec,
  ListenerSpec,
  LoadBalancerSpec,
  SecurityGroupSpec,
  Stack,
  TargetGroupSpec
} from '../../model/index.ts'
import { applicationLoadBalancerID, listenerARN, securityGroupID } from '../../model/index.ts'
import { toStack } from './api-names.ts'
import { listenersOf, rulesOf, targetGroupsIn } from './relations.ts'
import type { Listener, LoadBalancer, Rule, SecurityGroup, State, TargetGroup } from './state.ts'

/** What stands in an action or condition for a client beside what counts. */
export function withoutMirrors<Value extends object>(value: Value): Value {
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

const everyPort = { FromPort: 0, ToPort: 65_535 }

/** What a security group lets in: one permission for each peer, as a plan has them; those of other groups keep their pairs. */
export function ingressOf({ IpPermissions }: SecurityGroup): NonNullable<SecurityGroupSpec['ingress']> {
  return IpPermissions.flatMap(permission => {
    const { IpProtocol = '-1', FromPort, ToPort } = { ...(permission.IpProtocol === '-1' && everyPort), ...permission }
    const port = { ipProtocol: IpProtocol as 'tcp', fromPort: FromPort ?? 0, toPort: ToPort ?? 0 }
    const { IpRanges = [], Ipv6Ranges = [], PrefixListIds = [], UserIdGroupPairs = [] } = permission
    return [
      ...IpRanges.map(({ CidrIp = '' }) => ({ ...port, ipRanges: [{ cidrIP: CidrIp }] })),
      ...Ipv6Ranges.map(({ CidrIpv6 = '' }) => ({ ...port, ipv6Ranges: [{ cidrIPv6: CidrIpv6 }] })),
      ...PrefixListIds.map(({ PrefixListId = '' }) => ({ ...port, prefixLists: [{ listID: PrefixListId }] })),
      ...UserIdGroupPairs.map(({ GroupId = '' }) => ({ ...port, groups: [{ groupID: GroupId }] }))
    ]
  })
}

/**
 * The security groups whose rules decide who reaches a Network Load Balancer. One without any rule decides nothing: `aws.yaml` has
 * no words for rules, so that nobody knows what it lets in.
 */
function admittingGroups({ securityGroups }: State, { Type, SecurityGroups = [] }: LoadBalancer): SecurityGroup[] {
  return Type === 'network'
    ? SecurityGroups.flatMap(id => securityGroups[id] ?? []).filter(({ IpPermissions }) => IpPermissions.length > 0)
    : []
}

/** A load balancer's specification. */
export function loadBalancerSpec(state: State, loadBalancer: LoadBalancer): LoadBalancerSpec {
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

/** A listener's specification. */
export function listenerSpec(state: State, listener: Listener): ListenerSpec {
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

/** A rule's specification; its listener is known by its port. */
export function ruleSpec(rule: Rule, port: number): ListenerRuleSpec {
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
  const admitting = new Map(admittingGroups(state, loadBalancer).map(group => [group.GroupId, group]))
  const spec = loadBalancerSpec(state, loadBalancer)
  const groups = spec.securityGroups?.map(id => (admitting.has(String(id)) ? securityGroupID(String(id)) : id))
  return {
    id: arn,
    resources: {
      'AWS::ElasticLoadBalancingV2::LoadBalancer': resourcesOf([
        [applicationLoadBalancerID, { ...spec, ...(groups && { securityGroups: groups }) }]
      ]),
      ...(admitting.size > 0 && {
        'AWS::EC2::SecurityGroup': resourcesOf(
          [...admitting].map(
            ([id, group]) =>
              [
                id,
                { groupName: group.GroupName, description: group.Description ?? '', ingress: ingressOf(group) }
              ] as const
          )
        )
      }),
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
