/** The package as people get it: packed, then installed into an empty project with an empty cache. */
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Installed {
  /** What `npx istio-alb` would run. */
  program: string
  /** Bytes of the package, unpacked. */
  packageSize: number
  /** Bytes of everything that was installed. */
  size: number
  /** Number of packages that were installed, this one among them. */
  packages: number
  /** Milliseconds. */
  duration: number
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}

function sizeOf(folder: string): number {
  return filesBelow(folder).reduce((sum, file) => sum + statSync(file).size, 0)
}

/** Builds, packs and installs the package below a folder. */
export async function installPackage(folder: string): Promise<Installed> {
  await execa('npm', ['run', 'build'], { cwd: root })
  const { stdout } = await execa(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--silent', '--pack-destination', folder],
    { cwd: root }
  )
  // npm 12 prints an object by name where earlier ones print a list.
  const [{ filename, unpackedSize }] = Object.values(JSON.parse(stdout)) as [{ filename: string; unpackedSize: number }]
  const project = join(folder, 'project')
  mkdirSync(project)
  const start = performance.now()
  await execa(
    'npm',
    ['install', '--no-audit', '--no-fund', '--cache', join(folder, 'npm-cache'), join(folder, filename)],
    { cwd: project }
  )
  const duration = performance.now() - start
  const modules = join(project, 'node_modules')
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as { packages: object }
  return {
    program: join(modules, 'istio-alb', 'bin', 'istio-alb.js'),
    packageSize: unpackedSize,
    size: sizeOf(modules),
    packages: Object.keys(packages).length,
    duration
  }
}
