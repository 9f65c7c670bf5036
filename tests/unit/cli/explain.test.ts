import { describe, expect, test } from '@jest/globals'
import { runHere } from './command.ts'

describe('istio-alb explain', () => {
  test('prints the page of a code, however it is typed', async () => {
    const { exitCode, stdout } = await runHere('explain', 'redirect-loop')
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^# REDIRECT_LOOP/) })
    expect(stdout).toContain('## How to fix it')
  })

  test('lists the codes', async () => {
    const { stdout } = await runHere('explain')
    const listed = stdout.trimEnd().split('\n')
    expect(listed).toContain('REDIRECT_LOOP')
    expect(listed).toEqual(listed.toSorted())
  })

  test.each([
    ['REDIRECT_LOOPS', 'did you mean REDIRECT_LOOP?'],
    ['../../README', '`istio-alb explain` lists them all']
  ])('%s is no code', async (code, hint) => {
    const { exitCode, stderr } = await runHere('explain', code)
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('CODE_UNKNOWN') })
    expect(stderr).toContain(hint)
  })
})
