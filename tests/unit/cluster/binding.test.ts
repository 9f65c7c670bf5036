import { describe, expect, test } from '@jest/globals'
import { bindingOf } from '../../../src/cluster/index.ts'
import { Failure } from '../../../src/failure.ts'
import { dnsNameOf } from '../../../src/targets/index.ts'

describe('where a listener binds', () => {
  test.each([
    { name: 'a bindable port as it is', port: 443, lowestBindable: 0, bound: 443 },
    { name: 'a privileged port, moved', port: 443, lowestBindable: 1024, bound: 8443 },
    { name: 'a port above, as it is', port: 8443, lowestBindable: 1024, bound: 8443 },
    { name: 'a lowered limit of the system', port: 443, lowestBindable: 400, bound: 443 },
    { name: 'an offset that was asked for, always', port: 8443, lowestBindable: 0, portOffset: 100, bound: 8543 },
    { name: 'offset 0 means as it is', port: 443, lowestBindable: 1024, portOffset: 0, bound: 443 }
  ])('$name', ({ port, lowestBindable, portOffset, bound }) => {
    expect(bindingOf({ port, protocol: 'HTTPS' }, { lowestBindable, portOffset })).toEqual({
      host: '127.0.0.1',
      port: bound
    })
  })

  test('a sum that is no port is refused with the largest offset that fits', () => {
    function bind() {
      return bindingOf({ port: 8443, protocol: 'HTTPS' }, { portOffset: 60_000 })
    }
    expect(bind).toThrow(Failure)
    expect(bind).toThrow('listener HTTPS:8443 and --port-offset 60000 make 68443')
  })
})

describe('DNS names', () => {
  test("have AWS's form under .localhost", () => {
    expect(dnsNameOf({ name: 'k8s-Edge-1', scheme: 'internet-facing' }, 'us-west-2')).toMatch(
      /^k8s-edge-1-\d{10}\.us-west-2\.elb\.localhost$/
    )
    expect(dnsNameOf({ name: 'k8s-edge-1', scheme: 'internal' }, 'eu-west-1')).toMatch(
      /^internal-k8s-edge-1-\d{10}\.eu-west-1\.elb\./
    )
    expect(dnsNameOf({ name: 'k8s-edge-1', scheme: 'internal', type: 'network' }, 'eu-west-1')).toMatch(
      /^k8s-edge-1-[0-9a-f]{16}\.elb\.eu-west-1\.localhost$/
    )
  })

  test('repeat for the same name and differ for another', () => {
    function name(text: string) {
      return dnsNameOf({ name: text, scheme: 'internal' }, 'us-west-2')
    }
    expect(name('a')).toBe(name('a'))
    expect(name('a')).not.toBe(name('b').replace('internal-b', 'internal-a'))
  })
})
