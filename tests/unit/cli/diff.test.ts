import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { execa } from 'execa'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const cases = join(root, 'tests/cases/lbc')
const values = join(root, 'charts/istio-alb-ingress/ci')
function run(args: string[], input = '') {
  return execa(process.execPath, [join(root, 'bin/istio-alb.js'), ...args], { reject: false, input })
}

let folder: string
/** The article's edge as manifests, the same with an internal load balancer, and its saved plan. */
let manifests: string
let changed: string
let saved: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'istio-alb-diff-'))
  manifests = join(cases, '01-istio-external-https/input.yaml')
  changed = join(folder, 'changed.yaml')
  writeFileSync(changed, readFileSync(manifests, 'utf8').replace('internet-facing', 'internal'))
  saved = join(folder, 'plan.json')
  writeFileSync(saved, (await run(['plan', '-o', 'json', manifests])).stdout)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A gateway's Service and an Ingress that asks a node port for its health. */
function brittle(asked: string, statusPort: number): string {
  return `apiVersion: v1
kind: Service
metadata: { name: istio-ingressgateway, namespace: istio-system }
spec:
  type: NodePort
  selector: { istio: ingressgateway }
  ports:
    - { name: status-port, port: 15021, targetPort: 15021, nodePort: ${statusPort} }
    - { name: http2, port: 80, targetPort: 8080, nodePort: 31565 }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: edge
  namespace: istio-system
  annotations:
    alb.ingress.kubernetes.io/healthcheck-port: ${asked}
    alb.ingress.kubernetes.io/healthcheck-path: /healthz/ready
spec:
  ingressClassName: alb
  defaultBackend: { service: { name: istio-ingressgateway, port: { number: 80 } } }
`
}

/** The same stack as another writer would put it: keys backwards, security group rules too. */
function shuffle(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) => {
    if (Array.isArray(part)) {
      return part.some(rule => Object.hasOwn(Object(rule), 'ipProtocol')) ? part.toReversed() : part
    }
    return part !== null && typeof part === 'object' ? Object.fromEntries(Object.entries(part).toReversed()) : part
  })
}

describe('either side is manifests or a saved plan, told by its content', () => {
  test('manifests against manifests', async () => {
    const { stdout, exitCode } = await run(['diff', manifests, changed])
    expect(stdout).toContain('! load balancer LoadBalancer is replaced: scheme cannot be changed')
    expect(exitCode).toBe(0)
  })

  test('manifests whose health check breaks, although no resource changes', async () => {
    const sides = [30621, 30622].map(port => {
      const file = join(folder, `status-${port}.yaml`)
      writeFileSync(file, brittle('"30621"', port))
      return file
    })
    const { stdout } = await run(['diff', ...sides])
    expect(stdout).toContain('unchanged.\n\nThe new side brings:\n\nerror HEALTH_CHECK_PORT_NOT_A_NODE_PORT')
    const json = await run(['diff', ...sides, '-o', 'json'])
    expect(JSON.parse(json.stdout)).toMatchObject({
      changes: [],
      findings: [{ code: 'HEALTH_CHECK_PORT_NOT_A_NODE_PORT', actual: '30621' }]
    })
    const back = await run(['diff', ...sides.toReversed(), '-o', 'json'])
    expect(JSON.parse(back.stdout)).toMatchObject({ findings: [{ code: 'HEALTH_CHECK_PORT_TYPED_TWICE' }] })
  })

  test('a folder tells what of it was left out', async () => {
    const old = join(folder, 'old')
    mkdirSync(old)
    writeFileSync(join(old, 'kustomization.yaml'), 'resources: [edge.yaml]\n')
    writeFileSync(join(old, 'edge.yaml'), readFileSync(manifests, 'utf8'))
    const { stderr } = await run(['diff', old, manifests])
    expect(stderr).toMatch(/^skipped: .*kustomization\.yaml, /)
  })

  test('a saved plan against standard input', async () => {
    const { stdout, exitCode } = await run(['diff', saved, '-', '-o', 'json'], readFileSync(manifests, 'utf8'))
    expect(JSON.parse(stdout)).toEqual({ changes: [], unchanged: 7, blocked: [] })
    expect(exitCode).toBe(0)
  })

  test("the controller's annotation: one stack, its keys and rules of security groups in any order", async () => {
    const { stack } = JSON.parse(readFileSync(saved, 'utf8')) as { stack: unknown }
    const annotation = join(folder, 'controller.json')
    writeFileSync(annotation, JSON.stringify(shuffle(stack)))
    const { stdout } = await run(['diff', annotation, manifests, '-o', 'json'])
    expect(JSON.parse(stdout)).toEqual({ changes: [], unchanged: 7, blocked: [] })
  })

  test('a folder', async () => {
    const sources = join(folder, 'manifests')
    mkdirSync(sources)
    writeFileSync(join(sources, 'edge.yaml'), readFileSync(manifests, 'utf8'))
    const { stdout } = await run(['diff', sources, changed, '-o', 'json'])
    const { changes } = JSON.parse(stdout) as { changes: { change: string; type: string }[] }
    expect(changes).toContainEqual(
      expect.objectContaining({ change: 'replace', type: 'AWS::ElasticLoadBalancingV2::LoadBalancer' })
    )
  })
})

/** Helm renders both sides; several processes share the machine. */
const patience = 60_000

test(
  'values of the chart',
  async () => {
    const article = join(values, 'article-values.yaml')
    const other = join(folder, 'values.yaml')
    writeFileSync(other, `${readFileSync(article, 'utf8')}\n`)
    const { stdout, stderr, exitCode } = await run(['diff', article, other])
    expect([stderr, exitCode]).toEqual(['', 0])
    expect(stdout).toMatch(/^\d+ unchanged\.\n?$/)
  },
  patience
)

test('a side without a plan: exit 1, and nothing of the group is said to go', async () => {
  const broken = join(folder, 'broken.yaml')
  writeFileSync(broken, readFileSync(manifests, 'utf8').replace('internet-facing', 'internet_facing'))
  const { stdout, exitCode } = await run(['diff', manifests, broken])
  expect(stdout).toContain('of the new plan is no plan: unknown scheme: internet_facing')
  expect(stdout).not.toContain('is deleted')
  expect(exitCode).toBe(1)
})

describe('wrong usage', () => {
  test.each([
    { name: 'standard input twice', args: () => ['-', '-'], error: 'STDIN_TWICE' },
    {
      name: 'a file that is not there',
      args: () => [manifests, join(folder, 'nosuch.yaml')],
      error: 'FILE_UNREADABLE'
    },
    { name: 'no JSON as a plan', args: () => [manifests, manifests, '--as', 'plan'], error: 'PLAN_MALFORMED' },
    { name: 'an unknown kind', args: () => [manifests, manifests, '--as', 'yaml'], error: '--as' }
  ])('$name', async ({ args, error }) => {
    const { stderr, exitCode } = await run(['diff', ...args()])
    expect(stderr).toContain(error)
    expect(exitCode).toBe(2)
  })
})

test('plan -o json prints what the cases expect', async () => {
  const name = '26-err-group-conflicting-scheme'
  const { stdout, exitCode } = await run([
    'plan',
    '-o',
    'json',
    '--aws',
    join(cases, 'aws.yaml'),
    join(cases, name, 'input.yaml')
  ])
  expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(join(cases, name, 'expected.json'), 'utf8')))
  expect(exitCode).toBe(1)
})

test('where aws.yaml says that manifests are all there is, nothing is assumed', async () => {
  const ingress = [
    'apiVersion: networking.k8s.io/v1',
    'kind: Ingress',
    'metadata: {name: a, namespace: ns}',
    'spec: {ingressClassName: alb, rules: [{http: {paths: []}}]}'
  ].join('\n')
  async function planned(...args: string[]) {
    return JSON.parse((await run(['plan', '-o', 'json', ...args, '-'], ingress)).stdout)
  }
  expect(await planned()).toHaveProperty('stack')
  expect(await planned('--aws', join(cases, 'aws.yaml'))).toEqual({
    error: 'invalid ingress class: IngressClass.networking.k8s.io "alb" not found'
  })
})

describe('a Gateway in place of an Ingress', () => {
  test('is told as a move, with what becomes different', async () => {
    const gateway = join(folder, 'gateway.yaml')
    writeFileSync(gateway, 'loadBalancer: { api: gateway }\n')
    const ingress = join(folder, 'ingress.yaml')
    writeFileSync(ingress, 'loadBalancer: { api: ingress }\n')
    const { stdout } = await run(['diff', ingress, gateway, '-o', 'json'])
    const { changes, moves } = JSON.parse(stdout)
    const id = 'istio-system/edge-istio-alb-ingress'
    expect(moves).toEqual([
      {
        from: id,
        to: id,
        differences: [
          expect.objectContaining({ resource: 'load balancer', path: 'name', known: expect.any(String) }),
          expect.objectContaining({ resource: 'security group', path: 'groupName', known: expect.any(String) })
        ]
      }
    ])
    // One that is there is never changed into the other, although both have one name.
    expect(new Set(changes.map(({ kind, change }: { kind: string; change: string }) => `${kind} ${change}`))).toEqual(
      new Set(['Gateway create', 'Ingress delete'])
    )
    expect((await run(['diff', ingress, gateway])).stdout).toContain(
      `Gateway ${id} takes the place of IngressGroup ${id}`
    )
  }, 60_000)

  test('migrate prints its objects, which are planned again, and comments that say what changes', async () => {
    const { stdout, exitCode } = await run(['migrate', manifests])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^# Gateway istio-system\/common-external-ingress takes the place of IngressGroup /)
    const migrated = join(folder, 'migrated.yaml')
    writeFileSync(migrated, stdout)
    const planned = JSON.parse((await run(['plan', '-o', 'json', migrated])).stdout)
    expect(planned.stack.id).toBe('istio-system/common-external-ingress')
  }, 60_000)

  test('migrate ends with 1 where no Ingress has a plan', async () => {
    const { exitCode, stderr } = await run(['migrate', '-'], 'apiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('LOAD_BALANCER_NONE')
  }, 60_000)
})
