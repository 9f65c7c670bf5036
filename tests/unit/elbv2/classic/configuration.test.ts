import { describe, expect, test } from '@jest/globals'
import { compileClassicConfiguration, stackViolations } from '../../../../src/elbv2/index.ts'
import { Failure } from '../../../../src/failure.ts'
import { type ClassicSketch, classicStackOf, classicTo } from './sketch.ts'

const draining = { enabled: true, timeout: 3601 }
const attributes = {
  accessLog: { enabled: false },
  connectionDraining: { enabled: false },
  connectionSettings: { idleTimeout: 60 },
  crossZoneLoadBalancing: { enabled: false }
}

describe('what AWS refuses of a Classic Load Balancer', () => {
  test.each<[what: string, sketch: Partial<ClassicSketch>, path: string]>([
    ['a check more often than every 5 s', { healthCheck: { interval: 4, timeout: 3 } }, 'healthCheck.interval'],
    [
      'a check that takes longer than the next one',
      { healthCheck: { interval: 5, timeout: 5 } },
      'healthCheck.timeout'
    ],
    ['one success', { healthCheck: { healthyThreshold: 1 } }, 'healthCheck.healthyThreshold'],
    ['eleven failures', { healthCheck: { unhealthyThreshold: 11 } }, 'healthCheck.unhealthyThreshold'],
    ['another protocol', { healthCheck: { target: 'ICMP:80' } }, 'healthCheck.target'],
    ['no port', { healthCheck: { target: 'TCP:0' } }, 'healthCheck.target'],
    ['no path', { healthCheck: { target: 'HTTP:80' } }, 'healthCheck.target'],
    ['a path that nobody asks', { healthCheck: { target: 'TCP:80/' } }, 'healthCheck.target'],
    ['an idle time-out over 4000 s', { idleTimeout: 4001 }, 'attributes.idleTimeout'],
    [
      'a drain over an hour',
      { attributes: { ...attributes, connectionDraining: draining } },
      'attributes.connectionDraining.timeout'
    ],
    [
      'a policy of other load balancers',
      {
        listeners: [
          {
            loadBalancerPort: 443,
            instancePort: 80,
            protocol: 'SSL',
            sslNegotiationPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06'
          }
        ]
      },
      'listeners.443.sslNegotiationPolicy'
    ]
  ])('%s', (_what, sketch, path) => {
    const stack = classicStackOf({ ...classicTo(80), ...sketch })
    expect(stackViolations(stack).map(violation => violation.path.join('.'))).toEqual([path])
    expect(() => compileClassicConfiguration(stack)).toThrow(Failure)
  })

  test.each<[what: string, sketch: Partial<ClassicSketch>]>([
    ['the bounds', { healthCheck: { interval: 5, timeout: 4, healthyThreshold: 10 }, idleTimeout: 4000 }],
    ['protocols in any case', { healthCheck: { target: 'http:80/healthz' } }],
    [
      'an older policy',
      {
        listeners: [
          {
            loadBalancerPort: 443,
            instancePort: 80,
            protocol: 'SSL',
            sslNegotiationPolicy: 'ELBSecurityPolicy-2015-05'
          }
        ]
      }
    ]
  ])('but not %s', (_what, sketch) => {
    const stack = classicStackOf({ ...classicTo(80), ...sketch })
    expect(stackViolations(stack)).toEqual([])
    expect(compileClassicConfiguration(stack).listeners).toHaveLength(1)
  })
})
