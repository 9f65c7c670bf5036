import { planToJSON, routesToJSON } from '../model/index.ts'
import { describeAssumptions, describePlan, describeRoutes, explainPlan } from '../report/index.ts'
import { onInterrupt } from './interrupt.ts'
import { tellNotLookedAt } from './load-options.ts'
import type { EnvironmentOptions, InputOptions, OutputOptions, WatchOptions } from './options.ts'
import { print } from './print.ts'
import { readEdge, requireWatchable, watchEdge } from './watch/index.ts'

export interface PlanOptions extends InputOptions, EnvironmentOptions, OutputOptions, WatchOptions {
  explain?: boolean
  routes?: boolean
}

/** Prints what the controllers would make of the objects. */
export async function plan(manifests: string[], options: PlanOptions): Promise<void> {
  const end = options.watch ? onInterrupt() : undefined
  requireWatchable(manifests, options)
  const edge = await readEdge(manifests, options)
  tellNotLookedAt(edge)
  const { plan, assumptions } = edge
  const { error, ...json } = planToJSON(plan)
  function ready(): void {
    if (options.routes) {
      const json = `${JSON.stringify(routesToJSON(plan), undefined, 2)}\n`
      process.stdout.write(options.output === 'json' ? json : describeRoutes(plan))
      return
    }
    if (options.output === 'json') {
      print(`${JSON.stringify({ ...(error !== undefined && { error }), ...json }, undefined, 2)}\n`)
      return
    }
    print(describePlan(plan))
    if (options.explain) {
      print(explainPlan(plan))
    }
    print(describeAssumptions(assumptions))
  }
  if (end) {
    return watchEdge(manifests, options, edge, { shown: ['plan'], ready }, end)
  }
  ready()
  if (error !== undefined || json.errors) {
    process.exitCode = 1
  }
}
