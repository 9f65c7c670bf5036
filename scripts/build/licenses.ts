/** The packages that are built into files of this one, and the licenses that go with them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

/** The folders of the packages of which a part is in the files that were built, sorted. */
export function packagesOf(...built: readonly Metafile[]): string[] {
  const files = built
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []))
    )
  const folders = files.map(file => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0])
  return [...new Set(folders.filter(folder => folder !== undefined))].sort()
}

interface PackageFile {
  name: string
  version: string
  license?: string
}

/** The text that goes with a package. */
function licenseOf(folder: string, license: string | undefined): string {
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry))
  return file ? readFileSync(join(folder, file), 'utf8').trim() : `License: ${license}`
}

/** The license of each package, under its name and version; packages with the same text share it. */
export function licensesOf(root: string, folders: readonly string[]): string {
  const packages = folders.map(folder => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8')
    ) as PackageFile
    return { title: `${name} ${version}`, text: licenseOf(join(root, folder), license) }
  })
  return Map.groupBy(packages, ({ text }) => text)
    .entries()
    .map(([text, those]) => `${those.map(({ title }) => title).join('\n')}\n\n${text}\n`)
    .toArray()
    .join(`\n${'-'.repeat(80)}\n\n`)
}
