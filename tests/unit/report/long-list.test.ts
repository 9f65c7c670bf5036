import { expect, test } from '@jest/globals'
import type { Finding } from '../../../src/failure.ts'
import { formatFindings } from '../../../src/report/index.ts'

test('of many findings the first are told in full, the others on a line each, in order', () => {
  const findings = Array.from(
    { length: 1000 },
    (_, index): Finding => ({
      code: 'CODE',
      severity: 'error',
      message: `message ${index}`,
      file: 'edge.yaml',
      line: index + 1,
      hint: 'a hint'
    })
  )
  const lines = formatFindings(findings, 'text').split('\n')
  expect(lines.filter(line => line.includes('hint:'))).toHaveLength(20)
  expect(lines.flatMap(line => /message (\d+)/.exec(line)?.[1] ?? [])).toEqual(
    findings.map((_, index) => String(index))
  )
  expect(lines).toContain('edge.yaml:1000: message 999')
  expect(lines.at(-2)).toBe('1000 findings; the first 20 say more.')
})
