import { describe, expect, test } from '@jest/globals'
import type { ListenerDescription, LoadBalancerDescription } from '../../../src/elbv2/index.ts'
import { describeLoadBalancers } from '../../../src/report/index.ts'

/** The line to paste of a load balancer with these listeners, from `curl` to the places. */
function clientOf(...listeners: [protocol: ListenerDescription['protocol'], port: number][]): string | undefined {
  const loadBalancer: LoadBalancerDescription = {
    id: 'ns/edge',
    type: 'network',
    name: 'edge',
    dnsName: 'edge.localhost',
    scheme: 'internal',
    listeners: listeners.map(([protocol, port]) => ({ protocol, port, address: `127.0.0.1:${port}` })),
    targetGroups: []
  }
  return /^ {2}(curl .*?) --connect-to .* (\S+)$/m
    .exec(describeLoadBalancers([loadBalancer], { authorityFile: 'ca.pem' }))
    ?.slice(1)
    .join(' ')
}

describe('the line to paste takes every certificate that it may meet', () => {
  test.each<[what: string, listeners: Parameters<typeof clientOf>, line: string | undefined]>([
    ['no TLS', [['HTTP', 80]], 'curl -L http://edge.localhost/'],
    ['an HTTPS listener', [['HTTPS', 443]], 'curl -L --cacert ca.pem https://edge.localhost/'],
    [
      'a TLS listener beside TCP, which may redirect to it',
      [
        ['TCP', 80],
        ['TLS', 443]
      ],
      'curl -L --cacert ca.pem https://edge.localhost/'
    ],
    ['TLS that ends behind the load balancer', [['TCP', 443]], 'curl -L --insecure https://edge.localhost/'],
    [
      'a plain port whose gateway redirects to TLS behind the load balancer',
      [
        ['TCP', 80],
        ['TCP', 443]
      ],
      'curl -L --insecure http://edge.localhost/'
    ],
    ['TCP and UDP on one port', [['TCP_UDP', 443]], 'curl -L --insecure https://edge.localhost/'],
    ['TLS behind a port like 443', [['TCP', 8443]], 'curl -L --insecure https://edge.localhost:8443/'],
    ['a port that tells no protocol', [['TCP', 5432]], undefined],
    ['UDP alone', [['UDP', 443]], undefined]
  ])('%s', (_, listeners, line) => {
    expect(clientOf(...listeners)).toBe(line)
  })
})
