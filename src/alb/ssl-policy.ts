/**
 * Security policies of HTTPS listeners: protocol versions and ciphers by name.
 * (User guide: "SSL certificates for your Application Load Balancer", security policies.)
 *
 * @module
 */

/** The policy of a listener that names none. (API: CreateListener.) */
export const DEFAULT_SSL_POLICY = 'ELBSecurityPolicy-2016-08'

export interface SSLPolicy {
  minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  maxVersion: 'TLSv1.2' | 'TLSv1.3'
  /** OpenSSL's list. TLS 1.3's suites have names of their own kind and go in the same list for Node. */
  ciphers: string
}

const ecdhe = (suffix: string): string[] => [`ECDHE-ECDSA-${suffix}`, `ECDHE-RSA-${suffix}`]

const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
const TLS13_FIPS = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384']
const GCM = [...ecdhe('AES128-GCM-SHA256'), ...ecdhe('AES256-GCM-SHA384')]
const CBC = [...ecdhe('AES128-SHA256'), ...ecdhe('AES256-SHA384')]
const CBC_SHA1 = [...ecdhe('AES128-SHA'), ...ecdhe('AES256-SHA')]
const RSA = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA256']
const RSA_SHA1 = ['AES128-SHA', 'AES256-SHA']

const FORWARD_SECRET = [...GCM, ...CBC]
const FORWARD_SECRET_SHA1 = [...FORWARD_SECRET, ...CBC_SHA1]
const EXTENDED = [...FORWARD_SECRET, ...RSA]
const EVERYTHING = [...EXTENDED, ...CBC_SHA1, ...RSA_SHA1]

type Version = SSLPolicy['minVersion']

const policy = (minVersion: Version, maxVersion: 'TLSv1.2' | 'TLSv1.3', ciphers: string[]): SSLPolicy => ({
  minVersion,
  maxVersion,
  // OpenSSL refuses TLS below 1.2 above its lowest security level.
  ciphers: [...ciphers, ...(minVersion === 'TLSv1' || minVersion === 'TLSv1.1' ? ['@SECLEVEL=0'] : [])].join(':')
})

/** The family of one minimum version: plain, `-FIPS`, and with post-quantum key exchange. */
const family = (version: string, minVersion: Version, ciphers: string[], fipsName = version): [string, SSLPolicy][] => {
  const plain = policy(minVersion, 'TLSv1.3', [...TLS13, ...ciphers])
  const fips = policy(minVersion, 'TLSv1.3', [...TLS13_FIPS, ...ciphers])
  return [
    [`TLS13-${version}-2021-06`, plain],
    [`TLS13-${fipsName}-FIPS-2023-04`, fips],
    // The post-quantum groups are those that the OpenSSL underneath offers by itself.
    [`TLS13-${version}-PQ-2025-09`, plain],
    [`TLS13-${fipsName}-FIPS-PQ-2025-09`, fips]
  ]
}

const POLICIES = new Map<string, SSLPolicy>(
  [
    ['2015-05', policy('TLSv1', 'TLSv1.2', EVERYTHING)] as [string, SSLPolicy],
    ['2016-08', policy('TLSv1', 'TLSv1.2', EVERYTHING)] as [string, SSLPolicy],
    ['TLS-1-1-2017-01', policy('TLSv1.1', 'TLSv1.2', EVERYTHING)] as [string, SSLPolicy],
    ['TLS-1-2-2017-01', policy('TLSv1.2', 'TLSv1.2', EXTENDED)] as [string, SSLPolicy],
    ['TLS-1-2-Ext-2018-06', policy('TLSv1.2', 'TLSv1.2', EVERYTHING)] as [string, SSLPolicy],
    ['FS-2018-06', policy('TLSv1', 'TLSv1.2', FORWARD_SECRET_SHA1)] as [string, SSLPolicy],
    ['FS-1-1-2019-08', policy('TLSv1.1', 'TLSv1.2', FORWARD_SECRET_SHA1)] as [string, SSLPolicy],
    ['FS-1-2-2019-08', policy('TLSv1.2', 'TLSv1.2', FORWARD_SECRET_SHA1)] as [string, SSLPolicy],
    ['FS-1-2-Res-2019-08', policy('TLSv1.2', 'TLSv1.2', FORWARD_SECRET)] as [string, SSLPolicy],
    ['FS-1-2-Res-2020-10', policy('TLSv1.2', 'TLSv1.2', GCM)] as [string, SSLPolicy],
    ...family('1-3', 'TLSv1.3', []),
    ...family('1-2', 'TLSv1.2', FORWARD_SECRET),
    ...family('1-2-Res', 'TLSv1.2', GCM),
    ...family('1-2-Ext0', 'TLSv1.2', FORWARD_SECRET_SHA1),
    ...family('1-2-Ext1', 'TLSv1.2', EXTENDED),
    ...family('1-2-Ext2', 'TLSv1.2', EVERYTHING),
    ...family('1-1', 'TLSv1.1', EVERYTHING),
    ...family('1-0', 'TLSv1', EVERYTHING)
  ].map(([name, value]) => [`ELBSecurityPolicy-${name}`, value])
)

export const isSSLPolicy = (name: string): boolean => POLICIES.has(name)

/** @throws {RangeError} for a name that is not AWS's. */
export function sslPolicy(name: string): SSLPolicy {
  const found = POLICIES.get(name)
  if (!found) throw new RangeError(`SSL policy '${name}' not found`)
  return found
}
