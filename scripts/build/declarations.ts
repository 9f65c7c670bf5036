/** The declarations of a library, of which most belong to what nobody can name. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const relativeImport = /(?:from |import\()['"](\.[^'"]+?)(?:\.d)?\.(?:ts|js)['"]/g

/** An import from a package, but for `expect`, which whoever uses the matchers has. */
const packageImport = /^import (?:type )?(?:(\w+)|\{([^}]*)\}) from '(?!node:|\.|expect')[^']+';$/gm

/** What is imported for nothing but its loading. */
const loadedPackage = /^import '[^.'][^']*';$/gm

/**
 * Imports from packages that are built in, and therefore not there for a compiler, as names of any type. No function of the
 * library takes or returns what they name.
 */
function withoutPackages(text: string): string {
  return text.replace(loadedPackage, '').replace(packageImport, (_, whole: string | undefined, names = '') =>
    whole === undefined
      ? (names as string)
          .split(',')
          .map(name => `type ${name.replace('type ', '').trim()} = any;`)
          .join('\n')
      : `declare const ${whole}: any;`
  )
}

/** Removes the declarations in a folder that the doors do not lead to, and in the others what leads out of it. */
export function keepReachable(folder: string, doors: readonly string[]): void {
  const kept = new Set(doors)
  for (const file of kept) {
    const text = withoutPackages(readFileSync(join(folder, file), 'utf8'))
    writeFileSync(join(folder, file), text)
    for (const [, imported] of text.matchAll(relativeImport)) {
      kept.add(`${join(dirname(file), imported!)}.d.ts`)
    }
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && entry.name.endsWith('.d.ts') && !kept.has(relative(folder, path))) {
      rmSync(path)
    }
  }
}
