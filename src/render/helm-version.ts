/**
 * The version that a helm says of itself, kept between runs for as long as its file is as it was: asking takes a process, which
 * costs a third of what the render does.
 *
 * @module
 */

import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { basename, delimiter, join, resolve } from 'node:path'
import { execa } from 'execa'
import { cacheFolder } from './helm-release.ts'

/** A file, by what tells that it has changed. */
interface Fingerprint {
  path: string
  size: number
  changed: number
  written: number
}

interface Kept extends Fingerprint {
  version: string
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** The file that a shell would run. */
function fileOf(command: string): string | undefined {
  const places = command.includes('/')
    ? [resolve(command)]
    : (process.env.PATH ?? '').split(delimiter).map(folder => join(resolve(folder), command))
  return places.find(isExecutable)
}

function isScript(path: string): boolean {
  const start = Buffer.alloc(2)
  const file = openSync(path, 'r')
  try {
    readSync(file, start)
  } finally {
    closeSync(file)
  }
  return start.toString('latin1') === '#!'
}

/** None of a version manager's stand-in, a script or a link to something of another name: which helm it starts is not told by its file. */
function fingerprintOf(command: string): Fingerprint | undefined {
  try {
    const path = realpathSync(fileOf(command)!)
    const { size, ctimeMs, mtimeMs } = statSync(path)
    return basename(path).startsWith('helm') && !isScript(path)
      ? { path, size, changed: ctimeMs, written: mtimeMs }
      : undefined
  } catch {
    return undefined
  }
}

function isSame(kept: Fingerprint, now: Fingerprint): boolean {
  return (['path', 'size', 'changed', 'written'] as const).every(key => kept[key] === now[key])
}

const form = /^v(\d+\.\d+\.\d+)/

/** Kept for one helm: who changes to another has it asked once. */
function keptFile(): string {
  return join(cacheFolder(), 'helm-version.json')
}

function keptVersion(now: Fingerprint): string | undefined {
  try {
    const kept = JSON.parse(readFileSync(keptFile(), 'utf8')) as Kept
    return isSame(kept, now) ? form.exec(`v${kept.version}`)?.[1] : undefined
  } catch {
    return undefined
  }
}

function keep(kept: Kept): void {
  try {
    mkdirSync(cacheFolder(), { recursive: true })
    const beside = `${keptFile()}.${process.pid}`
    writeFileSync(beside, JSON.stringify(kept))
    renameSync(beside, keptFile())
  } catch {
    // Where nothing can be kept, it is asked each time.
  }
}

/** `4.2.3`; undefined where the command is no helm, or there is none. */
export async function helmVersionOf(command: string): Promise<string | undefined> {
  const now = fingerprintOf(command)
  const known = now && keptVersion(now)
  if (known !== undefined) {
    return known
  }
  const { stdout, failed } = await execa(command, ['version', '--template', '{{.Version}}'], { reject: false })
  const version = failed ? undefined : form.exec(stdout)?.[1]
  if (now && version !== undefined) {
    keep({ ...now, version })
  }
  return version
}
