/**
 * What targets learn of a client's TLS session and certificate.
 * (User guide: "Mutual authentication with TLS", HTTP headers; "X-Forwarded headers", TLS version and cipher.)
 *
 * @module
 */

import { X509Certificate } from 'node:crypto'
import type { HeaderList, ListenerAttributes } from '../../elbv2/index.ts'
import type { ClientTLS } from '../client/exchange.ts'

/** URL-encoding of PEM text: `+`, `=` and `/` stay. */
function encodePEM(pem: string): string {
  return encodeURIComponent(pem).replace(/%2B/g, '+').replace(/%3D/g, '=').replace(/%2F/g, '/')
}

/**
 * A distinguished name as RFC 2253 writes it: the most specific part first, and what is not ASCII as the escaped bytes
 * of its UTF-8. Node has escaped control and special characters already.
 */
export function distinguishedName(lines: string): string {
  const parts = lines.split('\n').map(part => part.replaceAll(' + ', '+'))
  return parts
    .reverse()
    .join(',')
    .replace(/[^\x20-\x7e]+/g, escapeBytes)
}

function escapeBytes(text: string): string {
  return Array.from(Buffer.from(text), byte => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

const certificateBlock = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs

/** The authorities of a trust store in PEM. @throws {Error} for what is no certificate. */
export function authoritiesIn(trustStore: string): X509Certificate[] {
  return (trustStore.match(certificateBlock) ?? []).map(pem => new X509Certificate(pem))
}

/** Whether a client's certificate, its chain or an authority of the trust store in PEM issued it, whatever the dates say. */
export function isIssuedBy(clientChain: readonly Buffer[], trustStore: string): boolean {
  const [leaf, ...intermediates] = clientChain.map(bytes => new X509Certificate(bytes))
  const authorities = authoritiesIn(trustStore)
  function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
    return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  }
  let certificate = leaf
  for (let depth = 0; certificate !== undefined && depth <= intermediates.length; depth++) {
    const issued: X509Certificate = certificate
    if (authorities.some(authority => hasIssued(authority, issued))) {
      return true
    }
    certificate = intermediates.find(intermediate => intermediate !== issued && hasIssued(intermediate, issued))
  }
  return false
}

/** Headers on the client's certificate, by the listener's mode of mutual authentication. */
export function certificateHeaders(
  { clientCertificates }: ClientTLS,
  mode: string | undefined,
  names: ListenerAttributes['headerNames']
): HeaderList {
  const [leafBytes] = clientCertificates
  if (leafBytes === undefined) {
    return []
  }
  if (mode === 'passthrough') {
    const chain = clientCertificates.map(bytes => new X509Certificate(bytes).toString()).join('')
    return [[names.x_amzn_mtls_clientcert, encodePEM(chain)]]
  }
  if (mode !== 'verify') {
    return []
  }
  const leaf = new X509Certificate(leafBytes)
  const validity = `NotBefore=${isoSeconds(leaf.validFromDate)};NotAfter=${isoSeconds(leaf.validToDate)}`
  return [
    [names.x_amzn_mtls_clientcert_serial_number, leaf.serialNumber],
    [names.x_amzn_mtls_clientcert_issuer, distinguishedName(leaf.issuer)],
    [names.x_amzn_mtls_clientcert_subject, distinguishedName(leaf.subject)],
    [names.x_amzn_mtls_clientcert_validity, validity],
    [names.x_amzn_mtls_clientcert_leaf, encodePEM(leaf.toString())]
  ]
}

/** Headers on the TLS version and cipher suite. */
export function sessionHeaders(tls: ClientTLS, names: ListenerAttributes['headerNames']): HeaderList {
  return [
    [names.x_amzn_tls_version, tls.protocol],
    [names.x_amzn_tls_cipher_suite, tls.cipher]
  ]
}
