/** The AWS Load Balancer Controller itself in a kind cluster, by its own chart: unmodified, against an endpoint of AWS's APIs. */

import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import { missingFailure, usageFailure } from '../../failure.ts'
import { findHelm } from '../../render/index.ts'
import type { Node } from '../../resources/index.ts'
import { type RunOptions, runTool } from '../tool.ts'
import { contextOf, loadImages, presentImages } from './kind.ts'

/** Where the chart is published, and the version whose plans this project's are held against. */
const repository = 'https://aws.github.io/eks-charts'
const version = '3.5.0'

const release = 'aws-load-balancer-controller'

/** Seconds that its pod may take to run, its image pulled. */
const patience = 240

export interface AWSControllerOptions {
  cluster: string
  /** Where AWS's APIs are answered, as pods reach it. */
  endpoint: string
  clusterName: string
  region: string
  vpcID: string
  /** `name:tag`; default the chart's. */
  image?: string
  /** A folder, an archive or `oci://…`; default the project's own repository. */
  chart?: string
}

/** The instance of EC2 that a node is, by its cluster and place; one zone after the other. */
export function providerIDOf(cluster: string, place: number, zones: readonly string[]): string {
  const digits = createHash('sha256').update(`${cluster} ${place}`).digest('hex').slice(0, 17)
  return `aws:///${zones[place % zones.length]}/i-${digits}`
}

/**
 * The real controller takes nodes that are instances of EC2 alone, and what a node is cannot be changed.
 *
 * @throws Failure exit 2 `NODE_NOT_AN_INSTANCE`
 */
export function requireInstances(cluster: string, nodes: readonly Node[]): void {
  const other = nodes.find(({ spec }) => !/^aws:\/\/.*\/i-[0-9a-f]+$/.test(spec?.providerID ?? ''))
  if (other) {
    throw usageFailure({
      code: 'NODE_NOT_AN_INSTANCE',
      message: `the node ${other.metadata.name} of the cluster ${cluster} is no instance of EC2, and the AWS Load Balancer Controller takes no other`,
      path: '--controller',
      expected: 'a providerID like aws:///us-west-2a/i-0123456789abcdef0',
      actual: other.spec?.providerID ?? '',
      hint: `make the cluster anew: istio-alb down --name ${cluster}, or name another with --name`
    })
  }
}

/**
 * The host's address in the network of kind's nodes, where pods reach what runs here.
 *
 * @throws Failure exit 3 `NODE_NETWORK_UNKNOWN`.
 */
export async function addressForPods(options: RunOptions = {}): Promise<string> {
  const format = '{{range .IPAM.Config}}{{.Gateway}} {{end}}'
  const found = await runTool('docker', ['network', 'inspect', 'kind', '--format', format], options)
  const address = found.split(/\s/).find(one => /^\d+\.\d+\.\d+\.\d+$/.test(one))
  if (address === undefined) {
    throw missingFailure({
      code: 'NODE_NETWORK_UNKNOWN',
      message: "the container engine tells no IPv4 gateway of kind's network, so pods cannot be led to the endpoint",
      path: '--controller',
      hint: 'use the mocked controller: leave --controller aws out'
    })
  }
  return address
}

/** Installs the controller, and waits until it runs. */
export async function installAWSController(
  { cluster, endpoint, clusterName, region, vpcID, image, chart }: AWSControllerOptions,
  options: RunOptions = {}
): Promise<void> {
  if (image !== undefined) {
    await loadImages(cluster, (await presentImages([image])).present, options)
  }
  const [, repositoryOfImage, tag] = /^(.+?)(?::([^:/]+))?$/.exec(image ?? '') ?? []
  const values = {
    ...{ clusterName, region, vpcId: vpcID, replicaCount: 1 },
    ...(image !== undefined && {
      image: { repository: repositoryOfImage, ...(tag !== undefined && { tag }), pullPolicy: 'IfNotPresent' }
    }),
    // The class is there already, and nobody's Service is to be taken from the values that say whose it is.
    ...{ createIngressClassResource: false, enableServiceMutatorWebhook: false },
    env: {
      ...{ AWS_ENDPOINT_URL: endpoint, AWS_EC2_METADATA_DISABLED: 'true' },
      // The endpoint checks none, and the client library wants some.
      ...{ AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' }
    }
  }
  const source = chart === undefined ? [release, '--repo', repository, '--version', version] : [chart]
  const { command } = await findHelm()
  const install = ['upgrade', '--install', release, ...source, '--kube-context', contextOf(cluster)]
  const flags = ['--namespace', 'kube-system', '--values', '-', '--wait', '--timeout', `${patience}s`]
  await runTool('helm', [...install, ...flags], { ...options, command, input: stringify(values) })
}
