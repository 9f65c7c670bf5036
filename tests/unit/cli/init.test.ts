import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { Commands, runHere } from './command.ts'

const commands = new Commands()
afterAll(() => commands.close())

const certificate = 'arn:aws:acm:eu-central-1:111122223333:certificate/26cec536-5d01-4140-890d-a1b2c3d4e5f6'

describe('istio-alb init', () => {
  test.each([
    ['nothing said', [], 'http'],
    ['github', ['--host', 'shop.example.com', '--certificate', certificate, '--scheme', 'internet-facing'], 'https'],
    [
      'gitlab',
      ['--host', 'a.example.com', '--host', '*.b.example.com', '--cluster-name', 'shop', '--ci', 'gitlab'],
      'http'
    ]
  ])('writes what check takes: %s', async (name, flags, protocol) => {
    const folder = join(commands.folder, name)
    const { exitCode, stdout } = await runHere('init', folder, ...flags, '-o', 'json')
    const { files } = JSON.parse(stdout) as { files: string[] }
    expect({ exitCode, written: files.every(file => existsSync(file)) }).toEqual({ exitCode: 0, written: true })
    const given = ['--values', join(folder, 'values.yaml'), '--aws', join(folder, 'aws.yaml')]
    const checked = await runHere('check', ...given, '--fail-on', 'warning', '-o', 'json')
    expect({ exitCode: checked.exitCode, findings: JSON.parse(checked.stdout) }).toMatchObject({ exitCode: 0 })
    const planned = await runHere('plan', ...given)
    expect(planned.stdout.toLowerCase()).toContain(protocol)
  })

  test('takes the region of the certificate, and the hosts for its domains', async () => {
    const folder = join(commands.folder, 'region')
    await runHere('init', folder, '--host', 'shop.example.com', '--certificate', certificate, '--ci', 'none')
    expect(readFileSync(join(folder, 'aws.yaml'), 'utf8')).toContain('region: eu-central-1')
    expect(readFileSync(join(folder, 'aws.yaml'), 'utf8')).toContain('- shop.example.com')
    expect(existsSync(join(folder, '.github'))).toBe(false)
  })

  test('writes over nothing, unless it shall', async () => {
    const folder = join(commands.folder, 'again')
    await runHere('init', folder)
    const values = join(folder, 'values.yaml')
    writeFileSync(values, 'mine: true')
    const refused = await runHere('init', folder)
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`${values} is there already`) })
    expect(readFileSync(values, 'utf8')).toBe('mine: true')
    expect(await runHere('init', folder, '--force')).toMatchObject({ exitCode: 0 })
    expect(readFileSync(values, 'utf8')).toContain('scheme: internal')
  })
})
