/**
 * Clients with certificates that do not hold, each once more after its expiry: a listener that forgives that forgives nothing
 * else, although OpenSSL tells it of the expiry alone.
 */

import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import * as x509 from '@peculiar/x509'
import { connectTLS, request } from '../unit/load-balancer/client.ts'
import { parseAnswer, respond, useRigs } from '../unit/load-balancer/rig.ts'

const { start } = useRigs()

x509.cryptoProvider.set(webcrypto as never)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

interface Holder {
  certificate: x509.X509Certificate
  keys: webcrypto.CryptoKeyPair
  /** From the leaf's issuer upwards, without the root: what a client sends behind its own. */
  chain: x509.X509Certificate[]
}

interface Wish {
  serialNumber?: string
  name?: string
  /** Days from today. */
  from?: number
  to?: number
  extensions?: x509.Extension[]
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>
}

function dayFrom(days: number): Date {
  return new Date(Date.now() + days * 86_400_000)
}

/** A certificate by an issuer, or by itself. */
async function issue(issuer: Holder | undefined, wish: Wish): Promise<Holder> {
  const { serialNumber = '01', name = 'CN=client', from = -60, to = 60, extensions = [] } = wish
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber,
    subject: name,
    issuer: issuer?.certificate.subject ?? name,
    notBefore: dayFrom(from),
    notAfter: dayFrom(to),
    extensions,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey as never,
    signingKey: (issuer?.keys ?? keys).privateKey as never
  })
  return { certificate, keys, chain: issuer ? [issuer.certificate, ...issuer.chain] : [] }
}

/** An authority that allows so many below it. */
function authority(pathLength?: number): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)
  ]
}

const root = await issue(undefined, { name: 'CN=root', extensions: authority() })
const below = await issue(root, { serialNumber: '10', name: 'CN=below', extensions: authority(0) })
const deeper = await issue(below, { serialNumber: '11', name: 'CN=deeper', extensions: authority() })
const young = await issue(root, { serialNumber: '12', name: 'CN=young', from: 30, extensions: authority() })
const withdrawn = await issue(root, { serialNumber: '13', name: 'CN=withdrawn', extensions: authority() })
const client = await issue(root, { serialNumber: '14' })
const stranger = await issue(undefined, { name: 'CN=stranger', extensions: authority() })
const namesake = await issue(undefined, { name: 'CN=root', extensions: authority() })

async function revocationList({ certificate, keys }: Holder, ...serialNumbers: string[]): Promise<string> {
  const list = await x509.X509CrlGenerator.create({
    issuer: certificate.subject,
    thisUpdate: dayFrom(-1),
    nextUpdate: dayFrom(1),
    entries: serialNumbers.map(serialNumber => ({ serialNumber, revocationDate: dayFrom(-1) })),
    signingAlgorithm: algorithm,
    signingKey: keys.privateKey as never
  })
  return list.toString('pem').replace(/(BEGIN|END) CRL/g, '$1 X509 CRL')
}

const authorities = root.certificate.toString('pem')
const lists = [await revocationList(root, '02', '13'), await revocationList(withdrawn)]
const trustStore = [authorities, ...lists].join('\n')

/** Whether such a client is answered, over either version of TLS. */
async function isLetIn(holder: Holder, store: string, ignoreClientCertificateExpiry: boolean): Promise<boolean[]> {
  const verify = { mode: 'verify', trustStoreArn: 'arn:trust', ignoreClientCertificateExpiry }
  const sslPolicy = 'ELBSecurityPolicy-TLS13-1-2-2021-06'
  const https = { port: 443, protocol: 'HTTPS' as const, defaultActions: [respond('200', 'in')], sslPolicy }
  const rig = await start(
    { listeners: [{ ...https, mutualAuthentication: verify }] },
    {},
    { trustStoreFor: async () => store }
  )
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', holder.keys.privateKey), 'PRIVATE KEY')
  const cert = [holder.certificate, ...holder.chain].map(one => one.toString('pem')).join('\n')
  async function ask(maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<boolean> {
    try {
      const connection = await connectTLS(rig.portOf(443), { cert, key, maxVersion })
      connection.send(request('GET /', { Connection: 'close' }))
      return parseAnswer(await connection.closed).status === 200
    } catch {
      return false
    }
  }
  return [await ask('TLSv1.2'), await ask('TLSv1.3')]
}

const forServers = [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth])]
const forNoHandshake = [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyEncipherment)]
const ofNoKind = [new x509.Extension('1.2.3.4', true, new Uint8Array([5, 0]))]

const refused: [name: string, issuer: Holder | undefined, wish: Wish, store?: string][] = [
  ['of an unknown authority', stranger, {}],
  ['of an authority that has the name of another', namesake, {}],
  ['of itself', undefined, { name: 'CN=root', extensions: authority() }],
  ['of a client', client, {}],
  ['of an authority that may have none below it', deeper, {}],
  ['of an authority that is not valid yet', young, {}],
  ['for servers', root, { extensions: forServers }],
  ['for encryption alone', root, { extensions: forNoHandshake }],
  ['with a critical extension that nobody knows', root, { extensions: ofNoKind }],
  ['that is revoked', root, { serialNumber: '02' }, trustStore],
  ['of an authority that is revoked', withdrawn, {}, trustStore],
  ['of an authority without a revocation list', below, {}, trustStore]
]

describe("a client's certificate", () => {
  it.each(refused)('%s is refused, expired or not', async (_name, issuer, wish, store = authorities) => {
    const holds = await issue(issuer, wish)
    const expired = await issue(issuer, { ...wish, to: -30 })
    expect({
      holds: await isLetIn(holds, store, false),
      'where expiry is forgiven': await isLetIn(holds, store, true),
      'expired where that is forgiven': await isLetIn(expired, store, true)
    }).toEqual({
      holds: [false, false],
      'where expiry is forgiven': [false, false],
      'expired where that is forgiven': [false, false]
    })
  })

  it('that is not valid yet is refused', async () => {
    const holder = await issue(root, { from: 30 })
    expect(await isLetIn(holder, authorities, false)).toEqual([false, false])
    expect(await isLetIn(holder, authorities, true)).toEqual([false, false])
  })

  it.each([
    ['an authority', root, authorities],
    ['an authority with a revocation list', root, trustStore],
    ['an authority below it', below, authorities]
  ])('of %s is let in, and expired where that is forgiven', async (_name, issuer, store) => {
    const expired = await issue(issuer, { to: -30 })
    expect(await isLetIn(await issue(issuer, {}), store, false)).toEqual([true, true])
    expect(await isLetIn(expired, store, false)).toEqual([false, false])
    expect(await isLetIn(expired, store, true)).toEqual([true, true])
  })
})
