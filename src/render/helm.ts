import { execa } from 'execa'
import { providePinnedHelm } from './helm-release.ts'

/** A helm command that can render the chart. */
export interface Helm {
  /** What to execute: `helm`, or the path of the pinned release. */
  command: string
  /** `4.2.3`. */
  version: string
}

/** Helm before 3.18.5 validates schemas with a library that knows no 2020-12; 3.18 is the oldest that is tried. */
const oldestMinor = 18

async function versionOf(command: string): Promise<string | undefined> {
  const { stdout, failed } = await execa(command, ['version', '--template', '{{.Version}}'], { reject: false })
  return failed ? undefined : /^v(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
}

function isNewEnough(version: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number]
  return major > 3 || (major === 3 && minor >= oldestMinor)
}

let found: Promise<Helm> | undefined

/**
 * The helm on PATH if it is 3.18 or later, else the pinned release. Looked for once in a process.
 *
 * @throws Failure exit 3 `HELM_MISSING`.
 */
export function findHelm(): Promise<Helm> {
  found ??= (async () => {
    const version = await versionOf('helm')
    if (version && isNewEnough(version)) {
      return { command: 'helm', version }
    }
    const command = await providePinnedHelm()
    return { command, version: (await versionOf(command)) ?? 'unknown' }
  })()
  return found
}
