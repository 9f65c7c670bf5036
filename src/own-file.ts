import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

let folder: string | undefined

/**
 * The folder that holds this program with its chart, schemas and docs: the checkout or the package. It is looked for, since the
 * code may stand there as sources or in one of the files that they are built into. What was taken out of its package, as the one
 * file of the controller's image, has nothing beside it.
 */
function ownFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url))
  for (let place = start; dirname(place) !== place; place = dirname(place)) {
    if (existsSync(join(place, 'bin', 'istio-alb.js'))) {
      return place
    }
  }
  return start
}

/** The path of a file of this program's own: `charts/istio-alb-ingress`. */
export function ownFile(path: string): string {
  folder ??= ownFolder()
  return join(folder, path)
}
