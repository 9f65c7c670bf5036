/**
 * The load balancer of this project in a process of its own. Arguments: JSON of {@link Launch}.
 * A message `{"swap": n}` applies n configurations one after the other, and answers with their time.
 */

import { readFileSync } from 'node:fs'
import { keepRequestsYoung } from '../../../src/cli/young-requests.ts'
import { createLoadBalancer } from '../../../src/load-balancer/index.ts'
import { forwardTo, path, type StackSketch, stackOf } from '../../../tests/unit/elbv2/sketch.ts'
import type { Launch } from './proxies.ts'

const {
  ports,
  backendPort,
  grpcBackendPort,
  certificate,
  key,
  rules,
  targets: count = 1
} = JSON.parse(process.argv[2]!) as Launch

/** Rules of which the last one matches: every request has to pass all of them. */
function rulesTo(group: string, count: number): StackSketch['listeners'][number]['rules'] {
  return Array.from({ length: count }, (_, index) => ({
    conditions: [path(index === count - 1 ? '/*' : `/r${index}/*`)],
    actions: [forwardTo(group)]
  }))
}

function sketch(count: number): StackSketch {
  return {
    listeners: [
      { port: 80, rules: rulesTo('app', count) },
      { port: 443, protocol: 'HTTPS', rules: rulesTo('app', count), sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
      { port: 8443, protocol: 'HTTPS', rules: rulesTo('grpc', count), sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' }
    ],
    targetGroups: {
      app: { healthCheckConfig: { path: '/' } as never },
      grpc: { protocolVersion: 'GRPC', healthCheckConfig: { path: '/', matcher: { grpcCode: '0-99' } } as never }
    }
  }
}

const bound: Record<number, number> = { 80: ports.HTTP, 443: ports.HTTPS, 8443: ports.gRPC }
function target(port: number) {
  return Array.from({ length: count }, (_, index) => ({ id: `i-${index}`, address: '127.0.0.1', port }))
}
const targets = new Map([
  ['app', target(backendPort)],
  ['grpc', target(grpcBackendPort)]
])
const pem = { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }
keepRequestsYoung()
const loadBalancer = createLoadBalancer({
  dnsName: 'bench.eu-west-1.elb.amazonaws.com',
  certificateFor: async arn => ({ arn, ...pem }),
  bind: ({ port }) => ({ host: '127.0.0.1', port: bound[port]! })
})
// Not awaited: the bundle is CommonJS, which takes no `await` outside of functions. Who starts it waits for its port.
void loadBalancer.apply(stackOf(sketch(rules)), targets)

process.on('message', async ({ swap }: { swap: number }) => {
  const start = performance.now()
  for (let index = 0; index < swap; index += 1) {
    await loadBalancer.apply(stackOf(sketch(1 + (index % 100))), targets)
    // A change waits for nothing outside: a thousand in one turn would keep every client waiting.
    await new Promise(resolve => setImmediate(resolve))
  }
  process.send?.({ milliseconds: performance.now() - start })
})
