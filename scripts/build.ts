/**
 * Builds what is published into `dist`: the command, the library with its declarations, the page's client, and the licenses of what both are made of.
 * The package then works by itself: it has no dependencies that would be installed with it.
 *
 * @module
 */

import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { bundleClient } from '../src/page/index.ts'
import { bundle } from './build/bundle.ts'
import { keepReachable } from './build/declarations.ts'
import { licensesOf, packagesOf } from './build/licenses.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })
const built = await bundle(dist, {
  main: 'src/cli/main.ts',
  index: 'src/index.ts',
  jest: 'src/jest/index.ts',
  matchers: 'src/jest/matchers.ts'
})
const client = await bundleClient()
mkdirSync(join(dist, 'page'))
writeFileSync(join(dist, 'page', 'main.js'), client.script)
writeFileSync(join(dist, 'page', 'page.css'), client.style)
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licensesOf(root, packagesOf(built, client.metafile)))
cpSync(fileURLToPath(new URL('build/doors', import.meta.url)), dist, { recursive: true })
await execa('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, preferLocal: true, stdio: 'inherit' })
// The declarations are those of the library's CommonJS, which both `import` and `require` take.
writeFileSync(join(dist, 'types', 'package.json'), '{ "type": "commonjs" }\n')
keepReachable(join(dist, 'types'), ['index.d.ts', 'jest/index.d.ts'])
