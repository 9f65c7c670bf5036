/** The commands that look at an edge and end. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { HeaderList } from '../../elbv2/index.ts'
import type { CheckOptions } from '../check.ts'
import type { DiffOptions } from '../diff.ts'
import type { ExplainOptions } from '../explain.ts'
import type { MigrateOptions } from '../migrate.ts'
import {
  addConfig,
  addEnvironment,
  addExamples,
  addInput,
  addNamespace,
  addOutput,
  addWatch,
  collect,
  notEmpty
} from '../options.ts'
import type { PlanOptions } from '../plan.ts'
import type { RenderCommandOptions } from '../render.ts'
import type { TraceCommandOptions } from '../trace.ts'
import { loadFor } from './load.ts'

export function declareRender(program: Command): void {
  const command = program.command('render').description('print the manifests that the chart renders to')
  addOutput(addInput(command, { manifests: false }))
    .option('-s, --show-only <template>', 'only this template, repeatable', collect, [])
    .action(async (options: RenderCommandOptions) => (await import('../render.ts')).render(options))
  addExamples(command, [
    'render --values values.yaml',
    'render --set ingress.scheme=internet-facing | kubectl apply -f -'
  ])
}

export function declareCheck(program: Command): void {
  const command = program.command('check').description('find what will not work on AWS, and say why')
  addWatch(addConfig(addEnvironment(addInput(command))))
    .option('--context <name>', 'a cluster of the kubeconfig, read by kubectl, instead of manifests', notEmpty)
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
    .option('--strict', 'exit 1 where an object that has a part in the edge was not looked at')
    .option('--fix', 'apply the hints that are changes of manifests or values files to them, then check again')
    .action(async (manifests: string[], options: CheckOptions) =>
      (await loadFor(manifests, options, () => import('../check.ts'))).check(manifests, options)
    )
  addExamples(command, [
    'check manifests/',
    'check --values values.yaml --aws aws.yaml',
    'check --context my-cluster -o json',
    'check manifests/ --fix'
  ])
}

export function declarePlan(program: Command): void {
  const command = program
    .command('plan')
    .description('show what the AWS Load Balancer Controller would make of Ingresses, Services and Gateways')
  addWatch(addEnvironment(addInput(command)))
    .addOption(new Option('-o, --output <format>', 'format').choices(['text', 'json', 'html']).default('text'))
    .option('--explain', 'tell where each value came from')
    .option('--routes', 'tell what would be reported of the routes of Gateways, instead of the plan')
    .action(async (manifests: string[], options: PlanOptions) =>
      (await loadFor(manifests, options, () => import('../plan.ts'))).plan(manifests, options)
    )
  addExamples(command, [
    'plan manifests/ --explain',
    'plan --values values.yaml -o json > plan.json',
    'plan manifests/ -o html > map.html'
  ])
}

export function declareDiff(program: Command): void {
  const command = program
    .command('diff')
    .description('show what AWS would create, change in place, replace or delete between two plans')
    .argument(
      '<old>',
      'manifests (a file, a folder or -), a values file of the chart, or a plan saved with plan -o json'
    )
    .argument('[new]', 'the same, as it shall become; with --live the one side there is')
    .option('--live', 'the old side is what stands in the AWS account, by calls that only read')
    .option('--endpoint <url>', 'what answers for AWS, with --live (default: AWS_ENDPOINT_URL, else AWS)', notEmpty)
  addNamespace(addOutput(addEnvironment(command)))
    .addOption(
      new Option('--as <kind>', 'what both are (default: told by their content)').choices([
        'manifests',
        'values',
        'plan'
      ])
    )
    .option('--chart <folder>', 'chart to render values with (default: the one of this project)')
    .option('--release-name <name>', 'name of the release', 'edge')
    .action(async (old: string, next: string | undefined, options: DiffOptions) =>
      (await import('../diff.ts')).diff(old, next, options)
    )
  addExamples(command, [
    'diff plan.json manifests/',
    'diff values.yaml values-new.yaml',
    'diff --live values.yaml --aws aws.yaml'
  ])
}

function header(value: string, previous: HeaderList): HeaderList {
  const [, name] = /^([^:\s]+):/.exec(value) ?? []
  if (name === undefined || value.includes('\n')) {
    throw new InvalidArgumentError("write it as 'Name: value'.")
  }
  return [...previous, [name, value.slice(name.length + 1).trim()]]
}

export function declareMigrate(program: Command): void {
  const command = program
    .command('migrate')
    .description('print the Gateways that take the place of Ingresses, and what has no equivalent')
  addOutput(addEnvironment(addInput(command)))
    .option(
      '--gateway-class <name>',
      'GatewayClass of gateway.k8s.aws/alb, made where it is not among the objects',
      'alb'
    )
    .action(async (manifests: string[], options: MigrateOptions) =>
      (await loadFor(manifests, options, () => import('../migrate.ts'))).migrate(manifests, options)
    )
  addExamples(command, ['migrate manifests/ > gateways.yaml', 'migrate --values values.yaml -o json'])
}

export function declareTrace(program: Command): void {
  const command = program
    .command('trace')
    .description('follow one request: listener, rules, target group, targets, node port, gateway, answer')
    .usage('[options] [method] <url> [manifests...]')
    .argument('<method>', 'GET, POST, … (default: GET, where a URL is in its place)')
    .argument('[url]', 'https://shop.example.com/orders')
  addOutput(addEnvironment(addInput(command)))
    .option('-H, --header <header>', "'Name: value', repeatable", header, [])
    .option('--client <address>', 'address that the load balancer sees (default: 203.0.113.10)')
    .option('--group <id>', 'load balancer of this group (default: the one that the host is for)')
    .option('--all', 'where chance decides behind the gateway, follow each branch')
    .option('--live', 'run the load balancer on loopback, really send the request, and compare')
    .action(async (method: string, url: string | undefined, manifests: string[], options: TraceCommandOptions) => {
      const { trace } = await import('../trace.ts')
      if (method.includes('://')) {
        return trace('GET', method, url === undefined ? [] : [url, ...manifests], options)
      }
      return url === undefined
        ? command.error("error: missing required argument 'url'")
        : trace(method, url, manifests, options)
    })
  addExamples(command, [
    'trace https://shop.example.com/orders manifests/',
    "trace GET http://shop.example.com/ manifests/ -H 'User-Agent: curl' --live"
  ])
}

export function declareExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('what a finding of check means: why, how to fix it, how to see it on AWS')
    .argument('[code]', 'code of the finding (default: list them all)')
  addOutput(command).action(async (code: string | undefined, options: ExplainOptions) =>
    (await import('../explain.ts')).explain(code, options)
  )
  addExamples(command, ['explain HEALTH_CHECK_FAILS'])
}
