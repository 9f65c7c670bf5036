import { missingFailure } from '../failure.ts'
import { pinnedHelmVersion, providePinnedHelm } from './helm-release.ts'
import { helmVersionOf } from './helm-version.ts'

/** Names a helm to use, whatever is on PATH. */
const helmVariable = 'ISTIO_ALB_HELM'

/** A helm command that can render the chart. */
export interface Helm {
  /** What to execute: `helm`, or the path of the pinned release. */
  command: string
  /** `4.2.3`. */
  version: string
}

/** Helm before 3.18.5 validates schemas with a library that knows no 2020-12; 3.18 is the oldest that is tried. */
const oldestMinor = 18

function isNewEnough(version: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number]
  return major > 3 || (major === 3 && minor >= oldestMinor)
}

let found: Promise<Helm> | undefined

/** The helm that the environment names. @throws Failure exit 3 `HELM_MISSING` where it is none. */
async function namedHelm(command: string): Promise<Helm> {
  const version = await helmVersionOf(command)
  if (version === undefined) {
    throw missingFailure({
      code: 'HELM_MISSING',
      message: `${command} is no helm: it does not say its version`,
      path: helmVariable,
      actual: command,
      expected: 'the path of helm 3.18 or later',
      hint: `mend ${helmVariable}, or unset it`
    })
  }
  return { command, version }
}

/**
 * The helm that `ISTIO_ALB_HELM` names, else the one on PATH if it is 3.18 or later, else the pinned release; an older one on
 * PATH where that cannot be fetched, which is told. Looked for once in a process.
 *
 * @throws Failure exit 3 `HELM_MISSING`.
 */
export function findHelm(): Promise<Helm> {
  found ??= (async () => {
    const named = process.env[helmVariable]
    if (named) {
      return namedHelm(named)
    }
    const version = await helmVersionOf('helm')
    if (version && isNewEnough(version)) {
      return { command: 'helm', version }
    }
    try {
      // Checked by its digest, it need not be asked: that would take a process more.
      return { command: await providePinnedHelm(), version: pinnedHelmVersion }
    } catch (error) {
      if (version === undefined) {
        throw error
      }
      process.stderr.write(
        `helm ${version} is older than 3.18.0, the oldest that is tried; no newer one could be fetched\n`
      )
      return { command: 'helm', version }
    }
  })()
  return found
}
