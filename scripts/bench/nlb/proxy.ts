/**
 * The Network Load Balancer of this project, or a bare pipe of Node's, in a process of its own. Arguments: which, and JSON of the launch.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import { keepRequestsYoung } from '../../../src/cli/young-requests.ts'
import { createLoadBalancer } from '../../../src/load-balancer/index.ts'
import { networkStackOf } from '../../../tests/unit/elbv2/network/sketch.ts'
import type { Launch } from '../nlb.ts'

const [which, text = ''] = process.argv.slice(2)
const { ports, backendPort, certificate, key } = JSON.parse(text) as Launch
const pem = { cert: readFileSync(certificate), key: readFileSync(key) }

function pipe(client: net.Socket): void {
  const target = net.connect({ port: backendPort, host: '127.0.0.1', noDelay: true })
  client.pipe(target).pipe(client)
  for (const [one, other] of [
    [client, target],
    [target, client]
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}

if (which === 'pipe') {
  net.createServer({ noDelay: true }, pipe).listen(ports.TCP, '127.0.0.1')
  tls.createServer({ ...pem, noDelay: true }, pipe).listen(ports.TLS, '127.0.0.1')
} else {
  keepRequestsYoung()
  const bound: Record<number, number> = { 80: ports.TCP, 443: ports.TLS, 53: ports.UDP }
  const loadBalancer = createLoadBalancer(
    {
      dnsName: 'bench.elb.eu-west-1.amazonaws.com',
      certificateFor: async arn => ({ arn, certificate: String(pem.cert), key: String(pem.key) }),
      bind: ({ port }) => ({ host: '127.0.0.1', port: bound[port]! })
    },
    'network'
  )
  const listeners = [
    { port: 80, to: 'tcp' },
    { port: 443, protocol: 'TLS' as const, to: 'tcp', sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
    { port: 53, protocol: 'UDP' as const, to: 'udp' }
  ]
  const target = [{ id: 'i-1', address: '127.0.0.1', port: backendPort }]
  const targetGroups = { tcp: { protocol: 'TCP' as const }, udp: { protocol: 'UDP' as const } }
  await loadBalancer.apply(
    networkStackOf({ listeners, targetGroups }),
    new Map([
      ['tcp', target],
      ['udp', target]
    ])
  )
}
