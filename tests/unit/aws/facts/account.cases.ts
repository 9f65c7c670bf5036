import { expect } from '@jest/globals'
import { fact, refusal, step } from './fact.ts'

const many = Array.from({ length: 21 }, () => '$lb')

export const accountFacts = [
  fact(
    'tags are added and replaced',
    'API: AddTags',
    step('elbv2 AddTags', { ResourceArns: ['$lb'], Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] }),
    step('elbv2 AddTags', { ResourceArns: ['$lb'], Tags: [{ Key: 'a', Value: '2' }] }),
    step(
      'elbv2 DescribeTags',
      { ResourceArns: ['$lb'] },
      {
        TagDescriptions: [
          {
            ResourceArn: '$lb',
            Tags: [
              { Key: 'a', Value: '2' },
              { Key: 'b', Value: '' }
            ]
          }
        ]
      }
    )
  ),
  fact(
    'tags are removed by their keys',
    'API: RemoveTags',
    step('elbv2 AddTags', { ResourceArns: ['$tg'], Tags: [{ Key: 'a', Value: '1' }] }),
    step('elbv2 RemoveTags', { ResourceArns: ['$tg'], TagKeys: ['a', 'none'] }),
    step('elbv2 DescribeTags', { ResourceArns: ['$tg'] }, { TagDescriptions: [{ Tags: [] }] })
  ),
  fact(
    'tags of 20 resources are told at most',
    'API: DescribeTags',
    refusal('elbv2 DescribeTags', { ResourceArns: many }, 'ValidationError', /less than or equal to 20/)
  ),
  fact(
    'tags of what is not there are not told',
    'API: DescribeTags',
    refusal(
      'elbv2 DescribeTags',
      { ResourceArns: ['arn:aws:elasticloadbalancing:us-west-2:$account:targetgroup/x/$none'] },
      'TargetGroupNotFound'
    )
  ),
  fact(
    'a key that begins with aws: is reserved',
    'User guide: Tag restrictions',
    refusal('elbv2 AddTags', { ResourceArns: ['$lb'], Tags: [{ Key: 'aws:x', Value: '' }] }, 'ValidationError')
  ),
  fact(
    'a key stands in a request once',
    'Service model: DuplicateTagKeys',
    refusal(
      'elbv2 AddTags',
      {
        ResourceArns: ['$lb'],
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'a', Value: '1' }
        ]
      },
      'DuplicateTagKeys',
      'Tag key was specified more than once: a'
    )
  ),
  fact(
    'a resource has 50 tags',
    'User guide: Tag restrictions',
    refusal(
      'elbv2 AddTags',
      { ResourceArns: ['$lb'], Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}` })) },
      'TooManyTags'
    )
  ),
  fact(
    'the account has limits',
    'API: DescribeAccountLimits',
    step(
      'elbv2 DescribeAccountLimits',
      {},
      {
        Limits: expect.arrayContaining([
          { Name: 'application-load-balancers', Max: '50' },
          { Name: 'rules-per-application-load-balancer', Max: '100' },
          { Name: 'target-groups', Max: '3000' }
        ])
      }
    )
  ),
  fact(
    'a policy has protocols and ciphers',
    'API: DescribeSSLPolicies',
    step(
      'elbv2 DescribeSSLPolicies',
      { Names: ['ELBSecurityPolicy-TLS13-1-2-2021-06'] },
      {
        SslPolicies: [
          {
            Name: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
            SslProtocols: ['TLSv1.3', 'TLSv1.2'],
            Ciphers: expect.arrayContaining([{ Name: 'TLS_AES_128_GCM_SHA256', Priority: 1 }])
          }
        ]
      }
    )
  ),
  fact(
    'a policy that is none is not found',
    'Service model: SSLPolicyNotFound',
    refusal('elbv2 DescribeSSLPolicies', { Names: ['x'] }, 'SSLPolicyNotFound')
  ),
  fact(
    'policies come in pages',
    'API: DescribeSSLPolicies, Marker',
    step('elbv2 DescribeSSLPolicies', { PageSize: 3 }, { SslPolicies: [{}, {}, {}], NextMarker: expect.any(String) })
  ),
  fact(
    'no capacity is reserved in the beginning',
    'API: DescribeCapacityReservation',
    step(
      'elbv2 DescribeCapacityReservation',
      { LoadBalancerArn: '$lb' },
      { DecreaseRequestsRemaining: 2, CapacityReservationState: [] }
    )
  ),
  fact(
    'capacity is reserved in each zone',
    'API: ModifyCapacityReservation',
    step(
      'elbv2 ModifyCapacityReservation',
      { LoadBalancerArn: '$lb', MinimumLoadBalancerCapacity: { CapacityUnits: 200 } },
      {
        MinimumLoadBalancerCapacity: { CapacityUnits: 200 },
        CapacityReservationState: [{ State: { Code: 'provisioned' } }, {}]
      }
    )
  ),
  fact(
    'it is lowered twice a day',
    'API: ModifyCapacityReservation',
    ...[300, 200, 100].map(CapacityUnits =>
      step('elbv2 ModifyCapacityReservation', {
        LoadBalancerArn: '$lb',
        MinimumLoadBalancerCapacity: { CapacityUnits }
      })
    ),
    refusal(
      'elbv2 ModifyCapacityReservation',
      { LoadBalancerArn: '$lb', MinimumLoadBalancerCapacity: { CapacityUnits: 50 } },
      'CapacityDecreaseRequestsLimitExceeded'
    )
  ),
  fact(
    'a trust store has a name of its own',
    'Service model: DuplicateTrustStoreName',
    step(
      'elbv2 CreateTrustStore',
      { Name: 'ts', CaCertificatesBundleS3Bucket: 'b', CaCertificatesBundleS3Key: 'k' },
      { TrustStores: [{ Name: 'ts', Status: 'ACTIVE' }] }
    ),
    refusal(
      'elbv2 CreateTrustStore',
      { Name: 'ts', CaCertificatesBundleS3Bucket: 'b', CaCertificatesBundleS3Key: 'k' },
      'DuplicateTrustStoreName'
    )
  ),
  fact(
    'revocation lists have numbers',
    'API: AddTrustStoreRevocations',
    step(
      'elbv2 CreateTrustStore',
      { Name: 'ts', CaCertificatesBundleS3Bucket: 'b', CaCertificatesBundleS3Key: 'k' },
      {},
      { ts: 'TrustStores.0.TrustStoreArn' }
    ),
    step(
      'elbv2 AddTrustStoreRevocations',
      { TrustStoreArn: '$ts', RevocationContents: [{ S3Bucket: 'b', S3Key: 'k' }] },
      { TrustStoreRevocations: [{ RevocationId: 1 }] }
    ),
    refusal('elbv2 RemoveTrustStoreRevocations', { TrustStoreArn: '$ts', RevocationIds: [2] }, 'RevocationIdNotFound')
  )
]
