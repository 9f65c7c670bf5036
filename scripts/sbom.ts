/** Prints the bill of materials of what is published, CycloneDX: of the packages in the lock file those that the build puts in. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

interface Bill {
  metadata: { component: { 'bom-ref': string } }
  components: { name: string; version: string; group?: string; 'bom-ref': string }[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

const root = fileURLToPath(new URL('..', import.meta.url))
await execa('npm', ['run', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
const licenses = readFileSync(`${root}dist/THIRD-PARTY-LICENSES.txt`, 'utf8')
const builtIn = new Set(
  Array.from(licenses.matchAll(/^(@?[\w./-]+) (\d+\.\d+\.\d\S*)$/gm), ([, name, version]) => `${name}@${version}`)
)
const { stdout } = await execa('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], { cwd: root })
const bill = JSON.parse(stdout) as Bill
const components = bill.components.filter(({ 'bom-ref': reference }) => builtIn.has(reference))
const kept = new Set([bill.metadata.component, ...components].map(({ 'bom-ref': reference }) => reference))
const dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(one => kept.has(one)) }))
console.log(JSON.stringify({ ...bill, components, dependencies }, undefined, 2))
