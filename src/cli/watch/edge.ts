import { readFileSync } from 'node:fs'
import { Edge } from '../../edge.ts'
import type { Finding } from '../../failure.ts'
import { diffPlans, type PlanDiff, planToJSON, stacksOf } from '../../model/index.ts'
import { describeAssumptions, describeDiff, formatFindings, type SourceText } from '../../report/index.ts'
import { loadEnvironment, loadIgnores, tellSkipped } from '../load-options.ts'
import type { EnvironmentOptions, IgnoreOptions, InputOptions } from '../options.ts'

/**
 * The edge that a command line leads to.
 *
 * @throws Failure as {@link Edge.load}, {@link loadEnvironment} and {@link loadIgnores} do.
 */
export async function readEdge(
  manifests: string[],
  options: InputOptions & EnvironmentOptions & IgnoreOptions
): Promise<Edge> {
  const environment = loadEnvironment(options)
  return tellSkipped(await Edge.load(manifests, { ...options, environment, ignores: loadIgnores(options) }))
}

/** What is assumed that was not before, a line each. */
export function describeNewAssumptions(before: Edge, after: Edge): string {
  return describeAssumptions(after.assumptions.filter(assumption => !before.assumptions.includes(assumption)))
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
