import { cpSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { findHelm, ownChart } from '../../src/render/index.ts'

export interface PackageOptions {
  /** Folder that the archive is written to. */
  destination: string
  /** Default this project's chart. */
  chart?: string
  /** What every file's time becomes, seconds since 1970; default `SOURCE_DATE_EPOCH`, else 1980's first day. */
  epoch?: number
  /** Signs it, by `helm package --sign`: the key's name and the keyring that holds its secret part. */
  sign?: { key: string; keyring: string; passphraseFile?: string }
  helm?: string
}

/** The first moment that every archive format can tell. */
const firstMoment = 315_532_800

/**
 * Packages a chart so that the same content makes the same bytes: Helm keeps the times of files (SOURCE_DATE_EPOCH is for
 * 4.3 and later), so it is given a copy whose files are all of one time.
 *
 * @returns the archive's path; a signature is beside it, `.prov`.
 */
export async function packageChart(options: PackageOptions): Promise<string> {
  const { chart = ownChart, destination, sign } = options
  const epoch = options.epoch ?? Number(process.env.SOURCE_DATE_EPOCH ?? firstMoment)
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-package-'))
  try {
    const copy = join(folder, basename(chart))
    cpSync(chart, copy, { recursive: true })
    for (const file of readdirSync(copy, { recursive: true }) as string[]) {
      utimesSync(join(copy, file), epoch, epoch)
    }
    const { stdout } = await execa(
      options.helm ?? (await findHelm()).command,
      [
        ...['package', copy, '--destination', destination],
        ...(sign ? ['--sign', '--key', sign.key, '--keyring', sign.keyring] : []),
        ...(sign?.passphraseFile ? ['--passphrase-file', sign.passphraseFile] : [])
      ],
      { env: { SOURCE_DATE_EPOCH: String(epoch) } }
    )
    return stdout.trim().replace(/^.*: /, '')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
