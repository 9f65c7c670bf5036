import { describe, expect, test } from '@jest/globals'
import { parseIgnores, withoutIgnored } from '../../../src/check/index.ts'
import type { Finding } from '../../../src/failure.ts'

function refused(text: string) {
  try {
    parseIgnores(text, 'ignores.yaml')
  } catch (error) {
    return error as { exitCode: number; findings: Finding[] }
  }
  throw new Error('nothing was refused')
}

describe('a file of ignores', () => {
  test('lists codes with a reason, and an object where only that is meant', () => {
    const text = `ignore:
  - code: HUB_ABANDONED
    reason: mirrored nightly
  - { code: TRAFFIC_POLICY_LOCAL, reason: 'three nodes of its own', object: Service istio-system/gateway }
`
    expect(parseIgnores(text, 'ignores.yaml')).toEqual([
      { code: 'HUB_ABANDONED', reason: 'mirrored nightly' },
      { code: 'TRAFFIC_POLICY_LOCAL', reason: 'three nodes of its own', object: 'Service istio-system/gateway' }
    ])
  })

  test.each(['', 'ignore:', 'ignore: []', '# nothing yet\n'])('may be empty: %p', text => {
    expect(parseIgnores(text, 'ignores.yaml')).toEqual([])
  })

  test.each([
    ['no reason', 'ignore:\n  - code: HUB_ABANDONED', 'IGNORE_WITHOUT_REASON', 2],
    ['a reason of blanks', 'ignore:\n  - code: HUB_ABANDONED\n    reason: " "', 'IGNORE_WITHOUT_REASON', 2],
    ['an unknown code', 'ignore:\n  - code: HUB_ABANDONT\n    reason: old', 'IGNORE_UNKNOWN_CODE', 2],
    ['no code', 'ignore:\n  - reason: old', 'CONFIG_MALFORMED', 2],
    [
      'a key that nobody reads',
      'ignore:\n  - code: HUB_ABANDONED\n    reason: old\n    until: 2030',
      'CONFIG_MALFORMED',
      4
    ],
    ['a code that is no string', 'ignore:\n  - code: 7\n    reason: old', 'CONFIG_MALFORMED', 2],
    ['another key', 'ignored: []', 'CONFIG_MALFORMED', 1],
    ['no list', 'ignore: HUB_ABANDONED', 'CONFIG_MALFORMED', 1],
    ['no mapping', '- HUB_ABANDONED', 'CONFIG_MALFORMED', 1],
    ['no YAML', 'ignore:\n\t- x', 'YAML_MALFORMED', 2]
  ])('is refused for %s, with its line', (_what, text, code, line) => {
    const { exitCode, findings } = refused(text)
    expect(exitCode).toBe(2)
    expect(findings[0]).toMatchObject({ code, file: 'ignores.yaml', line, hint: expect.any(String) })
  })

  test('is refused with every problem at once', () => {
    expect(refused('ignore:\n  - code: HUB_ABANDONED\n  - code: NO_SUCH\n').findings).toHaveLength(3)
  })
})

test('ignored findings are left out: of every object, or of the one that is named', () => {
  function finding(code: string, object: string): Finding {
    return { code, object, severity: 'error', message: code }
  }
  const findings = [finding('ONE', 'Service a/x'), finding('ONE', 'Service a/y'), finding('OTHER', 'Service a/x')]
  expect(withoutIgnored(findings, [{ code: 'ONE', reason: 'old' }])).toEqual([findings[2]])
  expect(withoutIgnored(findings, [{ code: 'ONE', reason: 'old', object: 'Service a/y' }])).toEqual([
    findings[0],
    findings[2]
  ])
  expect(withoutIgnored(findings, [])).toEqual(findings)
})
