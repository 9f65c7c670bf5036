/**
 * What targets learn of a client's TLS session and certificate.
 * (User guide: "Mutual authentication with TLS", HTTP headers; "X-Forwarded headers", TLS version and cipher.)
 *
 * @module
 */

// @peculiar/x509 refuses to load without it; it has to come first.
import 'reflect-metadata'

import { X509Certificate } from 'node:crypto'
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as ParsedCertificate,
  X509Crl
} from '@peculiar/x509'
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

const clientAuthentication = '1.3.6.1.5.5.7.3.2'

/** OpenSSL's rule for TLS clients (check_purpose_ssl_client): extended usage for all of a chain, key usage for its leaf. */
function servesClients(certificate: X509Certificate): boolean {
  // Node's name for the extended key usage.
  const usages = certificate.keyUsage as string[] | undefined
  return usages === undefined || usages.includes(clientAuthentication)
}

function signsHandshakes(leaf: X509Certificate): boolean {
  const usage = new ParsedCertificate(leaf.raw).getExtension(KeyUsagesExtension)
  return usage === null || (usage.usages & (KeyUsageFlags.digitalSignature | KeyUsageFlags.keyAgreement)) !== 0
}

/** What OpenSSL understands of the extensions that a certificate may call critical (X509_supported_extension). */
const understood = new Set([
  ...['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.30', '2.5.29.31', '2.5.29.32', '2.5.29.33'],
  ...['2.5.29.36', '2.5.29.37', '2.5.29.54']
])

function isUnderstood({ raw }: X509Certificate): boolean {
  return new ParsedCertificate(raw).extensions.every(({ critical, type }) => !critical || understood.has(type))
}

/** Whether an authority allows as many authorities below it; those that issued themselves do not count (RFC 5280 §4.2.1.9). */
function allowsPath(authority: X509Certificate, below: readonly X509Certificate[]): boolean {
  const most = new ParsedCertificate(authority.raw).getExtension(BasicConstraintsExtension)?.pathLength
  return most === undefined || below.filter(({ issuer, subject }) => issuer !== subject).length <= most
}

const revocationList = /-----BEGIN X509 CRL-----(.*?)-----END X509 CRL-----/gs

/** Whether the lists of a trust store let a certificate pass: with any list, every issuer has to have a current one. */
function isUnrevoked(certificate: X509Certificate, lists: readonly X509Crl[], now: number): boolean {
  const parsed = new ParsedCertificate(certificate.raw)
  const own = lists.filter(({ issuer }) => issuer === parsed.issuer)
  const isListed = own.some(list => list.entries.some(({ serialNumber }) => sameSerial(serialNumber, parsed)))
  return !isListed && own.some(({ nextUpdate }) => nextUpdate === undefined || nextUpdate.getTime() > now)
}

function sameSerial(serialNumber: string, { serialNumber: other }: ParsedCertificate): boolean {
  return BigInt(`0x${serialNumber}`) === BigInt(`0x${other}`)
}

/**
 * Whether a client's certificate does but for being expired: its chain or an authority of the trust store in PEM issued it,
 * all are for clients, valid already, and none is revoked. OpenSSL tells only the last thing that it finds wrong, and what
 * it looks at before dates (verify_chain in x509_vfy.c) is therefore looked at here; name constraints come after them.
 */
export function isAcceptedButForExpiry(clientChain: readonly Buffer[], trustStore: string, now: number): boolean {
  const [leaf, ...intermediates] = clientChain.map(bytes => new X509Certificate(bytes))
  const chain = leaf && trustedChain(leaf, intermediates, authoritiesIn(trustStore))
  if (!chain) {
    return false
  }
  const lists = Array.from(
    trustStore.matchAll(revocationList),
    ([, base64]) => new X509Crl(Buffer.from(base64!, 'base64'))
  )
  return (
    signsHandshakes(leaf) &&
    chain.every(certificate => servesClients(certificate) && isUnderstood(certificate)) &&
    chain.every(({ validFromDate }) => validFromDate.getTime() <= now) &&
    chain.every((authority, at) => at === 0 || allowsPath(authority, chain.slice(1, at))) &&
    (lists.length === 0 || chain.every(certificate => isUnrevoked(certificate, lists, now)))
  )
}

/** From the leaf to an authority; undefined where none issued it. */
function trustedChain(
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  authorities: readonly X509Certificate[]
): X509Certificate[] | undefined {
  function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
    return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  }
  const chain = [leaf]
  for (let depth = 0; depth <= intermediates.length; depth++) {
    const issued = chain.at(-1)!
    const authority = authorities.find(candidate => hasIssued(candidate, issued))
    if (authority) {
      return authority.fingerprint256 === issued.fingerprint256 ? chain : [...chain, authority]
    }
    const next = intermediates.find(candidate => !chain.includes(candidate) && hasIssued(candidate, issued))
    if (!next) {
      return undefined
    }
    chain.push(next)
  }
  return undefined
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
