import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { ownChart } from '../../../src/render/index.ts'
import type { Trace } from '../../../src/trace/index.ts'
import { Commands, runHere } from './command.ts'

const article = ['--values', `${ownChart}/ci/article-values.yaml`]
const second = 1000

describe('istio-alb trace', () => {
  const commands = new Commands()
  afterAll(() => commands.close())

  test(
    'tells people the way from the listener to the answer',
    async () => {
      const { exitCode, stdout } = await runHere('trace', 'GET', 'https://shop.example.com/orders', ...article)
      expect(exitCode).toBe(0)
      for (const expected of [
        'listener HTTPS:443',
        'rule 1: yes, path-pattern /*',
        'checked on 30621: healthy',
        'node port 31804 is port https (443) of Service istio-system/istio-ingressgateway',
        'server HTTPS:443 for *, TLS SIMPLE',
        '200 from istio-alb-sample'
      ]) {
        expect(stdout).toContain(expected)
      }
    },
    30 * second
  )

  test(
    'tells which objects it did not look at',
    async () => {
      const nginx =
        'apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: { name: nginx }\nspec: { controller: k8s.io/ingress-nginx }\n'
      const other =
        'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: other, namespace: web }\nspec: { ingressClassName: nginx, defaultBackend: { service: { name: web, port: { number: 80 } } } }\n'
      const own =
        'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: { name: edge, namespace: web, annotations: { kubernetes.io/ingress.class: alb } }\nspec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }\n'
      const folder = mkdtempSync(join(tmpdir(), 'istio-alb-trace-'))
      const file = join(folder, 'several.yaml')
      writeFileSync(file, [nginx, other, own].join('---\n'))
      const { stderr, stdout } = await runHere('trace', 'GET', 'http://shop.example.com/', file)
      expect(stderr).toMatch(/^not looked at: Ingress web\/other .*k8s\.io\/ingress-nginx$/m)
      expect(stdout).toContain('web.web:80 answers')
      rmSync(folder, { recursive: true })
    },
    30 * second
  )

  test(
    'gives programs the same as JSON, with headers and the client',
    async () => {
      const { stdout } = await runHere(
        ...['trace', 'POST', 'http://shop.example.com/a?b', ...article, '-o', 'json'],
        ...['-H', 'X-One: 1', '-H', 'Host: other.example.com', '--client', '198.51.100.7']
      )
      const { request, rule, answer } = JSON.parse(stdout) as Trace
      expect(request).toMatchObject({
        method: 'POST',
        client: '198.51.100.7',
        headers: [
          ['X-One', '1'],
          ['Host', 'other.example.com']
        ]
      })
      expect({ rule, ...answer }).toMatchObject({
        rule: 'default',
        from: 'load balancer',
        status: 301,
        headers: [['Location', 'https://other.example.com:443/a?b']]
      })
    },
    30 * second
  )

  test(
    'really sends it, and what comes is as foretold',
    async () => {
      const { exitCode, stdout } = await commands.run('trace', 'GET', 'https://shop.example.com/', ...article, '--live')
      expect(exitCode).toBe(0)
      expect(stdout).toContain('sent: 200')
      expect(stdout).toMatch(/as foretold\n?$/)
      expect(commands.leftovers()).toEqual([])
    },
    30 * second
  )

  test.each([
    [['GET', 'shop.example.com'], /error URL_MALFORMED/],
    [['GET', 'https://shop.example.com/', '-H', 'nonsense'], /write it as 'Name: value'/],
    [['GET', 'https://shop.example.com/', '--client', 'home'], /error CLIENT_MALFORMED/],
    [['GET', 'https://shop.example.com/', '--live', '--client', '192.0.2.9'], /error CLIENT_FIXED/],
    [['GET', 'https://shop.example.com/', '--group', 'none'], /error GROUP_UNKNOWN/]
  ])(
    '%s is wrong usage',
    async (arguments_, message) => {
      const { exitCode, stderr } = await runHere('trace', ...arguments_)
      expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(message) })
    },
    30 * second
  )
})
