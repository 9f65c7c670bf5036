/**
 * What the options of several commands lead to.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { type Ignore, parseIgnores } from '../check/index.ts'
import type { Edge } from '../edge.ts'
import { defaultEnvironment, type Environment, inRegion, parseEnvironment } from '../model/index.ts'
import { describeNotLookedAt } from '../report/index.ts'
import { readInputFile } from '../resources/index.ts'
import { defaultConfig, type EnvironmentOptions, type IgnoreOptions } from './options.ts'
import { printReport } from './print.ts'

/** Tells which of the files that were named hold no objects, a line each, beside what the command prints. */
export function tellSkipped(edge: Edge): Edge {
  for (const { file, reason } of edge.given.skipped) {
    printReport(`skipped: ${file}, ${reason}\n`, process.stderr)
  }
  return edge
}

/** Tells which objects with a part in the edge were not looked at, a line each with the reason, beside what the command prints. */
export function tellNotLookedAt(edge: Edge): void {
  printReport(describeNotLookedAt(edge.coverage), process.stderr)
}

/** What `--aws`, `--cluster-name` and `--region` say, over the defaults. */
export function loadEnvironment({ aws, clusterName, region }: EnvironmentOptions): Environment {
  const environment = aws
    ? parseEnvironment(readOptionFile(aws, '--aws', 'docs/aws.md has an example'), aws)
    : defaultEnvironment
  const { unlisted = [] } = environment
  return {
    ...environment,
    ...(region && { ...inRegion(environment, region), unlisted: unlisted.filter(key => key !== 'region') }),
    ...(clusterName && { clusterName })
  }
}

function readOptionFile(file: string, option: string, hint: string): string {
  return readInputFile(file, { path: option, hint })
}

/**
 * The findings that `--config`, or the file of its default name, says to ignore.
 *
 * @throws Failure exit 2 as {@link parseIgnores} does, and `FILE_UNREADABLE`.
 */
export function loadIgnores({ config }: IgnoreOptions): Ignore[] {
  if (config === undefined && !existsSync(defaultConfig)) {
    return []
  }
  const file = config ?? defaultConfig
  return parseIgnores(readOptionFile(file, '--config', 'docs/check.md has an example'), file)
}
