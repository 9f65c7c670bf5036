import type { Command } from 'commander'
import { planToJSON, routesToJSON } from '../model/index.ts'
import { describeAssumptions, describePlan, describeRoutes, explainPlan } from '../report/index.ts'
import { onInterrupt } from './interrupt.ts'
import {
  addEnvironment,
  addInput,
  addOutput,
  type EnvironmentOptions,
  type InputOptions,
  type OutputOptions,
  tellNotLookedAt
} from './options.ts'
import { print } from './print.ts'
import { addWatch, readEdge, requireWatchable, type WatchOptions, watchEdge } from './watch/index.ts'

interface PlanOptions extends InputOptions, EnvironmentOptions, OutputOptions, WatchOptions {
  explain?: boolean
  routes?: boolean
}

export function registerPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('show what the AWS Load Balancer Controller would make of Ingresses, Services and Gateways')
  addWatch(addOutput(addEnvironment(addInput(command))))
    .option('--explain', 'tell where each value came from')
    .option('--routes', 'tell what would be reported of the routes of Gateways, instead of the plan')
    .action(async (manifests: string[], options: PlanOptions) => {
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
    })
}
