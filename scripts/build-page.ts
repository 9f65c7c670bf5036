/** Puts the browser's code of the page into the built package, beside the server's: `npm run build`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { bundleClient } from '../src/page/index.ts'

const folder = new URL('../dist/page/client/', import.meta.url)
const { script, style } = await bundleClient()
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('main.js', folder), script)
writeFileSync(new URL('page.css', folder), style)
