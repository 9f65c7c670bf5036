import { Edge } from '../edge.ts'
import type { HeaderList } from '../elbv2/index.ts'
import { describeTrace } from '../report/index.ts'
import { loadEnvironment, tellNotLookedAt, tellSkipped } from './load-options.ts'
import type { EnvironmentOptions, InputOptions, OutputOptions } from './options.ts'
import { print, printReport } from './print.ts'
import { type LiveAnswer, sendLive } from './trace-live.ts'

export interface TraceCommandOptions extends InputOptions, EnvironmentOptions, OutputOptions {
  header: HeaderList
  client?: string
  group?: string
  live?: boolean
  all?: boolean
}

/** Follows one request and prints its way. */
export async function trace(
  method: string,
  url: string,
  manifests: string[],
  options: TraceCommandOptions
): Promise<void> {
  const edge = tellSkipped(await Edge.load(manifests, { ...options, environment: loadEnvironment(options) }))
  tellNotLookedAt(edge)
  const { client, group, output } = options
  const request = { method, url, headers: options.header, ...(client !== undefined && { client }) }
  const followed = options.live
    ? await sendLive(edge, request, { group })
    : { ...edge.trace(request, { group }), live: undefined }
  const complete = { ...followed, assumptions: [...edge.assumptions, ...followed.assumptions] }
  if (output === 'json') {
    print(`${JSON.stringify(complete, undefined, 2)}\n`)
  } else {
    printReport(describeTrace(complete, { all: options.all ?? false }))
  }
  const { live } = followed
  if (!live) {
    return
  }
  if (output === 'text') {
    printReport(describeLive(live, followed.passes))
  }
  if (live.differences.length > 0) {
    process.exitCode = 1
  }
}

function describeLive(
  { status, headers = [], body = '', differences, error }: LiveAnswer,
  passes: string | undefined
): string {
  return [
    error === undefined ? `\nsent: ${status}\n` : `\nsent: no answer, ${error}\n`,
    ...headers.map(([name, value]) => `< ${name}: ${value}\n`),
    body ? `\n${body}${body.endsWith('\n') ? '' : '\n'}` : '',
    passes !== undefined
      ? `\nnot compared: the request has to pass ${passes} first\n`
      : differences.length === 0
        ? '\nas foretold\n'
        : `\nNOT as foretold, which is a defect of this program: ${differences.join('; ')}\n`
  ].join('')
}
