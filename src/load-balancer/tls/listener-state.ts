import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Certificate, Configuration, ListenerConfiguration, LoadBalancerOptions } from '../../elbv2/index.ts'
import { usageFailure } from '../../failure.ts'
import { type ListedCertificate, listCertificate } from './certificate.ts'
import { authoritiesIn } from './client-certificate.ts'

/** What handshakes go by. */
export interface TLSState {
  configuration: Pick<ListenerConfiguration, 'sslPolicy' | 'mutualAuthentication'>
  /** The default certificate first. */
  certificates: ListedCertificate[]
  /** PEM of the authorities whose clients are let in, and of their revocation lists; absent unless clients are verified. */
  trustStore?: string
  /** What is offered by ALPN, the preferred first. */
  protocols: readonly string[]
}

/** What a listener of an Application Load Balancer works with; replaced as a whole. Without certificates for HTTP. */
export interface ListenerState extends TLSState {
  configuration: ListenerConfiguration
}

type Sources = Pick<LoadBalancerOptions, 'certificateFor' | 'trustStoreFor'>

/** Gives the certificates of ARNs, each of which is asked for once. */
export function certificateReader({
  certificateFor
}: Pick<Sources, 'certificateFor'>): (arns: readonly string[]) => Promise<ListedCertificate[]> {
  const certificates = new Map<string, Promise<ListedCertificate>>()
  function certificate(arn: string): Promise<ListedCertificate> {
    const asked = certificates.get(arn) ?? certificateFor(arn).then(usableCertificate)
    certificates.set(arn, asked)
    return asked
  }
  return arns => Promise.all(arns.map(certificate))
}

/** The listeners of a configuration with their certificates. */
export function listenerStates(configuration: Configuration, sources: Sources): Promise<ListenerState[]> {
  const read = certificateReader(sources)
  return Promise.all(
    configuration.listeners.map(async listener => ({
      configuration: listener,
      certificates: await read(listener.certificateARNs),
      protocols: configuration.attributes.http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      ...(listener.mutualAuthentication?.mode === 'verify' ? { trustStore: await trustStore(listener, sources) } : {})
    }))
  )
}

function usableCertificate(given: Certificate): ListedCertificate {
  try {
    createSecureContext({ cert: given.certificate, key: given.key })
    return listCertificate(given)
  } catch (error) {
    throw usageFailure(
      {
        code: 'CERTIFICATE_INVALID',
        message: `the certificate ${given.arn} cannot be used: ${(error as Error).message}`,
        path: given.arn,
        hint: 'give the certificate in PEM, its chain behind it, with its own private key'
      },
      { cause: error }
    )
  }
}

async function trustStore({ port, mutualAuthentication }: ListenerConfiguration, sources: Sources): Promise<string> {
  const arn = mutualAuthentication?.trustStoreArn ?? ''
  const authorities = await sources.trustStoreFor?.(arn)
  if (authorities !== undefined) {
    try {
      if (authoritiesIn(authorities).length === 0) {
        throw new Error('it holds no certificate')
      }
      createSecureContext(authoritiesOf(authorities))
      return authorities
    } catch (error) {
      throw usageFailure(
        {
          code: 'TRUST_STORE_INVALID',
          message: `the trust store ${arn} cannot be used: ${(error as Error).message}`,
          path: `listener ${port}`,
          hint: 'give its certificates, and its revocation lists if it has any, in PEM'
        },
        { cause: error }
      )
    }
  }
  throw usageFailure({
    code: 'TRUST_STORE_MISSING',
    message: `the HTTPS listener on port ${port} verifies clients, and nobody knows the trust store ${arn}`,
    path: `listener ${port}`,
    hint: 'give the certificates of the authorities that the trust store holds'
  })
}

const revocationList = /-----BEGIN X509 CRL-----.*?-----END X509 CRL-----/gs

/** A trust store's authorities and its revocation lists. With any list, every authority has to have one. */
export function authoritiesOf(pem: string): Pick<SecureContextOptions, 'ca' | 'crl'> {
  const crl = pem.match(revocationList)
  return { ca: pem.replace(revocationList, ''), ...(crl ? { crl: [...crl] } : {}) }
}
