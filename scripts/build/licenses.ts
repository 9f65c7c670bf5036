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

/** The license of each package, under its name and version. */
export function licensesOf(root: string, folders: readonly string[]): string {
  return folders
    .map(folder => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(root, folder, 'package.json'), 'utf8')
      ) as PackageFile
      const file = readdirSync(join(root, folder)).find(entry => /^licen[cs]e/i.test(entry))
      const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `License: ${license}`
      return `${name} ${version}\n\n${text}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
