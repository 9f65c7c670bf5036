/** Builds the image of the command with the container engine: `npm run image:command [NAME]`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage, requireTools } from '../src/cluster/index.ts'
import { prepareCommandImage } from './build/command-image.ts'

const image = process.argv[2] ?? 'istio-alb:local'
await requireTools(['docker'])
const folder = mkdtempSync(join(tmpdir(), 'istio-alb-image-'))
try {
  await prepareCommandImage(folder)
  await buildImage(folder, image)
  console.log(`built ${image}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
