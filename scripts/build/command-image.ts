/** What the image of the command is built from. */
import { chmodSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { providePinnedHelm } from '../../src/render/index.ts'
import { unpackPackage } from './package-archive.ts'

const dockerfile = fileURLToPath(new URL('../../deploy/command/Dockerfile', import.meta.url))

/**
 * Puts into a folder what the Dockerfile copies. Helm is the one for this platform, which has to be the image's.
 *
 * @param archive of the package; default one that is made of the checkout.
 */
export async function prepareCommandImage(folder: string, archive?: string): Promise<void> {
  if (process.platform !== 'linux') {
    throw new Error(`the image needs helm for linux, and this is ${process.platform}: build it there`)
  }
  await unpackPackage(folder, archive)
  const helm = join(folder, 'helm')
  copyFileSync(await providePinnedHelm(), helm)
  chmodSync(helm, 0o755)
  copyFileSync(dockerfile, join(folder, 'Dockerfile'))
}
