import type { Path } from '../../resources/index.ts'

/** One reason for which an object does not count. */
export interface Refusal {
  path: Path
  message: string
  hint: string
  expected?: string
  actual?: string
}
