import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import axe from 'axe-core'
import { execa, type ResultPromise } from 'execa'
import type { Browser, Page } from 'playwright-core'
import { callAction, type Json } from '../unit/aws/client.ts'
import { browserMissing, startBrowser } from './browser.ts'
import { istioALB, run } from './command.ts'
import { describeUnless } from './tools.ts'

// What a browser waits for in vain fails by name after 30 seconds; axe alone takes most of a minute on a busy machine.
jest.setTimeout(180_000)

const example = 'docs/examples/page/two-edges.yaml'
const article = ['--values', 'charts/istio-alb-ingress/ci/article-values.yaml']

interface Ready {
  page: string
  /** Of `aws`. */
  endpoint: string
}

/** Runs of commands with a page. */
class Simulated {
  static readonly #running = new Set<Simulated>()
  readonly #process: ResultPromise
  readonly ready: Ready

  private constructor(process: ResultPromise, ready: Ready) {
    this.#process = process
    this.ready = ready
  }

  /** Starts `simulate`. */
  static start(...options: string[]): Promise<Simulated> {
    return Simulated.run('simulate', '--drain', '0', ...options)
  }

  /** Starts a command. What does not come so far as to be ready is ended. */
  static async run(command: string, ...options: string[]): Promise<Simulated> {
    const fixed = ['-o', 'json', '--page', '0', '--port-offset', '21000']
    const process_ = execa(process.execPath, [istioALB, command, ...fixed, ...options], {
      reject: false,
      buffer: false
    })
    try {
      const simulated = new Simulated(process_, JSON.parse(await firstLine(process_)) as Ready)
      Simulated.#running.add(simulated)
      return simulated
    } catch (error) {
      process_.kill('SIGKILL')
      throw error
    }
  }

  /** Ends those that a test which failed has left. */
  static async closeAll(): Promise<void> {
    await Promise.all([...Simulated.#running].map(simulated => simulated.close()))
  }

  /** Ends it in order; execa kills what does not end for seconds. */
  async close(): Promise<void> {
    Simulated.#running.delete(this)
    this.#process.kill('SIGTERM')
    await this.#process
  }
}

/** What a process prints first; rejects where it ends before. */
function firstLine(process_: ResultPromise): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    let errors = ''
    process_.stdout!.on('data', chunk => {
      output += chunk
      if (output.includes('\n')) {
        resolve(output.split('\n')[0]!)
      }
    })
    process_.stderr!.on('data', chunk => {
      errors += chunk
    })
    process_.then(() => reject(new Error(`it ended: ${output}${errors}`)), reject)
  })
}

let browser: Browser | undefined

/** A page that fails the test with whatever a browser complains about. */
async function open(
  url: string,
  { width = 1440, height = 860, dark = false } = {}
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser!.newPage({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce'
  })
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) {
      complaints.push(message.text())
    }
  })
  page.on('request', request => {
    const { protocol, hostname } = new URL(request.url())
    if (!['data:', 'file:'].includes(protocol) && hostname !== '127.0.0.1') {
      complaints.push(`a request to ${request.url()}`)
    }
  })
  await page.goto(url)
  return { page, complaints }
}

interface Violation {
  id: string
  nodes: { html: string }[]
}

/** What axe finds, in few words. The page lets no script in, so that axe is put in by the browser itself. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: Violation[]
  }
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`)
}

/** A place of the map. */
function place(page: Page, id: string) {
  return page.locator(`[data-node="${id}"]`)
}

async function takePicture(page: Page, name: string): Promise<void> {
  const file = `docs/figures/${name}.png`
  const picture = await page.screenshot()
  if (process.env.ISTIO_ALB_PICTURES) {
    writeFileSync(file, picture)
  }
  expect(picture.length).toBeGreaterThan(20_000)
  expect(readFileSync(file).length).toBeGreaterThan(20_000)
}

describeUnless(
  browserMissing,
  'the page in a browser',
  () => {
    beforeAll(async () => {
      browser = await startBrowser()
    })
    afterAll(async () => {
      await Promise.all([browser?.close(), Simulated.closeAll()])
    })

    describe('of two edges', () => {
      let simulated: Simulated
      beforeAll(async () => {
        simulated = await Simulated.start(example, '--time-scale', '20')
      })
      afterAll(() => simulated?.close())

      test('the map leads from the load balancers to the Services, and tells of a place what is known of it', async () => {
        const { page, complaints } = await open(simulated.ready.page)
        await place(page, 'load-balancer public').waitFor()
        expect(await page.locator('.column h2').allTextContents()).toEqual([
          'Load balancer 2',
          'Listener 3',
          'Rule 10',
          'Target group 2',
          'Target 4',
          'Node port or pod 2',
          'Istio Gateway 2',
          'Route 5',
          'Service 5'
        ])
        expect(await place(page, 'rule public 443 6').textContent()).toContain('shadowed')
        await place(page, 'rule public 443 6').click()
        const details = page.locator('.details')
        const text = await details.textContent()
        for (const expected of ['RULE_SHADOWED', 'never gets a request', `${example}:`, 'Manifest of Ingress']) {
          expect(text).toContain(expected)
        }
        expect(await page.locator('.links path.focus').count()).toBeGreaterThan(5)
        await details.getByText('what RULE_SHADOWED means').click()
        await details.getByText('# RULE_SHADOWED').waitFor()
        expect(complaints).toEqual([])
        await page.close()
      })

      test('goes by the keyboard alone', async () => {
        const { page } = await open(simulated.ready.page)
        await place(page, 'load-balancer internal').focus()
        const way = [
          ['ArrowDown', 'load-balancer public'],
          ['ArrowRight', 'listener public 80'],
          ['ArrowDown', 'listener public 443'],
          ['ArrowRight', 'rule public 443 1']
        ] as const
        for (const [key, id] of way) {
          await page.keyboard.press(key)
          await page.locator(`[data-node="${id}"]:focus`).waitFor()
        }
        await page.keyboard.press('Enter')
        await page.locator('.details').getByText('back at noon').first().waitFor()
        await page.keyboard.press('Escape')
        await page.locator('.details').waitFor({ state: 'detached' })
        expect(new URL(page.url()).hash).toBe('#map')
        await page.close()
      })

      test('sends a request, puts the prediction beside the answer, and lists it with its way', async () => {
        const { page, complaints } = await open(`${simulated.ready.page}#requests/send`)
        await page.getByLabel('URL').fill('https://shop.example.com/cart/7')
        await page.getByLabel('Headers, one a line').fill('X-Test: 1')
        await page.getByRole('button', { name: 'Send', exact: true }).click()
        await page.getByText('The answer is the one that was predicted.').waitFor()
        const row = page.locator('.request', { hasText: 'shop.example.com/cart/7' })
        await row.click()
        const details = page.locator('.details')
        await details.getByText('to the target: GET /cart/7').click()
        const text = await details.textContent()
        for (const expected of ['X-Test', 'X-Amzn-Trace-Id', 'rule 2', 'VirtualService shop/shop', 'cart.shop']) {
          expect(text).toContain(expected)
        }
        await page.getByLabel('Status').selectOption('4xx')
        await page.getByText('No request fits the filter.').waitFor()
        expect(complaints).toEqual([])
        await page.close()
      })

      test('an answer of the load balancer itself says why, and links light up where requests go', async () => {
        const { page } = await open(simulated.ready.page)
        await place(page, 'load-balancer public').waitFor()
        const isLit = page.evaluate(
          `new Promise(resolve => {
          const observer = new MutationObserver(() => document.querySelector('.links path.lit') && resolve(true))
          observer.observe(document.body, { subtree: true, attributes: true, childList: true })
        })`
        )
        const sent = page.evaluate(
          `fetch('/requests', {method: 'POST', headers: {'Content-Type': 'application/json'},
          body: JSON.stringify({method: 'GET', url: 'https://shop.example.com/admin', headers: []})}).then(answer => answer.json())`
        )
        expect(await isLit).toBe(true)
        expect(await sent).toMatchObject({ answer: { status: 503 }, differences: [] })
        await page.goto(`${simulated.ready.page}#requests`)
        await page.locator('.request', { hasText: 'shop.example.com/admin' }).click()
        await page.getByText('The load balancer answered by itself.').waitFor()
        await page.close()
      })

      test('health tells each check, and figures what came', async () => {
        const { page } = await open(`${simulated.ready.page}#health`)
        await page
          .getByText(/2 of 2 passed, next in/)
          .first()
          .waitFor()
        expect(await page.locator('.tick.good').count()).toBeGreaterThan(3)
        await page.goto(`${simulated.ready.page}#figures`)
        await page.locator('canvas').nth(3).waitFor()
        await page.close()
      })

      test('is light: 200 kB at most', async () => {
        const { page } = await open(simulated.ready.page)
        await place(page, 'load-balancer public').waitFor()
        const bytes = (await page.evaluate(
          'performance.getEntriesByType("resource").filter(one => !one.name.endsWith("/events")).reduce((sum, one) => sum + one.encodedBodySize, 0)'
        )) as number
        expect(bytes).toBeGreaterThan(10_000)
        expect(bytes).toBeLessThan(200_000)
        await page.close()
      })

      test.each([
        ['light', { dark: false }],
        ['dark', { dark: true }],
        ['narrow', { width: 420 }]
      ])('axe finds nothing in any view: %s', async (_name, options) => {
        const views = ['map', 'map/rule%20public%20443%206', 'requests', 'health', 'findings', 'changes', 'figures']
        const { page } = await open(simulated.ready.page, options)
        for (const view of views) {
          await page.goto(`${simulated.ready.page}#${view}`)
          await page.locator('main').waitFor()
          await page.locator('main :is(h2, .empty, .card, .badge)').first().waitFor()
          expect([view, await violationsOf(page)]).toEqual([view, []])
        }
        await page.close()
      })
    })

    test('follows a saved file: what changed, and targets that turn unhealthy while it is open', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'istio-alb-page-'))
      const file = join(folder, 'edge.yaml')
      const text = readFileSync(example, 'utf8')
      writeFileSync(file, text)
      const simulated = await Simulated.start(file, '--watch', '--time-scale', '50')
      try {
        const { page } = await open(simulated.ready.page)
        const target = page.locator('[data-node^="target "]').nth(2)
        await target.getByText('healthy', { exact: true }).waitFor()
        // The health check asks for what the gateway does not have: fail-open, as on AWS.
        writeFileSync(file, text.replaceAll('/healthz/ready', '/nowhere'))
        await target.getByText('unhealthy').waitFor()
        await page.locator('.badge', { hasText: 'fail-open' }).first().waitFor()
        await page.getByRole('link', { name: /Changes/ }).click()
        await page.getByRole('heading', { name: `${file} saved` }).waitFor()
        expect(await page.locator('pre').first().textContent()).toContain('/nowhere')
        await page.getByRole('link', { name: /Health/ }).click()
        await page.getByText('Target.ResponseCodeMismatch').first().waitFor()
        await page.close()
      } finally {
        await simulated.close()
        await rm(folder, { recursive: true })
      }
    })

    /** Written anew by `ISTIO_ALB_PICTURES=1`; else only that they can be taken, and are there. */
    test('takes the pictures of the docs', async () => {
      const simulated = await Simulated.start(example, '--time-scale', '20')
      try {
        const { page } = await open(simulated.ready.page, { height: 640 })
        await page.getByText('healthy', { exact: true }).nth(3).waitFor()
        for (const path of ['/', '/cart/7', '/old', '/admin', '/search?q=hat']) {
          await page.evaluate(
            `fetch('/requests', {method: 'POST', headers: {'Content-Type': 'application/json'},
            body: JSON.stringify({method: 'GET', url: 'https://shop.example.com${path}', headers: []})})`
          )
        }
        await takePicture(page, 'page-map')
        await page.goto(`${simulated.ready.page}#requests`)
        await page.locator('.request', { hasText: '/cart/7' }).click()
        await page.getByText('VirtualService shop/shop').first().waitFor()
        const listed = page.locator('.request:not(.head)')
        // They come as they are answered, and the page is told a little later.
        await listed.nth(4).waitFor()
        expect(await listed.count()).toBe(5)
        await takePicture(page, 'page-requests')
        await page.close()
      } finally {
        await simulated.close()
      }
    })

    test('an account of AWS: what is created and changed through the API shows at once', async () => {
      const server = createServer((_, response) => void response.end('hello'))
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const simulated = await Simulated.run('aws', '--port', '0', '--time-scale', '50')
      async function call(service: 'ec2' | 'elbv2', action: string, input: Json = {}): Promise<Json> {
        const { output, error } = await callAction(simulated.ready.endpoint, service, action, input)
        expect(error).toBeUndefined()
        return output
      }
      try {
        const { page, complaints } = await open(simulated.ready.page)
        await page.getByText('The account has no load balancer yet.').waitFor()
        const { Subnets } = await call('ec2', 'DescribeSubnets')
        const [one, other] = Subnets as { SubnetId: string; VpcId: string }[]
        const load = { Name: 'web', Subnets: [one!.SubnetId, other!.SubnetId] }
        const lb = (await call('elbv2', 'CreateLoadBalancer', load)).LoadBalancers[0].LoadBalancerArn
        await place(page, 'load-balancer web').waitFor()
        const group = { Name: 'shop', Protocol: 'HTTP', Port: port, TargetType: 'ip', VpcId: one!.VpcId }
        const arn = (await call('elbv2', 'CreateTargetGroup', group)).TargetGroups[0].TargetGroupArn
        await call('elbv2', 'RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id: '127.0.0.1', Port: port }] })
        const forward = [{ Type: 'forward', TargetGroupArn: arn }]
        const listen = { LoadBalancerArn: lb, Port: 80, Protocol: 'HTTP', DefaultActions: forward }
        const { Listeners } = await call('elbv2', 'CreateListener', listen)
        await place(page, `target shop 127.0.0.1:${port}`).getByText('healthy', { exact: true }).waitFor()
        await call('elbv2', 'CreateRule', {
          ListenerArn: Listeners[0].ListenerArn,
          Priority: 7,
          Conditions: [{ Field: 'path-pattern', Values: ['/admin*'] }],
          Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }]
        })
        await place(page, 'rule web 80 7').getByText('path is /admin*').waitFor()
        await page.getByRole('link', { name: /Changes/ }).click()
        await page.getByRole('heading', { name: 'CreateRule' }).waitFor()
        for (const [path, told] of [
          ['/cart', 'HTTP/1.1, from 127.0.0.1, to 127.0.0.1'],
          ['/admin', 'The load balancer answered by itself.']
        ] as const) {
          await page.goto(`${simulated.ready.page}#requests/send`)
          await page.getByLabel('URL').fill(`http://shop.example.com${path}`)
          await page.getByRole('button', { name: 'Send', exact: true }).click()
          await page.getByText('The answer is the one that was predicted.').waitFor()
          await page.locator('.request', { hasText: `shop.example.com${path}` }).click()
          await page.locator('.details').getByText(told).waitFor()
        }
        await page.getByRole('link', { name: /Health/ }).click()
        await page.locator('.tick.good').first().waitFor()
        expect(await violationsOf(page)).toEqual([])
        expect(await page.getByRole('link', { name: /Findings/ }).count()).toBe(0)
        await page.getByRole('link', { name: /Figures/ }).click()
        await page.locator('canvas').nth(3).waitFor()
        await page.getByRole('link', { name: 'Map' }).click()
        await call('elbv2', 'DeleteLoadBalancer', { LoadBalancerArn: lb })
        await page.getByText('The account has no load balancer yet.').waitFor()
        expect(complaints).toEqual([])
        await page.close()
      } finally {
        await simulated.close()
        server.closeAllConnections()
        server.close()
      }
    })

    test('a Network Load Balancer: routes of connections, and each flow with its way', async () => {
      const simulated = await Simulated.start('docs/examples/page/network-edge.yaml', '--time-scale', '50')
      try {
        const { page, complaints } = await open(simulated.ready.page)
        await page.getByText('orders-next:5432').waitFor()
        await page.getByText('healthy', { exact: true }).nth(2).waitFor()
        for (const [url, taken] of [
          ['http://shop.example.com/', 'VirtualService shop/shop'],
          ['https://vault.example.com/', 'VirtualService shop/vault'],
          ['http://orders.example.com:5432/', 'VirtualService shop/orders']
        ] as const) {
          await page.goto(`${simulated.ready.page}#requests/send`)
          await page.getByLabel('URL').fill(url)
          await page.getByRole('button', { name: 'Send', exact: true }).click()
          await page.locator('.report .way').getByText(taken).waitFor()
          await page.getByText('The answer is the one that was predicted.').waitFor()
        }
        await page.locator('.request:not(.head)').nth(2).waitFor()
        await page.locator('.request', { hasText: 'TCP:5432' }).click()
        await page.locator('.details .way').getByText('VirtualService shop/orders').waitFor()
        await page.getByLabel('Status').selectOption('2xx')
        await page.getByText('No request fits the filter.').waitFor()
        await page.getByLabel('Status').selectOption('flow')
        expect(await page.locator('.request:not(.head)').count()).toBe(3)
        expect(await violationsOf(page)).toEqual([])
        expect(complaints).toEqual([])
        await page.close()
      } finally {
        await simulated.close()
      }
    })

    test("shows the article's edge, all of it side by side", async () => {
      const simulated = await Simulated.start(...article)
      try {
        const { page, complaints } = await open(simulated.ready.page, { height: 900 })
        await page.getByText('istio-alb-sample:80').waitFor()
        const isCut = "(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector('.map'))"
        expect(await page.evaluate(isCut)).toBe(false)
        await page.getByText('istio-alb-sample:80').click()
        await page.locator('.details').waitFor()
        expect(await page.evaluate(isCut)).toBe(false)
        await page.setViewportSize({ width: 420, height: 800 })
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(420)
        expect(complaints).toEqual([])
        await page.close()
      } finally {
        await simulated.close()
      }
    })

    test('a thousand rules stay usable: few places are drawn, and a search finds each', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'istio-alb-page-'))
      const file = join(folder, 'many.yaml')
      writeFileSync(file, manyRules())
      const html = join(folder, 'many.html')
      try {
        const { stdout } = await run(['plan', '-o', 'html', file])
        writeFileSync(html, stdout)
        const { page, complaints } = await open(pathToFileURL(html).href)
        await page.getByText('Rule 1001').waitFor()
        expect(await page.locator('[data-node]').count()).toBeLessThan(120)
        await page.getByLabel('Search the map').fill('host-777.example.com')
        await page.locator('[data-node]', { hasText: 'host-777.example.com' }).waitFor()
        expect(await page.locator('section[aria-label="Rule"] [data-node]').count()).toBe(1)
        expect(await violationsOf(page)).toEqual([])
        expect(complaints).toEqual([])
        await page.close()
      } finally {
        await rm(folder, { recursive: true })
      }
    })
  },
  /* A browser cannot be had on every machine that has a container engine. */ false
)

/** One load balancer with a thousand rules. */
function manyRules(): string {
  const rules = Array.from(
    { length: 1000 },
    (_, index) =>
      `    - {host: host-${index}.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}`
  )
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: many, namespace: shop, annotations: {alb.ingress.kubernetes.io/scheme: internal}}
spec:
  ingressClassName: alb
  rules:
${rules.join('\n')}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}
`
}
