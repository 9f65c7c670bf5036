import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { Commands, runHere } from './command.ts'

const commands = new Commands()
afterAll(() => commands.close())

const application = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: app, annotations: { alb.ingress.kubernetes.io/target-type: ip } }
spec:
  ingressClassName: alb
  rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: app, port: { number: 80 } } } }] } }]
---
apiVersion: v1
kind: Service
metadata: { name: app }
spec: { selector: { app: app }, ports: [{ port: 80, targetPort: 8080 }] }
`
const file = join(commands.folder, 'app.yaml')
writeFileSync(file, application)

const assumed = "assumed: IngressClass alb, as the AWS Load Balancer Controller's chart installs it\n"

describe.each([
  { namespace: [], place: 'default' },
  { namespace: ['-n', 'shop'], place: 'shop' },
  { namespace: ['--namespace=shop'], place: 'shop' }
])('objects that name no namespace, with $namespace', ({ namespace, place }) => {
  test('have a plan', async () => {
    const { stdout, exitCode } = await runHere('plan', file, '-o', 'json', ...namespace)
    expect(exitCode).toBe(0)
    expect(Object.values(JSON.parse(stdout)).length).toBeGreaterThan(0)
    expect(stdout).toContain(`k8s-${place}-app-`)
  })

  test('answer', async () => {
    const { stdout } = await runHere('trace', 'GET', 'http://a.example.com/', file, '-o', 'json', ...namespace)
    expect(JSON.parse(stdout).answer).toMatchObject({ from: 'service', service: `app.${place}:80` })
  })

  test('differ from those of another one', async () => {
    const written = join(commands.folder, `written-${place}.yaml`)
    writeFileSync(
      written,
      application
        .replaceAll('name: app,', `name: app, namespace: ${place},`)
        .replace('{ name: app }\n', `{ name: app, namespace: ${place} }\n`)
    )
    const same = await runHere('diff', written, file, ...namespace)
    expect(same.stdout).toMatch(/^\d+ unchanged\./)
    const other = await runHere('diff', written, file, '-n', 'other')
    expect(other.stdout).toContain('other/app')
    expect(other.stdout.endsWith(assumed)).toBe(true)
  })
})

describe('what is assumed is printed', () => {
  test.each([
    ['check', [file]],
    ['plan', [file]],
    ['trace', ['GET', 'http://a.example.com/', file]]
  ])('%s', async (command, words) => {
    const { stdout } = await runHere(command, ...words)
    expect(stdout).toContain(assumed)
    // The summary of check stands behind what was assumed.
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .filter(line => !line.startsWith('looked at '))
        .at(-1)
    ).toMatch(/^assumed: /)
  })

  test('and nothing where aws.yaml says that the objects are all there is', async () => {
    const aws = join(commands.folder, 'aws.yaml')
    writeFileSync(aws, 'assumeMissing: false\n')
    const { stdout } = await runHere('plan', file, '--aws', aws)
    expect(stdout).not.toContain('assumed:')
  })

  test('text alone: what programs read stays as it is', async () => {
    for (const format of ['json', 'junit', 'sarif', 'github']) {
      expect((await runHere('check', file, '-o', format)).stdout).not.toContain('assumed:')
    }
  })
})
