import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { bindingOf, sendTo } from '../../../src/cluster/index.ts'
import { ownChart } from '../../../src/render/index.ts'
import { Commands, portOffset, printed, runHere } from './command.ts'

const article = ['--values', `${ownChart}/ci/article-values.yaml`]
const second = 1000

/** Where a listener of a port is without an offset. */
function defaultPort(port: number): number {
  return bindingOf({ port, protocol: 'HTTP' }).port
}

interface Ready {
  loadBalancers: { name: string; dnsName: string; listeners: { port: number; protocol: string; address: string }[] }[]
}

describe('istio-alb simulate', () => {
  const commands = new Commands()
  afterAll(() => commands.close())
  const offset = ['--port-offset', String(portOffset)]

  test(
    'checks, plans, answers a first request, and leaves nothing behind at Ctrl-C',
    async () => {
      const running = commands.start('simulate', ...article, ...offset, '--host', 'shop.example.com')
      const output = await printed(running, text => text.includes('serving until Ctrl-C'))
      for (const expected of [
        'checked: ',
        'IngressGroup istio-system/common-external-ingress',
        'assumed: Service istio-system/istio-ingressgateway',
        `listener HTTPS:443 on 127.0.0.1:${443 + portOffset}`,
        'the development CA made one for shop.example.com',
        ': healthy',
        '> GET https://shop.example.com/\n< 200 OK',
        '"x-forwarded-proto": "https"'
      ]) {
        expect(output).toContain(expected)
      }
      expect(commands.leftovers()).toHaveLength(1)
      running.kill('SIGINT')
      expect(await running).toMatchObject({ exitCode: 0, stderr: '' })
      expect(commands.leftovers()).toEqual([])
    },
    30 * second
  )

  test(
    'ends in order when nobody reads what it says any more',
    async () => {
      const running = commands.start('simulate', ...article, ...offset)
      await printed(running, text => text.includes('checked: '))
      running.stdout.destroy()
      expect(await running).toMatchObject({ exitCode: 0, stderr: '' })
      expect(commands.leftovers()).toEqual([])
    },
    30 * second
  )

  test(
    'tells programs where it listens, first of all, and answers there',
    async () => {
      const running = commands.start('simulate', ...article, ...offset, '--output', 'json')
      const output = await printed(running, text => text.includes('"healthy"'))
      const { loadBalancers } = JSON.parse(output.split('\n')[0]!) as Ready
      expect(loadBalancers).toMatchObject([
        {
          name: 'common-external-ingress',
          listeners: [
            { port: 80, protocol: 'HTTP', address: `127.0.0.1:${80 + portOffset}` },
            { port: 443, protocol: 'HTTPS', address: `127.0.0.1:${443 + portOffset}` }
          ]
        }
      ])
      const [http] = loadBalancers[0]!.listeners
      const sent = await sendTo(
        http!.address,
        { method: 'GET', target: '/', scheme: 'http', host: 'a.test', headers: [['Host', 'a.test']] },
        ''
      )
      expect(sent.status).toBe(301)
      running.kill('SIGTERM')
      expect((await running).exitCode).toBe(0)
    },
    30 * second
  )

  test(
    'a busy port of the page is one message, exit 2, and nothing is left',
    async () => {
      const busy = createServer()
      await new Promise<void>(resolve => busy.listen(0, '127.0.0.1', resolve))
      const { port } = busy.address() as AddressInfo
      try {
        const { exitCode, stderr } = await commands.run('simulate', ...article, ...offset, '--page', String(port))
        expect(exitCode).toBe(2)
        expect(stderr).toMatch(/^error PORT_BUSY/)
        expect(stderr).toContain('--page')
        expect(commands.leftovers()).toEqual([])
      } finally {
        busy.close()
      }
    },
    30 * second
  )

  test(
    'a busy port is one message, exit 2, and nothing is left',
    async () => {
      const busy = createServer()
      await new Promise<void>(resolve => busy.listen(443 + portOffset, '127.0.0.1', resolve))
      try {
        const { exitCode, stderr } = await commands.run('simulate', ...article, ...offset)
        expect(exitCode).toBe(2)
        expect(stderr).toMatch(/^error PORT_BUSY/)
        expect(stderr).toContain(`127.0.0.1:${443 + portOffset}`)
        expect(stderr.match(/^(error|warning|info) /gm)).toHaveLength(1)
        expect(commands.leftovers()).toEqual([])
      } finally {
        busy.close()
      }
    },
    30 * second
  )

  test(
    'goes on to the next port where somebody has the one of its own, and says so',
    async () => {
      const port = defaultPort(80)
      const busy = createServer()
      const isFree = await new Promise<boolean>(resolve => {
        busy.once('error', () => resolve(false))
        busy.listen(port, '127.0.0.1', () => resolve(true))
      })
      try {
        const running = commands.start(
          'simulate',
          file('moved.yaml', ingress('{ type: NodePort, ports: [{ port: 80, nodePort: 30080 }] }'))
        )
        const output = await printed(running, text => text.includes('serving until Ctrl-C'))
        expect(output).toContain(`port ${port} is taken: listener HTTP:80 of `)
        const [, place] = /^ {2}curl -L --connect-to :80:127\.0\.0\.1:(\d+) http/m.exec(output)!
        expect(Number(place)).toBeGreaterThan(port)
        running.kill('SIGTERM')
        expect((await running).exitCode).toBe(0)
      } finally {
        if (isFree) {
          busy.close()
        }
      }
    },
    30 * second
  )

  describe('with a command behind --', () => {
    const service = '{ type: NodePort, ports: [{ port: 80, nodePort: 30080 }] }'

    test(
      'runs it when the targets are checked, tells it where, and ends with its exit code',
      async () => {
        const script = `
          const { ISTIO_ALB_URL, ISTIO_ALB_ADDRESS, ISTIO_ALB_CA, ISTIO_ALB_LISTENERS } = process.env
          const { status } = await fetch('http://' + ISTIO_ALB_ADDRESS + '/')
          console.log(JSON.stringify({ status, url: ISTIO_ALB_URL, ca: ISTIO_ALB_CA, listeners: JSON.parse(ISTIO_ALB_LISTENERS) }))
          process.exitCode = 7`
        const { exitCode, stdout, stderr } = await commands.run(
          ...['simulate', file('served.yaml', ingress(service)), ...offset, '--'],
          ...[process.execPath, '--input-type=module', '--eval', script]
        )
        expect({ exitCode, told: JSON.parse(stdout) }).toMatchObject({
          exitCode: 7,
          told: {
            status: 200,
            url: expect.stringMatching(/^http:\/\/internal-k8s-shop-web-.*\.localhost:\d+\/$/),
            listeners: [{ port: 80, protocol: 'HTTP', address: `127.0.0.1:${80 + portOffset}` }]
          }
        })
        expect(stderr).toContain("answers as Istio's would")
        expect(commands.leftovers()).toEqual([])
      },
      30 * second
    )

    test.each([
      ['a command that is not there', ['--', 'no-such-command'], 3, 'error COMMAND_NOT_FOUND'],
      ['no command behind --', ['--'], 2, 'error COMMAND_MISSING'],
      ['a command beside --watch', ['--watch', '--', 'true'], 2, 'error WATCH_AND_COMMAND']
    ])(
      '%s',
      async (_, arguments_, exitCode, told) => {
        const ended = await commands.run('simulate', file('served.yaml', ingress(service)), ...offset, ...arguments_)
        expect(ended).toMatchObject({ exitCode, stderr: expect.stringContaining(told) })
        expect(commands.leftovers()).toEqual([])
      },
      30 * second
    )

    test(
      'a signal ends the command and the load balancers',
      async () => {
        const running = commands.start(
          ...['simulate', file('served.yaml', ingress(service)), ...offset, '--'],
          ...[process.execPath, '--eval', 'console.log("started"); setInterval(() => {}, 1e6)']
        )
        await printed(running, text => text.includes('started'))
        running.kill('SIGTERM')
        expect((await running).exitCode).toBe(143)
        expect(commands.leftovers()).toEqual([])
      },
      30 * second
    )
  })

  function file(name: string, text: string): string {
    const path = join(commands.folder, name)
    writeFileSync(path, text)
    return path
  }
  function ingress(service: string): string {
    return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec:
  ingressClassName: alb
  defaultBackend: { service: { name: web, port: { number: 80 } } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: ${service}
`
  }

  test.each([
    [
      'values that are no YAML',
      () => ['-f', file('broken.yaml', 'gateway: [')],
      2,
      /error YAML_MALFORMED .*broken\.yaml:\d+/
    ],
    [
      'values that the chart refuses',
      () => ['--set', 'gateway.ports.status.nodePort=80'],
      2,
      /gateway\.ports\.status\.nodePort/
    ],
    ['manifests that are not there', () => [join(commands.folder, 'none.yaml')], 2, /error FILE_UNREADABLE/],
    [
      'manifests without an Ingress',
      () => [file('none.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n')],
      1,
      /error LOAD_BALANCER_NONE/
    ],
    [
      'a Service without node ports',
      () => [file('clusterip.yaml', ingress('{ type: ClusterIP, ports: [{ port: 80 }] }'))],
      1,
      /error PLAN_FAILED\n {2}TargetGroup port is empty/
    ],
    [
      'an offset that leads beyond the ports',
      () => [...article, '--port-offset', '65500'],
      2,
      /error PORT_OFFSET_TOO_LARGE/
    ],
    ['nodes that are no addresses', () => ['--nodes', 'node-1'], 2, /'node-1' is no IP address/]
  ] as const)(
    '%s: one message and what to do',
    async (_name, arguments_, expected, message) => {
      const { exitCode, stderr } = await runHere('simulate', ...arguments_())
      expect({ exitCode, stderr }).toEqual({ exitCode: expected, stderr: expect.stringMatching(message) })
      expect(stderr).not.toMatch(/^\s+at /m)
    },
    30 * second
  )

  test(
    'a saved file is followed by the load balancer that runs, and a broken one changes nothing',
    async () => {
      const values = file('watched.yaml', 'gateway:\n  ports:\n    http2:\n      nodePort: 31565\n')
      const running = commands.start('simulate', '--watch', '-f', values, ...offset)
      await printed(running, text => text.includes('watching for saved files'))
      const moved = printed(
        running,
        text => text.includes('nodePort: 31565 → 31566') && text.includes(':31566 is healthy')
      )
      writeFileSync(values, 'gateway:\n  ports:\n    http2:\n      nodePort: 31566\n')
      expect(await moved).toMatch(/ saved: rendered in \d+ ms, checked in \d+ ms, planned in \d+ ms/)
      const refused = printed(running, text => text.includes('VALUE_OUT_OF_RANGE'))
      writeFileSync(values, 'gateway:\n  ports:\n    http2:\n      nodePort: 31\n')
      expect(await refused).toContain('gateway.ports.http2.nodePort')
      running.kill('SIGINT')
      expect((await running).exitCode).toBe(0)
      expect(commands.leftovers()).toEqual([])
    },
    30 * second
  )
})
