import { isDeepStrictEqual } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { Edge, parseObjects, readObjects, renderObjects } from '../edge.ts'
import { Failure, type Finding, usageFailure } from '../failure.ts'
import {
  diffPlans,
  type Environment,
  type PlanDiff,
  planToJSON,
  readSavedPlan,
  type StackSet,
  stackNamesOf,
  stacksOf
} from '../model/index.ts'
import { describeAssumptions, describeDiff, formatFindings } from '../report/index.ts'
import { documentValue, readInputFile, readStandardInput } from '../resources/index.ts'
import { loadEnvironment, tellSkipped } from './load-options.ts'
import type { EnvironmentOptions, OutputOptions } from './options.ts'
import { print, printReport } from './print.ts'
import { isFolder, sourceText } from './watch/index.ts'

type InputKind = 'manifests' | 'values' | 'plan'

export interface DiffOptions extends EnvironmentOptions, OutputOptions {
  as?: InputKind
  chart?: string
  namespace?: string
  releaseName: string
  /** The account is the old side. */
  live?: boolean
  endpoint?: string
}

/** Text of a file, or of standard input; undefined for a folder, which holds manifests. */
function readSource(source: string): string | undefined {
  if (source !== '-' && isFolder(source)) {
    return undefined
  }
  const hint = 'name manifests, a values file of the chart, or a plan saved with plan -o json'
  return source === '-' ? readStandardInput(hint) : readInputFile(source, { hint })
}

/** A saved plan has a stack, or is one, as the controller's annotation; manifests have a kind, anything else is taken for values. */
function detectKind(text: string | undefined): InputKind {
  if (text === undefined) {
    return 'manifests'
  }
  const documents = parseAllDocuments(text, { logLevel: 'error', uniqueKeys: false })
  const keys = new Set(
    [...documents].flatMap(document => {
      const read = document.errors.length > 0 ? undefined : documentValue(document)
      const value = read && 'value' in read ? read.value : undefined
      return value !== null && typeof value === 'object' ? Object.keys(value) : []
    })
  )
  if (keys.has('kind') && keys.has('apiVersion')) {
    return 'manifests'
  }
  const isPlan = ['stack', 'stacks', 'error', 'resources'].some(key => keys.has(key))
  return isPlan ? 'plan' : 'values'
}

const mostProblems = 10

/** @throws Failure exit 2 `PLAN_MALFORMED` */
function parseSavedPlan(text: string, file: string): StackSet {
  const hint = 'save a plan with: istio-alb plan -o json … > plan.json'
  let saved: unknown
  try {
    saved = JSON.parse(text)
  } catch (error) {
    const message = `${file} is not JSON: ${(error as Error).message}`
    throw usageFailure({ code: 'PLAN_MALFORMED', message, file, hint }, { cause: error })
  }
  const read = readSavedPlan(saved)
  if ('problems' in read) {
    throw new Failure(
      2,
      read.problems.slice(0, mostProblems).map(({ path, message }): Finding => {
        const place = path === '' ? {} : { path }
        return { code: 'PLAN_MALFORMED', severity: 'error', message: `${file}: ${message}`, file, ...place, hint }
      })
    )
  }
  return stacksOf(read.plan)
}

/** One side, with what was assumed of it. */
interface Side extends StackSet {
  assumptions: readonly string[]
  /** What `check` says of it; absent for a saved plan, which has no objects to check. */
  findings?: readonly Finding[]
}

/** One side: a saved plan as it is, anything else planned. */
async function loadSide(source: string, environment: Environment, options: DiffOptions): Promise<Side> {
  const text = readSource(source)
  const file = source === '-' ? '<stdin>' : source
  if (text?.trim() === '' && options.as === undefined) {
    throw usageFailure({
      code: 'INPUT_EMPTY',
      message: `${file} is empty`,
      file,
      hint: 'did the command that writes it fail? --as values takes it for a values file without values'
    })
  }
  const kind = options.as ?? detectKind(text)
  if (kind === 'plan') {
    return { ...parseSavedPlan(text ?? '', file), assumptions: [] }
  }
  const { chart, namespace, releaseName } = options
  const found =
    kind === 'values'
      ? await renderObjects({ ...(chart && { chart }), values: [source], namespace, releaseName })
      : text === undefined
        ? readObjects([source], { namespace })
        : parseObjects(text, file, { namespace })
  const { plan, assumptions, findings } = tellSkipped(new Edge(found, environment))
  const { stacks } = stacksOf(planToJSON(plan))
  const names = [...stackNamesOf(plan)]
  const failures = [
    ...names.flatMap(([{ error }, group]) => (error === undefined ? [] : [{ group, error }])),
    // Such an Ingress takes no part; where nothing else does, there is no plan.
    ...(names.length === 0 ? plan.unloadable.map(({ error }) => ({ error })) : [])
  ]
  const kinds = new Map(names.map(([{ kind }, name]) => [name, kind]))
  return { stacks, kinds, failures, assumptions, findings }
}

/** What was assumed of either side; of two that assume the same and come to the same there is nothing to tell. */
function assumptionsOf({ changes, blocked }: PlanDiff, [old, next]: readonly [Side, Side]): string[] {
  const isSame = isDeepStrictEqual(old.assumptions, next.assumptions) && changes.length + blocked.length === 0
  return isSame ? [] : [...new Set([...old.assumptions, ...next.assumptions])]
}

/** A finding by what is wrong where: its words may have other values in them. */
function placeOf({ code, object, path }: Finding): string {
  return JSON.stringify([code, object, path])
}

/** What breaks: the findings of the new side that the old one has not. */
function newFindings([old, next]: readonly [Side, Side]): Finding[] {
  if (!old.findings) {
    return []
  }
  const known = new Set(old.findings.map(placeOf))
  return (next.findings ?? []).filter(finding => !known.has(placeOf(finding)))
}

/** What breaks, as `check` prints it. */
function describeNewFindings(findings: Finding[]): string {
  return findings.length === 0 ? '' : `\nThe new side brings:\n\n${formatFindings(findings, 'text', sourceText)}`
}

/** Prints what the controller would change of what stands in the account. */
async function diffWithAccount(source: string, options: DiffOptions): Promise<void> {
  const { diffLive, readingClient } = await import('../aws/index.ts')
  const environment = loadEnvironment(options)
  const planned = await loadSide(source, environment, options)
  const { endpoint, output } = options
  const { region } = environment
  const caller = await readingClient({ region, ...(endpoint !== undefined && { endpoint }) })
  const live = await diffLive(caller, environment, planned)
  if (output === 'json') {
    print(`${JSON.stringify(live, undefined, 2)}\n`)
  } else {
    printReport(describeDiff(live))
    for (const id of live.leftOver) {
      print(`left over: ${id}, which has the tags of cluster ${environment.clusterName} and is not planned\n`)
    }
    for (const name of live.notCompared) {
      print(`not compared: ${name}, which is the cloud provider's\n`)
    }
    printReport(describeAssumptions(planned.assumptions))
  }
  if (live.blocked.length > 0) {
    process.exitCode = 1
  }
}

function sidesMissing(live: boolean): Failure {
  return usageFailure({
    code: 'DIFF_SIDES',
    message: live
      ? 'with --live the account is one side, and two more were named'
      : 'one side was named, and there is no other',
    path: '--live',
    expected: live ? 'one side' : 'two sides, or --live',
    hint: live ? 'name the plan alone' : 'name what it shall become too, or hold it against the account with --live'
  })
}

/** Prints what AWS would change between two plans, or between the account and a plan. */
export async function diff(old: string, next: string | undefined, options: DiffOptions): Promise<void> {
  const { live = false } = options
  if (live !== (next === undefined)) {
    throw sidesMissing(live)
  }
  return next === undefined ? diffWithAccount(old, options) : diffTwo(old, next, options)
}

async function diffTwo(old: string, next: string, options: DiffOptions): Promise<void> {
  if (old === '-' && next === '-') {
    throw usageFailure({
      code: 'STDIN_TWICE',
      message: 'both sides are -, and standard input can only be read once',
      hint: 'name a file for one of them'
    })
  }
  const environment = loadEnvironment(options)
  const sides = [await loadSide(old, environment, options), await loadSide(next, environment, options)] as const
  const changes = diffPlans(...sides)
  const assumptions = assumptionsOf(changes, sides)
  const findings = newFindings(sides)
  if (options.output === 'json') {
    print(`${JSON.stringify({ ...changes, ...(findings.length > 0 && { findings }) }, undefined, 2)}\n`)
  } else {
    printReport(describeDiff(changes) + describeNewFindings(findings) + describeAssumptions(assumptions))
  }
  if (changes.blocked.length > 0) {
    process.exitCode = 1
  }
}
