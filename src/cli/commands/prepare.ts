/** The commands that prepare work with the others. */
import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { isCertificate, isHost } from '../answers.ts'
import type { InitOptions } from '../init.ts'
import { addExamples, addOutput, collect } from '../options.ts'

function host(value: string, previous: string[]): string[] {
  if (!isHost(value)) {
    throw new InvalidArgumentError(`'${value}' is no host name; write it as shop.example.com or *.example.com.`)
  }
  return collect(value, previous)
}

function certificate(value: string): string {
  if (!isCertificate(value)) {
    throw new InvalidArgumentError(
      `'${value}' is no ARN of a certificate; \`aws acm list-certificates\` prints them: arn:aws:acm:REGION:ACCOUNT:certificate/ID.`
    )
  }
  return value
}

export function declareInit(program: Command): void {
  const command = program
    .command('init')
    .description(
      'write a values file for the chart, an aws.yaml and a step for CI; a terminal is asked what is left open'
    )
    .argument('[folder]', 'where they go', '.')
    .option('--host <name>', 'host name that the edge is for, repeatable', host, [])
    .option('--certificate <arn>', 'certificate of the HTTPS listener (default: plain HTTP alone)', certificate)
    .addOption(new Option('--scheme <scheme>', 'who reaches it').choices(['internal', 'internet-facing']))
    .option('--cluster-name <name>', "the controller's --cluster-name")
    .option('--region <name>', 'AWS region (default: that of the certificate)')
    .addOption(
      new Option('--ci <service>', 'whose configuration runs check')
        .choices(['github', 'gitlab', 'none'])
        .default('github')
    )
    .option('--force', 'write over files that are there')
  addOutput(command).action(async (folder: string, options: InitOptions) =>
    (await import('../init.ts')).init(folder, options)
  )
  addExamples(command, ['init', 'init deploy --host shop.example.com --scheme internet-facing --ci gitlab'])
}

export function declareCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description('print what makes a shell complete commands, options and their choices')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') =>
      (await import('../completion.ts')).printCompletion(program, shell)
    )
  command.addHelpText(
    'after',
    `
Examples:
  source <(istio-alb completion bash)
  istio-alb completion zsh > ~/.zfunc/_istio-alb
  istio-alb completion fish > ~/.config/fish/completions/istio-alb.fish
`
  )
}
