/** The services and actions that the endpoint answers, or knows at least; `operations` undefined: all of them. */
export interface Service {
  /** How it is called here, and on the aws command line. */
  name: string
  /** In botocore's data. */
  folder: string
  version: string
  operations?: readonly string[]
}

export const services: readonly Service[] = [
  { name: 'elbv2', folder: 'elbv2', version: '2015-12-01' },
  {
    name: 'ec2',
    folder: 'ec2',
    version: '2016-11-15',
    operations: [
      ...['DescribeSubnets', 'DescribeAvailabilityZones', 'DescribeVpcs', 'DescribeVpcAttribute', 'DescribeRegions'],
      ...['DescribeSecurityGroups', 'DescribeSecurityGroupRules', 'GetSecurityGroupsForVpc', 'DescribeInstances'],
      ...['DescribeRouteTables', 'DescribeNetworkInterfaces', 'DescribeNetworkAcls', 'DescribeInternetGateways'],
      ...['DescribeAddresses', 'DescribeTags', 'DescribeAccountAttributes'],
      ...['CreateSecurityGroup', 'DeleteSecurityGroup', 'CreateTags', 'DeleteTags'],
      ...['AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress'],
      ...['AuthorizeSecurityGroupEgress', 'RevokeSecurityGroupEgress'],
      ...['CreateVpc', 'DeleteVpc', 'CreateSubnet', 'DeleteSubnet', 'RunInstances', 'TerminateInstances']
    ]
  },
  {
    name: 'sts',
    folder: 'sts',
    version: '2011-06-15',
    operations: ['GetCallerIdentity', 'AssumeRole', 'AssumeRoleWithWebIdentity']
  },
  {
    name: 'acm',
    folder: 'acm',
    version: '2015-12-08',
    operations: [
      ...['ListCertificates', 'DescribeCertificate', 'GetCertificate', 'RequestCertificate', 'ImportCertificate'],
      ...['DeleteCertificate', 'AddTagsToCertificate', 'RemoveTagsFromCertificate', 'ListTagsForCertificate']
    ]
  },
  {
    name: 'wafv2',
    folder: 'wafv2',
    version: '2019-07-29',
    operations: [
      'GetWebACLForResource',
      'AssociateWebACL',
      'DisassociateWebACL',
      'ListWebACLs',
      'ListResourcesForWebACL'
    ]
  },
  {
    name: 'waf-regional',
    folder: 'waf-regional',
    version: '2016-11-28',
    operations: ['GetWebACLForResource', 'AssociateWebACL', 'DisassociateWebACL', 'ListWebACLs']
  },
  {
    name: 'shield',
    folder: 'shield',
    version: '2016-06-02',
    operations: [
      ...['GetSubscriptionState', 'DescribeSubscription', 'CreateSubscription'],
      ...['DescribeProtection', 'CreateProtection', 'DeleteProtection', 'ListProtections']
    ]
  },
  {
    name: 'tagging',
    folder: 'resourcegroupstaggingapi',
    version: '2017-01-26',
    operations: ['GetResources', 'TagResources', 'UntagResources', 'GetTagKeys', 'GetTagValues']
  }
]
