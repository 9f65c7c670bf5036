import type { Command } from 'commander'
import { buildPlan, planToJSON } from '../model/index.ts'
import { describePlan, explainPlan } from '../report/index.ts'
import {
  addEnvironment,
  addInput,
  addOutput,
  type EnvironmentOptions,
  type InputOptions,
  loadEnvironment,
  loadResources,
  type OutputOptions
} from './options.ts'

interface PlanOptions extends InputOptions, EnvironmentOptions, OutputOptions {
  explain?: boolean
}

export function registerPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('show what the AWS Load Balancer Controller would make of the Ingresses')
  addOutput(addEnvironment(addInput(command)))
    .option('--explain', 'tell where each value came from')
    .action(async (manifests: string[], options: PlanOptions) => {
      const environment = loadEnvironment(options)
      const { resources, assumptions } = await loadResources(manifests, options)
      const plan = buildPlan(resources, environment)
      const { error, ...json } = planToJSON(plan) as { error?: string }
      if (options.output === 'json') {
        process.stdout.write(`${JSON.stringify({ ...(error !== undefined && { error }), ...json }, undefined, 2)}\n`)
      } else {
        process.stdout.write(describePlan(plan))
        if (options.explain) process.stdout.write(explainPlan(plan))
        for (const assumption of assumptions) process.stdout.write(`assumed: ${assumption}\n`)
      }
      if (error !== undefined) process.exitCode = 1
    })
}
