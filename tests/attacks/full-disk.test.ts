/**
 * Disks that take no more: it is told with the file, nobody's file is lost, and what runs goes on. A limit on the size of files
 * stands in for a full disk, which no test may make: writing fails in the middle of a file, as there.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { execa } from 'execa'
import { AWSEndpoint } from '../../src/aws/index.ts'
import { callAction } from '../unit/aws/client.ts'

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-full-'))
afterEach(() => {
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
})

/** Blocks of 512 bytes that a file may have. */
async function limited(blocks: number, command: readonly string[], shell = '') {
  const script = `ulimit -f ${blocks}; exec "$0" "$@" ${shell}`
  const { exitCode, stderr } = await execa('sh', ['-c', script, process.execPath, '--no-warnings', ...command], {
    reject: false,
    timeout: 30_000,
    env: { TMPDIR: folder, NO_COLOR: '1', NODE_DISABLE_COMPILE_CACHE: '1' }
  })
  return { exitCode, stderr }
}

const command = 'bin/istio-alb.js'
const manifests = 'tests/cases/article'

describe('a full disk', () => {
  it.each([
    [2000, 300],
    [2000, 0],
    [600, 512]
  ])('takes no text of %i bytes, and leaves the file of %i that is there', async (size, before) => {
    const file = join(folder, 'file')
    writeFileSync(file, 'a'.repeat(before))
    const code = `import('./src/resources/index.ts').then(({ overwrite }) => overwrite('${file}', 'b'.repeat(${size})))`
    const { exitCode, stderr } = await limited(1, ['-e', code])
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`path: '${file}'`)
    expect(readFileSync(file, 'utf8')).toBe('a'.repeat(before))
  })

  it('leaves nothing of a file that is written whole, or what was there', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, 'as it was')
    const code = `import('./src/resources/index.ts').then(({ writeWhole }) => writeWhole('${file}', 'b'.repeat(2000)))`
    expect((await limited(1, ['-e', code])).stderr).toContain(`path: '${file}'`)
    expect(readdirSync(folder)).toEqual(['file'])
    expect(readFileSync(file, 'utf8')).toBe('as it was')
  })

  it('is told by check --fix, which changes nothing then', async () => {
    const file = join(folder, 'ingress.yaml')
    const before = readFileSync(join(manifests, 'alb-ingress.yaml'), 'utf8')
    writeFileSync(file, before)
    const { exitCode, stderr } = await limited(0, [command, 'check', '--fix', file])
    expect(stderr).toContain(`cannot write ${file}`)
    expect(exitCode).toBe(2)
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('is told by init', async () => {
    const { exitCode, stderr } = await limited(0, [command, 'init', folder, '--host', 'a.test'])
    expect(stderr).toContain(`cannot write ${folder}`)
    expect(exitCode).toBe(2)
  })

  it('is told by simulate, which needs a file for its certificate', async () => {
    const { exitCode, stderr } = await limited(0, [command, 'simulate', manifests, '--port-offset', '21000'])
    expect(stderr).toMatch(/SYSTEM_REFUSES\n.*\/ca\.pem/)
    expect(exitCode).toBe(3)
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    ['output', '>/dev/full', 'the output cannot be written: ENOSPC'],
    ['errors', '2>/dev/full', ''],
    ['both', '>/dev/full 2>/dev/full', '']
  ])('that takes no %s ends a command with 3', async (_name, shell, told) => {
    const { exitCode, stderr } = await limited(100_000, [command, 'plan', manifests], shell)
    expect(stderr).toContain(told)
    expect(exitCode).toBe(3)
  })

  it('refuses no call of AWS that has been carried out, and is told once', async () => {
    const gone = mkdtempSync(join(folder, 'gone-'))
    const stateFile = join(gone, 'state.json')
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const endpoint = await AWSEndpoint.start({ anyPort: true, stateFile })
    rmSync(gone, { recursive: true })
    try {
      for (const name of ['one', 'two']) {
        const input = { Name: name, Subnets: ['subnet-a', 'subnet-b'] }
        expect(await callAction(endpoint.url, 'elbv2', 'CreateLoadBalancer', input)).not.toHaveProperty('error')
      }
      expect(warn.mock.calls.map(([text]) => String(text))).toEqual([
        expect.stringContaining(`cannot write ${stateFile}`)
      ])
    } finally {
      warn.mockRestore()
      await endpoint.close()
    }
  })
})
