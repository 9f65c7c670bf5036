/** Target groups of a stack. (LBC: pkg/deploy/elbv2/target_group_synthesizer.go.) */

import { type HealthCheckConfig, specOf } from '../../model/index.ts'
import { changedAttributes, type Deployment, fieldsUnder } from './deployment.ts'

const type = 'AWS::ElasticLoadBalancingV2::TargetGroup'

/** A health check as CreateTargetGroup and ModifyTargetGroup take it. */
function healthCheckOf(deployment: Deployment, config: HealthCheckConfig) {
  const { port, protocol, path, matcher, intervalSeconds, timeoutSeconds } = config
  return {
    ...{ HealthCheckProtocol: protocol, HealthCheckPort: String(port), HealthCheckEnabled: true },
    ...(path !== undefined && { HealthCheckPath: path }),
    ...{ HealthCheckIntervalSeconds: intervalSeconds, HealthCheckTimeoutSeconds: timeoutSeconds },
    HealthyThresholdCount: config.healthyThresholdCount,
    UnhealthyThresholdCount: config.unhealthyThresholdCount,
    ...(matcher && { Matcher: deployment.toAPI<{ HttpCode?: string }>(matcher) })
  }
}

async function create(deployment: Deployment, id: string): Promise<void> {
  const { caller, planned, vpcID } = deployment
  const spec = specOf(planned, 'targetGroup', id)!
  const { targetGroupAttributes = [], protocolVersion, ipAddressType, targetControlPort } = spec
  const { TargetGroups = [] } = await caller.call('elbv2', 'CreateTargetGroup', {
    ...{ Name: spec.name, Protocol: spec.protocol, Port: spec.port, VpcId: vpcID, TargetType: spec.targetType },
    ...(protocolVersion && { ProtocolVersion: protocolVersion }),
    ...(ipAddressType && { IpAddressType: ipAddressType }),
    ...(targetControlPort !== undefined && { TargetControlPort: targetControlPort }),
    ...healthCheckOf(deployment, spec.healthCheckConfig),
    Tags: deployment.tagsOf(id, spec.tags)
  })
  const TargetGroupArn = TargetGroups[0]?.TargetGroupArn ?? ''
  deployment.learn(type, id, TargetGroupArn)
  if (targetGroupAttributes.length > 0) {
    const Attributes = targetGroupAttributes.map(({ key, value }) => ({ Key: key, Value: value }))
    await caller.call('elbv2', 'ModifyTargetGroupAttributes', { TargetGroupArn, Attributes })
  }
}

/** Makes and changes target groups; those that are no longer wanted go at the end, when no rule uses them. */
export async function deployTargetGroups(deployment: Deployment): Promise<void> {
  const { caller, planned } = deployment
  for (const id of deployment.made(type)) {
    await create(deployment, id)
  }
  for (const change of deployment.modified(type)) {
    const TargetGroupArn = deployment.arnOf(type, change.id)
    const { healthCheckConfig, tags } = specOf(planned, 'targetGroup', change.id)!
    await deployment.retag(TargetGroupArn, change.id, tags)
    if (fieldsUnder(change, 'healthCheckConfig').length > 0) {
      const check = healthCheckOf(deployment, healthCheckConfig)
      await caller.call('elbv2', 'ModifyTargetGroup', { TargetGroupArn, ...check })
    }
    const Attributes = changedAttributes(change, 'targetGroupAttributes')
    if (Attributes.length > 0) {
      await caller.call('elbv2', 'ModifyTargetGroupAttributes', { TargetGroupArn, Attributes })
    }
  }
}

export async function removeTargetGroups(deployment: Deployment): Promise<void> {
  const { caller, state } = deployment
  for (const TargetGroupArn of deployment.gone(type)) {
    const Targets = [...(state.targets[TargetGroupArn] ?? [])]
    if (Targets.length > 0) {
      await caller.call('elbv2', 'DeregisterTargets', { TargetGroupArn, Targets })
    }
    await caller.call('elbv2', 'DeleteTargetGroup', { TargetGroupArn })
  }
}
