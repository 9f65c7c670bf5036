import { expect } from '@jest/globals'
import { fact, refusal, step } from './fact.ts'

const authorize = 'ec2 AuthorizeSecurityGroupIngress'
const web = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '192.0.2.0/24' }] }
const moto = 'moto’s tests: test_security_groups.py'

function refused(permission: object, message: string) {
  return refusal(authorize, { GroupId: '$sg', IpPermissions: [permission] }, 'InvalidParameterValue', message)
}

export const securityGroupFacts = [
  fact(
    'a permission tells also the lists that hold nothing',
    moto,
    step(authorize, { GroupId: '$sg', IpPermissions: [web] }),
    step(
      'ec2 DescribeSecurityGroups',
      { GroupIds: ['$sg'] },
      { SecurityGroups: [{ IpPermissions: [{ ...web, Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [] }] }] }
    )
  ),
  fact(
    'a permission’s block has a length',
    'moto’s tests: test_authorize_bad_cidr_throws_invalid_parameter_value',
    refused({ ...web, IpRanges: [{ CidrIp: '192.0.2.1' }] }, 'CIDR block 192.0.2.1 is malformed')
  ),
  fact(
    'TCP has ports',
    'public threads: Must specify both from and to ports',
    refused(
      { IpProtocol: 'tcp', IpRanges: web.IpRanges },
      "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
    )
  ),
  fact(
    'a protocol has a name or a number',
    'public threads: Unknown protocol',
    refused({ ...web, IpProtocol: 'http' }, "Invalid value 'http' for IP protocol. Unknown protocol.")
  ),
  fact(
    'a group is described in words',
    'moto’s tests: test_create_security_group_without_description_raises_error',
    refusal('ec2 CreateSecurityGroup', { GroupName: 'b', Description: '', VpcId: '$vpc' }, 'MissingParameter')
  ),
  fact(
    'groups are found by their permissions',
    'API: DescribeSecurityGroups, Filter',
    step(authorize, { GroupId: '$sg', IpPermissions: [web] }),
    step(
      'ec2 DescribeSecurityGroups',
      {
        Filters: [
          { Name: 'ip-permission.from-port', Values: ['80'] },
          { Name: 'ip-permission.cidr', Values: ['192.0.2.*'] },
          { Name: 'egress.ip-permission.protocol', Values: ['-1'] }
        ]
      },
      { SecurityGroups: [{ GroupId: '$sg' }] }
    )
  ),
  fact(
    'rules have tags of their own',
    'moto’s tests: test_security_group_rule_filtering_tags',
    step(
      authorize,
      {
        GroupId: '$sg',
        IpPermissions: [web],
        TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'a', Value: 'b' }] }]
      },
      { SecurityGroupRules: [{ Tags: [{ Key: 'a', Value: 'b' }] }] },
      { rule: 'SecurityGroupRules.0.SecurityGroupRuleId' }
    ),
    step('ec2 CreateTags', { Resources: ['$rule'], Tags: [{ Key: 'c', Value: 'd' }] }),
    step(
      'ec2 DescribeSecurityGroupRules',
      { Filters: [{ Name: 'tag:c', Values: ['d'] }] },
      { SecurityGroupRules: [{ SecurityGroupRuleId: '$rule', Tags: [{ Key: 'a' }, { Key: 'c' }] }] }
    )
  ),
  fact(
    'a group’s ID begins with sg-',
    'moto’s tests, verified against AWS: test_invalid_security_group_id_in_rules_search',
    refusal(
      'ec2 DescribeSecurityGroupRules',
      { Filters: [{ Name: 'group-id', Values: ['foobar'] }] },
      'InvalidGroupId.Malformed',
      "The security group ID 'foobar' is malformed"
    )
  ),
  fact(
    'a call that is tried alone changes nothing',
    'EC2 API: DryRun',
    refusal(
      'ec2 DeleteSecurityGroup',
      { GroupId: '$none', DryRun: true },
      'InvalidGroup.NotFound',
      "The security group '$none' does not exist"
    ),
    refusal(
      authorize,
      { GroupId: '$sg', IpPermissions: [web], DryRun: true },
      'DryRunOperation',
      'Request would have succeeded, but DryRun flag is set.',
      412
    ),
    step('ec2 DescribeSecurityGroups', { GroupIds: ['$sg'] }, { SecurityGroups: [{ IpPermissions: [] }] })
  ),
  fact(
    'a subnet lies in a zone of the region',
    'moto’s tests: test_create_subnet_with_invalid_availability_zone',
    refusal(
      'ec2 CreateSubnet',
      { VpcId: '$vpc', CidrBlock: '10.0.250.0/24', AvailabilityZone: 'nowhere' },
      'InvalidParameterValue',
      /^Value \(nowhere\) for parameter availabilityZone is invalid. Subnets can currently only be created in the following/
    )
  ),
  fact(
    'a VPC has a /16 to a /28',
    'VPC user guide: VPC CIDR blocks',
    refusal('ec2 CreateVpc', { CidrBlock: '10.0.0.0/8' }, 'InvalidVpc.Range', "The CIDR '10.0.0.0/8' is invalid.")
  ),
  fact(
    'a VPC keeps its tenancy',
    'API: CreateVpc, InstanceTenancy',
    step(
      'ec2 CreateVpc',
      { CidrBlock: '10.7.0.0/16', InstanceTenancy: 'dedicated' },
      { Vpc: { InstanceTenancy: 'dedicated', VpcId: expect.stringMatching(/^vpc-[0-9a-f]{17}$/) } }
    )
  )
]
