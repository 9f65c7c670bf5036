import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
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
    const stdout = 'looked at 6 objects; no findings\n'
    expect(await runHere('check', correct, '--fail-on', 'info')).toMatchObject({ exitCode: 0, stdout })
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
