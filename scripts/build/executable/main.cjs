// The main script of the executable that brings Node along: it holds the package's files, puts them where helm and Node can read
// them, once for each build, and runs the command there.
const { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { homedir, tmpdir } = require('node:os')
const { dirname, join } = require('node:path')
const { getAsset, getAssetKeys, getRawAsset } = require('node:sea')

const files = getAssetKeys().filter(name => name !== 'build')
/** Version, platform and digest: another build never runs what this one left. */
const build = getAsset('build', 'utf8')

function isWhole(folder) {
  return files.every(name => existsSync(join(folder, name)))
}

/** The folder with the package's files below `parent`. */
function unpackBelow(parent) {
  const folder = join(parent, build)
  if (isWhole(folder)) {
    return folder
  }
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const beside = mkdtempSync(join(parent, 'unpacking-'))
  try {
    for (const name of files) {
      const file = join(beside, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, new Uint8Array(getRawAsset(name)))
    }
    // What is there by now is another run's, and whole, or has lost files.
    if (!isWhole(folder)) {
      rmSync(folder, { recursive: true, force: true })
      renameSync(beside, folder)
    }
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
  return folder
}

/** Where the package's files are; a home that takes no files leaves the temporary folder, and a folder of this run's own there. */
function unpack() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  try {
    return unpackBelow(join(cache, 'istio-alb', 'executable'))
  } catch {
    const own = mkdtempSync(join(tmpdir(), 'istio-alb-executable-'))
    process.on('exit', () => rmSync(own, { recursive: true, force: true }))
    return unpackBelow(own)
  }
}

let folder
try {
  folder = unpack()
} catch (error) {
  console.error(`istio-alb: its files cannot be unpacked: ${error.message}\n  hint:     TMPDIR and XDG_CACHE_HOME say where files are made`)
  process.exitCode = 3
}
if (folder !== undefined) {
  createRequire(join(folder, 'bin', 'start.cjs'))('./start.cjs')
}
