import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { missingTools, requireTools, runTool } from '../../../src/cluster/tool.ts'

const pathBefore = process.env.PATH
let folder: string

/** Puts a shell script on PATH under a tool's name. */
function fake(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fake-tools-'))
  process.env.PATH = folder
})

afterEach(() => {
  process.env.PATH = pathBefore
  rmSync(folder, { recursive: true, force: true })
})

describe('what is missing', () => {
  test('every tool at once, each with how to install it', async () => {
    fake('kubectl', 'exit 0')
    await expect(requireTools(['docker', 'kind', 'kubectl', 'istioctl'])).rejects.toMatchObject({
      exitCode: 3,
      findings: [
        { code: 'TOOL_MISSING', expected: 'docker', hint: expect.stringContaining('https://docs.docker.com') },
        { code: 'TOOL_MISSING', expected: 'kind', hint: expect.stringContaining('https://kind.sigs.k8s.io') },
        { code: 'TOOL_MISSING', expected: 'istioctl', hint: expect.stringContaining('https://istio.io') }
      ]
    })
  })

  test('a container engine that does not answer', async () => {
    fake('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1')
    expect(await missingTools(['docker'])).toMatchObject([
      { code: 'CONTAINER_ENGINE_SILENT', message: expect.stringContaining('Cannot connect to the Docker daemon') }
    ])
  })

  test('nothing', async () => {
    fake('docker', 'echo 29.1')
    fake('kind', 'exit 0')
    await expect(requireTools(['docker', 'kind'])).resolves.toBeUndefined()
  })
})

describe('running a tool', () => {
  test('gives its standard output, and takes standard input', async () => {
    fake('kubectl', 'read line; echo "$line $1"')
    expect(await runTool('kubectl', ['apply'], { input: 'text\n' })).toBe('text apply')
  })

  test('a failure has the exit code, the end of standard error and the command to paste', async () => {
    fake('kind', 'echo first >&2; echo "node(s) already exist" >&2; exit 7')
    await expect(runTool('kind', ['create', 'cluster', '--name', 'my shop'])).rejects.toMatchObject({
      exitCode: 3,
      code: 'COMMAND_FAILED',
      message: 'kind create ended with exit code 7: first\n  node(s) already exist',
      findings: [{ hint: "try it by itself: kind create cluster --name 'my shop'" }]
    })
  })

  test('a tool that is not there is named', async () => {
    await expect(runTool('istioctl', ['install'])).rejects.toMatchObject({ exitCode: 3, code: 'TOOL_MISSING' })
  })

  test('a tool that dies is named with the signal', async () => {
    fake('kind', 'kill -KILL $$')
    await expect(runTool('kind', ['get'])).rejects.toThrow('kind get was ended by SIGKILL')
  })

  test('an abort ends it with the reason', async () => {
    process.env.PATH = `${folder}:${pathBefore}`
    fake('kind', 'exec sleep 60')
    const controller = new AbortController()
    const running = runTool('kind', ['create'], { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
  })
})
