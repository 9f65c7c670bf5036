// A checkout runs its sources. They are built into few files, which start several times as fast, and kept beside the dependencies;
// the built ones answer only while every source is as it was, by what git goes by: size and times, of change and of content.
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = join(root, 'node_modules', '.cache', 'istio-alb')
const current = join(cache, 'current.json')

/** What the sources are built with: npm writes the list of what is installed at each change. */
const builtWith = ['node_modules/.package-lock.json', 'package.json', 'scripts/build/bundle.ts']

/** Milliseconds for which files of an earlier build stay: commands that run on import from them. */
const longestRun = 7 * 24 * 60 * 60 * 1000

function stateOf(file) {
  const { size, mtimeMs, ctimeMs } = statSync(join(root, file), { throwIfNoEntry: false }) ?? {}
  return [size ?? -1, mtimeMs ?? 0, ctimeMs ?? 0]
}

function isAsItWas([file, size, mtimeMs, ctimeMs]) {
  const state = stateOf(file)
  return state[0] === size && state[1] === mtimeMs && state[2] === ctimeMs
}

/** The folder of the last build, unless a source has changed since. */
function builtBefore() {
  try {
    const { folder, files } = JSON.parse(readFileSync(current, 'utf8'))
    // Another user may have made it, from whom it is kept.
    accessSync(join(folder, 'main.cjs'), constants.R_OK)
    return files.every(isAsItWas) ? folder : undefined
  } catch {
    return undefined
  }
}

async function build() {
  const start = Date.now()
  const { bundle } = await import('../scripts/build/bundle.ts')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'build-'))
  // Whoever may read the sources may run them.
  chmodSync(folder, statSync(cache).mode)
  const { inputs } = await bundle(folder, { main: 'src/cli/main.ts' }, { quick: true })
  const sources = Object.keys(inputs).filter(file => file.startsWith('src/'))
  const files = [...builtWith, ...sources].map(file => [file, ...stateOf(file)])
  // What was saved meanwhile may be in it or not: then it is nobody's.
  if (files.every(([, , , ctimeMs]) => ctimeMs < start)) {
    const beside = join(folder, 'current.json')
    writeFileSync(beside, JSON.stringify({ folder, files }))
    renameSync(beside, current)
  }
  for (const earlier of readdirSync(cache)) {
    const path = join(cache, earlier)
    if (start - statSync(path).mtimeMs > longestRun) {
      rmSync(path, { recursive: true, force: true })
    }
  }
  return folder
}

/** The module with `main`: built, or the source itself where nothing can be built, is kept, or shall be (`ISTIO_ALB_SOURCES=1`). */
export async function mainOfCheckout() {
  const sources = '../src/cli/main.ts'
  if (process.env.ISTIO_ALB_SOURCES) {
    return sources
  }
  try {
    return join(builtBefore() ?? (await build()), 'main.cjs')
  } catch {
    return sources
  }
}
