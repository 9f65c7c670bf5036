import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { findHelm } from '../../../src/render/index.ts'
import { Commands, runHere } from './command.ts'

const article = 'tests/cases/article'
const correct = 'tests/cases/correct/istio-instance-https.yaml'
const commands = new Commands()
afterAll(() => commands.close())

/** A file in the test's own folder. */
function write(name: string, text: string): string {
  const file = join(commands.folder, name)
  writeFileSync(file, text)
  return file
}

describe('what is found', () => {
  test('is told with the line and a caret', async () => {
    const { exitCode, stdout } = await runHere('check', article)
    expect(exitCode).toBe(1)
    expect(stdout).toContain(
      "  9 |     alb.ingress.kubernetes.io/actions.ssl-redirect: '443'\n          ^\n  expected: alb.ingress.kubernetes.io/ssl-redirect: '443'\n"
    )
  })

  test('is JSON that its schema describes', async () => {
    const { stdout } = await runHere('check', article, '-o', 'json')
    const validate = new Ajv2020().compile(JSON.parse(readFileSync('schema/findings.schema.json', 'utf8')))
    expect(validate(JSON.parse(stdout)) ? [] : validate.errors).toEqual([])
    expect(JSON.parse(stdout).length).toBeGreaterThan(6)
  })

  test.each([
    ['junit', /^<\?xml/],
    ['sarif', /"version": "2\.1\.0"/],
    ['github', /^::error file=tests\/cases\/article\/alb-ingress\.yaml,line=\d+/m]
  ])('is %s on request', async (format, start) => {
    expect((await runHere('check', article, '-o', format)).stdout).toMatch(start)
  })

  test('is one line of what is correct', async () => {
    const stdout = expect.stringMatching(/^assumed: .*\nlooked at 6 objects; no findings; 1 assumption\n$/)
    expect(await runHere('check', correct, '--fail-on', 'info')).toMatchObject({ exitCode: 0, stdout })
  })
})

describe('values that render no object', () => {
  const nothing = ['--set', 'loadBalancer.type=network', '--set', 'gateway.provider=existing']

  test.each([
    { flags: [], exitCode: 0 },
    { flags: ['--strict'], exitCode: 1 }
  ])('are said to, with the reason: $flags', async ({ flags, exitCode }) => {
    const stdout = expect.stringMatching(
      /^not looked at: the gateway's Service, because the values render no object: .*\nlooked at 0 objects; nothing was checked; not looked at: the gateway's Service\n$/
    )
    expect(await runHere('check', ...nothing, ...flags)).toMatchObject({ exitCode, stdout })
  })

  test('a list without items was not checked either', async () => {
    const empty = write('empty-list.yaml', 'apiVersion: v1\nkind: List\nitems: []\n')
    expect((await runHere('check', empty)).stdout).toBe('looked at 0 objects; nothing was checked\n')
    const alone = write(
      'alone.yaml',
      'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { type: NodePort, selector: { app: web }, ports: [{ port: 80 }] }\n'
    )
    expect((await runHere('check', alone)).stdout).toBe(
      'looked at 1 object; no findings; nothing asks for a load balancer, so no request was followed\n'
    )
  })
})

describe('--fail-on', () => {
  let warned: string
  beforeAll(() => {
    warned = write(
      'warned.yaml',
      readFileSync(correct, 'utf8').replace(
        'listen-ports:',
        'healtcheck-port: x\n    alb.ingress.kubernetes.io/listen-ports:'
      )
    )
  })

  test.each([
    ['error', 0],
    ['warning', 1],
    ['info', 1],
    ['never', 0]
  ])('%s ends with %i where there is a warning', async (severity, exitCode) => {
    expect((await runHere('check', warned, '--fail-on', severity)).exitCode).toBe(exitCode)
  })

  test('never ends with 0 where there is an error', async () => {
    expect((await runHere('check', article, '--fail-on', 'never')).exitCode).toBe(0)
  })
})

describe('--config', () => {
  test('leaves out what it says to ignore', async () => {
    const config = write('ignores.yaml', 'ignore:\n  - code: HUB_ABANDONED\n    reason: mirrored every night\n')
    const { stdout } = await runHere('check', article, '--config', config, '-o', 'json')
    const codes = JSON.parse(stdout).map(({ code }: { code: string }) => code)
    expect(codes).toContain('ISTIO_OPERATOR_IS_A_FILE')
    expect(codes).not.toContain('HUB_ABANDONED')
  })

  test('without a reason is wrong usage', async () => {
    const config = write('bare.yaml', 'ignore:\n  - code: HUB_ABANDONED\n')
    await expect(commands.run('check', article, '--config', config)).resolves.toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`error IGNORE_WITHOUT_REASON ${config}:2`)
    })
  })
})

describe('--fix', () => {
  test('changes what hints say in manifests, and nothing else', async () => {
    const before = readFileSync(correct, 'utf8')
    const file = write('fixed.yaml', before.replace('target-type: instance', 'target-typ: instance # mine'))
    const { exitCode, stderr } = await runHere('check', file, '--fix', '--fail-on', 'info')
    expect(stderr).toBe('fixed: 1 finding before, 0 now\n')
    expect(exitCode).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(before.replace('target-type: instance', 'target-type: instance # mine'))
  })

  test('mends what kept the files from being read, and then what is found in them', async () => {
    function objects(backend: string, key: string): string {
      return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: edge }
spec:
  parentRefs: [{ name: alb }]
  rules: [${backend}]
---
apiVersion: gateway.k8s.aws/v1
kind: LoadBalancerConfiguration
metadata: { name: alb, namespace: edge }
spec: { listenerConfigurations: [{ ${key}: HTTPS:443 }] }
`
    }
    const file = write('required.yaml', objects('{ backendRef: { name: web, port: 80 } }', 'protocolPorts'))
    const { stderr } = await runHere('check', file, '--fix')
    expect(stderr).toContain('fixed: 1 finding before')
    expect(readFileSync(file, 'utf8')).toBe(objects('{backendRefs: [{name: web, port: 80}]}', 'protocolPort'))
  })

  const values = `# The public edge.
gateway:
  backend: https
  externalTrafficPolicy: Local # kept
ingress:
  scheme: internet-facing
  targetType: ip
  listeners:
    https: {enabled: true}
  sslRedirect: true
  certificateArns: [arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666]
  securityGroups: [sg-1] # ours
  # Of the load balancer.
  loadBalancerAttributes:
    idle_timeout.timeout_second: "60" # seconds
    deletion_protection.enabled: "true"
  annotations:
    alb.ingress.kubernetes.io/target-control-prt: "3000"
extraObjects:
  - apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: public}
    spec:
      selector: {istio: ingressgateway}
      servers:
        - port: {number: 443, name: https, protocol: HTTPS}
          hosts: [shop.example.com] # one
          tls: {mode: SIMPLE, credentialName: edge}
`

  test('changes the values that a chart was rendered with, their comments kept', async () => {
    const file = write('values.yaml', values)
    const { stdout } = await runHere('check', '--values', file, '--fix', '-o', 'json')
    const left = JSON.parse(stdout).map(({ code }: { code: string }) => code)
    expect(readFileSync(file, 'utf8')).toBe(
      values
        .replace('Local # kept', 'Cluster # kept')
        .replace('  scheme: internet-facing\n', '  scheme: internet-facing\n  manageBackendSecurityGroupRules: true\n')
        .replace('timeout_second:', 'timeout_seconds:')
        .replace('hosts: [shop.example.com]', 'hosts: ["*"]')
    )
    expect(left).toEqual(['ANNOTATION_UNKNOWN'])
  })

  test('sets what one edge has different for that edge alone', async () => {
    const [shared, own] = ['externalTrafficPolicy: Local', 'ingress: {name: two, targetType: ip}']
    const edges = `gateway:
  provider: injected
  ${shared}
edges:
  one:
    gateway: {name: one, selector: {istio: one}}
    ingress: {name: one}
  two:
    gateway: {name: two, selector: {istio: two}, ports: {status: {nodePort: 30121}, http2: {nodePort: 30180}, https: {nodePort: 30543}}}
    ${own}
`
    const file = write('edges.yaml', edges)
    await runHere('check', '--values', file, '--fix')
    expect(readFileSync(file, 'utf8')).toBe(
      edges.replace('gateway: {name: two,', 'gateway: {name: two, externalTrafficPolicy: Cluster,')
    )
  })

  test('changes nothing that came by --set', async () => {
    const file = write('set.yaml', 'ingress:\n  targetType: ip\n')
    const { stdout } = await runHere(
      'check',
      '--values',
      file,
      '--set',
      'gateway.externalTrafficPolicy=Local',
      '--fix',
      '-o',
      'json'
    )
    expect(JSON.parse(stdout).map(({ code }: { code: string }) => code)).toEqual(['TRAFFIC_POLICY_LOCAL'])
    expect(readFileSync(file, 'utf8')).toBe('ingress:\n  targetType: ip\n')
  })

  test('is in SARIF what would change', async () => {
    const file = write('sarif.yaml', values)
    const { stdout } = await runHere('check', '--values', file, '-o', 'sarif')
    const { results } = JSON.parse(stdout).runs[0]
    const { fixes } = results.find(({ ruleId }: { ruleId: string }) => ruleId === 'TRAFFIC_POLICY_LOCAL')
    expect(fixes[0].artifactChanges[0].replacements).toEqual([
      {
        deletedRegion: { startLine: 4, startColumn: 1, endLine: 5, endColumn: 1 },
        insertedContent: { text: '  externalTrafficPolicy: Cluster # kept\n' }
      }
    ])
  })
})

describe('wrong usage', () => {
  test.each([
    ['a file that is not there', ['nowhere.yaml'], 'FILE_UNREADABLE nowhere.yaml'],
    ['a cluster and manifests', ['--context', 'kind', article], 'CONTEXT_AND_MANIFESTS']
  ])('%s ends with 2 and no stack trace', async (_what, words, message) => {
    const { exitCode, stderr } = await commands.run('check', ...words)
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(message) })
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

test.each(['check', 'plan'])('%s runs helm once for what it renders', async command => {
  const [helm, log] = [join(commands.folder, 'helm.sh'), join(commands.folder, `${command}.log`)]
  writeFileSync(helm, `#!/bin/sh\necho "$1" >> '${log}'\nexec '${(await findHelm()).command}' "$@"\n`, { mode: 0o755 })
  const { exitCode } = await commands.runWith({ ISTIO_ALB_HELM: helm }, command, '--set', 'ingress.scheme=internal')
  expect(exitCode).toBe(0)
  expect(readFileSync(log, 'utf8')).toBe('version\ntemplate\n')
})
