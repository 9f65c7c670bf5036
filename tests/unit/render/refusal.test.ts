import { describe, expect, test } from '@jest/globals'
import { readRefusals } from '../../../src/render/refusal.ts'
import { ValuesFiles } from '../../../src/values/index.ts'

const noFiles = new ValuesFiles([])

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
