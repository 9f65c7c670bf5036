/** Prints the bill of materials of what is published, CycloneDX. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { type Bill, billOf } from './build/bill.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
await execa('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
const licenses = readFileSync(`${root}dist/THIRD-PARTY-LICENSES.txt`, 'utf8')
const builtIn = new Set(
  Array.from(licenses.matchAll(/^(@?[\w./-]+) (\d+\.\d+\.\d\S*)$/gm), ([, name, version]) => `${name}@${version}`)
)
const { name } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { name: string }
const { stdout } = await execa('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], { cwd: root })
console.log(JSON.stringify(billOf(JSON.parse(stdout) as Bill, name, builtIn), undefined, 2))
