import { expect } from '@jest/globals'
import { fact, refusal, step } from './fact.ts'

const certificate = 'arn:aws:acm:us-west-2:111122223333:certificate/1'
const role = 'arn:aws:iam::123456789012:role/path/edge'

export const otherFacts = [
  fact(
    'whoever asks is told the account',
    'API: GetCallerIdentity',
    step('sts GetCallerIdentity', {}, { Account: '$account', Arn: expect.stringMatching(/^arn:aws:iam::\d{12}:/) })
  ),
  fact(
    'a role is assumed with a token',
    'API: AssumeRoleWithWebIdentity',
    step(
      'sts AssumeRoleWithWebIdentity',
      { RoleArn: role, RoleSessionName: 'session', WebIdentityToken: 'token' },
      {
        AssumedRoleUser: { Arn: 'arn:aws:sts::123456789012:assumed-role/edge/session' },
        Credentials: { SessionToken: expect.any(String) }
      }
    )
  ),
  fact(
    'a certificate is requested and issued',
    'API: RequestCertificate',
    step(
      'acm RequestCertificate',
      { DomainName: 'a.example', SubjectAlternativeNames: ['b.example'] },
      {},
      { certificate: 'CertificateArn' }
    ),
    step(
      'acm DescribeCertificate',
      { CertificateArn: '$certificate' },
      {
        Certificate: {
          DomainName: 'a.example',
          SubjectAlternativeNames: ['a.example', 'b.example'],
          Status: 'ISSUED',
          Type: 'AMAZON_ISSUED',
          InUseBy: []
        }
      }
    )
  ),
  fact(
    'certificates are listed by status',
    'API: ListCertificates',
    step('acm RequestCertificate', { DomainName: 'a.example' }),
    step(
      'acm ListCertificates',
      { CertificateStatuses: ['ISSUED'] },
      { CertificateSummaryList: [{ DomainName: 'a.example' }] }
    ),
    step('acm ListCertificates', { CertificateStatuses: ['EXPIRED'] }, { CertificateSummaryList: [] })
  ),
  fact(
    'a certificate that is not there is not found',
    'Service model: ResourceNotFoundException',
    refusal(
      'acm DescribeCertificate',
      { CertificateArn: `${certificate}-aaaaaaaa` },
      'ResourceNotFoundException',
      /^Could not find certificate arn:/
    )
  ),
  fact(
    'a certificate in use is not deleted',
    'Service model: ResourceInUseException',
    step('acm RequestCertificate', { DomainName: 'a.example' }, {}, { certificate: 'CertificateArn' }),
    step('elbv2 CreateListener', {
      LoadBalancerArn: '$lb',
      Port: 443,
      Protocol: 'HTTPS',
      Certificates: [{ CertificateArn: '$certificate' }],
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }]
    }),
    refusal('acm DeleteCertificate', { CertificateArn: '$certificate' }, 'ResourceInUseException')
  ),
  fact(
    'an import is a certificate with its key',
    'API: ImportCertificate',
    refusal('acm ImportCertificate', { Certificate: 'eA==', PrivateKey: 'eA==' }, 'ValidationException')
  ),
  fact(
    'a load balancer has no web ACL in the beginning',
    'recorded calls: GetWebACLForResource',
    step(
      'wafv2 GetWebACLForResource',
      { ResourceArn: '$lb' },
      expect.not.objectContaining({ WebACL: expect.anything() })
    )
  ),
  fact(
    'a web ACL that is not there is not associated',
    'Service model: WAFNonexistentItemException',
    refusal(
      'wafv2 AssociateWebACL',
      { ResourceArn: '$lb', WebACLArn: 'arn:aws:wafv2:us-west-2:111122223333:regional/webacl/x/1' },
      'WAFNonexistentItemException'
    )
  ),
  fact(
    'an ARN of a web ACL has a form',
    'Service model: WAFInvalidParameterException',
    refusal(
      'wafv2 AssociateWebACL',
      { ResourceArn: '$lb', WebACLArn: `arn:aws:wafv2:us-west-2:111122223333:global/webacl/x/1` },
      'WAFInvalidParameterException',
      /WEB_ACL_ARN/
    )
  ),
  fact(
    'a target group has no web ACL',
    'API: AssociateWebACL, ResourceArn',
    refusal('wafv2 GetWebACLForResource', { ResourceArn: '$tg' }, 'WAFInvalidParameterException', /RESOURCE_ARN/)
  ),
  fact(
    'no web ACL is CloudFront’s',
    'API: ListWebACLs, Scope',
    step('wafv2 ListWebACLs', { Scope: 'CLOUDFRONT' }, { WebACLs: [] })
  ),
  fact(
    'a web ACL of WAF Classic is associated',
    'recorded calls: waf-regional AssociateWebACL',
    step('waf-regional AssociateWebACL', { ResourceArn: '$lb', WebACLId: 'abc' }),
    step('waf-regional GetWebACLForResource', { ResourceArn: '$lb' }, { WebACLSummary: { WebACLId: 'abc' } }),
    step('waf-regional DisassociateWebACL', { ResourceArn: '$lb' })
  ),
  fact(
    'nobody subscribes to Shield',
    'recorded calls: GetSubscriptionState',
    step('shield GetSubscriptionState', {}, { SubscriptionState: 'INACTIVE' })
  ),
  fact(
    'a protection is made once',
    'Service model: ResourceAlreadyExistsException',
    step('shield CreateProtection', { Name: 'p', ResourceArn: '$lb' }, {}, { protection: 'ProtectionId' }),
    refusal('shield CreateProtection', { Name: 'p', ResourceArn: '$lb' }, 'ResourceAlreadyExistsException'),
    step('shield DescribeProtection', { ResourceArn: '$lb' }, { Protection: { Id: '$protection', Name: 'p' } })
  ),
  fact(
    'a protection that is not there is not found',
    'recorded calls: DescribeProtection',
    refusal(
      'shield DescribeProtection',
      { ResourceArn: '$lb' },
      'ResourceNotFoundException',
      'The referenced protection does not exist.'
    )
  ),
  fact(
    'resources are found by tags and types',
    'API: GetResources',
    step('elbv2 AddTags', { ResourceArns: ['$lb', '$tg'], Tags: [{ Key: 'k', Value: 'v' }] }),
    step(
      'tagging GetResources',
      { TagFilters: [{ Key: 'k', Values: ['v'] }], ResourceTypeFilters: ['elasticloadbalancing:targetgroup'] },
      { PaginationToken: '', ResourceTagMappingList: [{ ResourceARN: '$tg', Tags: [{ Key: 'k', Value: 'v' }] }] }
    )
  ),
  fact(
    'tags of the Tagging API are the service’s own',
    'API: TagResources',
    step('tagging TagResources', { ResourceARNList: ['$lb'], Tags: { k: 'v' } }, { FailedResourcesMap: {} }),
    step('elbv2 DescribeTags', { ResourceArns: ['$lb'] }, { TagDescriptions: [{ Tags: [{ Key: 'k', Value: 'v' }] }] })
  ),
  fact(
    'what cannot be tagged is told',
    'API: TagResources',
    step(
      'tagging TagResources',
      { ResourceARNList: ['arn:aws:ec2:us-west-2:1:subnet/x'], Tags: { k: 'v' } },
      { FailedResourcesMap: { 'arn:aws:ec2:us-west-2:1:subnet/x': { ErrorCode: 'InvalidParameterException' } } }
    )
  )
]
