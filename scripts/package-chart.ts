/** Packages the chart into a folder (default `dist`); with `--key NAME --keyring FILE` it is signed. */
import { mkdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { packageChart } from './chart/package.ts'

const { values, positionals } = parseArgs({
  options: { key: { type: 'string' }, keyring: { type: 'string' }, 'passphrase-file': { type: 'string' } },
  allowPositionals: true
})
const { key, keyring, 'passphrase-file': passphraseFile } = values
const destination = positionals[0] ?? 'dist'
mkdirSync(destination, { recursive: true })
console.log(
  await packageChart({
    destination,
    ...(key && keyring && { sign: { key, keyring, ...(passphraseFile && { passphraseFile }) } })
  })
)
