/**
 * Stacks in a few words: what a sketch leaves out is the controller's default.
 */

import type {
  Action,
  KeyValue,
  ListenerSpec,
  RuleCondition,
  Stack,
  TargetGroupSpec,
  Transform
} from '../../../src/model/index.ts'

export interface RuleSketch {
  conditions?: RuleCondition[]
  actions: Action[]
  transforms?: Transform[]
  /** Default: the place in the list, from 1. */
  priority?: number
}

export interface ListenerSketch {
  port: number
  protocol?: 'HTTP' | 'HTTPS'
  /** Default: a fixed response 404, as the controller makes it. */
  defaultActions?: Action[]
  rules?: RuleSketch[]
  certificates?: string[]
  sslPolicy?: string
  mutualAuthentication?: ListenerSpec['mutualAuthentication']
  attributes?: Record<string, string>
}

export interface StackSketch {
  listeners: ListenerSketch[]
  /** By resource ID; what is left out is the controller's default. */
  targetGroups?: Record<string, Partial<TargetGroupSpec>>
  attributes?: Record<string, string>
}

export function pairs(attributes: Record<string, string> = {}): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value }))
}

export function reference(type: string, id: string) {
  return {
    $ref: `#/resources/AWS::ElasticLoadBalancingV2::${type}/${id}/status/arn`
  }
}

export function forwardTo(...groups: (string | { id: string; weight: number })[]): Action {
  return {
    type: 'forward',
    forwardConfig: {
      targetGroups: groups.map(group =>
        typeof group === 'string'
          ? { targetGroupARN: group.startsWith('arn:') ? group : reference('TargetGroup', group) }
          : { targetGroupARN: reference('TargetGroup', group.id), weight: group.weight }
      )
    }
  }
}

export function respond(statusCode: string, messageBody?: string, contentType = 'text/plain'): Action {
  return {
    type: 'fixed-response',
    fixedResponseConfig: { statusCode, contentType, ...(messageBody === undefined ? {} : { messageBody }) }
  }
}

export function path(...values: string[]): RuleCondition {
  return { field: 'path-pattern', pathPatternConfig: { values } }
}
export function host(...values: string[]): RuleCondition {
  return { field: 'host-header', hostHeaderConfig: { values } }
}

export function stackOf(sketch: StackSketch): Stack {
  const loadBalancerARN = reference('LoadBalancer', 'LoadBalancer')
  const rules = sketch.listeners.flatMap(({ port, rules = [] }) =>
    rules.map((rule, index) => ({ port, priority: index + 1, conditions: [path('/*')], ...rule }))
  )
  return {
    id: 'test/edge',
    resources: {
      'AWS::ElasticLoadBalancingV2::LoadBalancer': {
        LoadBalancer: {
          spec: {
            name: 'edge',
            type: 'application',
            scheme: 'internal',
            ipAddressType: 'ipv4',
            subnetMapping: [],
            loadBalancerAttributes: pairs(sketch.attributes)
          }
        }
      },
      'AWS::ElasticLoadBalancingV2::Listener': Object.fromEntries(
        sketch.listeners.map(listener => [
          String(listener.port),
          {
            spec: {
              loadBalancerARN,
              port: listener.port,
              protocol: listener.protocol ?? 'HTTP',
              defaultActions: listener.defaultActions ?? [respond('404')],
              ...(listener.protocol === 'HTTPS'
                ? {
                    certificates: (listener.certificates ?? ['arn:default']).map(certificateARN => ({ certificateARN }))
                  }
                : {}),
              ...(listener.sslPolicy === undefined ? {} : { sslPolicy: listener.sslPolicy }),
              ...(listener.mutualAuthentication ? { mutualAuthentication: listener.mutualAuthentication } : {}),
              listenerAttributes: pairs(listener.attributes).map(({ key, value }) => ({ Key: key, Value: value }))
            }
          }
        ])
      ),
      'AWS::ElasticLoadBalancingV2::ListenerRule': Object.fromEntries(
        rules.map(({ port, ...rule }) => [
          `${port}:${rule.priority}`,
          { spec: { ...rule, listenerARN: reference('Listener', String(port)) } }
        ])
      ),
      'AWS::ElasticLoadBalancingV2::TargetGroup': Object.fromEntries(
        Object.entries(sketch.targetGroups ?? {}).map(([id, spec]) => [id, { spec: targetGroup(id, spec) }])
      )
    }
  }
}

function targetGroup(id: string, spec: Partial<TargetGroupSpec>): TargetGroupSpec {
  return {
    name: id,
    targetType: 'instance',
    port: 30080,
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    ...spec,
    healthCheckConfig: {
      port: 'traffic-port',
      protocol: spec.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
      path: '/',
      matcher: { httpCode: '200' },
      intervalSeconds: 15,
      timeoutSeconds: 5,
      healthyThresholdCount: 2,
      unhealthyThresholdCount: 2,
      ...spec.healthCheckConfig
    }
  }
}
