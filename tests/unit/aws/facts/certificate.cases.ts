import { fact, refusal, step } from './fact.ts'

const request = 'acm RequestCertificate'

export const certificateFacts = [
  fact(
    'a request that is repeated asks for the same certificate',
    'API: RequestCertificate, IdempotencyToken',
    step(request, { DomainName: 'a.example', IdempotencyToken: 'once' }, {}, { first: 'CertificateArn' }),
    step(request, { DomainName: 'a.example', IdempotencyToken: 'once' }, { CertificateArn: '$first' })
  ),
  fact(
    'a list has keys of RSA 2048 where no type is asked for',
    'API: ListCertificates, Filters',
    step(request, { DomainName: 'a.example', KeyAlgorithm: 'EC_prime256v1' }, {}, { curve: 'CertificateArn' }),
    step('acm ListCertificates', {}, { CertificateSummaryList: [] }),
    step(
      'acm ListCertificates',
      { Includes: { keyTypes: ['EC_prime256v1'] } },
      { CertificateSummaryList: [{ CertificateArn: '$curve', KeyAlgorithm: 'EC_prime256v1', InUse: false }] }
    )
  ),
  fact(
    'a certificate that nobody uses is not renewed',
    'moto’s tests: test_request_certificate_no_san',
    step(request, { DomainName: 'a.example' }, {}, { mine: 'CertificateArn' }),
    step(
      'acm DescribeCertificate',
      { CertificateArn: '$mine' },
      {
        Certificate: {
          Issuer: 'Amazon',
          RenewalEligibility: 'INELIGIBLE',
          Options: { CertificateTransparencyLoggingPreference: 'ENABLED' }
        }
      }
    )
  ),
  fact(
    'protections are found by their resource',
    'API: ListProtections, InclusionFilters',
    step('shield CreateProtection', { Name: 'p', ResourceArn: '$lb' }),
    step('shield ListProtections', { InclusionFilters: { ResourceArns: ['$lb'] } }, { Protections: [{ Name: 'p' }] }),
    step('shield ListProtections', { InclusionFilters: { ProtectionNames: ['q'] } }, { Protections: [] })
  ),
  fact(
    'a trust store tells where its certificates and revocation lists are',
    'API: GetTrustStoreCaCertificatesBundle, GetTrustStoreRevocationContent',
    step(
      'elbv2 CreateTrustStore',
      { Name: 'clients', CaCertificatesBundleS3Bucket: 'bucket', CaCertificatesBundleS3Key: 'ca.pem' },
      {},
      { store: 'TrustStores.0.TrustStoreArn' }
    ),
    step(
      'elbv2 GetTrustStoreCaCertificatesBundle',
      { TrustStoreArn: '$store' },
      { Location: 'https://bucket.s3.us-west-2.amazonaws.com/ca.pem' }
    ),
    step('elbv2 AddTrustStoreRevocations', {
      TrustStoreArn: '$store',
      RevocationContents: [{ S3Bucket: 'bucket', S3Key: 'crl' }]
    }),
    step(
      'elbv2 GetTrustStoreRevocationContent',
      { TrustStoreArn: '$store', RevocationId: 1 },
      { Location: 'https://bucket.s3.us-west-2.amazonaws.com/crl' }
    ),
    refusal(
      'elbv2 GetTrustStoreRevocationContent',
      { TrustStoreArn: '$store', RevocationId: 2 },
      'RevocationIdNotFound'
    )
  )
]
