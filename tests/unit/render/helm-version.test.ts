import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import { helmVersionOf } from '../../../src/render/helm-version.ts'
import { findHelm } from '../../../src/render/index.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'istio-alb-helm-version-')))
const { XDG_CACHE_HOME, PATH } = process.env
afterAll(() => {
  setOrDelete('XDG_CACHE_HOME', XDG_CACHE_HOME)
  setOrDelete('PATH', PATH)
  rmSync(folder, { recursive: true, force: true })
})

function setOrDelete(name: string, value: string | undefined): void {
  if (value === undefined) {
    delete process.env[name]
  } else {
    process.env[name] = value
  }
}

let helm: Awaited<ReturnType<typeof findHelm>>
let runs = 0
beforeEach(async () => {
  setOrDelete('PATH', PATH)
  // Found before the cache is another one, so that it is fetched once.
  helm = await findHelm()
  process.env.XDG_CACHE_HOME = join(folder, `cache-${runs++}`)
})

function keptFile(): string {
  return join(process.env.XDG_CACHE_HOME!, 'istio-alb', 'helm-version.json')
}

function write(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  chmodSync(path, 0o755)
  return path
}

/** A file that cannot run: what is told of it is remembered. */
function programThatSaid(path: string, version: string): string {
  write(path, '\x7fELF')
  const { size, ctimeMs, mtimeMs } = statSync(path)
  const place = realpathSync(path)
  write(keptFile(), JSON.stringify({ path: place, size, changed: ctimeMs, written: mtimeMs, version }))
  return path
}

test('what helm said is kept', async () => {
  expect(await helmVersionOf(helm.command)).toBe(helm.version)
  expect(JSON.parse(readFileSync(keptFile(), 'utf8'))).toMatchObject({ version: helm.version })
})

test('and told again, by path and by name', async () => {
  const program = programThatSaid(join(folder, 'bin', 'helm'), '4.0.0')
  process.env.PATH = join(folder, 'bin')
  expect([await helmVersionOf(program), await helmVersionOf('helm')]).toEqual(['4.0.0', '4.0.0'])
})

test('a file that has changed is asked', async () => {
  const program = programThatSaid(join(folder, 'helm'), '4.0.0')
  appendFileSync(program, 'x')
  expect(await helmVersionOf(program)).toBeUndefined()
})

test('a script is asked each time: it may start another helm tomorrow', async () => {
  const script = write(join(folder, 'helm'), '#!/bin/sh\necho v4.0.0+g0123456\n')
  const before = await helmVersionOf(script)
  writeFileSync(script, '#!/bin/sh\necho v4.1.0+g0123456\n')
  expect([before, await helmVersionOf(script)]).toEqual(['4.0.0', '4.1.0'])
  expect(() => statSync(keptFile())).toThrow('ENOENT')
})

test('a link to a program of another name is asked: it chooses a helm', async () => {
  const manager = programThatSaid(join(folder, 'version-manager'), '4.0.0')
  symlinkSync(manager, join(folder, 'helm-link'))
  expect(await helmVersionOf(join(folder, 'helm-link'))).toBeUndefined()
})

test.each(['{', '{"version":"4.0.0"}', '[]', 'null'])('%s is no version that was kept', async text => {
  write(keptFile(), text)
  expect(await helmVersionOf(helm.command)).toBe(helm.version)
})

test('where nothing can be kept, the answer is the same', async () => {
  write(join(folder, 'no-folder'), '')
  process.env.XDG_CACHE_HOME = join(folder, 'no-folder')
  expect(await helmVersionOf(helm.command)).toBe(helm.version)
})
