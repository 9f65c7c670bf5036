/**
 * `npm run build:executable [FILE] [-- --package ARCHIVE]`: the command as one file for machines without Node, by Node's own single
 * executable applications. It is for the platform that it is built on, and holds what the package holds: the archive that is
 * named, else one that is made.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { inject } from 'postject'
import { unpackPackage } from './build/package-archive.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = fileURLToPath(new URL('build/executable/', import.meta.url))
const {
  values: { package: archive },
  positionals: [name = 'istio-alb']
} = parseArgs({ options: { package: { type: 'string' } }, allowPositionals: true })
const target = resolve(name)

/** What Node's binaries hold where the application's mark goes (Node: single executable applications). */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/** The files of the package by their names in it, without what only a compiler reads. */
async function packageFiles(folder: string): Promise<Record<string, string>> {
  const unpacked = await unpackPackage(folder, archive)
  const names = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(unpacked, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter(path => !path.startsWith('dist/types/'))
  return {
    ...Object.fromEntries(names.map(name => [name, join(unpacked, name)])),
    'bin/start.cjs': join(sources, 'start.cjs')
  }
}

/** A name for what is unpacked: of every build its own. */
function buildName(files: Record<string, string>): string {
  const digest = createHash('sha256')
  for (const [name, file] of Object.entries(files).sort()) {
    const content = readFileSync(file)
    digest.update(`${name}\0${content.length}\0`).update(content)
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return `${version}-${digest.digest('hex').slice(0, 16)}`
}

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-executable-'))
try {
  const files = await packageFiles(folder)
  const build = join(folder, 'build')
  writeFileSync(build, buildName(files))
  const [config, blob] = [join(folder, 'config.json'), join(folder, 'blob')]
  writeFileSync(
    config,
    JSON.stringify({
      main: join(sources, 'main.cjs'),
      output: blob,
      disableExperimentalSEAWarning: true,
      assets: { ...files, build }
    })
  )
  await execa(process.execPath, ['--experimental-sea-config', config])
  mkdirSync(dirname(target), { recursive: true })
  rmSync(target, { force: true })
  copyFileSync(process.execPath, target)
  chmodSync(target, 0o755)
  const isApple = process.platform === 'darwin'
  if (isApple) {
    await execa('codesign', ['--remove-signature', target])
  }
  await inject(target, 'NODE_SEA_BLOB', readFileSync(blob), {
    sentinelFuse: fuse,
    ...(isApple && { machoSegmentName: 'NODE_SEA' })
  })
  if (isApple) {
    await execa('codesign', ['--sign', '-', target])
  }
  console.log(`built ${target}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
