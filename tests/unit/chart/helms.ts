import { findHelm, oldestHelmVersion, providePinnedHelm } from '../../../src/render/index.ts'

/** A helm that the chart is tested with; `skipped` says why it is not here, and what would bring it. */
export interface TestedHelm {
  version: string
  command: string
  skipped: string
}

const { command, version } = await findHelm()

/** The helm that renders everywhere else, and the oldest that the chart promises to work with. */
export const helms: TestedHelm[] = [
  { version, command, skipped: '' },
  await providePinnedHelm(oldestHelmVersion).then(
    oldest => ({ version: oldestHelmVersion, command: oldest, skipped: '' }),
    (error: Error) => ({ version: oldestHelmVersion, command: '', skipped: ` (skipped: ${error.message})` })
  )
]
