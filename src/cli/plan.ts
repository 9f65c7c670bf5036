import type { Edge } from '../edge.ts'
import { usageFailure } from '../failure.ts'
import { planToJSON, routesToJSON } from '../model/index.ts'
import { describeAssumptions, describePlan, describeRoutes, explainPlan } from '../report/index.ts'
import { onInterrupt } from './interrupt.ts'
import { tellNotLookedAt } from './load-options.ts'
import type { EnvironmentOptions, InputOptions, OutputOptions, WatchOptions } from './options.ts'
import { print, printReport } from './print.ts'
import { readEdge, requireWatchable, watchEdge } from './watch/index.ts'

export interface PlanOptions extends InputOptions, EnvironmentOptions, WatchOptions {
  output: OutputOptions['output'] | 'html'
  explain?: boolean
  routes?: boolean
}

/** A map is one page: nothing can be added to it, and it has no table of routes. @throws Failure exit 2 `HTML_ALONE`. */
function requireOnce({ output, watch, routes, explain }: PlanOptions): void {
  const other = watch ? '--watch' : routes ? '--routes' : explain ? '--explain' : undefined
  if (output === 'html' && other !== undefined) {
    throw usageFailure({
      code: 'HTML_ALONE',
      message: `-o html writes one page, which ${other} has no part in`,
      path: other,
      hint: `leave ${other} out; \`istio-alb simulate --watch --page 0\` serves a page that follows what is saved`
    })
  }
}

/** The map as one HTML file, byte by byte as its policy says. */
async function writeMap(edge: Edge): Promise<void> {
  const { drawEdge, exportMap, loadAssets, viewOf } = await import('../page/index.ts')
  process.stdout.write(exportMap(drawEdge(viewOf(edge)), await loadAssets()))
}

/** Prints what the controllers would make of the objects. */
export async function plan(manifests: string[], options: PlanOptions): Promise<void> {
  const end = options.watch ? onInterrupt() : undefined
  requireWatchable(manifests, options)
  requireOnce(options)
  const edge = await readEdge(manifests, options)
  tellNotLookedAt(edge)
  const { plan, assumptions } = edge
  const { error, ...json } = planToJSON(plan)
  if (options.output === 'html') {
    await writeMap(edge)
  }
  function ready(): void {
    if (options.output === 'html') {
      return
    }
    if (options.routes) {
      const json = `${JSON.stringify(routesToJSON(plan), undefined, 2)}\n`
      process.stdout.write(options.output === 'json' ? json : describeRoutes(plan))
      return
    }
    if (options.output === 'json') {
      print(`${JSON.stringify({ ...(error !== undefined && { error }), ...json }, undefined, 2)}\n`)
      return
    }
    printReport(describePlan(plan))
    if (options.explain) {
      printReport(explainPlan(plan))
    }
    printReport(describeAssumptions(assumptions))
  }
  if (end) {
    return watchEdge(manifests, options, edge, { shown: ['plan'], ready }, end)
  }
  ready()
  if (error !== undefined || json.errors) {
    process.exitCode = 1
  }
}
