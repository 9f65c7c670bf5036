/**
 * Security policies of HTTPS listeners: protocol versions, ciphers and key exchange by name.
 * (User guide: "SSL certificates for your Application Load Balancer", security policies.)
 *
 * @module
 */

/** The policy of a listener that names none. (API: CreateListener.) */
export const defaultSSLPolicy = 'ELBSecurityPolicy-2016-08'

type Version = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** In the terms of Node's `tls.createSecureContext`. */
export interface SSLPolicy {
  minVersion: Version
  maxVersion: 'TLSv1.2' | 'TLSv1.3'
  /** In AWS's order, by OpenSSL's names; TLS 1.3's suites go into the same list. */
  ciphers: string
  /** Groups for the key exchange, in order of preference. */
  ecdhCurve: string
}

/** All ciphers in the order in which AWS prefers them: the policies differ only in what they leave out. */
const order = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES128-SHA256',
  'AES128-SHA',
  'AES256-GCM-SHA384',
  'AES256-SHA256',
  'AES256-SHA'
]

type Suites = (cipher: string) => boolean

const isTLS13: Suites = cipher => cipher.startsWith('TLS_')
const isForwardSecret: Suites = cipher => isTLS13(cipher) || cipher.startsWith('ECDHE-')
/** With a MAC of SHA-1, which OpenSSL's names call `SHA` alone. */
const isSHA1: Suites = cipher => cipher.endsWith('-SHA')

const everything: Suites = () => true
const extended: Suites = cipher => !isSHA1(cipher)
const forwardSecret: Suites = isForwardSecret
const forwardSecretSHA2: Suites = cipher => isForwardSecret(cipher) && !isSHA1(cipher)
const restricted: Suites = cipher => isTLS13(cipher) || (isForwardSecret(cipher) && cipher.includes('-GCM-'))

const isFIPS: Suites = cipher => cipher !== 'TLS_CHACHA20_POLY1305_SHA256'
/** RFC 9151 allows AES with 256 bits in GCM alone. */
const isCNSA: Suites = cipher => /AES_?256.GCM/.test(cipher)

const keyExchangeGroups = ['X25519', 'P-256', 'P-384']
const hybridGroups = ['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024']

/** Whether this OpenSSL knows the post-quantum groups; without them the policies that name them work as the others do. */
export const hasHybridGroups = Number.parseFloat(process.versions.openssl) >= 3.5

function policy(
  minVersion: Version,
  maxVersion: 'TLSv1.2' | 'TLSv1.3',
  suites: Suites,
  groups: string[] = keyExchangeGroups
): SSLPolicy {
  const ciphers = order.filter(cipher => suites(cipher) && (maxVersion === 'TLSv1.3' || !isTLS13(cipher)))
  // OpenSSL refuses TLS below 1.2 above its lowest security level.
  if (minVersion < 'TLSv1.2') {
    ciphers.push('@SECLEVEL=0')
  }
  return { minVersion, maxVersion, ciphers: ciphers.join(':'), ecdhCurve: groups.join(':') }
}

function upTo12(minVersion: Version, suites: Suites): SSLPolicy {
  return policy(minVersion, 'TLSv1.2', suites)
}

/** What a policy with TLS 1.3 comes as, besides itself: restricted to FIPS 140-3, with post-quantum groups, or both. */
type Edition = '2021-06' | 'PQ-2025-09' | 'FIPS-2023-04' | 'FIPS-PQ-2025-09'

function family(name: string, minVersion: Version, suites: Suites, editions: Edition[]): [string, SSLPolicy][] {
  return editions.map(edition => [
    `TLS13-${name}-${edition}`,
    policy(
      minVersion,
      'TLSv1.3',
      edition.includes('FIPS') ? cipher => suites(cipher) && isFIPS(cipher) : suites,
      edition.includes('PQ') && hasHybridGroups ? [...hybridGroups, ...keyExchangeGroups] : keyExchangeGroups
    )
  ])
}

const fips: Edition[] = ['FIPS-2023-04', 'FIPS-PQ-2025-09']
const everyEdition: Edition[] = ['2021-06', 'PQ-2025-09', ...fips]

/**
 * The policies for CNSA 1.0. AWS publishes which versions they take; the ciphers and curves here are those of RFC 9151,
 * with the restricted FIPS policy's beside them in the four that let other clients in.
 */
const cnsa: [string, SSLPolicy][] = [
  ['TLS13-1-3-RFC9151', policy('TLSv1.3', 'TLSv1.3', isCNSA, ['P-384'])],
  ['TLS13-1-2-RFC9151', policy('TLSv1.2', 'TLSv1.3', cipher => restricted(cipher) && isCNSA(cipher), ['P-384'])],
  ['TLS13-1-2-Ext0-RFC9151', policy('TLSv1.2', 'TLSv1.3', isCNSA, ['P-384'])],
  ...[1, 2, 3, 4].map((number): [string, SSLPolicy] => [
    `TLS13-1-2-RFC9151-INTEROP${number}`,
    policy('TLSv1.2', 'TLSv1.3', cipher => restricted(cipher) && isFIPS(cipher), ['P-384', 'P-256'])
  ])
].map(([name, value]) => [`${name}-FIPS-2023-07`, value] as [string, SSLPolicy])

const policies = new Map<string, SSLPolicy>(
  (
    [
      ['2015-05', upTo12('TLSv1', everything)],
      ['2016-08', upTo12('TLSv1', everything)],
      ['TLS-1-1-2017-01', upTo12('TLSv1.1', everything)],
      ['TLS-1-2-2017-01', upTo12('TLSv1.2', extended)],
      ['TLS-1-2-Ext-2018-06', upTo12('TLSv1.2', everything)],
      ['FS-2018-06', upTo12('TLSv1', forwardSecret)],
      ['FS-1-1-2019-08', upTo12('TLSv1.1', forwardSecret)],
      ['FS-1-2-2019-08', upTo12('TLSv1.2', forwardSecret)],
      ['FS-1-2-Res-2019-08', upTo12('TLSv1.2', forwardSecretSHA2)],
      ['FS-1-2-Res-2020-10', upTo12('TLSv1.2', restricted)],
      ...family('1-3', 'TLSv1.3', isTLS13, everyEdition),
      ...family('1-2-Res', 'TLSv1.2', restricted, everyEdition),
      ...family('1-2', 'TLSv1.2', forwardSecretSHA2, everyEdition),
      ...family('1-2-Ext0', 'TLSv1.2', forwardSecret, fips),
      ...family('1-2-Ext1', 'TLSv1.2', extended, everyEdition),
      ...family('1-2-Ext2', 'TLSv1.2', everything, everyEdition),
      ...family('1-1', 'TLSv1.1', everything, ['2021-06', 'FIPS-2023-04']),
      ...family('1-0', 'TLSv1', everything, everyEdition),
      ...cnsa
    ] as [string, SSLPolicy][]
  ).map(([name, value]) => [`ELBSecurityPolicy-${name}`, value])
)

export function isSSLPolicy(name: string): boolean {
  return policies.has(name)
}

/** The policies' names. */
export function sslPolicyNames(): string[] {
  return [...policies.keys()]
}

/** @throws {RangeError} for a name that is not AWS's. */
export function sslPolicy(name: string): SSLPolicy {
  const found = policies.get(name)
  if (!found) {
    throw new RangeError(`SSL policy '${name}' not found`)
  }
  return found
}
