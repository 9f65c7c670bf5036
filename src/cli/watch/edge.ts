import { readFileSync } from 'node:fs'
import { checkResources, withoutIgnored } from '../../check/index.ts'
import type { Finding } from '../../failure.ts'
import {
  buildPlan,
  diffPlans,
  type Environment,
  type Plan,
  type PlanDiff,
  planToJSON,
  stacksOf
} from '../../model/index.ts'
import { describeDiff, formatFindings, type SourceText } from '../../report/index.ts'
import type { Resources } from '../../resources/index.ts'
import {
  type EnvironmentOptions,
  type IgnoreOptions,
  type InputOptions,
  loadEnvironment,
  loadIgnores,
  loadResources
} from '../options.ts'

/** What a command line leads to, and how long each step took, in milliseconds. */
export interface Edge {
  environment: Environment
  resources: Resources
  assumptions: string[]
  findings: Finding[]
  plan: Plan
  steps: { render: number; check: number; plan: number }
}

/**
 * Renders or reads, checks and plans.
 *
 * @param checks false where nobody looks at the findings, which take longer than the plan.
 * @throws Failure as {@link loadResources}, {@link loadEnvironment} and {@link loadIgnores} do.
 */
export async function readEdge(
  manifests: string[],
  options: InputOptions & EnvironmentOptions & IgnoreOptions,
  { checks = true } = {}
): Promise<Edge> {
  const environment = loadEnvironment(options)
  const ignores = loadIgnores(options)
  const start = performance.now()
  const { resources, assumptions } = await loadResources(manifests, options, environment)
  const rendered = performance.now()
  const findings = checks ? withoutIgnored(checkResources(resources, environment), ignores) : []
  const checked = performance.now()
  const plan = buildPlan(resources, environment)
  const planned = performance.now()
  const steps = { render: rendered - start, check: checked - rendered, plan: planned - checked }
  return { environment, resources, assumptions, findings, plan, steps }
}

/** What of the findings and the plan a saved file changed. */
export interface EdgeChanges {
  appeared: Finding[]
  gone: Finding[]
  plan: PlanDiff
}

/** Lines move when a file is edited; the finding stays the same. */
function identityOf({ code, object, path, message }: Finding): string {
  return JSON.stringify([code, object, path, message])
}

export function compareEdges(before: Edge, after: Edge): EdgeChanges {
  function without(findings: Finding[], others: Finding[]): Finding[] {
    const known = new Set(others.map(identityOf))
    return findings.filter(finding => !known.has(identityOf(finding)))
  }
  function stacks({ plan }: Edge) {
    return stacksOf(planToJSON(plan))
  }
  return {
    appeared: without(after.findings, before.findings),
    gone: without(before.findings, after.findings),
    plan: diffPlans(stacks(before), stacks(after))
  }
}

/** Text of a file that findings name; undefined where it cannot be read any more. */
export const sourceText: SourceText = file => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

export type Shown = 'findings' | 'plan'

/** The changes for people: only what changed, in one line where nothing did. */
export function describeChanges({ appeared, gone, plan }: EdgeChanges, shown: readonly Shown[]): string {
  const parts: string[] = []
  if (shown.includes('findings')) {
    for (const { code, message } of gone) {
      parts.push(`mended ${code}\n  ${message}\n`)
    }
    if (appeared.length > 0) {
      parts.push(formatFindings(appeared, 'text', sourceText))
    }
  }
  if (shown.includes('plan') && (plan.changes.length > 0 || plan.blocked.length > 0)) {
    parts.push(describeDiff(plan))
  }
  if (parts.length > 0) {
    return parts.join('\n')
  }
  return `no change in the ${shown.join(' and the ')}\n`
}
