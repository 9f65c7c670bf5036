import { Failure } from '../failure.ts'
import { migratePlan, planFailures } from '../model/index.ts'
import { describeMigration } from '../report/index.ts'
import { tellNotLookedAt } from './load-options.ts'
import type { EnvironmentOptions, InputOptions, OutputOptions } from './options.ts'
import { print, printError } from './print.ts'
import { readEdge } from './watch/index.ts'

export interface MigrateOptions extends InputOptions, EnvironmentOptions, OutputOptions {
  gatewayClass: string
}

/** Prints the Gateways that take the place of Ingresses, and says what has no equivalent. */
export async function migrate(manifests: string[], options: MigrateOptions): Promise<void> {
  const edge = await readEdge(manifests, options)
  tellNotLookedAt(edge)
  const { plan, resources, environment, assumptions } = edge
  const groups = migratePlan(plan, resources, environment, options.gatewayClass)
  const failures = planFailures({ ...plan, services: [], gateways: [] })
  if (groups.length === 0) {
    throw new Failure(1, failures)
  }
  print(
    options.output === 'json'
      ? `${JSON.stringify({ gateways: groups, ...(failures.length > 0 && { failures }) }, undefined, 2)}\n`
      : describeMigration(groups)
  )
  for (const told of [
    ...failures.map(({ message }) => `not migrated: ${message}`),
    ...assumptions.map(one => `assumed: ${one}`)
  ]) {
    printError(`${told}\n`)
  }
  if (failures.length > 0 || groups.some(({ losses }) => losses.some(({ severity }) => severity === 'error'))) {
    process.exitCode = 1
  }
}
