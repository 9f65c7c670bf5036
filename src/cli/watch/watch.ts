import { ownChart } from '../../defaults.ts'
import type { Edge } from '../../edge.ts'
import { Failure, type Finding, usageFailure } from '../../failure.ts'
import { formatFindings } from '../../report/index.ts'
import { aborted } from '../interrupt.ts'
import type { EnvironmentOptions, IgnoreOptions, InputOptions, WatchOptions } from '../options.ts'
import { print, printReport } from '../print.ts'
import {
  compareEdges,
  describeChanges,
  describeNewAssumptions,
  type EdgeChanges,
  readEdge,
  type Shown,
  sourceText
} from './edge.ts'
import { watchFiles } from './files.ts'

type WatchedInput = InputOptions & EnvironmentOptions & IgnoreOptions

function notWatchable(message: string, hint: string) {
  return usageFailure({ code: 'INPUT_NOT_WATCHABLE', message, path: '--watch', hint })
}

/** The files and folders that a command line reads. @throws Failure exit 2 `INPUT_NOT_WATCHABLE`. */
function watchedPaths(manifests: string[], { values, chart = ownChart, aws, config, context }: WatchedInput): string[] {
  if (manifests.includes('-')) {
    throw notWatchable('standard input ends once; it cannot be watched', 'save the manifests in a file and name it')
  }
  if (context !== undefined) {
    throw notWatchable(`the cluster of ${context} is read once`, 'istio-alb controller follows a cluster')
  }
  const read = [aws, config].filter(path => path !== undefined)
  return [...(manifests.length > 0 ? manifests : [...values, chart]), ...read]
}

/** Refuses what `--watch` cannot follow, before anything is read. @throws Failure exit 2 `INPUT_NOT_WATCHABLE`. */
export function requireWatchable(manifests: string[], options: WatchedInput & WatchOptions): void {
  if (options.watch) {
    watchedPaths(manifests, options)
  }
}

export interface WatchedEdge extends InputOptions, EnvironmentOptions, IgnoreOptions {
  output: string
}

export interface WatchHandlers {
  /** What of the changes is shown. */
  shown: readonly Shown[]
  /** Once files are watched: what there is to show before anything changes, so that no save is missed behind it. */
  ready?(): void
  /** Before the changes are shown: what else has to follow them. */
  apply?(edge: Edge): Promise<void>
  /** Once they are shown. */
  changed?(path: string, changes: EdgeChanges): void
  /** A file that could not be followed. */
  failed?(path: string, findings: Finding[]): void
}

function milliseconds(time: number): string {
  return `${time.toFixed(0)} ms`
}

/** The changes as one JSON line. */
function changesLine(changes: EdgeChanges, { steps }: Edge): string {
  return `${JSON.stringify({ type: 'changes', ...changes, steps })}\n`
}

/** The line above the changes: which file, and what the steps took. */
function headLine(path: string, { steps }: Edge, now: Date): string {
  const took = [
    `rendered in ${milliseconds(steps.render)}`,
    `checked in ${milliseconds(steps.check)}`,
    `planned in ${milliseconds(steps.plan)}`
  ]
  return `\n${now.toTimeString().slice(0, 8)} ${path} saved: ${took.join(', ')}\n`
}

/**
 * Shows what each saved file changes, until the signal. A file that cannot be read, rendered or applied is told, and what was
 * before stays.
 */
export async function watchEdge(
  manifests: string[],
  options: WatchedEdge,
  first: Edge,
  { shown, ready, apply, changed, failed: failedOn }: WatchHandlers,
  signal: AbortSignal
): Promise<void> {
  let edge = first
  let last: Promise<void> = Promise.resolve()
  const json = options.output === 'json'
  async function update(path: string): Promise<void> {
    if (signal.aborted) {
      return
    }
    try {
      const next = await readEdge(manifests, options)
      const changes = compareEdges(edge, next)
      await apply?.(next)
      const assumed = describeNewAssumptions(edge, next)
      edge = next
      if (json) {
        print(changesLine(changes, next))
      } else {
        printReport(headLine(path, next, new Date()) + describeChanges(changes, shown) + assumed)
      }
      changed?.(path, changes)
    } catch (error) {
      if (!(error instanceof Failure)) {
        throw error
      }
      if (json) {
        print(`${JSON.stringify({ type: 'failure', findings: error.findings })}\n`)
      } else {
        printReport(`\n${formatFindings(error.findings, 'text', sourceText)}`)
      }
      failedOn?.(path, error.findings)
    }
  }
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  // One after the other; two saves while a render runs are one update more.
  let waiting = false
  const close = watchFiles(watchedPaths(manifests, options), path => {
    if (waiting) {
      return
    }
    waiting = true
    last = last
      .then(() => {
        waiting = false
        return update(path)
      })
      .catch(fail)
  })
  try {
    ready?.()
    await Promise.race([aborted(signal), failed])
    await last
  } finally {
    close()
  }
}
