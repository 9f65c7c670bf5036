import { readFileSync } from 'node:fs'
import type { Edge } from '../edge.ts'
import { Failure, type Finding, type Severity } from '../failure.ts'
import { describeAssumptions, describeCoverage, formatFindings } from '../report/index.ts'
import { applyEdits } from '../resources/index.ts'
import { onInterrupt } from './interrupt.ts'
import { writeNamedFile } from './named-file.ts'
import type { EnvironmentOptions, IgnoreOptions, InputOptions, WatchOptions } from './options.ts'
import { print, printError, printReport } from './print.ts'
import { readEdge, requireWatchable, sourceText, watchEdge } from './watch/index.ts'

export interface CheckOptions extends InputOptions, EnvironmentOptions, IgnoreOptions, WatchOptions {
  output: 'text' | 'json' | 'junit' | 'sarif' | 'github'
  failOn: Severity | 'never'
  fix?: boolean
  strict?: boolean
}

/** Applies the edits that findings carry to the files that they name, and tells how many files changed. */
function fixFiles(findings: readonly Finding[]): number {
  const edits = findings.flatMap(({ edit }) => (edit && edit.file !== '<stdin>' ? [edit] : []))
  let changed = 0
  for (const [file, ofFile] of Map.groupBy(edits, edit => edit.file)) {
    const before = readFileSync(file, 'utf8')
    const after = applyEdits(before, ofFile)
    if (after !== before) {
      writeNamedFile(file, after, 'give it room and let it be written to, or leave --fix out; it holds what it held')
      changed++
    }
  }
  return changed
}

/** More rounds than hints uncover each other; what is left then is told. */
const mostRounds = 4

const severities: Severity[] = ['info', 'warning', 'error']

/** What was read, or why nothing could be. */
type Reading = { edge: Edge; findings: readonly Finding[] } | { failure: Failure; findings: readonly Finding[] }

async function read(manifests: string[], options: CheckOptions): Promise<Reading> {
  try {
    const edge = await readEdge(manifests, options)
    return { edge, findings: edge.findings }
  } catch (error) {
    if (error instanceof Failure) {
      return { failure: error, findings: error.findings }
    }
    throw error
  }
}

/** Reads, and with `--fix` changes what is read as long as there is something to mend. @throws Failure as {@link readEdge} does. */
async function readFixed(manifests: string[], options: CheckOptions): Promise<Edge> {
  let reading = await read(manifests, options)
  for (let round = 0; options.fix && round < mostRounds && fixFiles(reading.findings) > 0; round++) {
    const before = reading.findings.length
    reading = await read(manifests, options)
    printError(`fixed: ${before === 1 ? '1 finding' : `${before} findings`} before, ${reading.findings.length} now\n`)
  }
  if ('failure' in reading) {
    throw reading.failure
  }
  return reading.edge
}

/** Finds what will not work on AWS. Sets the exit code 1 where `--fail-on` says so. */
export async function check(manifests: string[], options: CheckOptions): Promise<void> {
  const end = options.watch ? onInterrupt() : undefined
  requireWatchable(manifests, options)
  const edge = await readFixed(manifests, options)
  const { findings, coverage } = edge
  function ready(): void {
    const formatted = formatFindings(findings, options.output, sourceText)
    if (options.output === 'text') {
      printReport(formatted)
    } else {
      print(formatted)
    }
    // Programs read findings from standard output; nothing that was passed over is silent for all that.
    const summary = describeCoverage(coverage, findings, edge.assumptions.length)
    const told = options.output === 'text' ? process.stdout : process.stderr
    printReport(describeAssumptions(edge.assumptions) + summary, told)
  }
  if (end) {
    return watchEdge(manifests, options, edge, { shown: ['findings'], ready }, end)
  }
  ready()
  const fails = options.failOn === 'never' ? [] : severities.slice(severities.indexOf(options.failOn))
  const missed = options.strict && coverage.notLookedAt.some(({ ofKind }) => !ofKind)
  if (missed || findings.some(({ severity }) => fails.includes(severity))) {
    process.exitCode = 1
  }
}
