import { usageFailure } from '../failure.ts'
import { type ListedCertificate, listCertificate } from './certificate.ts'
import type { Configuration, ListenerConfiguration } from './configuration.ts'
import type { LoadBalancerOptions } from './contract.ts'

/** What a listener works with; replaced as a whole. */
export interface ListenerState {
  configuration: ListenerConfiguration
  /** The default certificate first; empty for HTTP. */
  certificates: ListedCertificate[]
  /** PEM of the authorities whose clients are let in, and of their revocation lists; absent unless clients are verified. */
  trustStore?: string
  /** Whether HTTP/2 is offered. */
  http2: boolean
}

type Sources = Pick<LoadBalancerOptions, 'certificateFor' | 'trustStoreFor'>

/** The listeners of a configuration with their certificates, each of which is asked for once. */
export function listenerStates(configuration: Configuration, sources: Sources): Promise<ListenerState[]> {
  const certificates = new Map<string, Promise<ListedCertificate>>()
  const certificate = (arn: string): Promise<ListedCertificate> => {
    const asked = certificates.get(arn) ?? sources.certificateFor(arn).then(listCertificate)
    certificates.set(arn, asked)
    return asked
  }
  return Promise.all(
    configuration.listeners.map(async listener => ({
      configuration: listener,
      certificates: await Promise.all(listener.certificateARNs.map(certificate)),
      http2: configuration.attributes.http2,
      ...(listener.mutualAuthentication?.mode === 'verify' ? { trustStore: await trustStore(listener, sources) } : {})
    }))
  )
}

async function trustStore({ port, mutualAuthentication }: ListenerConfiguration, sources: Sources): Promise<string> {
  const arn = mutualAuthentication?.trustStoreArn ?? ''
  const authorities = await sources.trustStoreFor?.(arn)
  if (authorities !== undefined) return authorities
  throw usageFailure({
    code: 'TRUST_STORE_MISSING',
    message: `the HTTPS listener on port ${port} verifies clients, and nobody knows the trust store ${arn}`,
    path: `listener ${port}`,
    hint: 'give the certificates of the authorities that the trust store holds'
  })
}
