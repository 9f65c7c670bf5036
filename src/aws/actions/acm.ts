import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { ServiceError } from '../protocol/service-error.ts'
import type { AcmOperations, CertificateDetail, CertificateSummary } from '../protocol/shapes/acm.ts'
import type { Certificate } from '../state/state.ts'
import type { Actions, Call } from './call.ts'

type KeyAlgorithm = NonNullable<CertificateDetail['KeyAlgorithm']>

/** Milliseconds for which a token stands for the same request. (API: RequestCertificate, IdempotencyToken.) */
const tokenLifetime = 3_600_000

/** Tags of a certificate. */
const mostTags = 50

function requireCertificate(call: Call, arn: string): Certificate {
  const found = call.find('certificates', arn)
  if (!found) {
    throw new ServiceError('ResourceNotFoundException', `Could not find certificate ${arn}.`)
  }
  return found
}

/** The listeners' load balancers that show a certificate. */
function usersOf(call: Call, arn: string): string[] {
  const users = call
    .all('listeners')
    .filter(
      ({ Certificates = [], extraCertificates }) =>
        extraCertificates.includes(arn) || Certificates.some(({ CertificateArn }) => CertificateArn === arn)
    )
    .map(({ LoadBalancerArn }) => LoadBalancerArn)
  return [...new Set(users)]
}

function detailOf(call: Call, certificate: Certificate): CertificateDetail {
  const { arn, domains, status, type, createdAt, authorityARN } = certificate
  const users = usersOf(call, arn)
  return {
    CertificateArn: arn,
    DomainName: domains[0] ?? '',
    SubjectAlternativeNames: domains,
    Status: status as NonNullable<CertificateDetail['Status']>,
    Type: authorityARN === undefined ? type : 'PRIVATE',
    KeyAlgorithm: keyAlgorithmOf(certificate),
    CreatedAt: createdAt,
    ...(type === 'IMPORTED' ? { ImportedAt: createdAt } : status === 'ISSUED' && { IssuedAt: createdAt }),
    ...(authorityARN !== undefined && { CertificateAuthorityArn: authorityARN }),
    InUseBy: users,
    // What nobody uses is not renewed.
    RenewalEligibility: type === 'IMPORTED' || users.length === 0 ? 'INELIGIBLE' : 'ELIGIBLE',
    Options: { CertificateTransparencyLoggingPreference: 'ENABLED' },
    ...(authorityARN === undefined && { Issuer: 'Amazon' }),
    ...importedDetail(certificate),
    ...(type === 'AMAZON_ISSUED' && {
      DomainValidationOptions: domains.map(DomainName => ({
        DomainName,
        ValidationDomain: DomainName,
        ValidationStatus: 'SUCCESS' as const,
        ValidationMethod: 'DNS' as const,
        ResourceRecord: { Name: `_istio-alb.${DomainName}.`, Type: 'CNAME' as const, Value: '_istio-alb.localhost.' }
      }))
    })
  }
}

function keyAlgorithmOf({ keyAlgorithm = 'RSA_2048' }: Certificate): KeyAlgorithm {
  return keyAlgorithm as KeyAlgorithm
}

/** What stands in a certificate itself. */
function importedDetail({ imported }: Certificate): Partial<CertificateDetail> {
  if (!imported) {
    return {}
  }
  const { serialNumber, subject, issuer, validFromDate, validToDate } = new X509Certificate(imported.certificate)
  return {
    Serial: (serialNumber.match(/../g) ?? []).join(':').toLowerCase(),
    Subject: subject.replaceAll('\n', ','),
    Issuer: /^(?:O|CN)=(.+)$/m.exec(issuer)?.[1] ?? issuer,
    NotBefore: validFromDate,
    NotAfter: validToDate
  }
}

/** Types of elliptic curves by OpenSSL's names. */
const curves: Readonly<Record<string, KeyAlgorithm>> = {
  prime256v1: 'EC_prime256v1',
  secp384r1: 'EC_secp384r1',
  secp521r1: 'EC_secp521r1'
}

function keyAlgorithmIn({ publicKey }: X509Certificate): string {
  const { modulusLength, namedCurve = '' } = publicKey.asymmetricKeyDetails ?? {}
  return modulusLength === undefined ? (curves[namedCurve] ?? namedCurve) : `RSA_${modulusLength}`
}

/** Types that a list has where none is asked for. (API: ListCertificates, Filters.) */
const defaultKeyTypes: readonly string[] = ['RSA_1024', 'RSA_2048']

function setTags(call: Call, arn: string, tags: readonly { Key: string; Value?: string }[] | undefined): void {
  if (!tags || tags.length === 0) {
    return
  }
  const next = { ...call.tagsOf(arn), ...Object.fromEntries(tags.map(({ Key, Value = '' }) => [Key, Value])) }
  if (Object.keys(next).length > mostTags) {
    throw new ServiceError('TooManyTagsException', 'The request contains too many tags.')
  }
  call.put('tags', arn, next)
}

/** @throws {ServiceError} for what is no certificate with its key. */
function readImport(certificate: Uint8Array, key: Uint8Array, chain: Uint8Array | undefined) {
  const pem = {
    certificate: Buffer.from(certificate).toString(),
    key: Buffer.from(key).toString(),
    chain: chain === undefined ? '' : Buffer.from(chain).toString()
  }
  try {
    createSecureContext({ cert: `${pem.certificate}\n${pem.chain}`, key: pem.key })
    const leaf = new X509Certificate(pem.certificate)
    const names = (leaf.subjectAltName ?? '').split(', ').filter(name => name.startsWith('DNS:'))
    const commonName = /^CN=(.+)$/m.exec(leaf.subject)?.[1]
    const domains = [...(commonName === undefined ? [] : [commonName]), ...names.map(name => name.slice(4))]
    return { pem, domains: [...new Set(domains)], keyAlgorithm: keyAlgorithmIn(leaf) }
  } catch {
    throw new ServiceError(
      'ValidationException',
      'The certificate and the private key could not be read, or do not belong together.'
    )
  }
}

/** What a list has of a certificate. */
function summaryOf(told: CertificateDetail): CertificateSummary {
  const members = [
    ...(['CertificateArn', 'DomainName', 'Status', 'Type', 'KeyAlgorithm', 'RenewalEligibility'] as const),
    ...(['CreatedAt', 'IssuedAt', 'ImportedAt', 'NotBefore', 'NotAfter'] as const)
  ]
  return Object.fromEntries(members.flatMap(name => (told[name] === undefined ? [] : [[name, told[name]]])))
}

/** Certificate Manager. What is requested is issued at once, by the development CA. */
export const acmActions: Actions<AcmOperations> = {
  ListCertificates(input, call) {
    const { CertificateStatuses: statuses = [], Includes, NextToken, MaxItems = 1000 } = input
    const keyTypes: readonly string[] = Includes?.keyTypes?.length ? Includes.keyTypes : defaultKeyTypes
    const found = call
      .all('certificates')
      .filter(({ status }) => statuses.length === 0 || (statuses as string[]).includes(status))
      .filter(one => keyTypes.includes(keyAlgorithmOf(one)))
    const page = call.page(found, ({ arn }) => arn, { token: NextToken, size: MaxItems, code: 'InvalidArgsException' })
    return {
      CertificateSummaryList: page.items.map(certificate => {
        const { SubjectAlternativeNames, InUseBy, ...told } = detailOf(call, certificate)
        return {
          ...summaryOf(told),
          SubjectAlternativeNameSummaries: SubjectAlternativeNames,
          HasAdditionalSubjectAlternativeNames: false,
          InUse: (InUseBy ?? []).length > 0
        }
      }),
      ...(page.next !== undefined && { NextToken: page.next })
    }
  },

  DescribeCertificate: ({ CertificateArn }, call) => ({
    Certificate: detailOf(call, requireCertificate(call, CertificateArn))
  }),

  GetCertificate({ CertificateArn }, call) {
    const { imported } = requireCertificate(call, CertificateArn)
    if (!imported) {
      throw new ServiceError(
        'RequestInProgressException',
        'istio-alb aws makes this certificate when a listener first shows it.'
      )
    }
    return { Certificate: imported.certificate, CertificateChain: imported.chain }
  },

  RequestCertificate(input, call) {
    const { DomainName, SubjectAlternativeNames = [], CertificateAuthorityArn, KeyAlgorithm, Tags } = input
    const { IdempotencyToken: token } = input
    const since = call.now.getTime() - tokenLifetime
    const known = call
      .all('certificates')
      .find(one => token !== undefined && one.idempotencyToken === token && one.createdAt.getTime() > since)
    if (known) {
      return { CertificateArn: known.arn }
    }
    const arn = call.arn('acm', `certificate/${uuidOf(call)}`)
    call.put('certificates', arn, {
      arn,
      domains: [...new Set([DomainName, ...SubjectAlternativeNames])],
      status: 'ISSUED',
      type: 'AMAZON_ISSUED',
      createdAt: call.now,
      ...(token !== undefined && { idempotencyToken: token }),
      ...(KeyAlgorithm !== undefined && { keyAlgorithm: KeyAlgorithm }),
      ...(CertificateAuthorityArn !== undefined && { authorityARN: CertificateAuthorityArn })
    })
    setTags(call, arn, Tags)
    return { CertificateArn: arn }
  },

  ImportCertificate({ CertificateArn, Certificate, PrivateKey, CertificateChain, Tags }, call) {
    const { pem, domains, keyAlgorithm } = readImport(Certificate, PrivateKey, CertificateChain)
    const arn =
      CertificateArn === undefined
        ? call.arn('acm', `certificate/${uuidOf(call)}`)
        : requireCertificate(call, CertificateArn).arn
    const certificate = { arn, domains, status: 'ISSUED', type: 'IMPORTED' as const, createdAt: call.now }
    const given = { ...certificate, keyAlgorithm, imported: pem }
    call.put('certificates', arn, given)
    setTags(call, arn, Tags)
    return { CertificateArn: arn }
  },

  DeleteCertificate({ CertificateArn }, call) {
    requireCertificate(call, CertificateArn)
    if (usersOf(call, CertificateArn).length > 0) {
      throw new ServiceError('ResourceInUseException', `Certificate ${CertificateArn} is in use.`)
    }
    call.remove('certificates', CertificateArn)
    call.remove('tags', CertificateArn)
    return {}
  },

  AddTagsToCertificate({ CertificateArn, Tags }, call) {
    setTags(call, requireCertificate(call, CertificateArn).arn, Tags)
    return {}
  },

  RemoveTagsFromCertificate({ CertificateArn, Tags }, call) {
    const { arn } = requireCertificate(call, CertificateArn)
    const kept = Object.entries(call.tagsOf(arn)).filter(
      ([key, value]) => !Tags.some(({ Key, Value }) => Key === key && (Value ?? value) === value)
    )
    call.put('tags', arn, Object.fromEntries(kept))
    return {}
  },

  ListTagsForCertificate: ({ CertificateArn }, call) => ({
    Tags: call.tagList(requireCertificate(call, CertificateArn).arn)
  })
}

function uuidOf(call: Call): string {
  return [8, 4, 4, 4, 12].map(length => call.digits(length)).join('-')
}
