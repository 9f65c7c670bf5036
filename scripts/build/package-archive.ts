/** The archive that npm publishes, made and opened. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { extract } from 'tar'

const root = fileURLToPath(new URL('../..', import.meta.url))

async function pack(folder: string): Promise<string> {
  await execa('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root })
  return globSync('*.tgz', { cwd: folder }).map(file => join(folder, file))[0]!
}

/**
 * The package's files, below `package` in a folder.
 *
 * @param archive default one that is made of the checkout.
 */
export async function unpackPackage(folder: string, archive?: string): Promise<string> {
  await extract({ file: archive ?? (await pack(folder)), cwd: folder })
  return join(folder, 'package')
}
