import { expect } from '@jest/globals'
import { fact, refusal, step } from './fact.ts'

const web = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'all' }] }
const authorize = 'ec2 AuthorizeSecurityGroupIngress'
const groups = 'ec2 DescribeSecurityGroups'
const codes = 'EC2 API: Error codes'

export const ec2Facts = [
  fact(
    'a group lets everything out and nothing in',
    'VPC user guide: Security groups',
    step(
      groups,
      { GroupIds: ['$sg'] },
      {
        SecurityGroups: [
          {
            GroupId: '$sg',
            GroupName: 'web',
            VpcId: '$vpc',
            IpPermissions: [],
            IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]
          }
        ]
      }
    )
  ),
  fact(
    'a rule is read back with its description',
    'API: AuthorizeSecurityGroupIngress',
    step(
      authorize,
      { GroupId: '$sg', IpPermissions: [web] },
      { Return: true, SecurityGroupRules: [{ GroupId: '$sg', IsEgress: false, CidrIpv4: '0.0.0.0/0' }] }
    ),
    step(groups, { GroupIds: ['$sg'] }, { SecurityGroups: [{ IpPermissions: [web] }] })
  ),
  fact(
    'rules of the same ports are told together',
    'API: IpPermission',
    step(authorize, { GroupId: '$sg', IpPermissions: [web] }),
    step(authorize, { GroupId: '$sg', IpPermissions: [{ ...web, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }] }),
    step(
      groups,
      { GroupIds: ['$sg'] },
      { SecurityGroups: [{ IpPermissions: [{ IpRanges: [{ CidrIp: '0.0.0.0/0' }, { CidrIp: '10.0.0.0/8' }] }] }] }
    )
  ),
  fact(
    'a rule is there once',
    codes,
    step(authorize, { GroupId: '$sg', IpPermissions: [web] }),
    refusal(
      authorize,
      { GroupId: '$sg', IpPermissions: [web] },
      'InvalidPermission.Duplicate',
      'the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" already exists'
    )
  ),
  fact(
    'a rule that is not there is not revoked',
    codes,
    refusal(
      'ec2 RevokeSecurityGroupIngress',
      { GroupId: '$sg', IpPermissions: [web] },
      'InvalidPermission.NotFound',
      'The specified rule does not exist in this security group.'
    )
  ),
  fact(
    'a pair of groups tells the account',
    'recorded calls: DescribeSecurityGroups',
    step(authorize, {
      GroupId: '$sg',
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 2, UserIdGroupPairs: [{ GroupId: '$sg' }] }]
    }),
    step(
      groups,
      { GroupIds: ['$sg'] },
      { SecurityGroups: [{ IpPermissions: [{ UserIdGroupPairs: [{ GroupId: '$sg', UserId: '$account' }] }] }] }
    )
  ),
  fact(
    '60 rules are enough',
    'VPC user guide: Quotas',
    refusal(
      authorize,
      {
        GroupId: '$sg',
        IpPermissions: Array.from({ length: 61 }, (_, port) => ({ ...web, FromPort: port, ToPort: port }))
      },
      'RulesPerSecurityGroupLimitExceeded'
    )
  ),
  fact(
    'a name is one of a VPC',
    codes,
    refusal(
      'ec2 CreateSecurityGroup',
      { GroupName: 'web', Description: 'x', VpcId: '$vpc' },
      'InvalidGroup.Duplicate',
      "The security group 'web' already exists for VPC '$vpc'"
    )
  ),
  fact(
    'a name is no ID',
    'API: CreateSecurityGroup',
    refusal('ec2 CreateSecurityGroup', { GroupName: 'sg-x', Description: 'x', VpcId: '$vpc' }, 'InvalidParameterValue')
  ),
  fact(
    'a VPC that is not there is not found',
    codes,
    refusal(
      'ec2 CreateSecurityGroup',
      { GroupName: 'x', Description: 'x', VpcId: 'vpc-00000000' },
      'InvalidVpcID.NotFound',
      "The vpc ID 'vpc-00000000' does not exist"
    )
  ),
  fact(
    'a group that is used is not deleted',
    codes,
    refusal('ec2 DeleteSecurityGroup', { GroupId: '$sg' }, 'DependencyViolation', 'resource $sg has a dependent object')
  ),
  fact(
    'a group that is not there is not found',
    codes,
    refusal(
      'ec2 DeleteSecurityGroup',
      { GroupId: 'sg-0' },
      'InvalidGroup.NotFound',
      "The security group 'sg-0' does not exist"
    )
  ),
  fact(
    'the default group stays',
    codes,
    step(groups, { GroupNames: ['default'] }, {}, { default: 'SecurityGroups.0.GroupId' }),
    refusal('ec2 DeleteSecurityGroup', { GroupId: '$default' }, 'CannotDelete')
  ),
  fact(
    'a group is made with tags and found by them',
    'API: Filter',
    step(
      'ec2 CreateSecurityGroup',
      {
        GroupName: 'x',
        Description: 'x',
        VpcId: '$vpc',
        TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'k', Value: 'v' }] }]
      },
      { Tags: [{ Key: 'k', Value: 'v' }] },
      { x: 'GroupId' }
    ),
    step(groups, { Filters: [{ Name: 'tag:k', Values: ['none', 'v'] }] }, { SecurityGroups: [{ GroupId: '$x' }] })
  ),
  fact(
    'all filters have to match',
    'API: Filter',
    step(
      groups,
      {
        Filters: [
          { Name: 'group-name', Values: ['web'] },
          { Name: 'vpc-id', Values: ['vpc-0'] }
        ]
      },
      { SecurityGroups: [] }
    )
  ),
  fact(
    'a filter has wildcards',
    'EC2 user guide: List and filter your resources',
    step(groups, { Filters: [{ Name: 'group-name', Values: ['w?b*'] }] }, { SecurityGroups: [{ GroupId: '$sg' }] })
  ),
  fact(
    'a filter that is none is refused',
    codes,
    refusal(groups, { Filters: [{ Name: 'x', Values: ['y'] }] }, 'InvalidParameterValue', "The filter 'x' is invalid")
  ),
  fact(
    'zones are those that were asked for',
    'recorded calls: DescribeAvailabilityZones',
    step(
      'ec2 DescribeAvailabilityZones',
      { ZoneIds: ['usw2-az2'] },
      {
        AvailabilityZones: [
          { ZoneName: 'us-west-2b', ZoneId: 'usw2-az2', ZoneType: 'availability-zone', State: 'available' }
        ]
      }
    )
  ),
  fact(
    'a zone that is none is refused',
    codes,
    refusal(
      'ec2 DescribeAvailabilityZones',
      { ZoneNames: ['x'] },
      'InvalidParameterValue',
      'Invalid availability zone: [x]'
    )
  ),
  fact(
    'subnets lie in the VPC',
    'API: DescribeSubnets',
    step(
      'ec2 DescribeSubnets',
      { SubnetIds: ['subnet-a'] },
      {
        Subnets: [
          {
            SubnetId: 'subnet-a',
            VpcId: '$vpc',
            CidrBlock: '10.0.0.0/20',
            AvailabilityZoneId: 'usw2-az1',
            Ipv6CidrBlockAssociationSet: [{ Ipv6CidrBlockState: { State: 'associated' } }]
          }
        ]
      }
    )
  ),
  fact(
    'a subnet ID that is not there is not found',
    codes,
    refusal(
      'ec2 DescribeSubnets',
      { SubnetIds: ['subnet-z'] },
      'InvalidSubnetID.NotFound',
      "The subnet ID 'subnet-z' does not exist"
    )
  ),
  fact(
    'blocks of subnets do not overlap',
    codes,
    refusal('ec2 CreateSubnet', { VpcId: '$vpc', CidrBlock: '10.0.0.0/24' }, 'InvalidSubnet.Conflict')
  ),
  fact(
    'a block lies in the VPC’s',
    codes,
    refusal('ec2 CreateSubnet', { VpcId: '$vpc', CidrBlock: '192.168.0.0/24' }, 'InvalidSubnet.Range')
  ),
  fact(
    'five addresses of a subnet are AWS’s',
    'VPC user guide: Subnet sizing',
    step('ec2 CreateSubnet', { VpcId: '$vpc', CidrBlock: '10.0.64.0/24' }, { Subnet: { AvailableIpAddressCount: 251 } })
  ),
  fact(
    'a VPC tells its blocks’ states',
    'recorded calls: DescribeVpcs',
    step(
      'ec2 DescribeVpcs',
      { VpcIds: ['$vpc'] },
      { Vpcs: [{ CidrBlockAssociationSet: [{ CidrBlock: '10.0.0.0/16', CidrBlockState: { State: 'associated' } }] }] }
    )
  ),
  fact(
    'an instance has one interface with its groups',
    'recorded calls: DescribeInstances',
    step(
      'ec2 DescribeInstances',
      { InstanceIds: ['$instance'] },
      {
        Reservations: [
          {
            Instances: [
              {
                InstanceId: '$instance',
                PrivateIpAddress: '127.0.0.1',
                State: { Code: 16, Name: 'running' },
                NetworkInterfaces: [{ PrivateIpAddress: '127.0.0.1', Groups: [{ GroupName: 'default' }] }]
              }
            ]
          }
        ]
      }
    )
  ),
  fact(
    'an instance that is not there is not found',
    codes,
    refusal(
      'ec2 DescribeInstances',
      { InstanceIds: ['i-0'] },
      'InvalidInstanceID.NotFound',
      "The instance ID 'i-0' does not exist"
    )
  ),
  fact(
    'an instance ID has a form',
    codes,
    refusal('ec2 DescribeInstances', { InstanceIds: ['x'] }, 'InvalidInstanceID.Malformed', 'Invalid id: "x"')
  ),
  fact(
    'a load balancer has interfaces in its zones',
    'terraform-provider-aws: waitForLBNetworkInterfacesToDetach',
    step(
      'ec2 DescribeNetworkInterfaces',
      { Filters: [{ Name: 'attachment.instance-owner-id', Values: ['amazon-elb'] }] },
      {
        NetworkInterfaces: [
          { Description: expect.stringMatching(/^ELB app\/edge\//), SubnetId: 'subnet-a' },
          { SubnetId: 'subnet-b' }
        ]
      }
    )
  ),
  fact(
    'a VPC has a main route table',
    'VPC user guide: Route tables',
    step(
      'ec2 DescribeRouteTables',
      { Filters: [{ Name: 'association.main', Values: ['true'] }] },
      { RouteTables: [{ VpcId: '$vpc', Routes: [{ GatewayId: 'local' }] }] }
    )
  ),
  fact(
    'tags come with what they are of',
    'API: DescribeTags',
    step('ec2 CreateTags', { Resources: ['$sg'], Tags: [{ Key: 'k', Value: 'v' }] }),
    step(
      'ec2 DescribeTags',
      { Filters: [{ Name: 'resource-id', Values: ['$sg'] }] },
      { Tags: [{ Key: 'k', Value: 'v', ResourceId: '$sg', ResourceType: 'security-group' }] }
    )
  ),
  fact(
    'a tag is deleted where it has the value',
    'API: DeleteTags',
    step('ec2 CreateTags', { Resources: ['$sg'], Tags: [{ Key: 'k', Value: 'v' }] }),
    step('ec2 DeleteTags', { Resources: ['$sg'], Tags: [{ Key: 'k', Value: 'other' }] }),
    step(groups, { GroupIds: ['$sg'] }, { SecurityGroups: [{ Tags: [{ Key: 'k', Value: 'v' }] }] })
  )
]
