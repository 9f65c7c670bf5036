import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { ownChart } from '../../../src/render/index.ts'
import { readRefusals } from '../../../src/render/refusal.ts'
import { ValuesFiles } from '../../../src/values/index.ts'

const noFiles = new ValuesFiles([])
const folder = mkdtempSync(join(tmpdir(), 'istio-alb-refusal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('what helm says becomes findings', () => {
  test('lines of the schema validator, without thousands separators and without the lines that only say which branch failed', () => {
    const stderr = `Error: values don't meet the specifications of the schema(s) in the following chart(s):
istio-alb-ingress:
- at '/gateway/ports/https/nodePort': minimum: got 80, want 30,000
- at '/ingress': 'allOf' failed
  - at '/ingress/certificateArns': minItems: got 0, want 1
`
    expect(readRefusals(stderr, noFiles)).toMatchObject([
      {
        code: 'VALUES_REFUSED',
        path: 'gateway.ports.https.nodePort',
        message: 'gateway.ports.https.nodePort: minimum: got 80, want 30000'
      },
      { path: 'ingress.certificateArns', message: 'ingress.certificateArns: minItems: got 0, want 1' }
    ])
  })

  test('lines of the guard template carry code, key and hint', () => {
    const stderr = `Error: execution error at (istio-alb-ingress/templates/guards.yaml:3:4): 
NODE_PORT_TWICE gateway.ports.https.nodePort: 30080 is gateway.ports.http2.nodePort too; set another node port
`
    expect(readRefusals(stderr, noFiles)).toEqual([
      {
        code: 'NODE_PORT_TWICE',
        severity: 'error',
        path: 'gateway.ports.https.nodePort',
        message: 'gateway.ports.https.nodePort: 30080 is gateway.ports.http2.nodePort too',
        hint: 'set another node port'
      }
    ])
  })

  test.each([
    { helm: '3.18.5 and later', stderr: "- at '/gateway': additional properties 'prots', 'nonsense' not allowed" },
    {
      helm: 'before',
      stderr:
        '- gateway: Additional property prots is not allowed\n- gateway: Additional property nonsense is not allowed'
    }
  ])('unknown keys are named one by one, with the one that is nearest beside them: helm $helm', ({ stderr }) => {
    const files = ValuesFiles.read([join(ownChart, 'values.yaml')])
    const refusals = readRefusals(stderr, files, { set: ['gateway.prots.http2.nodePort=30080'] })
    expect(refusals.map(({ path, message, file, hint }) => ({ path, message, file, hint }))).toEqual([
      {
        path: 'gateway.prots',
        message: 'gateway.prots: unknown key',
        file: '--set gateway.prots.http2.nodePort=30080',
        hint: 'did you mean gateway.ports?'
      },
      {
        path: 'gateway.nonsense',
        message: 'gateway.nonsense: unknown key',
        file: join(ownChart, 'values.yaml'),
        hint: 'see the key in the values reference of the chart'
      }
    ])
  })

  test('what came by --set is shown there: the last assignment of the key or of a part of it', () => {
    const files = ValuesFiles.read([join(ownChart, 'values.yaml')])
    const stderr =
      "- at '/gateway/ports/http2/nodePort': minimum: got 80, want 30,000\n- at '/ingress/subnets': minItems: got 0, want 1"
    const set = ['gateway.ports.http2.nodePort=81', 'gateway.ports.http2.nodePort=80', 'ingress.subnets[0]=']
    const inList = ['ingress.hosts[0]=a.example.com,ingress.routes[0].name=2-old']
    const [ofList] = readRefusals("- at '/ingress/routes/0/name': '2-old' does not match", files, { set: inList })
    expect(ofList!.file).toBe(`--set ${inList[0]}`)
    expect(readRefusals(stderr, files, { set }).map(({ file }) => file)).toEqual([
      '--set gateway.ports.http2.nodePort=80',
      '--set ingress.subnets[0]='
    ])
  })

  test.each([
    { at: '/b/c', set: ['a=1,b.c=2'], found: 0 },
    { at: '/b/c', set: ['b.c=1,b.d=2', 'a=1'], found: 0 },
    { at: '/ingress/hosts/1', set: ['ingress.hosts={a.example.com,-}'], found: 0 },
    { at: '/ingress/hosts/1', set: ['ingress.hosts[0]=a.example.com,ingress.hosts[1]=-'], found: 0 },
    { at: '/ingress/annotations/example.com~1a', set: ['ingress.annotations.example\\.com/a=b\\,c,x=1'], found: 0 },
    { at: '/c', set: ['a={b=1,c=2}'], found: undefined },
    { at: '/c', set: ['a=1\\,c=2'], found: undefined },
    { at: '/ab', set: ['a=1', 'abc=1'], found: undefined }
  ])('$at after --set $set', ({ at, set, found }) => {
    const [refusal] = readRefusals(`- at '${at}': is wrong`, noFiles, { set })
    expect(refusal!.file).toBe(found === undefined ? undefined : `--set ${set[found]}`)
  })

  test('an item of a list that the guard refuses is told with its own line, or its --set', () => {
    const file = join(folder, 'items.yaml')
    writeFileSync(file, 'ingress:\n  hosts:\n    - a.example.com\n    - b\n')
    const stderr = 'VALUE_MALFORMED ingress.hosts[1]: is "b"; set a host name'
    const expected = { path: 'ingress.hosts[1]', message: 'ingress.hosts[1]: is "b"' }
    expect(readRefusals(stderr, ValuesFiles.read([file]))).toMatchObject([{ ...expected, file, line: 4 }])
    const set = ['ingress.hosts={a.example.com,b}']
    expect(readRefusals(stderr, noFiles, { set })).toMatchObject([{ ...expected, file: `--set ${set[0]}` }])
  })

  test('a name that is malformed is told with the place where it stands, once', () => {
    const file = join(folder, 'names.yaml')
    writeFileSync(file, 'ingress:\n  labels:\n    a..b/c: "1"\n')
    const stderr = "- at '': invalid propertyName 'a..b/c'\n  - at '': 'a..b/c' does not match pattern '^[a-z]+$'\n"
    expect(readRefusals(stderr, ValuesFiles.read([file]))).toEqual([
      expect.objectContaining({
        path: 'ingress.labels.a..b/c',
        message: 'ingress.labels.a..b/c: no name that is allowed here',
        file,
        line: 3
      })
    ])
  })

  test('the same refusal is told once', () => {
    const line = "- at '/a': got string, want integer"
    expect(readRefusals(`${line}\n${line}\n`, noFiles)).toHaveLength(1)
  })

  test('anything else is passed on whole', () => {
    const [finding] = readRefusals('Error: parse error at (x/templates/a.yaml:1): unclosed action\n', noFiles)
    expect(finding).toMatchObject({ code: 'RENDER_FAILED' })
    expect(finding!.message).toContain('unclosed action')
  })
})
