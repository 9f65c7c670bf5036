import { type Command, Option } from 'commander'
import { checkResources } from '../check/index.ts'
import type { Severity } from '../failure.ts'
import { formatFindings } from '../report/index.ts'
import {
  addEnvironment,
  addInput,
  type EnvironmentOptions,
  type InputOptions,
  loadEnvironment,
  loadResources
} from './options.ts'

interface CheckOptions extends InputOptions, EnvironmentOptions {
  output: 'text' | 'json' | 'junit' | 'sarif' | 'github'
  failOn: Severity | 'never'
}

const severities: Severity[] = ['info', 'warning', 'error']

export function registerCheck(program: Command): void {
  const command = program.command('check').description('find what will not work on AWS, and say why')
  addEnvironment(addInput(command))
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
      const { resources } = await loadResources(manifests, options)
      const findings = checkResources(resources, loadEnvironment(options))
      process.stdout.write(formatFindings(findings, options.output))
      const fails = options.failOn === 'never' ? [] : severities.slice(severities.indexOf(options.failOn))
      if (findings.some(({ severity }) => fails.includes(severity))) process.exitCode = 1
    })
}
