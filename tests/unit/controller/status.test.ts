import { describe, expect, test } from '@jest/globals'
import { showsStatus, statusOfMember } from '../../../src/controller/status.ts'
import type { Ingress } from '../../../src/resources/index.ts'

function listener(port: number) {
  return { port, protocol: 'HTTP' as const, address: `127.0.0.1:${port + 8000}` }
}

test('the status has the DNS name in lower case, and the listeners’ own ports in order', () => {
  expect(
    statusOfMember({ dnsName: 'Edge-1.us-west-2.elb.localhost', listeners: [listener(443), listener(80)] })
  ).toEqual([{ hostname: 'edge-1.us-west-2.elb.localhost', ports: [{ port: 80 }, { port: 443 }] }])
})

test('what stands in front is shown by its name alone', () => {
  const edge = { dnsName: 'edge.elb.localhost', listeners: [listener(80)] }
  expect(statusOfMember(edge, 'Front.elb.localhost')).toEqual([
    { hostname: 'edge.elb.localhost', ports: [{ port: 80 }] },
    { hostname: 'front.elb.localhost' }
  ])
})

describe('whether an Ingress shows the status', () => {
  const wanted = { hostname: 'edge.elb.localhost', ports: [{ port: 80 }, { port: 443 }] }
  type Entries = NonNullable<NonNullable<Ingress['status']>['loadBalancer']>['ingress']
  const cases: { name: string; entries: Entries; shown: boolean }[] = [
    { name: 'no status', entries: undefined, shown: false },
    { name: 'no entries', entries: [], shown: false },
    { name: 'the same', entries: [wanted], shown: true },
    { name: 'the ports in another order', entries: [{ ...wanted, ports: [{ port: 443 }, { port: 80 }] }], shown: true },
    { name: 'another host name', entries: [{ ...wanted, hostname: 'other' }], shown: false },
    { name: 'a port less', entries: [{ ...wanted, ports: [{ port: 80 }] }], shown: false },
    { name: 'no ports', entries: [{ hostname: wanted.hostname }], shown: false },
    { name: 'an address beside', entries: [{ ...wanted, ip: '192.0.2.1' }], shown: false },
    { name: 'a second entry', entries: [wanted, { hostname: 'other' }], shown: false }
  ]
  test.each(cases)('$name', ({ entries, shown }) => {
    const ingress: Ingress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web', namespace: 'shop' },
      ...(entries && { status: { loadBalancer: { ingress: entries } } })
    }
    expect(showsStatus(ingress, [wanted])).toBe(shown)
  })
})
