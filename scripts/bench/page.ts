/**
 * What the page costs: what a browser loads and when it shows something, and what 500 requests a second cost the load balancer while
 * one looks on. The same load goes in turn to a `simulate` without a page and to one whose page is open in Chromium; its targets are
 * a process of their own, so that the time counted is the load balancer's and the page's. Needs Linux (/proc, taskset) and Chromium.
 *
 * @module
 */

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser, Page } from 'playwright-core'
import { browserMissing, startBrowser } from '../../tests/e2e/browser.ts'
import { goalsTable, percentile, printTimes, writePart } from './figures.ts'
import type { LoadOrder, LoadResult } from './page/load.ts'
import { recorderTimes } from './page/recorder.ts'

const nodePort = 31_080
const rate = 500
const pairs = 7
const seconds = 3
/** Of the first rounds, which do not count: what runs is compiled then. */
const warmUp = 1

/** Of the machine's clock in /proc: Linux has it at 100 a second on every architecture that Node runs on. */
const ticks = 100

const manifests = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: bench
  namespace: istio-system
  annotations:
    alb.ingress.kubernetes.io/scheme: internal
    alb.ingress.kubernetes.io/healthcheck-path: /
spec:
  ingressClassName: alb
  rules:
${['/cart', '/orders', '/'].map(path => `    - {host: shop.example.com, http: {paths: [{path: ${path}, pathType: Prefix, backend: {service: {name: istio-ingressgateway, port: {number: 80}}}}]}}`).join('\n')}
---
apiVersion: v1
kind: Service
metadata: {name: istio-ingressgateway, namespace: istio-system, labels: {istio: ingressgateway}}
spec:
  type: NodePort
  selector: {istio: ingressgateway}
  ports: [{name: http2, port: 80, targetPort: 8080, nodePort: ${nodePort}}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: bench, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [shop.example.com]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [istio-system/bench]
  http:
    - {match: [{uri: {prefix: /cart}}], route: [{destination: {host: cart, port: {number: 80}}}]}
    - {route: [{destination: {host: web, port: {number: 80}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80}]}
`

/** A `simulate` that runs. */
interface Served {
  process: ChildProcess
  port: number
  page: string | undefined
}

/** Keeps a process, and what it starts from now on, to a core. */
async function pin({ pid }: { pid?: number | undefined }, core: number): Promise<void> {
  await once(spawn('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' }), 'exit')
}

async function simulate(file: string, page: 'off' | '0', offset: number): Promise<Served> {
  const args = ['bin/istio-alb.js', 'simulate', file, '--nodes', '127.0.0.1', '-o', 'json', '--drain', '0']
  const started = spawn(process.execPath, [...args, '--port-offset', String(offset), '--page', page], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const lines = createInterface(started.stdout!)
  const [line] = (await once(lines, 'line')) as [string]
  lines.on('line', () => {})
  const ready = JSON.parse(line) as { page?: string; loadBalancers: { listeners: { address: string }[] }[] }
  return {
    process: started,
    port: Number(ready.loadBalancers[0]!.listeners[0]!.address.split(':')[1]),
    page: ready.page
  }
}

/** Seconds of processor time that a process has had, with all its threads. */
function processorTime({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticks
}

interface Measured {
  /** Microseconds of processor time. */
  perRequest: number
  requestsPerSecond: number
}

async function measure(load: ChildProcess, { process: served, port }: Served, steady: boolean): Promise<Measured> {
  const order: LoadOrder = { port, seconds, ...(steady && { rate }) }
  const before = processorTime(served)
  load.send(order)
  const [result] = (await once(load, 'message')) as [LoadResult]
  if (result.failed > result.answered / 100) {
    throw new Error(`${result.failed} of ${result.answered + result.failed} requests failed`)
  }
  const used = processorTime(served) - before
  return { perRequest: (used / result.answered) * 1e6, requestsPerSecond: result.answered / result.seconds }
}

const looks = `new Promise(resolve => {
  const paint = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime
  const tell = () => document.querySelector('[data-node]') && paint() !== undefined && resolve([paint(), performance.now()])
  new MutationObserver(tell).observe(document, { subtree: true, childList: true })
  setInterval(tell, 5)
})`

/** Milliseconds until something, and until the map, is there; and what was transferred. */
async function openPage(browser: Browser, url: string): Promise<{ paint: number; map: number; bytes: number }> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(url, { waitUntil: 'commit' })
  const [paint, map] = (await page.evaluate(looks)) as [number, number]
  const bytes = (await page.evaluate(
    `['navigation', 'resource'].flatMap(type => performance.getEntriesByType(type)).filter(one => !one.name.endsWith('/events')).reduce((sum, one) => sum + one.transferSize, 0)`
  )) as number
  await page.close()
  return { paint, map, bytes }
}

async function look(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(url)
  await page.locator('[data-node]').first().waitFor()
  return page
}

interface Pair {
  off: Measured
  open: Measured
}

/** How much more a request costs with the page open, as a share. */
function costOf({ off, open }: Pair): number {
  return open.perRequest / off.perRequest - 1
}

function lostOf({ off, open }: Pair): number {
  return 1 - open.requestsPerSecond / off.requestsPerSecond
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function rangeOf(shares: number[]): string {
  return `${percent(percentile(shares, 0.5))} median of ${shares.length} pairs (${percent(Math.min(...shares))} to ${percent(Math.max(...shares))})`
}

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-bench-page-'))
  const file = join(folder, 'edge.yaml')
  writeFileSync(file, manifests)
  const children: ChildProcess[] = []
  let browser: Browser | undefined
  try {
    const backend = fork(new URL('page/backend.ts', import.meta.url), [String(nodePort)])
    children.push(backend)
    await once(backend, 'message')
    const load = fork(new URL('page/load.ts', import.meta.url))
    children.push(load)
    await once(load, 'message')
    const off = await simulate(file, 'off', 24_000)
    children.push(off.process)
    const open = await simulate(file, '0', 25_000)
    children.push(open.process)
    browser = await startBrowser()
    const opened = []
    for (let count = 0; count < 9; count++) {
      opened.push(await openPage(browser, open.page!))
    }
    const paints = opened.map(({ paint }) => paint)
    const bytes = opened[0]!.bytes
    printTimes('first paint', paints, '300 ms')
    printTimes(
      'the map',
      opened.map(({ map }) => map)
    )
    console.log(`transferred: ${(bytes / 1000).toFixed(1)} kB; goal 200 kB`)
    await browser.close()
    // The load balancers have a core, and everything else, the browser with all its processes too, has the other.
    for (const one of [process, backend, load]) {
      await pin(one, 1)
    }
    browser = await startBrowser()
    await look(browser, open.page!)
    for (const one of [off.process, open.process]) {
      await pin(one, 0)
    }
    const figures = { steady: [] as Pair[], full: [] as Pair[] }
    for (let count = -warmUp; count < pairs; count++) {
      for (const kind of ['steady', 'full'] as const) {
        // Who comes first changes: what heats the machine does not fall on one of them.
        const found: Partial<Pair> = {}
        const order = count % 2 === 0 ? (['off', 'open'] as const) : (['open', 'off'] as const)
        for (const name of order) {
          found[name] = await measure(load, { off, open }[name], kind === 'steady')
        }
        if (count >= 0) {
          figures[kind].push(found as Pair)
          const { off: without, open: beside } = found as Pair
          console.log(
            `${kind}: ${without.perRequest.toFixed(0)} µs a request without a page, ${beside.perRequest.toFixed(0)} µs with one open (${percent(costOf(found as Pair))}); ${without.requestsPerSecond.toFixed(0)}/s, ${beside.requestsPerSecond.toFixed(0)}/s`
          )
        }
      }
    }
    const own = recorderTimes(rate)
    console.log(
      `the page's own part of a request: ${own[0]!.toFixed(1)} µs at least, ${percentile(own, 0.5).toFixed(1)} µs median of ${own.length}`
    )
    const without = figures.steady.map(({ off: one }) => one.perRequest)
    const ownShare = percentile(own, 0.5) / percentile(without, 0.5)
    const costs = figures.steady.map(costOf)
    const lost = figures.full.map(lostOf)
    console.log(`${rate} requests/s, processor time a request: ${rangeOf(costs)}`)
    console.log(`as many as come back, throughput lost: ${rangeOf(lost)}`)
    if (process.env.ISTIO_ALB_BENCH_WRITE) {
      writePart(
        'page',
        goalsTable([
          {
            what: 'first paint on loopback, median',
            goal: '≤ 300 ms',
            found: `${percentile(paints, 0.5).toFixed(0)} ms`,
            met: percentile(paints, 0.5) <= 300
          },
          {
            what: 'transferred, gzipped',
            goal: '≤ 200 kB',
            found: `${(bytes / 1000).toFixed(0)} kB`,
            met: bytes <= 200_000
          },
          {
            what: `processor time of a request more with the page open, ${rate} requests/s`,
            goal: '≤ 5 %',
            found: rangeOf(costs),
            met: percentile(costs, 0.5) <= 0.05
          },
          {
            what: "the page's own part of a request, whatever else the machine does",
            goal: '≤ 5 % of it',
            found: `${percentile(own, 0.5).toFixed(1)} µs median of ${own.length}, ${percent(ownShare)}`,
            met: ownShare <= 0.05
          },
          {
            what: 'throughput lost with the page open, as many requests as come back',
            goal: '≤ 5 %',
            found: rangeOf(lost),
            met: percentile(lost, 0.5) <= 0.05
          }
        ])
      )
    }
  } finally {
    await browser?.close()
    for (const child of children) {
      child.kill('SIGTERM')
    }
    rmSync(folder, { recursive: true })
  }
}

if (browserMissing.length > 0) {
  console.error(browserMissing.join('\n'))
  process.exitCode = 3
} else {
  await run()
}
