import { expect } from '@jest/globals'
import { fact, refusal, step } from './fact.ts'

const create = 'elbv2 CreateTargetGroup'
const register = 'elbv2 RegisterTargets'
const health = 'elbv2 DescribeTargetHealth'
const base = { Name: 'b', Protocol: 'HTTP', Port: 80, VpcId: '$vpc' }
const page = 'API: CreateTargetGroup'

function ip(over: object = {}) {
  return step(create, { ...base, TargetType: 'ip', ...over }, {}, { ip: 'TargetGroups.0.TargetGroupArn' })
}

const invalid = 'InvalidConfigurationRequest'

/** Kinds of stickiness by protocols that do not have them. */
const refusedStickiness: [protocol: string, type: string, code: string, message: string][] = [
  [
    'HTTP',
    'source_ip',
    invalid,
    "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol"
  ],
  [
    'UDP',
    'app_cookie',
    invalid,
    "Stickiness type 'app_cookie' is not supported for target groups with the UDP protocol"
  ],
  ['TLS', 'source_ip', invalid, 'You cannot enable stickiness on target groups with the TLS protocol'],
  ['TCP', 'source_ip_dest_ip', 'ValidationError', "'Stickiness type' must be one of [app_cookie, lb_cookie, source_ip]"]
]

export const targetGroupFacts = [
  fact(
    'a target group of HTTP has AWS’s defaults',
    page,
    step(create, base, {
      TargetGroups: [
        {
          TargetType: 'instance',
          ProtocolVersion: 'HTTP1',
          IpAddressType: 'ipv4',
          HealthCheckProtocol: 'HTTP',
          HealthCheckPort: 'traffic-port',
          HealthCheckPath: '/',
          HealthCheckIntervalSeconds: 30,
          HealthCheckTimeoutSeconds: 5,
          HealthyThresholdCount: 5,
          UnhealthyThresholdCount: 2,
          HealthCheckEnabled: true,
          Matcher: { HttpCode: '200' },
          LoadBalancerArns: []
        }
      ]
    })
  ),
  fact(
    'one of TCP has others',
    page,
    step(
      create,
      { ...base, Protocol: 'TCP' },
      { TargetGroups: [{ HealthCheckProtocol: 'TCP', HealthCheckTimeoutSeconds: 10 }] }
    )
  ),
  fact(
    'one of TCP that is asked by HTTP waits for six seconds',
    page,
    step(
      create,
      { ...base, Protocol: 'TCP', HealthCheckProtocol: 'HTTP' },
      { TargetGroups: [{ HealthCheckTimeoutSeconds: 6, Matcher: { HttpCode: '200-399' } }] }
    )
  ),
  fact(
    'one of gRPC is asked for a method that nobody has',
    'User guide: Health checks for your target groups',
    step(
      create,
      { ...base, ProtocolVersion: 'GRPC' },
      { TargetGroups: [{ HealthCheckPath: '/AWS.ALB/healthcheck', Matcher: { GrpcCode: '12' } }] }
    )
  ),
  fact(
    'one of functions has no protocol, port or VPC',
    page,
    step(
      create,
      { Name: 'f', TargetType: 'lambda' },
      { TargetGroups: [{ TargetType: 'lambda', HealthCheckEnabled: false, HealthCheckIntervalSeconds: 35 }] }
    )
  ),
  fact(
    'a protocol has to be told',
    'public threads: A protocol must be specified',
    refusal(create, { ...base, Protocol: undefined }, 'ValidationError', 'A protocol must be specified')
  ),
  fact(
    'a port has to be told',
    'public threads: A port must be specified',
    refusal(create, { ...base, Port: undefined }, 'ValidationError', 'A port must be specified')
  ),
  fact(
    'a VPC has to be told',
    'public threads: A VPC ID must be specified',
    refusal(create, { ...base, VpcId: undefined }, 'ValidationError', 'A VPC ID must be specified')
  ),
  fact(
    'the VPC has to be there',
    'moto: The VPC ID is not found',
    refusal(create, { ...base, VpcId: 'vpc-00000000' }, 'ValidationError', "The VPC ID 'vpc-00000000' is not found")
  ),
  fact(
    'a name of a target group has at most 32 characters',
    'public threads: cannot be longer than',
    refusal(
      create,
      { ...base, Name: 'x'.repeat(33) },
      'ValidationError',
      `Target group name '${'x'.repeat(33)}' cannot be longer than '32' characters`
    )
  ),
  fact(
    'a name of a target group has letters, digits and hyphens',
    'moto: can only contain characters',
    refusal(
      create,
      { ...base, Name: 'a_b' },
      'ValidationError',
      "Target group name 'a_b' can only contain characters that are alphanumeric characters or hyphens(-)"
    )
  ),
  fact(
    'a name of a target group does not end with a hyphen',
    "moto: cannot begin or end with '-'",
    refusal(create, { ...base, Name: 'a-' }, 'ValidationError', "Target group name 'a-' cannot begin or end with '-'")
  ),
  fact(
    'the same request makes the same target group',
    page,
    step(create, { ...base, Name: 'web', Port: 8080 }, { TargetGroups: [{ TargetGroupArn: '$tg' }] })
  ),
  fact(
    'another target group with the same name is refused',
    'terraform-provider-aws issues: DuplicateTargetGroupName',
    refusal(
      create,
      { ...base, Name: 'web', Port: 81 },
      'DuplicateTargetGroupName',
      "A target group with the same name 'web' exists, but with different settings"
    )
  ),
  fact(
    'a health check times out before the next one',
    'public threads: Health check timeout',
    refusal(
      create,
      { ...base, HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 5 },
      'ValidationError',
      "Health check timeout '5' must be smaller than the interval '5'"
    )
  ),
  fact(
    'an interval is at least 5 seconds',
    'Service model: HealthCheckIntervalSeconds',
    refusal(create, { ...base, HealthCheckIntervalSeconds: 4 }, 'ValidationError', /greater than or equal to 5/)
  ),
  fact(
    'a threshold is at most 10',
    'Service model: HealthCheckThresholdCount',
    refusal(create, { ...base, HealthyThresholdCount: 11 }, 'ValidationError', /less than or equal to 10/)
  ),
  fact(
    'success codes are from 200 to 499',
    'API: Matcher',
    refusal(create, { ...base, Matcher: { HttpCode: '500' } }, 'ValidationError')
  ),
  fact(
    'a TCP check has no path',
    page,
    refusal(create, { ...base, Protocol: 'TCP', HealthCheckPath: '/x' }, 'ValidationError')
  ),
  fact(
    'health checks of instances are always on',
    'API: CreateTargetGroup, HealthCheckEnabled',
    refusal(create, { ...base, HealthCheckEnabled: false }, 'ValidationError')
  ),
  fact(
    'a load balancer is a target of TCP alone',
    'User guide: Application Load Balancers as targets',
    refusal(create, { ...base, TargetType: 'alb' }, 'ValidationError')
  ),
  fact(
    'a health check is changed',
    'API: ModifyTargetGroup',
    step(
      'elbv2 ModifyTargetGroup',
      { TargetGroupArn: '$tg', HealthCheckPath: '/ready', Matcher: { HttpCode: '200-204' } },
      {
        TargetGroups: [
          {
            HealthCheckPath: '/ready',
            Matcher: { HttpCode: '200-204' },
            HealthCheckIntervalSeconds: 30,
            LoadBalancerArns: ['$lb']
          }
        ]
      }
    )
  ),
  fact(
    'the load balancers of a target group are told',
    'API: TargetGroup',
    step(
      'elbv2 DescribeTargetGroups',
      { LoadBalancerArn: '$lb' },
      { TargetGroups: [{ TargetGroupName: 'web', LoadBalancerArns: ['$lb'] }] }
    )
  ),
  fact(
    'target groups are asked for in one way',
    'API: DescribeTargetGroups',
    refusal('elbv2 DescribeTargetGroups', { LoadBalancerArn: '$lb', Names: ['web'] }, 'ValidationError')
  ),
  fact(
    'a name that is not there is not found',
    'Service model: TargetGroupNotFound',
    refusal(
      'elbv2 DescribeTargetGroups',
      { Names: ['x'] },
      'TargetGroupNotFound',
      'One or more target groups not found'
    )
  ),
  fact(
    'a target group in use is not deleted',
    'public threads: is currently in use by a listener or a rule',
    refusal(
      'elbv2 DeleteTargetGroup',
      { TargetGroupArn: '$tg' },
      'ResourceInUse',
      "Target group '$tg' is currently in use by a listener or a rule"
    )
  ),
  fact(
    'a target group that nothing uses is deleted, twice if need be',
    'Service model: DeleteTargetGroup, errors',
    step(create, base, {}, { b: 'TargetGroups.0.TargetGroupArn' }),
    step('elbv2 DeleteTargetGroup', { TargetGroupArn: '$b' }),
    step('elbv2 DeleteTargetGroup', { TargetGroupArn: '$b' })
  ),
  fact(
    'a target group has attributes',
    'API: TargetGroupAttribute',
    step(
      'elbv2 DescribeTargetGroupAttributes',
      { TargetGroupArn: '$tg' },
      {
        Attributes: expect.arrayContaining([
          { Key: 'deregistration_delay.timeout_seconds', Value: '300' },
          { Key: 'stickiness.type', Value: 'lb_cookie' },
          { Key: 'load_balancing.algorithm.type', Value: 'round_robin' }
        ])
      }
    )
  ),
  fact(
    'one of TCP has other attributes',
    'API: TargetGroupAttribute',
    step(create, { ...base, Protocol: 'TCP' }, {}, { tcp: 'TargetGroups.0.TargetGroupArn' }),
    step(
      'elbv2 DescribeTargetGroupAttributes',
      { TargetGroupArn: '$tcp' },
      {
        Attributes: expect.arrayContaining([
          { Key: 'preserve_client_ip.enabled', Value: 'true' },
          { Key: 'proxy_protocol_v2.enabled', Value: 'false' }
        ])
      }
    )
  ),
  fact(
    'slow start goes with round robin alone',
    'User guide: Slow start mode',
    step('elbv2 ModifyTargetGroupAttributes', {
      TargetGroupArn: '$tg',
      Attributes: [{ Key: 'slow_start.duration_seconds', Value: '30' }]
    }),
    refusal(
      'elbv2 ModifyTargetGroupAttributes',
      { TargetGroupArn: '$tg', Attributes: [{ Key: 'load_balancing.algorithm.type', Value: 'weighted_random' }] },
      'ValidationError'
    )
  ),
  fact(
    'an attribute of NLBs is none of an ALB’s target group',
    'API: TargetGroupAttribute',
    refusal(
      'elbv2 ModifyTargetGroupAttributes',
      { TargetGroupArn: '$tg', Attributes: [{ Key: 'proxy_protocol_v2.enabled', Value: 'true' }] },
      'ValidationError',
      "Target group attribute key 'proxy_protocol_v2.enabled' is not recognized"
    )
  ),
  fact(
    'a target has the target group’s port, if it names none',
    'API: TargetDescription',
    step(register, { TargetGroupArn: '$tg', Targets: [{ Id: '$instance' }] }),
    step(
      health,
      { TargetGroupArn: '$tg' },
      { TargetHealthDescriptions: [{ Target: { Id: '$instance', Port: 8080 }, HealthCheckPort: '8080' }] }
    )
  ),
  fact(
    'a target is registered once',
    'API: RegisterTargets',
    step(register, { TargetGroupArn: '$tg', Targets: [{ Id: '$instance' }] }),
    step(register, { TargetGroupArn: '$tg', Targets: [{ Id: '$instance', Port: 8080 }] }),
    step(health, { TargetGroupArn: '$tg' }, { TargetHealthDescriptions: [{ Target: { Port: 8080 } }] })
  ),
  fact(
    'one instance is registered at several ports',
    'API: RegisterTargets',
    step(register, {
      TargetGroupArn: '$tg',
      Targets: [
        { Id: '$instance', Port: 1 },
        { Id: '$instance', Port: 2 }
      ]
    }),
    step(
      health,
      { TargetGroupArn: '$tg' },
      { TargetHealthDescriptions: [{ Target: { Port: 1 } }, { Target: { Port: 2 } }] }
    )
  ),
  fact(
    'an instance that does not run is refused',
    'public threads: are not in a running state',
    refusal(
      register,
      { TargetGroupArn: '$tg', Targets: [{ Id: 'i-00000000000000000' }] },
      'InvalidTarget',
      "The following targets are not in a running state and cannot be registered: 'i-00000000000000000'"
    )
  ),
  fact(
    'an instance of another VPC is refused',
    'public threads: are not in the target group VPC',
    step('ec2 CreateVpc', { CidrBlock: '10.9.0.0/16' }, {}, { away: 'Vpc.VpcId' }),
    step(
      create,
      { Name: 'away', Protocol: 'HTTP', Port: 80, VpcId: '$away' },
      {},
      { there: 'TargetGroups.0.TargetGroupArn' }
    ),
    refusal(
      register,
      { TargetGroupArn: '$there', Targets: [{ Id: '$instance' }] },
      'InvalidTarget',
      "The following targets are not in the target group VPC '$away': '$instance'"
    )
  ),
  ...refusedStickiness.map(([protocol, type, code, message]) =>
    fact(
      `a target group of ${protocol} is not sticky by ${type}`,
      'public threads: Stickiness type; moto’s tests: test_target_group_attributes_stickiness',
      step(create, { ...base, Name: 'sticky', Protocol: protocol }, {}, { sticky: 'TargetGroups.0.TargetGroupArn' }),
      refusal(
        'elbv2 ModifyTargetGroupAttributes',
        {
          TargetGroupArn: '$sticky',
          Attributes: [
            { Key: 'stickiness.enabled', Value: 'true' },
            { Key: 'stickiness.type', Value: type }
          ]
        },
        code,
        message
      )
    )
  ),
  fact(
    'a kind of stickiness is refused also where it is off',
    'public threads: Stickiness type',
    step(create, { ...base, Name: 'off', Protocol: 'TCP' }, {}, { off: 'TargetGroups.0.TargetGroupArn' }),
    refusal(
      'elbv2 ModifyTargetGroupAttributes',
      {
        TargetGroupArn: '$off',
        Attributes: [
          { Key: 'stickiness.enabled', Value: 'false' },
          { Key: 'stickiness.type', Value: 'lb_cookie' }
        ]
      },
      'InvalidConfigurationRequest',
      "Stickiness type 'lb_cookie' is not supported for target groups with the TCP protocol"
    )
  ),
  fact(
    'an ALB’s health check is HTTP or HTTPS',
    'API: CreateTargetGroup, HealthCheckProtocol',
    refusal(
      create,
      { ...base, Name: 'tcp', HealthCheckProtocol: 'TCP' },
      'ValidationError',
      /must be one of 'HTTP, HTTPS'/
    ),
    refusal('elbv2 ModifyTargetGroup', { TargetGroupArn: '$tg', HealthCheckProtocol: 'TCP' }, 'ValidationError')
  ),
  fact(
    'an NLB’s health check waits for its interval at most',
    'moto’s tests: test_create_target_group_healthcheck_validation',
    refusal(
      create,
      { ...base, Name: 'slow', Protocol: 'TCP', HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 6 },
      'ValidationError',
      "Health check timeout '6' must be smaller than or equal to the interval '5'"
    )
  ),
  fact(
    'an address is no instance',
    'API: RegisterTargets',
    refusal(
      register,
      { TargetGroupArn: '$tg', Targets: [{ Id: '10.0.0.1' }] },
      'ValidationError',
      "Instance ID '10.0.0.1' is not valid"
    )
  ),
  fact(
    'an ip target is an address',
    'API: RegisterTargets',
    ip(),
    refusal(
      register,
      { TargetGroupArn: '$ip', Targets: [{ Id: 'x' }] },
      'ValidationError',
      "The IP address 'x' is not a valid IPv4 address"
    )
  ),
  fact(
    'an address of the VPC gets its zone',
    'API: TargetDescription',
    ip(),
    step(register, { TargetGroupArn: '$ip', Targets: [{ Id: '10.0.16.9' }] }),
    step(
      health,
      { TargetGroupArn: '$ip' },
      { TargetHealthDescriptions: [{ Target: { Id: '10.0.16.9', AvailabilityZone: 'us-west-2b' } }] }
    )
  ),
  fact(
    'an address outside of the VPC needs a zone',
    'aws-load-balancer-controller issue 3714',
    ip(),
    refusal(
      register,
      { TargetGroupArn: '$ip', Targets: [{ Id: '172.28.163.212' }] },
      'ValidationError',
      "The Availability Zone is required for IP address '172.28.163.212' because it is not in the VPC"
    )
  ),
  fact(
    'an address outside of the VPC comes with all',
    'API: TargetDescription',
    ip(),
    step(register, { TargetGroupArn: '$ip', Targets: [{ Id: '172.28.163.212', AvailabilityZone: 'all' }] })
  ),
  fact(
    'an address of the VPC does not come with all',
    'aws-load-balancer-controller issue 561',
    ip(),
    refusal(
      register,
      { TargetGroupArn: '$ip', Targets: [{ Id: '10.0.16.9', AvailabilityZone: 'all' }] },
      'ValidationError',
      "The IP address '10.0.16.9' is within the VPC, and cannot have its Availability Zone overridden to 'all' from 'us-west-2b'"
    )
  ),
  fact(
    'a target of a group that nothing uses is unused',
    'API: TargetHealth',
    ip(),
    step(register, { TargetGroupArn: '$ip', Targets: [{ Id: '10.0.16.9' }] }),
    step(
      health,
      { TargetGroupArn: '$ip' },
      {
        TargetHealthDescriptions: [
          {
            TargetHealth: {
              State: 'unused',
              Reason: 'Target.NotInUse',
              Description: 'Target group is not configured to receive traffic from the load balancer'
            }
          }
        ]
      }
    )
  ),
  fact(
    'a target that is asked for and not registered is told so',
    'moto’s tests, verified against AWS: test_describe_unknown_targets',
    step(
      health,
      { TargetGroupArn: '$tg', Targets: [{ Id: '$instance' }] },
      {
        TargetHealthDescriptions: [
          {
            Target: { Id: '$instance', Port: 8080 },
            HealthCheckPort: '8080',
            TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered' }
          }
        ]
      }
    )
  ),
  fact(
    'targets that are asked for are the answer',
    'API: DescribeTargetHealth',
    step(register, {
      TargetGroupArn: '$tg',
      Targets: [
        { Id: '$instance', Port: 1 },
        { Id: '$instance', Port: 2 }
      ]
    }),
    step(
      health,
      { TargetGroupArn: '$tg', Targets: [{ Id: '$instance', Port: 2 }] },
      { TargetHealthDescriptions: [{ Target: { Port: 2 } }] }
    )
  ),
  fact(
    'deregistration of what is not there succeeds',
    'API: DeregisterTargets',
    step('elbv2 DeregisterTargets', { TargetGroupArn: '$tg', Targets: [{ Id: '$instance' }] })
  ),
  fact(
    'a load balancer is a target on a port of a listener',
    'User guide: Application Load Balancers as targets',
    step(
      create,
      { Name: 'alb', Protocol: 'TCP', Port: 81, VpcId: '$vpc', TargetType: 'alb' },
      {},
      { albtg: 'TargetGroups.0.TargetGroupArn' }
    ),
    refusal(register, { TargetGroupArn: '$albtg', Targets: [{ Id: '$lb', Port: 81 }] }, 'InvalidTarget')
  )
]
