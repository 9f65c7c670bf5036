import { type Command, Option } from 'commander'
import type { Severity } from '../failure.ts'
import { describeAssumptions, formatFindings } from '../report/index.ts'
import { onInterrupt } from './interrupt.ts'
import {
  addConfig,
  addEnvironment,
  addInput,
  type EnvironmentOptions,
  type IgnoreOptions,
  type InputOptions
} from './options.ts'
import { addWatch, readEdge, requireWatchable, sourceText, type WatchOptions, watchEdge } from './watch/index.ts'

interface CheckOptions extends InputOptions, EnvironmentOptions, IgnoreOptions, WatchOptions {
  output: 'text' | 'json' | 'junit' | 'sarif' | 'github'
  failOn: Severity | 'never'
}

const severities: Severity[] = ['info', 'warning', 'error']

export function registerCheck(program: Command): void {
  const command = program.command('check').description('find what will not work on AWS, and say why')
  addWatch(addConfig(addEnvironment(addInput(command))))
    .option('--context <name>', 'a cluster of the kubeconfig, read by kubectl, instead of manifests')
    .addOption(
      new Option('-o, --output <format>', 'format')
        .choices(['text', 'json', 'junit', 'sarif', 'github'])
        .default('text')
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 from this severity on')
        .choices(['error', 'warning', 'info', 'never'])
        .default('error')
    )
    .action(async (manifests: string[], options: CheckOptions) => {
      const end = options.watch ? onInterrupt() : undefined
      requireWatchable(manifests, options)
      const edge = await readEdge(manifests, options)
      const { findings } = edge
      function ready(): void {
        process.stdout.write(formatFindings(findings, options.output, sourceText))
        if (options.output === 'text') {
          process.stdout.write(describeAssumptions(edge.assumptions))
        }
      }
      if (end) {
        return watchEdge(manifests, options, edge, { shown: ['findings'], ready }, end)
      }
      ready()
      const fails = options.failOn === 'never' ? [] : severities.slice(severities.indexOf(options.failOn))
      if (findings.some(({ severity }) => fails.includes(severity))) {
        process.exitCode = 1
      }
    })
}
