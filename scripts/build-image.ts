/** Builds the controller's image with the container engine: `npm run image [NAME]`. */
import { buildControllerImage, controllerImage, requireTools } from '../src/cluster/index.ts'

const image = process.argv[2] ?? controllerImage
await requireTools(['docker'])
await buildControllerImage(image)
console.log(`built ${image}`)
