/** A plan made through the API, in the order in which the AWS Load Balancer Controller makes it. */
import { type ListenerRuleSpec, referencedID, type Stack, specEntries, specsOf } from '../../../src/model/index.ts'
import type { Json } from './client.ts'

/** Calls an action of Elastic Load Balancing, or throws. */
type Caller = (action: string, input: Json) => Json

const apiNames: Record<string, string> = {
  targetGroupARN: 'TargetGroupArn',
  certificateARN: 'CertificateArn',
  sourceIPConfig: 'SourceIpConfig',
  authenticateOIDCConfig: 'AuthenticateOidcConfig',
  clientID: 'ClientId',
  userPoolARN: 'UserPoolArn',
  userPoolClientID: 'UserPoolClientId'
}

/** A value of a stack as the API has it; `arnOf` knows what is made by now. */
function toAPI(value: Json, arnOf: (id: string) => string): Json {
  if (Array.isArray(value)) {
    return value.map(one => toAPI(one, arnOf))
  }
  if (typeof value !== 'object' || value === null) {
    return value
  }
  const id = '$ref' in value ? referencedID(value) : undefined
  if (id !== undefined) {
    return arnOf(id)
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      apiNames[key] ?? `${key[0]!.toUpperCase()}${key.slice(1)}`,
      key === 'authenticationRequestExtraParams' ? one : toAPI(one, arnOf)
    ])
  )
}

function attributes(list: { key: string; value: string }[] | undefined): Json {
  return (list ?? []).map(({ key, value }) => ({ Key: key, Value: value }))
}

/** Makes the target groups of a stack and returns their ARNs. */
function deployTargetGroups(stack: Stack, vpcID: string, call: Caller): Map<string, string> {
  const arns = new Map<string, string>()
  for (const [id, spec] of specEntries(stack, 'targetGroup').filter(([, { targetType }]) => targetType !== 'alb')) {
    const { port, protocol, path, matcher, intervalSeconds, timeoutSeconds, ...thresholds } = spec.healthCheckConfig
    const { TargetGroups } = call('CreateTargetGroup', {
      ...{ Name: spec.name, Protocol: spec.protocol, Port: spec.port, VpcId: vpcID, TargetType: spec.targetType },
      ...(spec.protocolVersion && { ProtocolVersion: spec.protocolVersion }),
      ...(spec.ipAddressType && { IpAddressType: spec.ipAddressType }),
      ...{ HealthCheckPort: String(port), HealthCheckProtocol: protocol, HealthCheckEnabled: true },
      ...(path !== undefined && { HealthCheckPath: path }),
      ...(matcher && { Matcher: toAPI(matcher, String) }),
      ...{ HealthCheckIntervalSeconds: intervalSeconds, HealthCheckTimeoutSeconds: timeoutSeconds },
      HealthyThresholdCount: thresholds.healthyThresholdCount,
      UnhealthyThresholdCount: thresholds.unhealthyThresholdCount
    })
    const arn = TargetGroups[0].TargetGroupArn
    arns.set(id, arn)
    if (spec.targetGroupAttributes?.length) {
      call('ModifyTargetGroupAttributes', { TargetGroupArn: arn, Attributes: attributes(spec.targetGroupAttributes) })
    }
  }
  return arns
}

function deployRule(rule: ListenerRuleSpec, listener: string, arnOf: (id: string) => string, call: Caller): void {
  call('CreateRule', {
    ListenerArn: listener,
    Priority: rule.priority,
    Conditions: toAPI(rule.conditions, arnOf),
    Actions: toAPI(rule.actions, arnOf),
    ...(rule.transforms && { Transforms: toAPI(rule.transforms, arnOf) })
  })
}

/** Makes the application load balancer of a stack with all that belongs to it. */
export function deploy(stack: Stack, { vpcID, subnets }: { vpcID: string; subnets: string[] }, call: Caller): void {
  const targetGroups = deployTargetGroups(stack, vpcID, call)
  function arnOf(id: string): string {
    return targetGroups.get(id)!
  }
  const [loadBalancerID, spec] = specEntries(stack, 'loadBalancer').find(([, { type }]) => type === 'application')!
  const { LoadBalancers } = call('CreateLoadBalancer', {
    ...{ Name: spec.name, Type: spec.type, Scheme: spec.scheme, IpAddressType: spec.ipAddressType },
    SubnetMappings: subnets.map(SubnetId => ({ SubnetId }))
  })
  const arn = LoadBalancers[0].LoadBalancerArn
  if (spec.loadBalancerAttributes?.length) {
    call('ModifyLoadBalancerAttributes', { LoadBalancerArn: arn, Attributes: attributes(spec.loadBalancerAttributes) })
  }
  const listeners = specsOf(stack, 'listener').filter(
    ({ loadBalancerARN }) => referencedID(loadBalancerARN) === loadBalancerID
  )
  for (const listener of listeners) {
    const [first, ...others] = listener.certificates ?? []
    const { Listeners } = call('CreateListener', {
      ...{ LoadBalancerArn: arn, Port: listener.port, Protocol: listener.protocol },
      DefaultActions: toAPI(listener.defaultActions, arnOf),
      ...(first && { Certificates: toAPI([first], arnOf), SslPolicy: listener.sslPolicy }),
      ...(listener.mutualAuthentication && { MutualAuthentication: toAPI(listener.mutualAuthentication, arnOf) })
    })
    const listenerARN = Listeners[0].ListenerArn
    for (const certificate of others) {
      call('AddListenerCertificates', { ListenerArn: listenerARN, Certificates: toAPI([certificate], arnOf) })
    }
    if (listener.listenerAttributes?.length) {
      call('ModifyListenerAttributes', { ListenerArn: listenerARN, Attributes: listener.listenerAttributes })
    }
    const rules = specsOf(stack, 'rule').filter(rule => referencedID(rule.listenerARN) === String(listener.port))
    for (const rule of rules) {
      deployRule(rule, listenerARN, arnOf, call)
    }
  }
}
