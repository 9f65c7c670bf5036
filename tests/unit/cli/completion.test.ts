import { afterAll, describe, expect, test } from '@jest/globals'
import { execa } from 'execa'
import { createProgram } from '../../../src/cli/commands/index.ts'
import { Commands, runHere } from './command.ts'

const commands = new Commands()
afterAll(() => commands.close())

/** What bash offers for the last word. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout: script } = await runHere('completion', 'bash')
  const asked = `COMP_WORDS=(istio-alb ${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _istio_alb; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await execa('bash', ['-c', `${script}\n${asked}`], { cwd: commands.folder })
  return stdout.split('\n').filter(Boolean)
}

describe('istio-alb completion', () => {
  test.each([
    [['ch'], ['check']],
    [
      ['check', '-o', 'j'],
      ['json', 'junit']
    ],
    [['check', '--output', 's'], ['sarif']],
    [['plan', '--ex'], ['--explain']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish']
    ],
    // Files are the shell's own to offer.
    [['check', ''], []],
    [['check', '--values', ''], []]
  ])('bash: %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected)
  })

  const names = createProgram().commands.map(command => command.name())

  test.each(['bash', 'zsh', 'fish'])('%s knows every command and its options', async shell => {
    const { exitCode, stdout } = await runHere('completion', shell)
    expect(exitCode).toBe(0)
    for (const name of [...names, 'fail-on', 'port-offset', 'internet-facing']) {
      expect(stdout).toContain(name)
    }
  })

  test.each(['zsh', 'fish'])('%s reads it, where it is installed', async shell => {
    const { stdout } = await runHere('completion', shell)
    const { exitCode, code, stderr } = await execa(shell, ['-n'], { input: stdout, reject: false })
    expect(code === 'ENOENT' ? 'not installed' : { exitCode, stderr }).toEqual(
      code === 'ENOENT' ? 'not installed' : { exitCode: 0, stderr: '' }
    )
  })

  test('another shell is none', async () => {
    const { exitCode, stderr } = await runHere('completion', 'tcsh')
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('bash, zsh, fish') })
  })
})
