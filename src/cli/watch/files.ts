import { statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Milliseconds without a further change until a save counts as done: editors write in several steps. */
const settleTime = 20

/** False also where nothing is. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/**
 * Calls back once after each save of one of the files, or of anything in the folders. Watches what is there by the operating
 * system's own notices; a file by its folder, since editors replace files.
 *
 * @returns what ends it.
 */
export function watchFiles(paths: readonly string[], onSave: (path: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  function saved(path: string): void {
    clearTimeout(timer)
    timer = setTimeout(() => onSave(path), settleTime)
  }
  const watchers = paths.map(path =>
    isFolder(path)
      ? watch(path, { recursive: true }, () => saved(path))
      : watch(dirname(path), (_event, name) => name === basename(path) && saved(path))
  )
  // A folder that is deleted ends its watch; the command goes on with the others.
  for (const watcher of watchers) {
    watcher.on('error', () => watcher.close())
  }
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) {
      watcher.close()
    }
  }
}
