import { createSecureContext } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { hasHybridGroups, isSSLPolicy, sslPolicy, sslPolicyNames } from '../../../src/elbv2/ssl-policy.ts'
import { connectTLS } from '../load-balancer/client.ts'
import { useRigs } from '../load-balancer/rig.ts'

const { start } = useRigs()

function ciphersOf(name: string): string[] {
  return sslPolicy(`ELBSecurityPolicy-${name}`).ciphers.split(':')
}

it('every policy is one that OpenSSL takes', () => {
  for (const name of sslPolicyNames()) {
    expect(() => createSecureContext(sslPolicy(name))).not.toThrow()
  }
})

it.each([
  ['TLS13-1-3-2021-06', 3],
  ['TLS13-1-2-Res-2021-06', 7],
  ['TLS13-1-2-2021-06', 11],
  ['TLS13-1-2-Ext1-2021-06', 15],
  ['TLS13-1-2-Ext2-2021-06', 21],
  ['TLS13-1-1-2021-06', 22],
  ['TLS13-1-0-2021-06', 22],
  ['TLS13-1-2-Ext0-FIPS-2023-04', 14],
  ['TLS13-1-2-FIPS-2023-04', 10],
  ['TLS-1-2-2017-01', 12],
  ['TLS-1-2-Ext-2018-06', 18],
  ['FS-2018-06', 13],
  ['FS-1-2-Res-2019-08', 8],
  ['FS-1-2-Res-2020-10', 4]
])('%s has %d ciphers, with the level that old versions need', (name, count) => {
  expect(ciphersOf(name)).toHaveLength(count)
})

describe('names', () => {
  it('are AWS’s, and no others', () => {
    expect(sslPolicyNames()).toHaveLength(45)
    expect(isSSLPolicy('ELBSecurityPolicy-TLS13-1-2-Ext0-2021-06')).toBe(false)
    expect(isSSLPolicy('ELBSecurityPolicy-TLS13-1-1-PQ-2025-09')).toBe(false)
    expect(() => sslPolicy('x')).toThrow("SSL policy 'x' not found")
  })

  it('tell what a policy leaves out', () => {
    for (const name of sslPolicyNames()) {
      const { ciphers, minVersion } = sslPolicy(name)
      if (name.includes('FIPS')) {
        expect(ciphers).not.toContain('CHACHA20')
      }
      if (name.includes('-1-2-') || name.includes('-1-3-')) {
        expect(minVersion >= 'TLSv1.2').toBe(true)
      }
      if (name.includes('-Res-')) {
        expect(ciphers).not.toMatch(/-SHA(:|$)/)
      }
      if (/-RFC9151-FIPS/.test(name)) {
        expect(ciphers).not.toContain('128')
      }
    }
  })
})

// Without OpenSSL 3.5 the post-quantum policies offer the classical groups, which docs/unverified.md tells.
const itWithHybrids = hasHybridGroups ? it : it.skip
itWithHybrids('the post-quantum policies exchange keys by ML-KEM, the others do not', async () => {
  async function takes(sslPolicyName: string): Promise<boolean> {
    const rig = await start({ listeners: [{ port: 443, protocol: 'HTTPS', sslPolicy: sslPolicyName }] })
    const client = await connectTLS(rig.portOf(443), { ecdhCurve: 'X25519MLKEM768' }).catch(() => undefined)
    client?.socket.destroy()
    return client !== undefined
  }
  expect(await takes('ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09')).toBe(true)
  expect(await takes('ELBSecurityPolicy-TLS13-1-2-Res-2021-06')).toBe(false)
})
