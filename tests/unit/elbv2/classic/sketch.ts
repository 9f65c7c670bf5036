/** Stacks of Classic Load Balancers in a few words: what a sketch leaves out is the cloud provider's default. */

import type { ClassicListener, ClassicLoadBalancerSpec, Stack } from '../../../../src/model/index.ts'

type ListenerSketch = Pick<ClassicListener, 'loadBalancerPort' | 'instancePort'> & Partial<ClassicListener>

export interface ClassicSketch extends Partial<Omit<ClassicLoadBalancerSpec, 'listeners' | 'healthCheck'>> {
  listeners: ListenerSketch[]
  healthCheck?: Partial<ClassicLoadBalancerSpec['healthCheck']>
  /** Seconds. */
  idleTimeout?: number
  sourceRanges?: string[]
}

/** One listener that leads to a port of the instances, which is asked whether it is open. */
export function classicTo(instancePort: number, listener: Partial<ClassicListener> = {}): ClassicSketch {
  return {
    listeners: [{ loadBalancerPort: 80, instancePort, ...listener }],
    healthCheck: { target: `TCP:${instancePort}` }
  }
}

export function classicStackOf({ listeners, healthCheck, idleTimeout = 60, ...sketch }: ClassicSketch): Stack {
  const { sourceRanges, ...spec } = sketch
  return {
    id: 'test/edge',
    resources: {
      ...(sourceRanges && {
        'AWS::EC2::SecurityGroup': {
          ManagedLBSecurityGroup: {
            spec: {
              groupName: 'edge',
              description: '',
              ingress: listeners.flatMap(({ loadBalancerPort }) =>
                sourceRanges.map(cidrIP => ({
                  ipProtocol: 'tcp' as const,
                  fromPort: loadBalancerPort,
                  toPort: loadBalancerPort,
                  ipRanges: [{ cidrIP }]
                }))
              )
            }
          }
        }
      }),
      'AWS::ElasticLoadBalancing::LoadBalancer': {
        LoadBalancer: {
          spec: {
            name: 'edge',
            scheme: 'internet-facing',
            subnets: [],
            securityGroups: [{ $ref: '#/resources/AWS::EC2::SecurityGroup/ManagedLBSecurityGroup/status/groupID' }],
            listeners: listeners.map(({ protocol = 'TCP', instanceProtocol = protocol, ...rest }) => ({
              protocol,
              instanceProtocol,
              ...(['SSL', 'HTTPS'].includes(protocol) && { sslCertificateID: 'arn:default' }),
              ...rest
            })),
            proxyProtocol: false,
            healthCheck: {
              target: 'TCP:31080',
              interval: 10,
              timeout: 5,
              healthyThreshold: 2,
              unhealthyThreshold: 6,
              ...healthCheck
            },
            attributes: {
              accessLog: { enabled: false },
              connectionDraining: { enabled: false },
              connectionSettings: { idleTimeout },
              crossZoneLoadBalancing: { enabled: false }
            },
            ...spec
          }
        }
      }
    }
  }
}
