import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, it, test } from '@jest/globals'
import { colourReport } from '../../../src/cli/colours.ts'
import type { Finding } from '../../../src/failure.ts'
import { formatFindings } from '../../../src/report/index.ts'
import { Commands } from './command.ts'

function mark(text: string): string {
  return colourReport(text, (style, part) => `<${[style].flat().at(-1)}>${part}</>`)
}

describe('a report has its words set off', () => {
  const finding: Finding = {
    code: 'HEALTH_CHECK_FAILS',
    severity: 'error',
    message: 'no target is healthy',
    file: 'edge.yaml',
    line: 2,
    hint: 'name the port'
  }

  it('of findings', () => {
    expect(mark(formatFindings([finding], 'text', () => 'a: 1\nb: 2\n'))).toBe(
      '<red>error</><bold> HEALTH_CHECK_FAILS</> edge.yaml:2\n  no target is healthy\n<dim>  2 | </>b: 2\n<bold>      ^</>\n<dim>  hint:</>     name the port\n'
    )
  })

  it.each([
    ['warning SSL_POLICY_OLD a.yaml:1', '<yellow>warning</><bold> SSL_POLICY_OLD</> a.yaml:1'],
    ['info GATEWAY_HAS_NO_PORT', '<blue>info</><bold> GATEWAY_HAS_NO_PORT</>'],
    ['looked at 1 object; 2 errors, 1 info', 'looked at 1 object; <red>2 errors</>, 1 info'],
    ['looked at 3 objects; 1 warning', 'looked at 3 objects; <yellow>1 warning</>'],
    ['looked at 3 objects; no findings', 'looked at 3 objects; <green>no findings</>'],
    ['assumed: the IngressClass alb', '<dim>assumed: the IngressClass alb</>'],
    ['not looked at: Ingress a/b, because', '<yellow>not looked at: </>Ingress a/b, because'],
    ['  no plan: Failed build model due to x', '  <red>no plan:</> Failed build model due to x'],
    ['  ! target group a is replaced: b', '  <red>!</> target group a is replaced: b'],
    ['  + rule a is created', '  <green>+</> rule a is created'],
    ['  ~ listener a is changed in place', '  <yellow>~</> listener a is changed in place'],
    ['      - old', '      <red>-</> old'],
    ['  rule 1: yes, host is a', '  rule 1: <green>yes</>, host is a'],
    ['  rule 2: no, since path is /b does not hold', '<dim>  rule 2: no, since path is /b does not hold</>'],
    [
      '  target i-1 at 10.0.0.1:31380, checked on 31381: healthy',
      '  target i-1 at 10.0.0.1:31380, checked on 31381: <green>healthy</>'
    ],
    [
      '  target i-1 at 10.0.0.1:31380, checked on 31381: unhealthy (a)',
      '  target i-1 at 10.0.0.1:31380, checked on 31381: <red>unhealthy</> (a)'
    ],
    ['  FAIL-OPEN: no target is healthy', '  <yellow>FAIL-OPEN</>: no target is healthy'],
    ['  errors are many', '  errors are many']
  ])('%s', (line, marked) => {
    expect(mark(line)).toBe(marked)
  })
})

describe('a command', () => {
  const commands = new Commands()
  afterAll(() => commands.close())
  const file = 'tests/cases/correct/istio-instance-https.yaml'

  test.each([
    ['trace', 'GET', 'https://shop.example.com/', file],
    ['diff', file, 'tests/snapshots/article.yaml'],
    ['check', 'tests/snapshots/default.yaml'],
    ['plan', file],
    ['check', 'no-such-file.yaml']
  ])('%s colours where it is told to, and changes nothing else', async (...line) => {
    const plain = await commands.run(...line)
    const coloured = await commands.runWith({ FORCE_COLOR: '1', NO_COLOR: undefined }, ...line)
    expect(plain.stdout + plain.stderr).not.toContain('\x1b')
    expect(coloured.stdout + coloured.stderr).toContain('\x1b[')
    expect(stripVTControlCharacters(coloured.stdout)).toBe(plain.stdout)
    expect(stripVTControlCharacters(coloured.stderr)).toBe(plain.stderr)
  })

  it('has none in what programs read', async () => {
    const { stdout } = await commands.runWith({ FORCE_COLOR: '1', NO_COLOR: undefined }, 'plan', '-o', 'json', file)
    expect(stdout).not.toContain('\x1b')
  })

  it('has none where it writes to no terminal', async () => {
    const { stdout, stderr } = await commands.runWith({ FORCE_COLOR: undefined, NO_COLOR: undefined }, 'check', file)
    expect(stdout + stderr).not.toContain('\x1b')
  })
})
