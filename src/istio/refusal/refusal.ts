import type { Path } from '../../resources/index.ts'

/** One reason for which an object does not count. */
export interface Refusal {
  path: Path
  message: string
  hint: string
  expected?: string
  actual?: string
}

/** The refusal where something is wrong, and none where it is not. */
export function refuseIf(isWrong: unknown, refusal: Refusal): Refusal[] {
  return isWrong ? [refusal] : []
}

/** All of a list's refusals, with the place of each in the path. */
export function refuseEach<Value>(
  values: readonly Value[] | undefined,
  path: Path,
  refuse: (value: Value, path: Path) => Refusal[]
): Refusal[] {
  return (values ?? []).flatMap((value, index) => refuse(value, [...path, index]))
}
