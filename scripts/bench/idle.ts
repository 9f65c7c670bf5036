/**
 * Ten thousand clients that hold a connection and ask nothing: what each costs in memory, and what a request beside them
 * takes. The clients are a process of their own. Needs 20,000 file descriptors (`ulimit -n`).
 *
 * @module
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import https from 'node:https'
import net from 'node:net'
import { performance } from 'node:perf_hooks'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { createDevelopmentAuthority, createLoadBalancer } from '../../src/load-balancer/index.ts'
import { respond, stackOf } from '../../tests/unit/elbv2/sketch.ts'
import { printTimes } from './figures.ts'

const connectionCount = 10_000
/** Opened at a time, so that the backlog does not overflow. */
const together = 100

/** The clients: arguments are `clients`, a port, and `HTTP` or `HTTPS`. */
async function hold(port: number, protocol: string): Promise<void> {
  function open(): Promise<unknown> {
    const secure = protocol === 'HTTPS'
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false }
    return once(secure ? tls.connect(options) : net.connect(options), secure ? 'secureConnect' : 'connect')
  }
  for (let count = 0; count < connectionCount; count += together) {
    await Promise.all(Array.from({ length: together }, open))
  }
  process.send?.('open')
  process.on('disconnect', () => process.exit())
}

function request(port: number): Promise<number> {
  const begin = performance.now()
  return new Promise((resolve, reject) =>
    https
      .get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }, response =>
        response.resume().on('end', () => resolve(performance.now() - begin))
      )
      .on('error', reject)
  )
}

async function measure(): Promise<void> {
  const authority = await createDevelopmentAuthority()
  const loadBalancer = createLoadBalancer({
    dnsName: 'bench.test',
    certificateFor: arn => authority.issue(arn, ['bench.test']),
    bind: () => ({ host: '127.0.0.1', port: 0 })
  })
  const listeners = (['HTTP', 'HTTPS'] as const).map((protocol, index) => ({
    port: index + 1,
    protocol,
    sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    defaultActions: [respond('200', 'hello')]
  }))
  await loadBalancer.apply(stackOf({ listeners }), new Map())
  const [plain, secure] = loadBalancer.describe().listeners.map(({ address }) => Number(address.split(':')[1]))
  await request(secure!)
  for (const [protocol, port] of [
    ['HTTP', plain!],
    ['HTTPS', secure!]
  ] as const) {
    const before = process.memoryUsage().rss
    const begin = performance.now()
    const clients = fork(fileURLToPath(import.meta.url), ['clients', String(port), protocol])
    await once(clients, 'message')
    const seconds = (performance.now() - begin) / 1000
    const each = (process.memoryUsage().rss - before) / connectionCount / 1024
    console.log(
      `${connectionCount} idle ${protocol} connections: ${each.toFixed(1)} KB each, opened in ${seconds.toFixed(1)} s`
    )
    const times: number[] = []
    for (let count = 0; count < 20; count++) {
      times.push(await request(secure!))
    }
    printTimes(`a request with a connection of its own beside them, ${protocol}`, times)
    clients.disconnect()
    await once(clients, 'exit')
  }
  await loadBalancer.close()
}

if (process.argv[2] === 'clients') {
  await hold(Number(process.argv[3]), process.argv[4]!)
} else {
  await measure()
}
