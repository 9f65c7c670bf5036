/**
 * The load balancer against other proxies: each on one core, with the same backend and the same load from the other one.
 * Writes its part of docs/performance.md and the plot. `ALB_BENCH_SECONDS` is how long each run lasts (default 4),
 * `ALB_BENCH_ROUNDS` how many there are, of which the median counts (default 3).
 *
 * @module
 */

import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { createDevelopmentAuthority } from '../../src/load-balancer/index.ts'
import { type Figures, load, loadSteadily } from './alb/load.ts'
import {
  bareProxy,
  type Contender,
  type Launch,
  loadBalancer,
  type Protocol,
  proxies,
  type Running,
  run
} from './alb/proxies.ts'
import { type Extras, plot, type Row, report } from './alb/report.ts'
import { machine, percentile, writePart } from './figures.ts'

const seconds = Number(process.env.ALB_BENCH_SECONDS ?? 4)
const rounds = Number(process.env.ALB_BENCH_ROUNDS ?? 3)
const [proxyCore, loadCore] = [1, 0]
const proxyPorts = { backend: 19_100, grpcBackend: 19_101, uploads: 19_102, big: 19_103 }
const gigabyte = 2 ** 30

const folder = mkdtempSync(join(tmpdir(), 'alb-bench-'))
const started: Running[] = []
const backends: Running[] = []

async function start(command: [string, ...string[]], core: number, port: number): Promise<Running> {
  const running = await run(command, core, port)
  started.push(running)
  return running
}

async function stop(running: Running): Promise<void> {
  started.splice(started.indexOf(running), 1)
  await running.stop()
}

async function startBackends(): Promise<void> {
  const body = 'x'.repeat(1024)
  const file = join(folder, 'backend.conf')
  const big = join(folder, 'big')
  mkdirSync(big)
  writeFileSync(join(big, 'file'), '')
  truncateSync(join(big, 'file'), gigabyte)
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/backend.pid; user root; events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; default_type text/plain; client_body_temp_path ${folder}/b;
proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
server { listen 127.0.0.1:${proxyPorts.backend}; location / { return 200 "${body}"; } location = /file { root ${big}; } } }`
  )
  backends.push(
    await start(['nginx', '-c', file, '-p', folder, '-e', join(folder, 'backend.log')], loadCore, proxyPorts.backend)
  )
  const grpc = ['--no-tls', '--echo-upload', '--trailer=grpc-status: 0', '-d', folder, String(proxyPorts.grpcBackend)]
  await start(['nghttpd', ...grpc], loadCore, proxyPorts.grpcBackend)
  const uploads = fileURLToPath(new URL('alb/backend.ts', import.meta.url))
  await start([process.execPath, uploads, String(proxyPorts.uploads)], loadCore, proxyPorts.uploads)
  // A message of gRPC: not compressed, five bytes long.
  writeFileSync(join(folder, 'message'), Buffer.from([0, 0, 0, 0, 5, ...Buffer.from('hello')]))
}

let serial = 0
async function launchOf(rules: number, backendPort = proxyPorts.backend): Promise<Launch> {
  serial += 1
  const base = 20_000 + serial * 3
  return {
    ports: { HTTP: base, HTTPS: base + 1, gRPC: base + 2 },
    backendPort,
    grpcBackendPort: proxyPorts.grpcBackend,
    certificate: join(folder, 'certificate.pem'),
    key: join(folder, 'key.pem'),
    rules,
    folder: join(folder, `proxy-${serial}`)
  }
}

async function startProxy(proxy: Contender, launch: Launch): Promise<Running> {
  const running = await start(await proxy.command(launch), proxyCore, launch.ports.HTTP)
  await proxy.prepare?.(launch)
  return running
}

function median(figures: Figures[], key: keyof Figures): number {
  return percentile(
    figures.map(one => one[key]),
    0.5
  )
}

/** Every proxy in turn, and all of them again: what disturbs the machine disturbs all alike. */
async function compare(protocol: Protocol, rules: number): Promise<Row[]> {
  const running = new Map<Contender, { launch: Launch; process: Running; figures: Figures[]; costs: number[] }>()
  for (const proxy of proxies.filter(({ protocols }) => protocols.includes(protocol))) {
    const launch = await launchOf(rules)
    try {
      running.set(proxy, { launch, process: await startProxy(proxy, launch), figures: [], costs: [] })
    } catch (error) {
      console.log(`${proxy.name} is left out: ${(error as Error).message.split('\n')[0]} (${proxy.hint})`)
    }
  }
  for (const { launch } of running.values()) {
    await load(protocol, launch, { seconds, core: loadCore, folder })
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const one of running.values()) {
      const before = one.process.processorTime()
      const figures = await load(protocol, one.launch, { seconds, core: loadCore, folder })
      one.figures.push(figures)
      one.costs.push((one.process.processorTime() - before) / (figures.requestsPerSecond * seconds))
    }
  }
  const rows: Row[] = []
  for (const [proxy, { process, figures, costs }] of running) {
    const row = {
      proxy: proxy.name,
      protocol,
      rules,
      requestsPerSecond: median(figures, 'requestsPerSecond'),
      cost: percentile(costs, 0.5),
      p50: median(figures, 'p50'),
      p99: median(figures, 'p99'),
      failed: figures.reduce((sum, { failed }) => sum + failed, 0),
      memory: process.memory()
    }
    rows.push(row)
    console.log(
      `${protocol}, ${rules} rules, ${row.proxy}: ${row.requestsPerSecond.toFixed(0)}/s, ${(row.cost * 1e6).toFixed(0)} µs, p50 ${row.p50.toFixed(2)} ms, p99 ${row.p99.toFixed(2)} ms, ${(row.memory / 2 ** 20).toFixed(0)} MiB${row.failed > 0 ? `, ${row.failed} failed` : ''}`
    )
    await stop(process)
  }
  return rows
}

/**
 * Without and with the load balancer, in turns. So little load is put ahead of other programs where the user may do so: who
 * waits for the processor otherwise says nothing of the load balancer.
 */
async function addedLatency(): Promise<Extras['steady']> {
  const launch = await launchOf(1)
  const process = await startProxy(loadBalancer, launch)
  const options = { seconds: 2 * seconds, core: loadCore, folder }
  await load('HTTP/1.1', launch, { seconds, core: loadCore, folder })
  const direct: Figures[] = []
  const through: Figures[] = []
  const preferred = [process, ...backends].every(one => one.prefer(true))
  for (let round = 0; round < rounds; round += 1) {
    direct.push(await loadSteadily(proxyPorts.backend, { ...options, preferred }))
    through.push(await loadSteadily(launch.ports.HTTP, { ...options, preferred }))
  }
  for (const backend of backends) {
    backend.prefer(false)
  }
  await stop(process)
  return { direct: median(direct, 'p99'), through: median(through, 'p99') }
}

async function swapUnderLoad(): Promise<Extras['swaps']> {
  const launch = await launchOf(1)
  const process = await startProxy(loadBalancer, launch)
  const swapped = new Promise<number>(resolve =>
    process.child.once('message', message => resolve((message as { milliseconds: number }).milliseconds))
  )
  const loaded = load('HTTP/1.1', launch, { seconds: 3 * seconds, core: loadCore, folder })
  process.child.send({ swap: 1000 })
  const figures = await loaded
  const milliseconds = await swapped
  await stop(process)
  return { milliseconds, failed: figures.failed, requestsPerSecond: figures.requestsPerSecond }
}

/** What a load balancer of many rules and targets holds when a load is over. */
async function memoryOfMany(): Promise<number> {
  const launch = { ...(await launchOf(100)), targets: 1000 }
  const process = await startProxy(loadBalancer, launch)
  await load('HTTP/1.1', launch, { seconds, core: loadCore, folder })
  const memory = process.memory()
  await stop(process)
  return memory
}

/** Sends a gigabyte through; returns by how much the memory grew at most. */
async function stream(backendPort: number, args: (port: number) => string[]): Promise<number> {
  const launch = await launchOf(1, backendPort)
  const process = await startProxy(loadBalancer, launch)
  await load('HTTP/1.1', launch, { seconds: 1, core: loadCore, folder })
  const before = process.memory()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memory())
  }, 20)
  await execa('taskset', [
    '-c',
    `${loadCore}`,
    'curl',
    '--silent',
    '--show-error',
    '--fail',
    '--output',
    '/dev/null',
    ...args(launch.ports.HTTP)
  ])
  clearInterval(timer)
  await stop(process)
  return most - before
}

try {
  const authority = await createDevelopmentAuthority()
  const { certificate, key } = await authority.issue('arn:bench', ['localhost', '127.0.0.1'])
  writeFileSync(join(folder, 'certificate.pem'), certificate)
  writeFileSync(join(folder, 'key.pem'), key)
  await startBackends()
  const rows: Row[] = []
  for (const protocol of ['HTTP/1.1', 'HTTPS', 'HTTP/2', 'gRPC'] as const) {
    for (const rules of [1, 100]) {
      rows.push(...(await compare(protocol, rules)))
    }
  }
  const extras: Extras = {
    steady: await addedLatency(),
    swaps: await swapUnderLoad(),
    memory: await memoryOfMany(),
    download: await stream(proxyPorts.backend, port => [`http://127.0.0.1:${port}/file`]),
    upload: await stream(proxyPorts.uploads, port => ['-T', join(folder, 'big', 'file'), `http://127.0.0.1:${port}/`])
  }
  const text = report(rows, extras, {
    machine: machine(),
    ours: loadBalancer.name,
    bare: bareProxy.name,
    seconds,
    rounds
  })
  writePart('alb', text)
  writeFileSync(fileURLToPath(new URL('../../docs/figures/alb-throughput.svg', import.meta.url)), plot(rows))
  console.log(text)
} finally {
  for (const running of started.splice(0)) {
    await running.stop()
  }
  rmSync(folder, { recursive: true, force: true })
}
