import { describe, expect, test } from '@jest/globals'
import { compileConfiguration, compileNetworkConfiguration, stackViolations } from '../../../../src/elbv2/index.ts'
import { Failure } from '../../../../src/failure.ts'
import { forwardTo, respond, stackOf } from '../sketch.ts'
import { type NetworkSketch, networkStackOf, tcpTo } from './sketch.ts'

function findingsOf(sketch: NetworkSketch): string[] {
  try {
    compileNetworkConfiguration(networkStackOf(sketch))
  } catch (error) {
    if (error instanceof Failure) {
      return error.findings.map(({ code, message }) => `${code}: ${message}`)
    }
    throw error
  }
  return []
}

describe('a stack of a Network Load Balancer', () => {
  test('means what AWS’s defaults say', () => {
    const { listeners, targetGroups, admission } = compileNetworkConfiguration(networkStackOf(tcpTo()))
    expect(listeners).toEqual([
      {
        port: 80,
        protocol: 'TCP',
        targetGroups: [{ id: 'app', weight: 1 }],
        sticky: false,
        certificateARNs: [],
        sslPolicy: 'ELBSecurityPolicy-2016-08',
        protocols: [],
        idleTimeout: 350_000
      }
    ])
    expect(targetGroups.get('app')!.attributes).toEqual({
      deregistrationDelay: 300_000,
      terminatesAfterDelay: false,
      terminatesWhenUnhealthy: true,
      unhealthyDraining: 0,
      sticky: false,
      preserveClientIP: true,
      crossZone: false,
      minimumHealthy: { count: 1 },
      minimumForDNS: { count: 1 }
    })
    expect(admission).toBeUndefined()
  })

  test.each([
    ['instance', 'TCP', true, true, false],
    ['instance', 'TLS', true, true, false],
    ['ip', 'TCP', false, true, false],
    ['ip', 'UDP', true, false, true],
    ['instance', 'TCP_UDP', true, false, true]
  ] as const)(
    'keeps client addresses and cuts flows of %s targets and %s by default as AWS does',
    (targetType, protocol, keeps, whenUnhealthy, afterDelay) => {
      const listener = protocol === 'TLS' ? { protocol } : { protocol }
      const stack = networkStackOf(tcpTo({}, listener, { targetType, protocol }))
      expect(compileNetworkConfiguration(stack).targetGroups.get('app')!.attributes).toMatchObject({
        preserveClientIP: keeps,
        terminatesWhenUnhealthy: whenUnhealthy,
        terminatesAfterDelay: afterDelay
      })
    }
  )

  test('takes a target group of somebody else’s by its ARN', () => {
    const arn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/theirs/0123456789abcdef'
    const stack = networkStackOf({ listeners: [{ port: 80, to: arn }] })
    expect(compileNetworkConfiguration(stack).targetGroups.get(arn)).toMatchObject({
      name: 'theirs',
      protocol: 'TCP',
      healthCheck: { protocol: 'TCP', intervalSeconds: 30, healthyThresholdCount: 5 }
    })
  })

  test('stands apart from an Application Load Balancer in the same stack', () => {
    const front = networkStackOf(tcpTo({}, {}, { targetType: 'alb' })).resources
    const stack = stackOf({ listeners: [{ port: 80 }] })
    const both = {
      ...stack,
      resources: {
        'AWS::ElasticLoadBalancingV2::LoadBalancer': {
          ...stack.resources['AWS::ElasticLoadBalancingV2::LoadBalancer'],
          FrontendNlb: front['AWS::ElasticLoadBalancingV2::LoadBalancer']!.LoadBalancer!
        },
        'AWS::ElasticLoadBalancingV2::Listener': {
          ...stack.resources['AWS::ElasticLoadBalancingV2::Listener'],
          'FrontendNlb-ls-TCP-80': {
            spec: {
              ...front['AWS::ElasticLoadBalancingV2::Listener']!['80']!.spec,
              loadBalancerARN: { $ref: '#/resources/AWS::ElasticLoadBalancingV2::LoadBalancer/FrontendNlb/status/arn' }
            }
          }
        },
        'AWS::ElasticLoadBalancingV2::TargetGroup': front['AWS::ElasticLoadBalancingV2::TargetGroup']!
      }
    }
    expect(compileConfiguration(both).listeners.map(({ protocol }) => protocol)).toEqual(['HTTP'])
    expect(compileConfiguration(both).targetGroups.size).toBe(0)
    expect(compileNetworkConfiguration(both).listeners.map(({ protocol }) => protocol)).toEqual(['TCP'])
    expect(stackViolations(both)).toEqual([])
  })

  test('is none of the other kind', () => {
    expect(() => compileNetworkConfiguration(stackOf({ listeners: [] }))).toThrow('holds no Network Load Balancer')
    expect(() => compileConfiguration(networkStackOf(tcpTo()))).toThrow('holds no Application Load Balancer')
  })
})

const attribute = 'ATTRIBUTE_INVALID: '

describe('AWS refuses', () => {
  test.each<[string, NetworkSketch, string[]]>([
    [
      'an attribute of Application Load Balancers',
      { ...tcpTo(), attributes: { 'idle_timeout.timeout_seconds': '60' } },
      [
        `${attribute}load balancer idle_timeout.timeout_seconds: Load balancer attribute key 'idle_timeout.timeout_seconds' is not supported on load balancers with type 'network'`
      ]
    ],
    [
      'an attribute that needs IPv6',
      { ...tcpTo(), attributes: { 'ipv6.deny_all_igw_traffic': 'true' } },
      [
        `${attribute}load balancer ipv6.deny_all_igw_traffic: Load balancer attribute key 'ipv6.deny_all_igw_traffic' is not supported on load balancers with IP address type 'ipv4'`
      ]
    ],
    [
      'a target group attribute of Application Load Balancers',
      tcpTo({ 'slow_start.duration_seconds': '30' }),
      [`${attribute}target group app slow_start.duration_seconds: The provided target group attribute is not supported`]
    ],
    [
      'a cookie',
      tcpTo({ 'stickiness.type': 'lb_cookie' }),
      [
        `${attribute}target group app stickiness.type: Target group attribute 'stickiness.type' cannot have the value 'lb_cookie'`
      ]
    ],
    [
      'hiding the client from UDP targets',
      tcpTo({ 'preserve_client_ip.enabled': 'false' }, { protocol: 'UDP' }),
      [
        `${attribute}target group app preserve_client_ip.enabled: Target group attribute 'preserve_client_ip.enabled' cannot have the value 'false'`
      ]
    ],
    [
      'cutting flows of unhealthy UDP targets',
      tcpTo({ 'target_health_state.unhealthy.connection_termination.enabled': 'true' }, { protocol: 'TCP_UDP' }),
      [
        `${attribute}target group app target_health_state.unhealthy.connection_termination.enabled: Target group attribute 'target_health_state.unhealthy.connection_termination.enabled' cannot have the value 'true'`
      ]
    ],
    [
      'an idle time-out of a TLS listener',
      tcpTo({}, { protocol: 'TLS', attributes: { 'tcp.idle_timeout.seconds': '60' } }),
      [
        `${attribute}listener 80 tcp.idle_timeout.seconds: Listener attribute key 'tcp.idle_timeout.seconds' is not supported on listeners with protocol 'TLS'`
      ]
    ],
    [
      'an idle time-out below a minute',
      tcpTo({}, { attributes: { 'tcp.idle_timeout.seconds': '59' } }),
      [
        `${attribute}listener 80 tcp.idle_timeout.seconds: Listener attribute 'tcp.idle_timeout.seconds' cannot have the value '59'`
      ]
    ],
    [
      'a TLS listener without a certificate',
      tcpTo({}, { protocol: 'TLS', certificates: [] }),
      ['CERTIFICATE_MISSING: listener 80: A certificate must be specified for TLS listeners']
    ],
    [
      'an unknown ALPN policy',
      tcpTo({}, { protocol: 'TLS', alpnPolicy: 'HTTP2Prefered' }),
      [
        "ALPN_POLICY_UNKNOWN: listener 80: ALPN policy 'HTTP2Prefered' must be one of 'None, HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred'"
      ]
    ],
    [
      'an ALPN policy without TLS',
      tcpTo({}, { alpnPolicy: 'HTTP2Only' }),
      ['ALPN_POLICY_UNKNOWN: listener 80: An ALPN policy is supported only on TLS listeners, not on TCP']
    ],
    [
      'a target group of another protocol',
      tcpTo({}, { protocol: 'TCP' }, { protocol: 'UDP' }),
      [
        "RULE_INVALID: listener 80 default action: A TCP listener cannot forward to target group 'app' with protocol UDP"
      ]
    ],
    [
      'a listener that does not forward',
      tcpTo({}, { defaultActions: [respond('404')] }),
      ['RULE_INVALID: listener 80 default action: The default action of a Network Load Balancer can only forward']
    ],
    [
      'a sticky target group in an action that is not',
      {
        listeners: [{ port: 80, defaultActions: [forwardTo({ id: 'a', weight: 1 }, { id: 'b', weight: 1 })] }],
        targetGroups: { a: { attributes: { 'stickiness.enabled': 'true' } }, b: {} }
      },
      [
        'RULE_INVALID: listener 80 default action: Target group stickiness must be enabled for an action with several target groups of which one is sticky'
      ]
    ],
    [
      'a threshold of DNS below the one of routing',
      tcpTo({ 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '3' }),
      [
        `${attribute}target group app target_group_health.dns_failover.minimum_healthy_targets.count: The threshold for DNS failover '1' cannot be below the one for unhealthy state routing '3'`
      ]
    ],
    [
      'a health check out of range',
      tcpTo(
        {},
        {},
        {
          healthCheckConfig: {
            port: 'traffic-port',
            protocol: 'HTTP',
            path: '/',
            matcher: { httpCode: '200-600' },
            intervalSeconds: 10,
            timeoutSeconds: 11,
            healthyThresholdCount: 1,
            unhealthyThresholdCount: 3
          }
        }
      ),
      [
        "HEALTH_CHECK_INVALID: target group app: The health check's healthyThresholdCount '1' must be between 2 and 10",
        "HEALTH_CHECK_INVALID: target group app: Health check timeout '11' must be smaller than or equal to the interval '10'",
        "HEALTH_CHECK_INVALID: target group app: The health check's success codes '200-600' must be between 200 and 599"
      ]
    ]
  ])('%s', (_name, sketch, expected) => {
    expect(findingsOf(sketch)).toEqual(expected)
  })

  test.each<[string, NetworkSketch]>([
    ['a time-out as long as the interval', tcpTo()],
    ['a TCP listener to TCP_UDP targets', tcpTo({}, {}, { protocol: 'TCP_UDP' })],
    ['a PROXY header that is off, for UDP', tcpTo({ 'proxy_protocol_v2.enabled': 'false' }, { protocol: 'UDP' })],
    ['the policies of ALPN', tcpTo({}, { protocol: 'TLS', alpnPolicy: 'None' })],
    [
      'attributes of its own',
      { ...tcpTo(), attributes: { 'dns_record.client_routing_policy': 'availability_zone_affinity' } }
    ]
  ])('not %s', (_name, sketch) => {
    expect(findingsOf(sketch)).toEqual([])
  })
})
