/** HTTPS listeners: the certificate by name, versions and ciphers by policy, and the client's own certificate. */

import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { Duplex } from 'node:stream'
import type tls from 'node:tls'
import { connect as secureConnect } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import * as x509 from '@peculiar/x509'
import type { Certificate } from '../../../../src/elbv2/index.ts'
import { connect, connectTLS, request } from '../client.ts'
import { forwardTo, headerOf, parseAnswer, respond, useRigs } from '../rig.ts'

const { start, startTarget } = useRigs()

x509.cryptoProvider.set(webcrypto as never)

const httpsSketch = { port: 443, protocol: 'HTTPS' as const, defaultActions: [respond('200', 'secure')] }

function namesOf(socket: tls.TLSSocket): string {
  return String(socket.getPeerCertificate().subjectaltname)
}

/** One handshake: what the client sees, or the code of the error that ended it. */
async function handshake(port: number, options: tls.ConnectionOptions = {}) {
  try {
    const { socket } = await connectTLS(port, options)
    const secure = socket as tls.TLSSocket
    const seen = { names: namesOf(secure), protocol: secure.getProtocol(), cipher: secure.getCipher().name }
    socket.destroy()
    return seen
  } catch (error) {
    return { error: (error as NodeJS.ErrnoException).code }
  }
}

const rsaKey = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1])
}

/** A certificate of its own making, with the days of its life counted from today. */
async function selfSigned(
  names: string[],
  { algorithm = rsaKey as object, from = -1, to = 30 }: { algorithm?: object; from?: number; to?: number } = {}
): Promise<Omit<Certificate, 'arn'>> {
  const keys = (await webcrypto.subtle.generateKey(algorithm as never, true, [
    'sign',
    'verify'
  ])) as webcrypto.CryptoKeyPair
  const day = 86_400_000
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0]}`,
    notBefore: new Date(Date.now() + from * day),
    notAfter: new Date(Date.now() + to * day),
    signingAlgorithm: algorithm as never,
    keys: keys as never,
    extensions: [
      new x509.SubjectAlternativeNameExtension(names.map(value => ({ type: 'dns' as const, value }))),
      new x509.BasicConstraintsExtension(true)
    ]
  })
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') }
}

describe('the certificate that a client gets', () => {
  const domains = {
    'arn:default': ['default.test'],
    'arn:exact': ['www.app.test'],
    'arn:wildcard': ['*.app.test'],
    'arn:several': ['a.test', 'b.test']
  }
  it.each([
    ['by its name', 'a.test', 'DNS:a.test, DNS:b.test'],
    ['by any of its names', 'b.test', 'DNS:a.test, DNS:b.test'],
    ['by wildcard', 'api.app.test', 'DNS:*.app.test'],
    ['whatever the case', 'A.Test', 'DNS:a.test, DNS:b.test'],
    ['the default one for a wildcard of two labels', 'x.y.app.test', 'DNS:default.test'],
    ['the default one for the wildcard’s domain itself', 'app.test', 'DNS:default.test'],
    ['the default one for an unknown name', 'unknown.test', 'DNS:default.test'],
    ['the default one without a name', '', 'DNS:default.test']
  ])('%s', async (_name, servername, names) => {
    const rig = await start({ listeners: [{ ...httpsSketch, certificates: Object.keys(domains) }] }, {}, { domains })
    expect(await handshake(rig.portOf(443), { servername })).toMatchObject({ names })
  })

  it('is logged with the name only where one fits', async () => {
    const rig = await start({ listeners: [{ ...httpsSketch, certificates: Object.keys(domains) }] }, {}, { domains })
    for (const servername of ['A.test', 'unknown.test', '']) {
      const client = await connectTLS(rig.portOf(443), { servername })
      client.send(request('GET /', { Connection: 'close' }))
      await client.closed
    }
    expect(rig.log.map(line => /"([^"]*)" "(arn:[^"]*)" 0 /.exec(line)?.slice(1))).toEqual([
      ['A.test', 'arn:several'],
      ['-', 'arn:default'],
      ['-', 'arn:default']
    ])
  })

  it('is the ECDSA one of two, and the RSA one for a client that knows no other', async () => {
    const rsa = await selfSigned(['app.test', 'rsa.test'])
    const rig = await start(
      {
        listeners: [
          { ...httpsSketch, certificates: ['arn:rsa', 'arn:ecdsa'], sslPolicy: 'ELBSecurityPolicy-TLS-1-2-2017-01' }
        ]
      },
      {},
      {
        certificateFor: async arn =>
          arn === 'arn:rsa'
            ? { arn, ...rsa }
            : {
                arn,
                ...(await selfSigned(['app.test'], {
                  algorithm: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
                }))
              }
      }
    )
    const servername = 'app.test'
    expect(await handshake(rig.portOf(443), { servername })).toMatchObject({ names: 'DNS:app.test' })
    expect(await handshake(rig.portOf(443), { servername, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })).toMatchObject({
      names: 'DNS:app.test, DNS:rsa.test'
    })
  })
})

describe('a policy', () => {
  const Old = 'DEFAULT:@SECLEVEL=0'
  it.each<[policy: string | undefined, versions: string[]]>([
    [undefined, ['TLSv1', 'TLSv1.1', 'TLSv1.2']],
    ['ELBSecurityPolicy-2016-08', ['TLSv1', 'TLSv1.1', 'TLSv1.2']],
    ['ELBSecurityPolicy-TLS-1-1-2017-01', ['TLSv1.1', 'TLSv1.2']],
    ['ELBSecurityPolicy-FS-1-2-Res-2020-10', ['TLSv1.2']],
    ['ELBSecurityPolicy-TLS13-1-0-2021-06', ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
    ['ELBSecurityPolicy-TLS13-1-1-2021-06', ['TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
    ['ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09', ['TLSv1.2', 'TLSv1.3']],
    ['ELBSecurityPolicy-TLS13-1-3-2021-06', ['TLSv1.3']]
  ])('%s takes %j', async (sslPolicy, versions) => {
    const rig = await start({ listeners: [{ ...httpsSketch, ...(sslPolicy === undefined ? {} : { sslPolicy }) }] })
    const all: tls.SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']
    const taken = await Promise.all(
      all.map(async version => {
        const options = { minVersion: version, maxVersion: version, ciphers: Old }
        return 'names' in (await handshake(rig.portOf(443), options)) ? version : undefined
      })
    )
    expect(taken.filter(version => version !== undefined)).toEqual(versions)
  })

  it.each([
    ['ELBSecurityPolicy-TLS13-1-2-2021-06', 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
    ['ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04', 'TLS_CHACHA20_POLY1305_SHA256', undefined],
    [
      'ELBSecurityPolicy-2016-08',
      'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA256',
      'ECDHE-ECDSA-AES128-SHA256'
    ],
    ['ELBSecurityPolicy-FS-1-2-Res-2020-10', 'ECDHE-ECDSA-AES128-SHA256', undefined],
    ['ELBSecurityPolicy-TLS13-1-2-RFC9151-FIPS-2023-07', 'TLS_AES_128_GCM_SHA256', undefined]
  ])('%s chooses of %s by its own order: %s', async (sslPolicy, ciphers, chosen) => {
    const rig = await start({ listeners: [{ ...httpsSketch, sslPolicy }] })
    const seen = await handshake(rig.portOf(443), { ciphers })
    expect('cipher' in seen ? seen.cipher : undefined).toBe(chosen)
  })

  it('negotiates HTTP/2 unless it is switched off', async () => {
    for (const [enabled, protocol] of [
      ['true', 'h2'],
      ['false', 'http/1.1']
    ] as const) {
      const rig = await start({ listeners: [httpsSketch], attributes: { 'routing.http2.enabled': enabled } })
      const { socket } = await connectTLS(rig.portOf(443), { ALPNProtocols: ['h2', 'http/1.1'] })
      expect((socket as tls.TLSSocket).alpnProtocol).toBe(protocol)
      socket.destroy()
    }
  })

  it('tells targets what was negotiated where the attribute says so', async () => {
    const target = await startTarget()
    const rig = await start(
      {
        listeners: [
          {
            ...httpsSketch,
            defaultActions: [forwardTo('app')],
            sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
            attributes: { 'routing.http.request.x_amzn_tls_version.header_name': 'X-TLS' }
          }
        ],
        targetGroups: { app: {} },
        attributes: { 'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'true' }
      },
      { app: [target.target()] }
    )
    await rig.check()
    const client = await connectTLS(rig.portOf(443))
    client.send(request('GET /', { Connection: 'close', 'x-tls': 'forged' }))
    await client.closed
    expect(target.seen[0]?.headers.filter(([name]) => /tls/i.test(name))).toEqual([
      ['X-TLS', 'TLSv1.3'],
      ['X-Amzn-Tls-Cipher-Suite', 'TLS_AES_128_GCM_SHA256']
    ])
  })
})

it('goes on with HTTP/1.1 for clients of other protocols only', async () => {
  const rig = await start({ listeners: [httpsSketch] })
  const client = await connectTLS(rig.portOf(443), { ALPNProtocols: ['acme-tls/1'] })
  expect((client.socket as tls.TLSSocket).alpnProtocol).toBe(false)
  client.send(request('GET /', { Connection: 'close' }))
  expect(parseAnswer(await client.closed).body).toBe('secure')
})

it('reads a handshake that comes byte by byte, and cuts one that never begins', async () => {
  const rig = await start({ listeners: [httpsSketch] })
  const slow = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      void (async () => {
        for (const byte of chunk) {
          raw.socket.write(Buffer.of(byte))
          await new Promise(resolve => setImmediate(resolve))
        }
        done()
      })()
    }
  })
  const raw = await connect(rig.portOf(443))
  raw.socket.setEncoding('latin1').on('data', chunk => slow.push(Buffer.from(chunk as unknown as string, 'latin1')))
  const secure = secureConnect({ socket: slow, rejectUnauthorized: false, servername: 'app.test' })
  await new Promise(resolve => secure.once('secureConnect', resolve))
  expect(namesOf(secure)).toBe('DNS:app.test')
  secure.on('error', () => {}).destroy()
  raw.socket.destroy()
  const silent = await connect(rig.portOf(443))
  silent.send(Buffer.of(22, 3))
  await new Promise(resolve => setImmediate(resolve))
  rig.clock.advance(60_000)
  expect(await silent.closed).toBe('')
})

it('plain HTTP on an HTTPS listener is closed, and counted', async () => {
  const rig = await start({ listeners: [httpsSketch] })
  expect(await rig.raw(443, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n').catch(() => '')).not.toContain('HTTP/1.1')
  expect(rig.loadBalancer.metrics()).toMatch(/client_tls_negotiation_error_count\S* 1\b/)
})

describe('mutual TLS', () => {
  function mutual(mode: string, more: object = {}) {
    return {
      ...httpsSketch,
      defaultActions: [forwardTo('app')],
      sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      mutualAuthentication: { mode, trustStoreArn: 'arn:trust', ...more }
    }
  }
  function sketch(mode: string, more?: object) {
    return { listeners: [mutual(mode, more)], targetGroups: { app: {} } }
  }

  /** What the target sees of a client with that certificate; undefined where the client is not let in. */
  async function headersWith(
    mode: string,
    client: Omit<Certificate, 'arn'> | undefined,
    more: { trustStore?: string; mutual?: object } = {}
  ) {
    const target = await startTarget()
    const rig = await start(
      sketch(mode, more.mutual),
      { app: [target.target()] },
      { trustStoreFor: async () => more.trustStore }
    )
    await rig.check()
    try {
      const connection = await connectTLS(rig.portOf(443), client ? { cert: client.certificate, key: client.key } : {})
      connection.send(request('GET /', { Connection: 'close' }))
      const answer = await connection.closed
      if (answer === '') {
        return undefined
      }
      expect(parseAnswer(answer).status).toBe(200)
    } catch {
      return undefined
    }
    return target.seen[0]
  }

  it('passed through hands on the whole chain, URL-encoded', async () => {
    const rig = await start({ listeners: [httpsSketch] })
    const chain = await rig.authority.issue('arn:client', ['client.test'])
    const seen = await headersWith('passthrough', chain)
    const sent = headerOf(seen!, 'X-Amzn-Mtls-Clientcert')!
    expect(sent).toMatch(/^(-----BEGIN%20CERTIFICATE-----%0A[A-Za-z0-9+/=%]+-----END%20CERTIFICATE-----%0A){2}$/)
    expect(decodeURIComponent(sent)).toBe(chain.certificate.replace(/\n\n/g, '\n'))
  })

  it('passed through takes clients without a certificate', async () => {
    const seen = await headersWith('passthrough', undefined)
    expect(headerOf(seen!, 'X-Amzn-Mtls-Clientcert')).toBeUndefined()
    expect(seen).toBeDefined()
  })

  it('verified tells who the client is', async () => {
    const client = await selfSigned(['client.test'])
    const seen = await headersWith('verify', client, { trustStore: client.certificate })
    const { serialNumber, notBefore, notAfter } = new x509.X509Certificate(client.certificate)
    function iso(date: Date): string {
      return date.toISOString().replace(/\.\d+/, '')
    }
    expect(seen?.headers.filter(([name]) => /mtls/i.test(name))).toEqual([
      ['X-Amzn-Mtls-Clientcert-Serial-Number', serialNumber.toUpperCase()],
      ['X-Amzn-Mtls-Clientcert-Issuer', 'CN=client.test'],
      ['X-Amzn-Mtls-Clientcert-Subject', 'CN=client.test'],
      ['X-Amzn-Mtls-Clientcert-Validity', `NotBefore=${iso(notBefore)};NotAfter=${iso(notAfter)}`],
      ['X-Amzn-Mtls-Clientcert-Leaf', expect.stringMatching(/^-----BEGIN%20CERTIFICATE/)]
    ])
  })

  it('verified keeps out', async () => {
    const trusted = await selfSigned(['trusted.test'])
    const foreign = await selfSigned(['foreign.test'])
    const expired = await selfSigned(['old.test'], { from: -30, to: -1 })
    const trustStore = [trusted, expired].map(({ certificate }) => certificate).join('\n')
    expect({
      none: await headersWith('verify', undefined, { trustStore }),
      foreign: await headersWith('verify', foreign, { trustStore }),
      expired: await headersWith('verify', expired, { trustStore })
    }).toEqual({ none: undefined, foreign: undefined, expired: undefined })
  })

  it('verified lets expired clients in where the listener does not mind, and strangers not even then', async () => {
    const expired = await selfSigned(['old.test'], { from: -30, to: -1 })
    const stranger = await selfSigned(['old.test'], { from: -30, to: -1 })
    const more = { trustStore: expired.certificate, mutual: { ignoreClientCertificateExpiry: true } }
    expect(await headersWith('verify', expired, more)).toBeDefined()
    expect(await headersWith('verify', stranger, more)).toBeUndefined()
    expect(await headersWith('verify', undefined, more)).toBeUndefined()
  })

  it('verified keeps out who is on the revocation list', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
    const dates = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) }
    const authority = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=clients',
      ...dates,
      signingAlgorithm: algorithm,
      keys: keys as never,
      extensions: [
        new x509.BasicConstraintsExtension(true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign)
      ]
    })
    async function issue(serialNumber: string) {
      const own = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber,
        subject: `CN=client ${serialNumber}`,
        issuer: authority.subject,
        ...dates,
        signingAlgorithm: algorithm,
        publicKey: own.publicKey as never,
        signingKey: keys.privateKey as never
      })
      const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey)
      return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') }
    }
    const crl = await x509.X509CrlGenerator.create({
      issuer: authority.subject,
      thisUpdate: dates.notBefore,
      nextUpdate: dates.notAfter,
      entries: [{ serialNumber: '02', revocationDate: dates.notBefore }],
      signingAlgorithm: algorithm,
      signingKey: keys.privateKey as never
    })
    const list = crl.toString('pem').replace(/(BEGIN|END) CRL/g, '$1 X509 CRL')
    const trustStore = `${authority.toString('pem')}\n${list}`
    expect(await headersWith('verify', await issue('01'), { trustStore })).toBeDefined()
    expect(await headersWith('verify', await issue('02'), { trustStore })).toBeUndefined()
  })

  it('needs a trust store to verify by', async () => {
    await expect(start(sketch('verify'))).rejects.toMatchObject({ code: 'TRUST_STORE_MISSING', exitCode: 2 })
  })
})
