import { fact, refusal, step } from './fact.ts'

const create = 'elbv2 CreateListener'
const modify = 'elbv2 ModifyListener'
const fixed = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }]
const certificate = 'arn:aws:acm:us-west-2:111122223333:certificate/11111111-2222-3333-4444-555555555555'
const other = 'arn:aws:acm:us-west-2:111122223333:certificate/99999999-2222-3333-4444-555555555555'
const secure = {
  LoadBalancerArn: '$lb',
  Port: 443,
  Protocol: 'HTTPS',
  Certificates: [{ CertificateArn: certificate }],
  DefaultActions: fixed
}
const made = step(create, secure, {}, { https: 'Listeners.0.ListenerArn' })

export const listenerFacts = [
  fact(
    'a listener is read back with everything that AWS fills in',
    'recorded calls: DescribeListeners',
    step(create, secure, {
      Listeners: [
        {
          Port: 443,
          Protocol: 'HTTPS',
          SslPolicy: 'ELBSecurityPolicy-2016-08',
          Certificates: [{ CertificateArn: certificate }],
          MutualAuthentication: { Mode: 'off' },
          DefaultActions: [{ Type: 'fixed-response', Order: 1 }]
        }
      ]
    })
  ),
  fact(
    'its ARN goes on from the load balancer’s',
    'Service Authorization Reference: Elastic Load Balancing V2',
    step(
      'elbv2 DescribeListeners',
      { ListenerArns: ['$listener'] },
      { Listeners: [{ LoadBalancerArn: '$lb', ListenerArn: '$listener' }] }
    )
  ),
  fact(
    'a single forward carries the target group twice',
    'recorded calls: DescribeListeners',
    step(
      'elbv2 DescribeListeners',
      { LoadBalancerArn: '$lb' },
      {
        Listeners: [
          {
            DefaultActions: [
              {
                Type: 'forward',
                TargetGroupArn: '$tg',
                ForwardConfig: {
                  TargetGroups: [{ TargetGroupArn: '$tg', Weight: 1 }],
                  TargetGroupStickinessConfig: { Enabled: false }
                }
              }
            ]
          }
        ]
      }
    )
  ),
  fact(
    'a redirect has its placeholders filled in',
    'API: RedirectActionConfig',
    step(
      create,
      {
        ...secure,
        Port: 81,
        Protocol: 'HTTP',
        Certificates: undefined,
        DefaultActions: [
          { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }
        ]
      },
      {
        Listeners: [
          {
            DefaultActions: [
              {
                RedirectConfig: {
                  Protocol: 'HTTPS',
                  Port: '443',
                  Host: '#{host}',
                  Path: '/#{path}',
                  Query: '#{query}',
                  StatusCode: 'HTTP_301'
                }
              }
            ]
          }
        ]
      }
    )
  ),
  fact(
    'the same request makes the same listener',
    'API: CreateListener',
    step(
      create,
      {
        LoadBalancerArn: '$lb',
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [{ Type: 'forward', TargetGroupArn: '$tg' }]
      },
      { Listeners: [{ ListenerArn: '$listener' }] }
    )
  ),
  fact(
    'a port is taken once',
    'Service model: DuplicateListener',
    refusal(create, { LoadBalancerArn: '$lb', Port: 80, Protocol: 'HTTP', DefaultActions: fixed }, 'DuplicateListener')
  ),
  fact(
    'a listener needs a port',
    'moto’s tests: A listener port must be specified',
    refusal(
      create,
      { LoadBalancerArn: '$lb', Protocol: 'HTTP', DefaultActions: fixed },
      'ValidationError',
      'A listener port must be specified'
    )
  ),
  fact(
    'a listener needs a protocol',
    'moto’s tests: A listener protocol must be specified',
    refusal(
      create,
      { LoadBalancerArn: '$lb', Port: 81, DefaultActions: fixed },
      'ValidationError',
      'A listener protocol must be specified'
    )
  ),
  fact(
    'an ALB has no TCP listener',
    'public threads: Listener protocol must be one of',
    refusal(
      create,
      { LoadBalancerArn: '$lb', Port: 81, Protocol: 'TCP', DefaultActions: fixed },
      'ValidationError',
      "Listener protocol 'TCP' must be one of 'HTTPS, HTTP'"
    )
  ),
  fact(
    'an HTTPS listener needs a certificate',
    'API: CreateListener, Certificates',
    refusal(
      create,
      { ...secure, Certificates: [] },
      'ValidationError',
      'A certificate must be specified for HTTPS listeners'
    )
  ),
  fact(
    'it is made with exactly one certificate',
    'API: CreateListener, Certificates',
    refusal(
      create,
      { ...secure, Certificates: [{ CertificateArn: certificate }, { CertificateArn: other }] },
      'TooManyCertificates'
    )
  ),
  fact(
    'an HTTP listener has no certificate',
    'public threads: A certificate cannot be specified',
    refusal(
      create,
      { ...secure, Port: 81, Protocol: 'HTTP' },
      'ValidationError',
      'A certificate cannot be specified for HTTP listeners'
    )
  ),
  fact(
    'an HTTP listener has no SSL policy',
    'public threads: An SSL policy cannot be specified',
    refusal(
      create,
      {
        LoadBalancerArn: '$lb',
        Port: 81,
        Protocol: 'HTTP',
        SslPolicy: 'ELBSecurityPolicy-2016-08',
        DefaultActions: fixed
      },
      'ValidationError',
      'An SSL policy cannot be specified for HTTP listeners'
    )
  ),
  fact(
    'a certificate is not added to an HTTP listener',
    'public threads: A certificate cannot be specified',
    refusal(
      'elbv2 AddListenerCertificates',
      { ListenerArn: '$listener', Certificates: [{ CertificateArn: certificate }] },
      'ValidationError',
      'A certificate cannot be specified for HTTP listeners'
    )
  ),
  fact(
    'a certificate has an ARN of ACM or IAM',
    'API: Certificate',
    refusal(create, { ...secure, Certificates: [{ CertificateArn: 'x' }] }, 'ValidationError', /not valid/)
  ),
  fact(
    'an SSL policy is one of AWS’s',
    'Service model: SSLPolicyNotFound',
    refusal(create, { ...secure, SslPolicy: 'mine' }, 'SSLPolicyNotFound')
  ),
  fact(
    'a target group that is not there is not found',
    'Service model: TargetGroupNotFound',
    refusal(
      create,
      {
        LoadBalancerArn: '$lb',
        Port: 81,
        Protocol: 'HTTP',
        DefaultActions: [
          { Type: 'forward', TargetGroupArn: 'arn:aws:elasticloadbalancing:us-west-2:$account:targetgroup/x/$none' }
        ]
      },
      'TargetGroupNotFound',
      "Target group 'arn:aws:elasticloadbalancing:us-west-2:$account:targetgroup/x/$none' not found"
    )
  ),
  fact(
    'a target group belongs to one load balancer',
    'aws-load-balancer-controller issues: TargetGroupAssociationLimit',
    step(
      'elbv2 CreateLoadBalancer',
      { Name: 'x', Subnets: ['subnet-a', 'subnet-b'] },
      {},
      { lb2: 'LoadBalancers.0.LoadBalancerArn' }
    ),
    refusal(
      create,
      {
        LoadBalancerArn: '$lb2',
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [{ Type: 'forward', TargetGroupArn: '$tg' }]
      },
      'TargetGroupAssociationLimit',
      'The following target groups cannot be associated with more than one load balancer: $tg'
    )
  ),
  fact(
    'an ALB does not forward to a TCP target group',
    'Service model: IncompatibleProtocols',
    step(
      'elbv2 CreateTargetGroup',
      { Name: 'tcp', Protocol: 'TCP', Port: 1, VpcId: '$vpc' },
      {},
      { tcp: 'TargetGroups.0.TargetGroupArn' }
    ),
    refusal(
      create,
      {
        LoadBalancerArn: '$lb',
        Port: 81,
        Protocol: 'HTTP',
        DefaultActions: [{ Type: 'forward', TargetGroupArn: '$tcp' }]
      },
      'IncompatibleProtocols',
      'The listener and the following target groups have incompatible protocols: $tcp'
    )
  ),
  fact(
    'an action needs the configuration of its type',
    'public threads: For actions of type',
    refusal(
      create,
      { LoadBalancerArn: '$lb', Port: 81, Protocol: 'HTTP', DefaultActions: [{ Type: 'redirect' }] },
      'ValidationError',
      /^For actions of type 'redirect', you must specify/
    )
  ),
  fact(
    'logins need HTTPS',
    'User guide: Authenticate users',
    refusal(
      create,
      {
        LoadBalancerArn: '$lb',
        Port: 81,
        Protocol: 'HTTP',
        DefaultActions: [
          {
            Type: 'authenticate-cognito',
            Order: 1,
            AuthenticateCognitoConfig: {
              UserPoolArn: 'arn:aws:cognito-idp:us-west-2:1:userpool/x',
              UserPoolClientId: 'c',
              UserPoolDomain: 'd'
            }
          },
          { Type: 'fixed-response', Order: 2, FixedResponseConfig: { StatusCode: '200' } }
        ]
      },
      'InvalidLoadBalancerAction',
      "Actions of type 'authenticate-cognito' are supported only on HTTPS listeners"
    )
  ),
  fact(
    'the default certificate stands alone in the listener',
    'recorded calls: DescribeListenerCertificates',
    made,
    step('elbv2 AddListenerCertificates', { ListenerArn: '$https', Certificates: [{ CertificateArn: other }] }),
    step(
      'elbv2 DescribeListeners',
      { ListenerArns: ['$https'] },
      { Listeners: [{ Certificates: [{ CertificateArn: certificate }] }] }
    ),
    step(
      'elbv2 DescribeListenerCertificates',
      { ListenerArn: '$https' },
      {
        Certificates: [
          { CertificateArn: certificate, IsDefault: true },
          { CertificateArn: other, IsDefault: false }
        ]
      }
    )
  ),
  fact(
    'the default one, once added, stands there twice',
    'recorded calls: AddListenerCertificates',
    made,
    step(
      'elbv2 AddListenerCertificates',
      { ListenerArn: '$https', Certificates: [{ CertificateArn: certificate }] },
      {
        Certificates: [
          { CertificateArn: certificate, IsDefault: true },
          { CertificateArn: certificate, IsDefault: false }
        ]
      }
    )
  ),
  fact(
    'a certificate that is added twice is there once',
    'API: AddListenerCertificates',
    made,
    step('elbv2 AddListenerCertificates', { ListenerArn: '$https', Certificates: [{ CertificateArn: other }] }),
    step(
      'elbv2 AddListenerCertificates',
      { ListenerArn: '$https', Certificates: [{ CertificateArn: other }] },
      { Certificates: [{ IsDefault: true }, { CertificateArn: other }] }
    )
  ),
  fact(
    'the default certificate is not removed',
    'API: RemoveListenerCertificates',
    made,
    refusal(
      'elbv2 RemoveListenerCertificates',
      { ListenerArn: '$https', Certificates: [{ CertificateArn: certificate }] },
      'OperationNotPermitted'
    )
  ),
  fact(
    'a listener changes its port',
    'API: ModifyListener',
    step(modify, { ListenerArn: '$listener', Port: 8081 }, { Listeners: [{ ListenerArn: '$listener', Port: 8081 }] })
  ),
  fact(
    'it does not change to a port that is taken',
    'Service model: DuplicateListener',
    made,
    refusal(modify, { ListenerArn: '$https', Port: 80, Protocol: 'HTTPS' }, 'DuplicateListener')
  ),
  fact(
    'HTTP becomes HTTPS with a certificate',
    'API: ModifyListener',
    step(
      modify,
      { ListenerArn: '$listener', Protocol: 'HTTPS', Certificates: [{ CertificateArn: certificate }] },
      { Listeners: [{ Protocol: 'HTTPS', SslPolicy: 'ELBSecurityPolicy-2016-08' }] }
    )
  ),
  fact(
    'HTTP does not become HTTPS without one',
    'API: ModifyListener',
    refusal(
      modify,
      { ListenerArn: '$listener', Protocol: 'HTTPS' },
      'ValidationError',
      'A certificate must be specified for HTTPS listeners'
    )
  ),
  fact(
    'HTTPS loses its certificates as HTTP',
    'API: ModifyListener',
    made,
    step(modify, { ListenerArn: '$https', Protocol: 'HTTP' }),
    refusal('elbv2 DescribeListenerCertificates', { ListenerArn: '$https' }, 'ValidationError')
  ),
  fact(
    'a trust store is asked for by mode verify',
    'API: MutualAuthenticationAttributes',
    refusal(create, { ...secure, MutualAuthentication: { Mode: 'verify' } }, 'ValidationError')
  ),
  fact(
    'a trust store that is not there is not found',
    'Service model: TrustStoreNotFound',
    refusal(
      create,
      {
        ...secure,
        MutualAuthentication: {
          Mode: 'verify',
          TrustStoreArn: 'arn:aws:elasticloadbalancing:us-west-2:1:truststore/x/1'
        }
      },
      'TrustStoreNotFound'
    )
  ),
  fact(
    'mode passthrough needs no trust store',
    'API: MutualAuthenticationAttributes',
    step(
      create,
      { ...secure, MutualAuthentication: { Mode: 'passthrough' } },
      { Listeners: [{ MutualAuthentication: { Mode: 'passthrough' } }] }
    )
  ),
  fact(
    'mode verify is filled in',
    'API: MutualAuthenticationAttributes',
    step(
      'elbv2 CreateTrustStore',
      { Name: 'ts', CaCertificatesBundleS3Bucket: 'b', CaCertificatesBundleS3Key: 'k' },
      {},
      { ts: 'TrustStores.0.TrustStoreArn' }
    ),
    step(
      create,
      { ...secure, MutualAuthentication: { Mode: 'verify', TrustStoreArn: '$ts' } },
      {
        Listeners: [
          { MutualAuthentication: { Mode: 'verify', TrustStoreArn: '$ts', IgnoreClientCertificateExpiry: false } }
        ]
      }
    )
  ),
  fact(
    'a trust store in use is not deleted',
    'Service model: TrustStoreInUse',
    step(
      'elbv2 CreateTrustStore',
      { Name: 'ts', CaCertificatesBundleS3Bucket: 'b', CaCertificatesBundleS3Key: 'k' },
      {},
      { ts: 'TrustStores.0.TrustStoreArn' }
    ),
    step(create, { ...secure, MutualAuthentication: { Mode: 'verify', TrustStoreArn: '$ts' } }),
    refusal('elbv2 DeleteTrustStore', { TrustStoreArn: '$ts' }, 'TrustStoreInUse')
  ),
  fact(
    'listeners are asked for by a load balancer or by their ARNs',
    'API: DescribeListeners',
    refusal(
      'elbv2 DescribeListeners',
      {},
      'ValidationError',
      'You must specify either listener ARNs or a load balancer ARN'
    )
  ),
  fact(
    'a listener that is not there is not found',
    'public threads: One or more listeners not found',
    step('elbv2 DeleteListener', { ListenerArn: '$listener' }),
    refusal(
      'elbv2 DescribeListeners',
      { ListenerArns: ['$listener'] },
      'ListenerNotFound',
      'One or more listeners not found'
    )
  ),
  fact(
    'a listener has attributes',
    'API: ListenerAttribute',
    step(
      'elbv2 DescribeListenerAttributes',
      { ListenerArn: '$listener' },
      { Attributes: [{ Key: 'routing.http.response.server.enabled', Value: 'true' }] }
    )
  ),
  fact(
    'a header that a listener sets is among its attributes',
    'API: ListenerAttribute',
    step(
      'elbv2 ModifyListenerAttributes',
      {
        ListenerArn: '$listener',
        Attributes: [{ Key: 'routing.http.response.x_frame_options.header_value', Value: 'DENY' }]
      },
      {
        Attributes: [
          { Key: 'routing.http.response.server.enabled' },
          { Key: 'routing.http.response.x_frame_options.header_value', Value: 'DENY' }
        ]
      }
    )
  ),
  fact(
    'an NLB’s listener has TCP and no rules',
    'User guide: Listeners for your Network Load Balancers',
    step(
      'elbv2 CreateLoadBalancer',
      { Name: 'n', Type: 'network', Subnets: ['subnet-a'] },
      {},
      { nlb: 'LoadBalancers.0.LoadBalancerArn' }
    ),
    step(
      'elbv2 CreateTargetGroup',
      { Name: 'tcp', Protocol: 'TCP', Port: 1, VpcId: '$vpc' },
      {},
      { tcp: 'TargetGroups.0.TargetGroupArn' }
    ),
    step(
      create,
      {
        LoadBalancerArn: '$nlb',
        Port: 80,
        Protocol: 'TCP',
        DefaultActions: [{ Type: 'forward', TargetGroupArn: '$tcp' }]
      },
      {},
      { l: 'Listeners.0.ListenerArn' }
    ),
    refusal(
      'elbv2 CreateRule',
      {
        ListenerArn: '$l',
        Priority: 1,
        Conditions: [{ Field: 'path-pattern', Values: ['/'] }],
        Actions: [{ Type: 'forward', TargetGroupArn: '$tcp' }]
      },
      'InvalidConfigurationRequest'
    )
  ),
  fact(
    'a listener that an NLB forwards to keeps its port',
    'public threads: is in use by registered target',
    step(
      'elbv2 CreateTargetGroup',
      { Name: 'alb', Protocol: 'TCP', Port: 80, VpcId: '$vpc', TargetType: 'alb' },
      {},
      { albtg: 'TargetGroups.0.TargetGroupArn' }
    ),
    step('elbv2 RegisterTargets', { TargetGroupArn: '$albtg', Targets: [{ Id: '$lb', Port: 80 }] }),
    refusal(
      'elbv2 DeleteListener',
      { ListenerArn: '$listener' },
      'ResourceInUse',
      "Listener port '80' is in use by registered target '$lb' and cannot be removed."
    )
  )
]
