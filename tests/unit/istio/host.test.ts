import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { hostsForNamespace, intersect, mostSpecific, qualified } from '../../../src/istio/host.ts'

const label = fc.constantFrom('a', 'b', 'shop')
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => [...labels, 'test'].join('.'))
const pattern = fc.oneof(
  name,
  name.map(host => `*.${host}`),
  fc.constant('*')
)

/** Whether a pattern stands for a name, said another way than the code says it. */
function covers(host: string, one: string): boolean {
  return host === '*' || host === one || (host.startsWith('*.') && one.endsWith(host.slice(1)))
}

describe('hosts', () => {
  test('two lists have in common what both stand for', () => {
    fc.assert(
      fc.property(fc.array(pattern), fc.array(pattern), name, (hosts, others, one) => {
        const common = intersect(hosts, others).some(host => covers(host, one))
        expect(common).toBe(hosts.some(host => covers(host, one)) && others.some(host => covers(host, one)))
      })
    )
  })

  test('the most specific host covers the name, and none that covers it is longer', () => {
    fc.assert(
      fc.property(fc.array(pattern), name, (hosts, one) => {
        const chosen = mostSpecific(hosts, one)
        const covering = hosts.filter(host => covers(host, one))
        if (chosen === undefined) {
          expect(covering).toEqual([])
        } else {
          expect(covers(chosen, one)).toBe(true)
          for (const host of covering) {
            expect(host === one ? chosen : chosen.length >= host.length).toBeTruthy()
          }
          if (covering.includes(one)) {
            expect(chosen).toBe(one)
          }
        }
      })
    )
  })

  test.each([
    ['*.example.com', 'shop', ['*.example.com']],
    ['shop/*.example.com', 'shop', ['*.example.com']],
    ['shop/*.example.com', 'other', []],
    ['*/a.example.com', 'other', ['a.example.com']],
    ['./a.example.com', 'istio-system', ['a.example.com']],
    ['./a.example.com', 'shop', []]
  ])('%s for VirtualServices of %s is %j', (host, namespace, expected) => {
    expect(hostsForNamespace([host], 'istio-system', namespace)).toEqual(expected)
  })

  test.each([
    ['web', 'web.shop.svc.cluster.local'],
    ['web.other', 'web.other'],
    ['Web.Example.com', 'web.example.com'],
    ['*', '*']
  ])('%s is %s in full', (host, expected) => {
    expect(qualified(host, 'shop')).toBe(expected)
  })
})
