import { createRequire } from 'node:module'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Finding } from '../../../src/failure.ts'
import { type FindingsFormat, formatFindings } from '../../../src/report/index.ts'

const require = createRequire(import.meta.url)

const finding: Finding = {
  code: 'HEALTH_CHECK_PORT_NOT_A_NODE_PORT',
  severity: 'error',
  message: 'the health check probes port 15021 of the nodes',
  object: 'Ingress istio-system/edge',
  path: 'metadata.annotations.alb.ingress.kubernetes.io/healthcheck-port',
  file: 'edge.yaml',
  line: 3,
  expected: 'status-port, or 30621',
  actual: '15021',
  hint: 'set status-port'
}
const bare: Finding = { code: 'MODEL_NOT_BUILT', severity: 'info', message: 'a < b & "c"\nd' }
const source = "metadata:\n  annotations:\n    alb.ingress.kubernetes.io/healthcheck-port: '15021'\n"

function text(one: Finding, sourceText = source): string {
  return formatFindings([one], 'text', () => sourceText)
}

describe('text', () => {
  test('shows the line, a caret under the key, expected and actual, and the hint', () => {
    expect(text(finding)).toBe(
      [
        'error HEALTH_CHECK_PORT_NOT_A_NODE_PORT edge.yaml:3 Ingress istio-system/edge',
        '  the health check probes port 15021 of the nodes',
        "  3 |     alb.ingress.kubernetes.io/healthcheck-port: '15021'",
        '          ^',
        '  expected: status-port, or 30621',
        '  actual:   15021',
        '  hint:     set status-port',
        ''
      ].join('\n')
    )
  })

  test('puts the caret under the key where it stands behind others', () => {
    const line = '- { name: https, nodePort: 31804 }'
    const shown = text({ ...finding, line: 1, path: 'spec.ports.0.nodePort' }, line).split('\n')
    expect(shown[3]!.indexOf('^')).toBe(shown[2]!.indexOf('nodePort'))
  })

  test('cuts a long line around the key', () => {
    const line = `{"metadata":{"annotations":{"padding":"${'x'.repeat(500)}","alb.ingress.kubernetes.io/healthcheck-port":"15021"}}}`
    const [, , shown, caret] = text({ ...finding, line: 1 }, line).split('\n')
    expect(shown!.length).toBeLessThan(125)
    expect(shown!.slice(caret!.indexOf('^'))).toMatch(/^alb\.ingress\.kubernetes\.io\/healthcheck-port/)
  })

  test('keeps control characters from the terminal', () => {
    expect(text({ ...finding, line: 1 }, '\tx\u001b[31m\r')).toContain('  1 |  x [31m\n')
  })

  test('shows no line where there is none', () => {
    expect(formatFindings([finding], 'text')).not.toContain('|')
    expect(text({ ...finding, line: 99 })).not.toContain('|')
    expect(formatFindings([], 'text')).toBe('')
  })
})

describe('JSON', () => {
  test("has the contract's keys in its order, and absent ones not at all", () => {
    const shuffled = Object.fromEntries(Object.entries(finding).reverse()) as unknown as Finding
    const [first, second] = JSON.parse(formatFindings([shuffled, bare], 'json'))
    expect(Object.keys(first)).toEqual([
      ...['code', 'severity', 'message', 'object', 'path', 'file', 'line', 'expected', 'actual', 'hint']
    ])
    expect(Object.keys(second)).toEqual(['code', 'severity', 'message'])
  })

  test('is an empty list where nothing was found', () => {
    expect(JSON.parse(formatFindings([], 'json'))).toEqual([])
  })
})

describe('JUnit', () => {
  test('has a failed case for each finding', () => {
    const xml = formatFindings([finding, bare], 'junit')
    expect(xml).toContain('<testsuite name="istio-alb check" tests="2" failures="2">')
    expect(xml).toContain('<failure type="error" message="the health check probes port 15021 of the nodes">')
    expect(xml).toContain('a &#60; b &#38; &#34;c&#34;&#10;d')
  })

  test('has one case that passed where nothing was found', () => {
    expect(formatFindings([], 'junit')).toContain('tests="1" failures="0"')
  })
})

test('GitHub gets one escaped command a finding', () => {
  expect(formatFindings([{ ...finding, file: 'a,b:c.yaml' }, bare], 'github')).toBe(
    '::error file=a%2Cb%3Ac.yaml,line=3,title=HEALTH_CHECK_PORT_NOT_A_NODE_PORT::the health check probes port 15021 of the nodes. set status-port\n' +
      '::notice title=MODEL_NOT_BUILT::a < b & "c"%0Ad\n'
  )
})

describe('SARIF', () => {
  beforeAll(() => {
    // The matcher brings the standard's own schema along.
    require('@microsoft/jest-sarif')
  })

  function expectValid(log: unknown): void {
    // biome-ignore lint/suspicious/noExplicitAny: the package's types belong to another Jest
    ;(expect(log) as any).toBeValidSarifLog()
  }

  test('is what the standard demands', () => {
    const log = JSON.parse(formatFindings([finding, bare, { ...finding, file: '<stdin>' }], 'sarif'))
    expectValid(log)
    expect(log.runs[0].results.map(({ level }: { level: string }) => level)).toEqual(['error', 'note', 'error'])
    expect(log.runs[0].results[0]).toMatchObject({
      ruleId: finding.code,
      ruleIndex: 0,
      locations: [{ physicalLocation: { artifactLocation: { uri: 'edge.yaml' }, region: { startLine: 3 } } }]
    })
  })

  test('stays so for whatever findings hold', () => {
    const optional = fc.option(fc.string({ unit: 'binary' }), { nil: undefined })
    const findings = fc.array(
      fc.record({
        code: fc.constantFrom('ONE', 'OTHER'),
        severity: fc.constantFrom('error' as const, 'warning' as const, 'info' as const),
        message: fc.string({ unit: 'binary' }),
        object: optional,
        file: fc.option(fc.webPath({ size: 'small' }), { nil: undefined }),
        line: fc.option(fc.integer({ min: 1 }), { nil: undefined }),
        hint: optional
      }),
      { maxLength: 3 }
    )
    fc.assert(
      fc.property(findings, some => {
        const log = JSON.parse(formatFindings(some as Finding[], 'sarif'))
        expectValid(log)
        expect(log.runs[0].results).toHaveLength(some.length)
      }),
      { numRuns: 20 }
    )
  })
})

test('no text of a finding breaks a format', () => {
  const formats: FindingsFormat[] = ['text', 'json', 'junit', 'sarif', 'github']
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, file) => {
      const findings: Finding[] = [{ code: 'ONE', severity: 'error', message, file, line: 1 }]
      const [, , junit] = formats.map(format => formatFindings(findings, format, () => message))
      // Outside of its own marks XML has neither `<` nor a bare `&`.
      expect(junit!.replace(/<\/?(\?xml|testsuites?|testcase|failure)[^<>]*>|&#\d+;/g, '')).not.toMatch(/[<&]/)
      expect(formatFindings(findings, 'github').split('\n')).toHaveLength(2)
    })
  )
})
