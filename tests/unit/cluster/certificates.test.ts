import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { type CertificateMade, Certificates } from '../../../src/cluster/certificates.ts'
import { createDevelopmentAuthority } from '../../../src/load-balancer/index.ts'

const listed = { arn: 'arn:listed', domains: ['*.example.com'], status: 'ISSUED' }
const hosts = ['shop.example.net', 'edge.localhost']

describe('development certificates', () => {
  const made: CertificateMade[] = []
  async function open() {
    made.length = 0
    const authority = await createDevelopmentAuthority()
    return new Certificates(authority, { certificates: [listed] }, one => made.push(one))
  }
  function namesOf(pem: string): string | undefined {
    return new X509Certificate(pem).subjectAltName
  }

  test('of an ARN that nobody knows are for the hosts in question, and it is told', async () => {
    const { certificate } = await (await open()).for('edge', 'arn:unknown', hosts)
    expect(namesOf(certificate)).toBe('DNS:shop.example.net, DNS:edge.localhost')
    expect(made).toEqual([{ type: 'certificate-made', loadBalancer: 'edge', arn: 'arn:unknown', domains: hosts }])
  })

  test('of an ARN of aws.yaml are for its domains and no others', async () => {
    const { certificate } = await (await open()).for('edge', listed.arn, hosts)
    expect(namesOf(certificate)).toBe('DNS:*.example.com')
    expect(made).toEqual([])
  })

  test('are made once, until the hosts change', async () => {
    const certificates = await open()
    const first = await certificates.for('edge', 'arn:unknown', hosts)
    expect(await certificates.for('edge', 'arn:unknown', [...hosts])).toBe(first)
    expect(await certificates.for('edge', 'arn:unknown', ['other.test'])).not.toBe(first)
    expect(made).toHaveLength(2)
  })
})
