import { expect } from '@jest/globals'
import { fact, refusal, step } from './fact.ts'

const create = 'elbv2 CreateLoadBalancer'
const both = ['subnet-a', 'subnet-b']
const reference = 'API: CreateLoadBalancer'

export const loadBalancerFacts = [
  fact(
    'a load balancer is provisioning when it is made',
    reference,
    step(
      create,
      { Name: 'x', Subnets: both },
      {
        LoadBalancers: [
          { State: { Code: 'provisioning' }, Scheme: 'internet-facing', Type: 'application', IpAddressType: 'ipv4' }
        ]
      }
    )
  ),
  fact(
    'a load balancer becomes active',
    'API: LoadBalancerState',
    step(
      'elbv2 DescribeLoadBalancers',
      { Names: ['edge'] },
      { LoadBalancers: [{ LoadBalancerName: 'edge', State: { Code: 'active' } }] }
    )
  ),
  fact(
    'its ARN names type, name and 16 digits',
    'User guide: Identity and access management, resources',
    step(
      'elbv2 DescribeLoadBalancers',
      { LoadBalancerArns: ['$lb'] },
      {
        LoadBalancers: [
          {
            LoadBalancerArn: '$lb',
            AvailabilityZones: [
              { ZoneName: 'us-west-2a', SubnetId: 'subnet-a' },
              { ZoneName: 'us-west-2b', SubnetId: 'subnet-b' }
            ]
          }
        ]
      }
    )
  ),
  fact(
    'the DNS name of an internal one begins with internal-',
    'User guide: Application Load Balancers, scheme',
    step(
      create,
      { Name: 'x', Subnets: both, Scheme: 'internal' },
      { LoadBalancers: [{ Scheme: 'internal', DNSName: expect.stringMatching(/^internal-x-\d+\.us-west-2\.elb\./) }] }
    )
  ),
  fact(
    'the same request makes the same one',
    reference,
    step(
      create,
      { Name: 'edge', Subnets: both, SecurityGroups: ['$sg'] },
      { LoadBalancers: [{ LoadBalancerArn: '$lb' }] }
    )
  ),
  fact(
    'another with the same name is refused',
    'terraform-provider-aws issues: DuplicateLoadBalancerName',
    refusal(
      create,
      { Name: 'edge', Subnets: both, Scheme: 'internal' },
      'DuplicateLoadBalancerName',
      "A load balancer with the same name 'edge' exists, but with different settings"
    )
  ),
  fact(
    'an ALB needs two zones',
    'API: CreateLoadBalancer, Subnets',
    refusal(
      create,
      { Name: 'x', Subnets: ['subnet-a'] },
      'ValidationError',
      'At least two subnets in two different Availability Zones must be specified'
    )
  ),
  fact(
    'without subnets it has no zone at all',
    'API: CreateLoadBalancer, Subnets',
    refusal(
      create,
      { Name: 'x' },
      'ValidationError',
      'At least two subnets in two different Availability Zones must be specified'
    )
  ),
  fact(
    'two subnets of one zone are refused',
    'aws-load-balancer-controller issues: InvalidConfigurationRequest',
    step(
      'ec2 CreateSubnet',
      { VpcId: '$vpc', CidrBlock: '10.0.64.0/20', AvailabilityZone: 'us-west-2a' },
      {},
      { other: 'Subnet.SubnetId' }
    ),
    refusal(
      create,
      { Name: 'x', Subnets: ['subnet-a', '$other'] },
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone'
    )
  ),
  fact(
    'a subnet that is not there is not found',
    'Service model: SubnetNotFound',
    refusal(create, { Name: 'x', Subnets: ['subnet-a', 'subnet-z'] }, 'SubnetNotFound')
  ),
  fact(
    'a subnet needs eight addresses',
    'User guide: Subnets for your load balancer',
    step(
      'ec2 CreateSubnet',
      { VpcId: '$vpc', CidrBlock: '10.0.64.0/28', AvailabilityZone: 'us-west-2c' },
      { Subnet: { AvailableIpAddressCount: 11 } },
      { small: 'Subnet.SubnetId' }
    ),
    step('ec2 RunInstances', { MinCount: 4, MaxCount: 4, SubnetId: '$small' }),
    step('ec2 DescribeSubnets', { SubnetIds: ['$small'] }, { Subnets: [{ AvailableIpAddressCount: 7 }] }),
    refusal(
      create,
      { Name: 'x', Subnets: ['subnet-a', '$small'] },
      'InvalidSubnet',
      /^Not enough IP space available in subnet-/
    )
  ),
  fact(
    'subnets and mappings do not go together',
    'API: CreateLoadBalancer, Subnets',
    refusal(create, { Name: 'x', Subnets: both, SubnetMappings: [{ SubnetId: 'subnet-a' }] }, 'ValidationError')
  ),
  fact(
    'security groups of another place are invalid',
    'aws-load-balancer-controller issues: One or more security groups are invalid',
    refusal(
      create,
      { Name: 'x', Subnets: both, SecurityGroups: ['sg-none'] },
      'InvalidConfigurationRequest',
      'One or more security groups are invalid'
    )
  ),
  fact(
    "without security groups an ALB has the VPC's default one",
    'User guide: Security groups for your Application Load Balancer',
    step(create, { Name: 'x', Subnets: both }, { LoadBalancers: [{ SecurityGroups: [expect.stringMatching(/^sg-/)] }] })
  ),
  fact(
    'a name cannot begin with internal-',
    'API: CreateLoadBalancer, Name',
    refusal(create, { Name: 'internal-x', Subnets: both }, 'ValidationError', /internal-/)
  ),
  fact(
    'a name has at most 32 characters',
    'API: CreateLoadBalancer, Name',
    refusal(create, { Name: 'x'.repeat(33), Subnets: both }, 'ValidationError')
  ),
  fact(
    'a name has no hyphen at its end',
    'API: CreateLoadBalancer, Name',
    refusal(create, { Name: 'x-', Subnets: both }, 'ValidationError')
  ),
  fact(
    'dualstack needs IPv6 blocks',
    'aws-load-balancer-controller issues: IPv6 CIDR block',
    step(
      'ec2 CreateSubnet',
      { VpcId: '$vpc', CidrBlock: '10.0.64.0/20', AvailabilityZone: 'us-west-2c' },
      {},
      { v4: 'Subnet.SubnetId' }
    ),
    refusal(
      create,
      { Name: 'x', Subnets: ['subnet-a', '$v4'], IpAddressType: 'dualstack' },
      'ValidationError',
      'You must specify subnets with an associated IPv6 CIDR block.'
    )
  ),
  fact(
    'an NLB does with one subnet and no security group',
    'User guide: Create a Network Load Balancer',
    step(
      create,
      { Name: 'x', Type: 'network', Subnets: ['subnet-a'] },
      { LoadBalancers: [{ Type: 'network', LoadBalancerArn: expect.stringContaining(':loadbalancer/net/x/') }] }
    )
  ),
  fact(
    'an NLB that was made without security groups never gets any',
    'aws-load-balancer-controller issue 4012',
    step(create, { Name: 'x', Type: 'network', Subnets: both }, {}, { nlb: 'LoadBalancers.0.LoadBalancerArn' }),
    refusal(
      'elbv2 SetSecurityGroups',
      { LoadBalancerArn: '$nlb', SecurityGroups: ['$sg'] },
      'InvalidConfigurationRequest'
    )
  ),
  fact(
    'a duplicate tag key is refused',
    'Service model: DuplicateTagKeys',
    refusal(
      create,
      {
        Name: 'x',
        Subnets: both,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '2' }
        ]
      },
      'DuplicateTagKeys'
    )
  ),
  fact(
    'names that are not there are listed',
    'terraform-provider-aws issues: Load balancers not found',
    refusal(
      'elbv2 DescribeLoadBalancers',
      { Names: ['a', 'b'] },
      'LoadBalancerNotFound',
      "Load balancers '[a, b]' not found"
    )
  ),
  fact(
    'an ARN that is none is told so',
    'aws-load-balancer-controller issues: is not a valid load balancer ARN',
    refusal(
      'elbv2 DescribeLoadBalancers',
      { LoadBalancerArns: ['x'] },
      'ValidationError',
      "'x' is not a valid load balancer ARN"
    )
  ),
  fact(
    'one ARN of several that is not there fails them all',
    'API: DescribeLoadBalancers',
    refusal(
      'elbv2 DescribeLoadBalancers',
      { LoadBalancerArns: ['$lb', 'arn:aws:elasticloadbalancing:us-west-2:$account:loadbalancer/app/x/$none'] },
      'LoadBalancerNotFound',
      'One or more load balancers not found'
    )
  ),
  fact(
    'names and ARNs do not go together',
    'API: DescribeLoadBalancers',
    refusal('elbv2 DescribeLoadBalancers', { LoadBalancerArns: ['$lb'], Names: ['edge'] }, 'ValidationError')
  ),
  fact(
    'pages follow each other',
    'API: DescribeLoadBalancers, Marker',
    step(create, { Name: 'x', Subnets: both }),
    step(
      'elbv2 DescribeLoadBalancers',
      { PageSize: 1 },
      { LoadBalancers: [{ LoadBalancerName: 'edge' }] },
      { marker: 'NextMarker' }
    ),
    step(
      'elbv2 DescribeLoadBalancers',
      { PageSize: 1, Marker: '$marker' },
      { LoadBalancers: [{ LoadBalancerName: 'x' }] }
    )
  ),
  fact(
    'a marker that no answer had is refused',
    'API: DescribeLoadBalancers, Marker',
    refusal('elbv2 DescribeLoadBalancers', { Marker: 'x' }, 'ValidationError')
  ),
  fact(
    'deletion takes the listeners along',
    'API: DeleteLoadBalancer',
    step('elbv2 DeleteLoadBalancer', { LoadBalancerArn: '$lb' }),
    refusal('elbv2 DescribeListeners', { ListenerArns: ['$listener'] }, 'ListenerNotFound'),
    refusal('elbv2 DescribeRules', { RuleArns: ['$rule'] }, 'RuleNotFound')
  ),
  fact(
    'deletion leaves the target groups',
    'API: DeleteLoadBalancer',
    step('elbv2 DeleteLoadBalancer', { LoadBalancerArn: '$lb' }),
    step('elbv2 DescribeTargetGroups', { Names: ['web'] }, { TargetGroups: [{ LoadBalancerArns: [] }] })
  ),
  fact(
    'deletion of what is not there succeeds',
    'API: DeleteLoadBalancer',
    step('elbv2 DeleteLoadBalancer', { LoadBalancerArn: '$lb' }),
    step('elbv2 DeleteLoadBalancer', { LoadBalancerArn: '$lb' })
  ),
  fact(
    'deletion protection protects',
    'API: DeleteLoadBalancer',
    step('elbv2 ModifyLoadBalancerAttributes', {
      LoadBalancerArn: '$lb',
      Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }]
    }),
    refusal(
      'elbv2 DeleteLoadBalancer',
      { LoadBalancerArn: '$lb' },
      'OperationNotPermitted',
      "Load balancer '$lb' cannot be deleted because deletion protection is enabled"
    )
  ),
  fact(
    'subnets are replaced',
    'API: SetSubnets',
    step(
      'ec2 CreateSubnet',
      { VpcId: '$vpc', CidrBlock: '10.0.64.0/20', AvailabilityZone: 'us-west-2c' },
      {},
      { third: 'Subnet.SubnetId' }
    ),
    step(
      'elbv2 SetSubnets',
      { LoadBalancerArn: '$lb', Subnets: ['subnet-a', '$third'] },
      { AvailabilityZones: [{ ZoneName: 'us-west-2a' }, { ZoneName: 'us-west-2c' }] }
    )
  ),
  fact(
    'security groups are replaced',
    'API: SetSecurityGroups',
    step('elbv2 SetSecurityGroups', { LoadBalancerArn: '$lb', SecurityGroups: ['$sg'] }, { SecurityGroupIds: ['$sg'] })
  ),
  fact(
    'the type of addresses is changed',
    'API: SetIpAddressType',
    step(
      'elbv2 SetIpAddressType',
      { LoadBalancerArn: '$lb', IpAddressType: 'dualstack' },
      { IpAddressType: 'dualstack' }
    )
  ),
  fact(
    'attributes have defaults',
    'API: LoadBalancerAttribute',
    step(
      'elbv2 DescribeLoadBalancerAttributes',
      { LoadBalancerArn: '$lb' },
      {
        Attributes: expect.arrayContaining([
          { Key: 'idle_timeout.timeout_seconds', Value: '60' },
          { Key: 'routing.http2.enabled', Value: 'true' },
          { Key: 'client_keep_alive.seconds', Value: '3600' }
        ])
      }
    )
  ),
  fact(
    'an attribute that is set is read back',
    'API: ModifyLoadBalancerAttributes',
    step(
      'elbv2 ModifyLoadBalancerAttributes',
      { LoadBalancerArn: '$lb', Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '120' }] },
      { Attributes: expect.arrayContaining([{ Key: 'idle_timeout.timeout_seconds', Value: '120' }]) }
    )
  ),
  fact(
    'an unknown attribute is refused',
    'terraform-provider-aws: Load balancer attribute key is not recognized',
    refusal(
      'elbv2 ModifyLoadBalancerAttributes',
      { LoadBalancerArn: '$lb', Attributes: [{ Key: 'k', Value: '1' }] },
      'ValidationError',
      "Load balancer attribute key 'k' is not recognized"
    )
  ),
  fact(
    'an attribute of the other type is refused',
    'terraform-provider-aws: is not supported on load balancers with type',
    step(create, { Name: 'x', Type: 'network', Subnets: both }, {}, { nlb: 'LoadBalancers.0.LoadBalancerArn' }),
    refusal(
      'elbv2 ModifyLoadBalancerAttributes',
      { LoadBalancerArn: '$nlb', Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '60' }] },
      'ValidationError',
      "Load balancer attribute key 'idle_timeout.timeout_seconds' is not supported on load balancers with type 'network'"
    )
  ),
  fact(
    'an idle time-out of 4001 is too long',
    'API: LoadBalancerAttribute',
    refusal(
      'elbv2 ModifyLoadBalancerAttributes',
      { LoadBalancerArn: '$lb', Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '4001' }] },
      'ValidationError'
    )
  ),
  fact(
    'what is refused leaves everything as it was',
    'one write, all or nothing',
    refusal(
      'elbv2 ModifyLoadBalancerAttributes',
      {
        LoadBalancerArn: '$lb',
        Attributes: [
          { Key: 'idle_timeout.timeout_seconds', Value: '120' },
          { Key: 'k', Value: '1' }
        ]
      },
      'ValidationError'
    ),
    step(
      'elbv2 DescribeLoadBalancerAttributes',
      { LoadBalancerArn: '$lb' },
      { Attributes: expect.arrayContaining([{ Key: 'idle_timeout.timeout_seconds', Value: '60' }]) }
    )
  )
]
