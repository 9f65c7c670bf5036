/** The commands that call AWS's APIs. */
import type { Command } from 'commander'
import type { ApplyCommandOptions } from '../apply.ts'
import { addEnvironment, addExamples, addInput, addOutput, notEmpty } from '../options.ts'
import type { SnapshotCommandOptions } from '../snapshot.ts'

export function declareApply(program: Command): void {
  const command = program
    .command('apply')
    .description('make the load balancers of the objects through the AWS APIs of an endpoint, as the controller would')
  addOutput(addEnvironment(addInput(command)))
    .option('--context <name>', 'a cluster of the kubeconfig, read by kubectl, instead of manifests', notEmpty)
    .option(
      '--endpoint <url>',
      'what answers for AWS (default: AWS_ENDPOINT_URL if it is on loopback, else http://127.0.0.1:4566)',
      notEmpty
    )
    .option('--dry-run', 'print the calls that would write, and make none of them')
    .option('--prune', 'take away what the cluster has in the account and nothing among the objects asks for')
    .action(async (manifests: string[], options: ApplyCommandOptions) =>
      (await import('../apply.ts')).apply(manifests, options)
    )
  addExamples(command, [
    'apply manifests/',
    'apply --values values.yaml --dry-run',
    'apply --context kind-test --prune'
  ])
}

/** Adds `snapshot` below `aws`, whose options it does not share. */
export function declareSnapshot(aws: Command): void {
  const command = aws
    .enablePositionalOptions()
    .command('snapshot')
    .description('print what an AWS account has as aws.yaml, by calls that only read')
    .requiredOption('--cluster-name <name>', 'cluster whose VPC, instances and security groups are meant', notEmpty)
    .option('--region <name>', 'AWS region (default: AWS_REGION, AWS_DEFAULT_REGION)', notEmpty)
    .option(
      '--vpc-id <id>',
      'VPC of the cluster (default: the only one, or the one whose subnets are tagged for it)',
      notEmpty
    )
    .option('--endpoint <url>', 'what answers for AWS (default: AWS_ENDPOINT_URL, else AWS)', notEmpty)
  addOutput(command).action(async (options: SnapshotCommandOptions) =>
    (await import('../snapshot.ts')).snapshot(options)
  )
  addExamples(command, ['aws snapshot --cluster-name prod > aws.yaml', 'aws snapshot --cluster-name prod -o json'])
}
