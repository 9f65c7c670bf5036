import { expect } from '@jest/globals'
import { fact, refusal, type Step, step } from './fact.ts'

const fixed = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }]
const path = [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/b'] } }]

function rule(over: object): [string, object] {
  return ['elbv2 CreateRule', { ListenerArn: '$listener', Priority: 20, Conditions: path, Actions: fixed, ...over }]
}

function refusedCondition(condition: object, message: string | RegExp): Step {
  return refusal(...rule({ Conditions: [condition] }), 'ValidationError', message)
}

const page = 'API: RuleCondition'
const twice = 'public threads: You cannot provide both Values and'

const long = 'x'.repeat(129)

/** Conditions that are refused, in AWS's words. */
const refusedConditions: [what: string, condition: object, message: string][] = [
  ['a long host', { Field: 'host-header', Values: [long] }, "The 'host-header' value is too long; the limit is '128'"],
  [
    'two hosts at the top',
    { Field: 'host-header', Values: ['a.test', 'b.test'] },
    "The 'host-header' field contains too many values; the limit is '1'"
  ],
  ['no host', { Field: 'host-header' }, 'A condition value must be specified'],
  [
    'two paths at the top',
    { Field: 'path-pattern', Values: ['/a', '/b'] },
    "The 'path-pattern' field contains too many values; the limit is '1'"
  ],
  ['no path', { Field: 'path-pattern', PathPatternConfig: { Values: [] } }, 'A condition value must be specified'],
  [
    'a long header name',
    { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x'.repeat(41), Values: ['y'] } },
    "The 'HttpHeaderName' value is too long; the limit is '40'"
  ],
  [
    'a long header',
    { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x', Values: [long] } },
    "The 'http-header' value is too long; the limit is '128'"
  ],
  [
    'a method in small letters',
    { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['get'] } },
    "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore"
  ],
  [
    'a long key',
    { Field: 'query-string', QueryStringConfig: { Values: [{ Key: long, Value: 'x' }] } },
    "The 'Key' value is too long; the limit is '128'"
  ],
  [
    'a long value of a key',
    { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'x', Value: long }] } },
    "The 'Value' value is too long; the limit is '128'"
  ],
  [
    'a key alone',
    { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'x' }] } },
    "A 'Value' must be specified in 'QueryStringKeyValuePair'"
  ],
  ['no source', { Field: 'source-ip', SourceIpConfig: { Values: [] } }, "A 'source-ip' value must be specified"]
]

export const ruleFacts = [
  fact(
    'a rule is read back with its values at the top',
    'recorded calls: DescribeRules',
    step(...rule({}), {
      Rules: [
        {
          Priority: '20',
          IsDefault: false,
          Conditions: [{ Field: 'path-pattern', Values: ['/b'], PathPatternConfig: { Values: ['/b'] } }],
          Transforms: []
        }
      ]
    })
  ),
  fact(
    'values at the top are read back in the configuration',
    'recorded calls: DescribeRules',
    step(...rule({ Conditions: [{ Field: 'host-header', Values: ['a.example'] }] }), {
      Rules: [
        { Conditions: [{ Field: 'host-header', Values: ['a.example'], HostHeaderConfig: { Values: ['a.example'] } }] }
      ]
    })
  ),
  fact(
    'regular expressions are mirrored too',
    page,
    step(...rule({ Conditions: [{ Field: 'path-pattern', PathPatternConfig: { RegexValues: ['^/x$'] } }] }), {
      Rules: [{ Conditions: [{ RegexValues: ['^/x$'] }] }]
    })
  ),
  fact(
    'other conditions stand in their configuration alone',
    page,
    step(...rule({ Conditions: [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } }] }), {
      Rules: [{ Conditions: [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } }] }]
    })
  ),
  fact(
    'the default rule is the last',
    'recorded calls: DescribeRules',
    step(
      'elbv2 DescribeRules',
      { ListenerArn: '$listener' },
      { Rules: [{ Priority: '10' }, { Priority: 'default', IsDefault: true, Conditions: [] }] }
    )
  ),
  fact(
    'rules come by priority, whenever they were made',
    'API: DescribeRules',
    step(...rule({ Priority: 5 })),
    step(
      'elbv2 DescribeRules',
      { ListenerArn: '$listener' },
      { Rules: [{ Priority: '5' }, { Priority: '10' }, { Priority: 'default' }] }
    )
  ),
  fact(
    'the ARN of a rule goes on from the listener’s',
    'Service Authorization Reference',
    step(
      'elbv2 DescribeRules',
      { RuleArns: ['$rule'] },
      { Rules: [{ RuleArn: expect.stringContaining(':listener-rule/app/edge/') }] }
    )
  ),
  fact(
    'a priority is taken once',
    "public threads: Priority 'N' is currently in use",
    refusal(...rule({ Priority: 10 }), 'PriorityInUse', "Priority '10' is currently in use")
  ),
  fact(
    'a priority is at most 50000',
    'API: CreateRule, Priority',
    refusal(...rule({ Priority: 50_001 }), 'ValidationError', /less than or equal to 50000/)
  ),
  fact(
    'a priority is at least 1',
    'API: CreateRule, Priority',
    refusal(...rule({ Priority: 0 }), 'ValidationError', /greater than or equal to 1/)
  ),
  fact(
    'a rule has a condition',
    'API: CreateRule, Conditions',
    refusal(...rule({ Conditions: [] }), 'ValidationError')
  ),
  fact(
    'a field is one of six',
    'moto: InvalidConditionFieldError',
    refusedCondition(
      { Field: 'x', Values: ['a'] },
      "Condition field 'x' must be one of '[host-header,path-pattern,http-header,http-request-method,query-string,source-ip]'"
    )
  ),
  fact(
    'a value has at most 128 characters',
    page,
    refusedCondition(
      { Field: 'path-pattern', Values: ['/'.repeat(129)] },
      "The 'path-pattern' value is too long; the limit is '128'"
    )
  ),
  fact(
    'values stand in one place',
    twice,
    refusedCondition(
      { Field: 'host-header', Values: ['a.b'], HostHeaderConfig: { Values: ['a.b'] } },
      "You cannot provide both Values and 'HostHeaderConfig' for a condition of type 'host-header'"
    )
  ),
  fact(
    'values at the top are for hosts and paths',
    "moto: The 'Values' field is not compatible",
    refusedCondition(
      { Field: 'source-ip', Values: ['10.0.0.0/8'] },
      "The 'Values' field is not compatible with 'source-ip'"
    )
  ),
  fact(
    'a condition needs its configuration',
    'moto: must be specified with',
    refusedCondition({ Field: 'query-string' }, "A 'QueryStringConfig' must be specified with 'query-string'")
  ),
  fact(
    'a condition needs a value',
    'moto: A condition value must be specified',
    refusedCondition(
      { Field: 'path-pattern', PathPatternConfig: { Values: [] } },
      'A condition value must be specified'
    )
  ),
  fact(
    'a source is a CIDR block',
    page,
    refusedCondition({ Field: 'source-ip', SourceIpConfig: { Values: ['x'] } }, /CIDR/)
  ),
  fact(
    'the Host header has a condition of its own',
    'API: HttpHeaderConditionConfig',
    refusedCondition(
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'Host', Values: ['x'] } },
      /host-header/
    )
  ),
  fact(
    'a rule has five values at most',
    'User guide: Quotas',
    refusal(
      ...rule({
        Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/1', '/2', '/3', '/4', '/5', '/6'] } }]
      }),
      'ValidationError',
      "A rule can only have '5' condition values and regex values"
    )
  ),
  fact(
    'a rule has six wildcards at most',
    'public threads: A rule can only have',
    refusal(
      ...rule({ Conditions: [{ Field: 'path-pattern', Values: ['/*/*/*/*/*/*/*'] }] }),
      'ValidationError',
      "A rule can only have '6' condition wildcards"
    )
  ),
  ...refusedConditions.map(([what, condition, message]) =>
    fact(
      `a condition is refused in AWS’s words: ${what}`,
      'moto’s tests: test_create_rule_validate_condition',
      refusedCondition(condition, message)
    )
  ),
  fact(
    'a fixed response has one of five types',
    'moto’s tests: InvalidLoadBalancerAction',
    refusal(
      ...rule({
        Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', ContentType: 'text/xml' } }]
      }),
      'InvalidLoadBalancerAction',
      "The ContentType must be one of:'text/html', 'application/json', 'application/javascript', 'text/css', 'text/plain'"
    )
  ),
  fact('a rule has one path condition', page, refusal(...rule({ Conditions: [...path, ...path] }), 'ValidationError')),
  fact(
    'weights are filled in',
    'API: TargetGroupTuple',
    step(
      'elbv2 CreateTargetGroup',
      { Name: 'b', Protocol: 'HTTP', Port: 80, VpcId: '$vpc' },
      {},
      { tg2: 'TargetGroups.0.TargetGroupArn' }
    ),
    step(
      ...rule({
        Actions: [
          {
            Type: 'forward',
            ForwardConfig: { TargetGroups: [{ TargetGroupArn: '$tg', Weight: 3 }, { TargetGroupArn: '$tg2' }] }
          }
        ]
      }),
      { Rules: [{ Actions: [{ ForwardConfig: { TargetGroups: [{ Weight: 3 }, { Weight: 1 }] } }] }] }
    )
  ),
  fact(
    'a weight is at most 999',
    'API: TargetGroupTuple',
    refusal(
      ...rule({
        Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: '$tg', Weight: 1000 }] } }]
      }),
      'InvalidLoadBalancerAction',
      /999/
    )
  ),
  fact(
    'a client’s secret is not told',
    'API: AuthenticateOidcActionConfig',
    step(
      'elbv2 CreateListener',
      {
        LoadBalancerArn: '$lb',
        Port: 443,
        Protocol: 'HTTPS',
        Certificates: [{ CertificateArn: 'arn:aws:acm:us-west-2:111122223333:certificate/1' }],
        DefaultActions: [
          {
            Type: 'authenticate-oidc',
            Order: 1,
            AuthenticateOidcConfig: {
              Issuer: 'https://i',
              AuthorizationEndpoint: 'https://i/a',
              TokenEndpoint: 'https://i/t',
              UserInfoEndpoint: 'https://i/u',
              ClientId: 'c',
              ClientSecret: 's'
            }
          },
          { Type: 'fixed-response', Order: 2, FixedResponseConfig: { StatusCode: '200' } }
        ]
      },
      {
        Listeners: [
          { DefaultActions: [{ AuthenticateOidcConfig: expect.not.objectContaining({ ClientSecret: 's' }) }, {}] }
        ]
      }
    )
  ),
  fact(
    'a login is read back with its defaults',
    'API: AuthenticateOidcActionConfig',
    step(
      'elbv2 CreateListener',
      {
        LoadBalancerArn: '$lb',
        Port: 443,
        Protocol: 'HTTPS',
        Certificates: [{ CertificateArn: 'arn:aws:acm:us-west-2:111122223333:certificate/1' }],
        DefaultActions: [
          {
            Type: 'authenticate-oidc',
            Order: 1,
            AuthenticateOidcConfig: {
              Issuer: 'https://i',
              AuthorizationEndpoint: 'https://i/a',
              TokenEndpoint: 'https://i/t',
              UserInfoEndpoint: 'https://i/u',
              ClientId: 'c',
              ClientSecret: 's'
            }
          },
          { Type: 'fixed-response', Order: 2, FixedResponseConfig: { StatusCode: '200' } }
        ]
      },
      {
        Listeners: [
          {
            DefaultActions: [
              {
                AuthenticateOidcConfig: {
                  SessionCookieName: 'AWSELBAuthSessionCookie',
                  Scope: 'openid',
                  SessionTimeout: 604_800,
                  OnUnauthenticatedRequest: 'authenticate'
                }
              },
              {}
            ]
          }
        ]
      }
    )
  ),
  fact(
    'a fixed response has a status 2xx, 4xx or 5xx',
    'Service model: FixedResponseActionStatusCode',
    refusal(
      ...rule({ Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '302' } }] }),
      'ValidationError'
    )
  ),
  fact(
    'a redirect has to change something',
    'User guide: Redirect actions',
    refusal(
      ...rule({ Actions: [{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301' } }] }),
      'InvalidLoadBalancerAction'
    )
  ),
  fact(
    'a redirect is a 301 or a 302',
    'Service model: RedirectActionStatusCodeEnum',
    refusal(
      ...rule({ Actions: [{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_307', Port: '1' } }] }),
      'ValidationError',
      /enum value set: \[HTTP_301, HTTP_302\]/
    )
  ),
  fact(
    'one action routes, and it is the last',
    'API: CreateRule, Actions',
    refusal(...rule({ Actions: [...fixed, ...fixed] }), 'InvalidLoadBalancerAction')
  ),
  fact(
    'conditions are replaced as a whole',
    'API: ModifyRule',
    step(
      'elbv2 ModifyRule',
      { RuleArn: '$rule', Conditions: path },
      { Rules: [{ Priority: '10', Conditions: [{ Values: ['/b'] }], Actions: [{ TargetGroupArn: '$tg' }] }] }
    )
  ),
  fact(
    'a change of a rule changes something',
    'moto: Either conditions or actions must be specified',
    refusal(
      'elbv2 ModifyRule',
      { RuleArn: '$rule' },
      'ValidationError',
      'Either conditions or actions must be specified'
    )
  ),
  fact(
    'transforms are reset',
    'API: ModifyRule, ResetTransforms',
    step(
      'elbv2 ModifyRule',
      {
        RuleArn: '$rule',
        Transforms: [{ Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex: '^/a', Replace: '/' }] } }]
      },
      { Rules: [{ Transforms: [{ Type: 'url-rewrite' }] }] }
    ),
    step('elbv2 ModifyRule', { RuleArn: '$rule', ResetTransforms: true }, { Rules: [{ Transforms: [] }] })
  ),
  fact(
    'transforms are set or reset, not both',
    'API: ModifyRule, ResetTransforms',
    refusal(
      'elbv2 ModifyRule',
      {
        RuleArn: '$rule',
        ResetTransforms: true,
        Transforms: [{ Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex: '^/a', Replace: '/' }] } }]
      },
      'ValidationError'
    )
  ),
  fact(
    'the default rule is not deleted',
    'API: DeleteRule',
    step('elbv2 DescribeRules', { ListenerArn: '$listener' }, {}, { last: 'Rules.1.RuleArn' }),
    refusal('elbv2 DeleteRule', { RuleArn: '$last' }, 'OperationNotPermitted', "Default rule '$last' cannot be deleted")
  ),
  fact(
    'a rule that is not there is not found',
    'Service model: RuleNotFound',
    step('elbv2 DeleteRule', { RuleArn: '$rule' }),
    refusal('elbv2 DeleteRule', { RuleArn: '$rule' }, 'RuleNotFound', 'One or more rules not found')
  ),
  fact(
    'priorities change places at once',
    'API: SetRulePriorities',
    step(...rule({}), {}, { second: 'Rules.0.RuleArn' }),
    step('elbv2 SetRulePriorities', {
      RulePriorities: [
        { RuleArn: '$rule', Priority: 20 },
        { RuleArn: '$second', Priority: 10 }
      ]
    }),
    step(
      'elbv2 DescribeRules',
      { ListenerArn: '$listener' },
      { Rules: [{ RuleArn: '$second' }, { RuleArn: '$rule' }, {}] }
    )
  ),
  fact(
    'a priority that another rule keeps is in use',
    'Service model: PriorityInUse',
    step(...rule({}), {}, { second: 'Rules.0.RuleArn' }),
    refusal(
      'elbv2 SetRulePriorities',
      { RulePriorities: [{ RuleArn: '$rule', Priority: 20 }] },
      'PriorityInUse',
      "Priority '20' is currently in use"
    )
  ),
  fact(
    'a priority is given once in a request',
    'moto: was provided multiple times',
    step(...rule({}), {}, { second: 'Rules.0.RuleArn' }),
    refusal(
      'elbv2 SetRulePriorities',
      {
        RulePriorities: [
          { RuleArn: '$rule', Priority: 7 },
          { RuleArn: '$second', Priority: 7 }
        ]
      },
      'ValidationError',
      "Priority '7' was provided multiple times"
    )
  ),
  fact(
    'rules are asked for by a listener or by their ARNs',
    'API: DescribeRules',
    refusal('elbv2 DescribeRules', {}, 'ValidationError')
  ),
  fact(
    'tags of a rule are its own',
    'API: CreateRule, Tags',
    step(...rule({ Tags: [{ Key: 'a', Value: 'b' }] }), {}, { second: 'Rules.0.RuleArn' }),
    step(
      'elbv2 DescribeTags',
      { ResourceArns: ['$second', '$rule'] },
      { TagDescriptions: [{ Tags: [{ Key: 'a', Value: 'b' }] }, { Tags: [] }] }
    )
  )
]
