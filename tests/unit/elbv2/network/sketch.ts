/**
 * Stacks of Network Load Balancers in a few words: what a sketch leaves out is the controller's default.
 */

import type { Action, Stack, StackResources, TargetGroupSpec } from '../../../../src/model/index.ts'
import { forwardTo, pairs, reference } from '../sketch.ts'

export interface NetworkListenerSketch {
  port: number
  protocol?: 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP'
  /** Default: one that is named after the port. */
  to?: string
  defaultActions?: Action[]
  certificates?: string[]
  sslPolicy?: string
  alpnPolicy?: string
  attributes?: Record<string, string>
}

export interface NetworkSketch {
  listeners: NetworkListenerSketch[]
  /** By resource ID. */
  targetGroups?: Record<
    string,
    Omit<Partial<TargetGroupSpec>, 'targetGroupAttributes'> & { attributes?: Record<string, string> }
  >
  attributes?: Record<string, string>
  /** Ranges that the load balancer's own security group lets in; default: it has none. */
  sourceRanges?: string[]
}

/** One listener on 80 that leads to the target group `app`. */
export function tcpTo(
  attributes: Record<string, string> = {},
  listener: Partial<NetworkListenerSketch> = {},
  group: Partial<TargetGroupSpec> = {}
): NetworkSketch {
  return { listeners: [{ port: 80, to: 'app', ...listener }], targetGroups: { app: { ...group, attributes } } }
}

export function networkStackOf(sketch: NetworkSketch): Stack {
  const protocolOf = new Map(
    sketch.listeners.map(({ to, protocol = 'TCP' }) => [to, protocol === 'TLS' ? 'TCP' : protocol])
  )
  const { sourceRanges } = sketch
  const groupToken = reference('SecurityGroup', 'ManagedLBSecurityGroup').$ref.replace('ElasticLoadBalancingV2', 'EC2')
  const resources: StackResources = {
    'AWS::ElasticLoadBalancingV2::LoadBalancer': {
      LoadBalancer: {
        spec: {
          name: 'edge',
          type: 'network',
          scheme: 'internal',
          ipAddressType: 'ipv4',
          subnetMapping: [],
          loadBalancerAttributes: pairs(sketch.attributes),
          ...(sourceRanges && { securityGroups: [{ $ref: groupToken }, 'sg-auto'] })
        }
      }
    },
    'AWS::ElasticLoadBalancingV2::Listener': Object.fromEntries(
      sketch.listeners.map(({ port, protocol = 'TCP', to = String(port), ...listener }) => [
        String(port),
        {
          spec: {
            loadBalancerARN: reference('LoadBalancer', 'LoadBalancer'),
            port,
            protocol,
            defaultActions: listener.defaultActions ?? [forwardTo(to)],
            ...(protocol === 'TLS' && {
              certificates: (listener.certificates ?? ['arn:default']).map(certificateARN => ({ certificateARN }))
            }),
            ...(listener.sslPolicy && { sslPolicy: listener.sslPolicy }),
            ...(listener.alpnPolicy && { alpnPolicy: [listener.alpnPolicy] }),
            listenerAttributes: pairs(listener.attributes).map(({ key, value }) => ({ Key: key, Value: value }))
          }
        }
      ])
    ),
    'AWS::ElasticLoadBalancingV2::TargetGroup': Object.fromEntries(
      Object.entries(sketch.targetGroups ?? {}).map(([id, { attributes, healthCheckConfig, ...spec }]) => [
        id,
        {
          spec: {
            name: id,
            targetType: 'instance',
            port: 30080,
            protocol: protocolOf.get(id) ?? 'TCP',
            ...spec,
            targetGroupAttributes: pairs(attributes),
            healthCheckConfig: {
              port: 'traffic-port',
              protocol: 'TCP',
              intervalSeconds: 10,
              timeoutSeconds: 10,
              healthyThresholdCount: 3,
              unhealthyThresholdCount: 3,
              ...healthCheckConfig
            }
          }
        }
      ])
    )
  }
  if (sourceRanges) {
    resources['AWS::EC2::SecurityGroup'] = {
      ManagedLBSecurityGroup: {
        spec: {
          groupName: 'edge',
          description: '',
          ingress: sketch.listeners.flatMap(({ port, protocol = 'TCP' }) =>
            sourceRanges.map(range => ({
              ipProtocol: (protocol === 'UDP' ? 'udp' : 'tcp') as 'tcp',
              fromPort: port,
              toPort: port,
              ...(range.includes(':') ? { ipv6Ranges: [{ cidrIPv6: range }] } : { ipRanges: [{ cidrIP: range }] })
            }))
          )
        }
      }
    }
  }
  return { id: 'test/edge', resources }
}
