/**
 * Certificates: which one a client gets, and an authority for development that makes them.
 *
 * @module
 */

// @peculiar/x509 refuses to load without it; it has to come first.
import 'reflect-metadata'
import { webcrypto, X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { type Certificate, coversHost } from '../../elbv2/index.ts'

x509.cryptoProvider.set(webcrypto as unknown as Parameters<(typeof x509)['cryptoProvider']['set']>[1])

/** A certificate with what the choice among several depends on. */
export interface ListedCertificate extends Certificate {
  domains: string[]
  isECDSA: boolean
  /** Bits. */
  keyLength: number
  hash: string
  /** Milliseconds. */
  validity: number
  fingerprint: string
}

/** @throws {Error} for what is no PEM certificate. */
export function listCertificate(certificate: Certificate): ListedCertificate {
  const leaf = new X509Certificate(certificate.certificate)
  const { signatureAlgorithm } = new x509.X509Certificate(leaf.raw)
  const { publicKey } = leaf
  return {
    ...certificate,
    domains: domainsOf(leaf),
    isECDSA: publicKey.asymmetricKeyType === 'ec',
    keyLength: publicKey.asymmetricKeyDetails?.modulusLength ?? curveBits(publicKey.asymmetricKeyDetails?.namedCurve),
    hash: signatureAlgorithm.hash?.name ?? '',
    validity: leaf.validToDate.getTime() - leaf.validFromDate.getTime(),
    fingerprint: leaf.fingerprint256
  }
}

/** Names that a certificate is for: its alternative names or, without any, its common name. */
function domainsOf(leaf: X509Certificate): string[] {
  const alternatives = (leaf.subjectAltName ?? '')
    .split(', ')
    .filter(name => name.startsWith('DNS:'))
    .map(name => name.slice(4).toLowerCase())
  const commonName = /^CN=(.+)$/m.exec(leaf.subject)?.[1]
  return alternatives.length > 0 || commonName === undefined ? alternatives : [commonName.toLowerCase()]
}

function curveBits(curve: string | undefined): number {
  return Number(/(\d{3})/.exec(curve ?? '')?.[1] ?? 256)
}

/**
 * The certificates for a server name, best first: ECDSA before RSA, SHA before MD5, the longer key, the longer validity.
 * None where no certificate is for that name: then the listener's default one stands in.
 * (User guide: "SSL certificates", server name indication.)
 */
export function certificatesFor(list: readonly ListedCertificate[], serverName: string): ListedCertificate[] {
  const host = serverName.toLowerCase().replace(/\.$/, '')
  const matching = list.filter(({ domains }) => domains.some(domain => coversHost(domain, host)))
  function isWeak({ hash }: ListedCertificate): boolean {
    return /md5/i.test(hash)
  }
  return matching.sort(
    (a, b) =>
      Number(b.isECDSA) - Number(a.isECDSA) ||
      Number(isWeak(a)) - Number(isWeak(b)) ||
      b.keyLength - a.keyLength ||
      b.validity - a.validity
  )
}

/** An authority that lives as long as the process, for certificates that nobody else has. */
export interface DevelopmentAuthority {
  /** PEM of its own certificate: what clients have to trust. */
  certificate: string
  /** A certificate for the domains; wildcards and IP addresses are possible. */
  issue(arn: string, domains: readonly string[]): Promise<Certificate>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Days for which development certificates are valid: below the 398 that clients accept. */
const validityDays = 397

function period(): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  // An hour back, for clients whose clock is behind.
  return { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + validityDays * 86_400_000) }
}

function serialNumber(): string {
  return Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')
}

async function pemKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

/** Makes an authority with a fresh key. */
export async function createDevelopmentAuthority(): Promise<DevelopmentAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=istio-alb development CA',
    ...period(),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
    ]
  })
  return {
    certificate: authority.toString('pem'),
    async issue(arn, domains) {
      const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      const names = domains.map((value): x509.JsonGeneralName => ({ type: isAddress(value) ? 'ip' : 'dns', value }))
      const leaf = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        // A common name holds at most 64 characters; clients read the alternative names.
        subject: new x509.Name([{ CN: [{ utf8String: (domains[0] ?? 'localhost').slice(0, 64) }] }]).toString(),
        issuer: authority.subject,
        ...period(),
        signingAlgorithm: algorithm,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension(names),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey)
        ]
      })
      return {
        arn,
        certificate: `${leaf.toString('pem')}\n${authority.toString('pem')}\n`,
        key: await pemKey(leafKeys.privateKey)
      }
    }
  }
}

function isAddress(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(':')
}
