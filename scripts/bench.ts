/**
 * `npm run bench [NAME…]`: prints figures, asserts none. A benchmark is a file of scripts/bench; without names, `edge` runs.
 *
 * @module
 */

import { readdirSync } from 'node:fs'
import { findHelm } from '../src/render/index.ts'
import { machine } from './bench/figures.ts'

const folder = new URL('bench/', import.meta.url)
const known = readdirSync(folder)
  .filter(file => file.endsWith('.ts'))
  .map(file => file.replace(/\.ts$/, ''))
  .filter(name => name !== 'figures')
const names = process.argv.slice(2)
const unknown = names.filter(name => !known.includes(name))
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are ${known.join(', ')}`)
  process.exit(2)
}
console.log(`${machine()}, helm ${(await findHelm()).version}`)
for (const name of names.length > 0 ? names : ['edge']) {
  await import(new URL(`${name}.ts`, folder).href)
}
