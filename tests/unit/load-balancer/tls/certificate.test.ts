import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { coversHost } from '../../../../src/elbv2/index.ts'
import { createDevelopmentAuthority } from '../../../../src/load-balancer/index.ts'
import {
  certificatesFor,
  type ListedCertificate,
  listCertificate
} from '../../../../src/load-balancer/tls/certificate.ts'

it.each([
  ['app.test', 'app.test', true],
  ['app.test', 'www.app.test', false],
  ['*.app.test', 'www.app.test', true],
  ['*.app.test', 'app.test', false],
  ['*.app.test', 'a.b.app.test', false],
  ['*.app.test', '.app.test', false],
  ['w*.app.test', 'www.app.test', false]
])('a certificate for %s covers %s: %s', (domain, host, covers) => {
  expect(coversHost(domain, host)).toBe(covers)
})

describe('of several certificates for a name', () => {
  function listed(arn: string, more: Partial<ListedCertificate> = {}): ListedCertificate {
    return {
      arn,
      certificate: '',
      key: '',
      domains: ['app.test'],
      isECDSA: false,
      keyLength: 2048,
      hash: 'SHA-256',
      validity: 90,
      fingerprint: arn,
      ...more
    }
  }
  it.each<[name: string, list: ListedCertificate[], best: string | undefined]>([
    [
      'an ECDSA key comes before a longer RSA one',
      [listed('rsa', { keyLength: 4096 }), listed('ec', { isECDSA: true, keyLength: 256 })],
      'ec'
    ],
    ['SHA comes before MD5', [listed('md5', { hash: 'MD5', keyLength: 4096 }), listed('sha')], 'sha'],
    ['the longer key comes first', [listed('2048', { validity: 900 }), listed('4096', { keyLength: 4096 })], '4096'],
    ['the longer validity comes first', [listed('short'), listed('long', { validity: 900 })], 'long'],
    ['the one listed first stays first among equals', [listed('one'), listed('two')], 'one'],
    ['others do not count', [listed('other', { domains: ['x.test'], isECDSA: true }), listed('app')], 'app'],
    ['none fits another name', [listed('other', { domains: ['x.test'] })], undefined]
  ])('%s', (_name, list, best) => {
    expect(certificatesFor(list, 'App.test.')[0]?.arn).toBe(best)
  })
})

it('the authority for development issues what clients accept, for names and addresses', async () => {
  const authority = await createDevelopmentAuthority()
  const issued = await authority.issue('arn:x', ['app.test', '*.app.test', '127.0.0.1', '::1'])
  const leaf = new X509Certificate(issued.certificate)
  expect(leaf.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true)
  expect(leaf.checkHost('www.app.test')).toBe('*.app.test')
  expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(leaf.checkIP('::1')).toBe('::1')
  expect((leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / 86_400_000).toBeLessThan(398)
  expect(listCertificate(issued)).toMatchObject({
    arn: 'arn:x',
    domains: ['app.test', '*.app.test'],
    isECDSA: true,
    keyLength: 256,
    hash: 'SHA-256'
  })
})
