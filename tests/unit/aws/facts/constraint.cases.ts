import { fact, refusal } from './fact.ts'

/** `member` of an input that the service model constrains, and what its framework says of a value. */
const broken: [what: string, call: string, input: object, message: string | RegExp][] = [
  [
    'a name is required',
    'elbv2 CreateLoadBalancer',
    {},
    "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"
  ],
  [
    'an enumeration is told',
    'elbv2 CreateLoadBalancer',
    { Name: 'x', Scheme: 'open' },
    "1 validation error detected: Value 'open' at 'scheme' failed to satisfy constraint: Member must satisfy enum value set: [internet-facing, internal]"
  ],
  [
    'two are told together',
    'elbv2 CreateLoadBalancer',
    { Scheme: 'open' },
    /^2 validation errors detected: .*'name'.*; .*'scheme'/
  ],
  [
    'a port is at most 65535',
    'elbv2 CreateListener',
    { LoadBalancerArn: '$lb', Port: 65_536, DefaultActions: [] },
    "1 validation error detected: Value '65536' at 'port' failed to satisfy constraint: Member must have value less than or equal to 65535"
  ],
  [
    'a port is at least 1',
    'elbv2 CreateListener',
    { LoadBalancerArn: '$lb', Port: 0, DefaultActions: [] },
    /Member must have value greater than or equal to 1$/
  ],
  [
    'a key of a tag has 128 characters',
    'elbv2 AddTags',
    { ResourceArns: ['$lb'], Tags: [{ Key: 'k'.repeat(129) }] },
    /at 'tags\.1\.member\.key' failed to satisfy constraint: Member must have length less than or equal to 128$/
  ],
  [
    'a value of a tag has 256 characters',
    'elbv2 AddTags',
    { ResourceArns: ['$lb'], Tags: [{ Key: 'k', Value: 'v'.repeat(257) }] },
    /at 'tags\.1\.member\.value'.*less than or equal to 256$/
  ],
  [
    'a tag has characters of its own',
    'elbv2 AddTags',
    { ResourceArns: ['$lb'], Tags: [{ Key: 'a;b' }] },
    /at 'tags\.1\.member\.key' failed to satisfy constraint: Member must satisfy regular expression pattern/
  ],
  [
    'tags are not none',
    'elbv2 AddTags',
    { ResourceArns: ['$lb'], Tags: [] },
    /at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1$/
  ],
  [
    'an attribute list is required',
    'elbv2 ModifyLoadBalancerAttributes',
    { LoadBalancerArn: '$lb' },
    /Value null at 'attributes'/
  ],
  [
    'attributes are 20 at most',
    'elbv2 ModifyLoadBalancerAttributes',
    { LoadBalancerArn: '$lb', Attributes: Array.from({ length: 21 }, () => ({ Key: 'k', Value: 'v' })) },
    /less than or equal to 20$/
  ],
  [
    'a page has 400 at most',
    'elbv2 DescribeLoadBalancers',
    { PageSize: 401 },
    /at 'pageSize' failed to satisfy constraint: Member must have value less than or equal to 400$/
  ],
  ['a page has one at least', 'elbv2 DescribeLoadBalancers', { PageSize: 0 }, /greater than or equal to 1$/],
  [
    'a target has an ID',
    'elbv2 RegisterTargets',
    { TargetGroupArn: '$tg', Targets: [{ Port: 1 }] },
    /Value null at 'targets\.1\.member\.id'/
  ],
  ['targets are required', 'elbv2 RegisterTargets', { TargetGroupArn: '$tg' }, /Value null at 'targets'/],
  [
    'a type of target is one of four',
    'elbv2 CreateTargetGroup',
    { Name: 'x', TargetType: 'pod' },
    /\[instance, ip, lambda, alb\]$/
  ],
  [
    'a type of load balancer is one of three',
    'elbv2 CreateLoadBalancer',
    { Name: 'x', Type: 'classic' },
    /\[application, network, gateway\]$/
  ],
  [
    'a time-out of a check is at most 120',
    'elbv2 CreateTargetGroup',
    { Name: 'x', HealthCheckTimeoutSeconds: 121 },
    /at 'healthCheckTimeoutSeconds'.*less than or equal to 120$/
  ],
  [
    'a path of a check has 1024 characters',
    'elbv2 CreateTargetGroup',
    { Name: 'x', HealthCheckPath: `/${'x'.repeat(1024)}` },
    /at 'healthCheckPath'.*less than or equal to 1024$/
  ],
  [
    'a rule has its priority',
    'elbv2 CreateRule',
    { ListenerArn: '$listener', Conditions: [], Actions: [] },
    /Value null at 'priority'/
  ],
  [
    'a type of action is one of six',
    'elbv2 CreateRule',
    { ListenerArn: '$listener', Priority: 1, Conditions: [], Actions: [{ Type: 'deny' }] },
    /at 'actions\.1\.member\.type'/
  ],
  [
    'an order is at most 50000',
    'elbv2 CreateRule',
    { ListenerArn: '$listener', Priority: 1, Conditions: [], Actions: [{ Type: 'forward', Order: 50_001 }] },
    /at 'actions\.1\.member\.order'/
  ],
  [
    'a field has 64 characters',
    'elbv2 CreateRule',
    { ListenerArn: '$listener', Priority: 1, Conditions: [{ Field: 'x'.repeat(65) }], Actions: [] },
    /at 'conditions\.1\.member\.field'/
  ],
  [
    'a body has 1024 characters',
    'elbv2 CreateRule',
    {
      ListenerArn: '$listener',
      Priority: 1,
      Conditions: [],
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', MessageBody: 'x'.repeat(1025) } }]
    },
    /at 'actions\.1\.member\.fixedResponseConfig\.messageBody'/
  ],
  [
    'a role has an ARN',
    'sts AssumeRole',
    { RoleArn: 'x', RoleSessionName: 'session' },
    /at 'roleArn'.*greater than or equal to 20$/
  ]
]

export const constraintFacts = [
  ...broken.map(([what, call, input, message]) =>
    fact(`constraint: ${what}`, 'Service model of botocore', refusal(call, input, 'ValidationError', message))
  ),
  fact(
    'constraint: ACM tells them by another code',
    'Service model of botocore',
    refusal('acm DescribeCertificate', {}, 'ValidationException', /Value null at 'certificateArn'/)
  ),
  fact(
    'constraint: WAF too',
    'Service model of botocore',
    refusal('wafv2 ListWebACLs', { Scope: 'LOCAL' }, 'ValidationException', /\[CLOUDFRONT, REGIONAL\]$/)
  ),
  fact(
    'constraint: EC2 names the parameter that is missing',
    'EC2 API: Error codes, MissingParameter',
    refusal(
      'ec2 CreateSecurityGroup',
      { Description: 'x' },
      'MissingParameter',
      'The request must contain the parameter GroupName'
    )
  )
]
