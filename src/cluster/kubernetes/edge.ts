/**
 * An edge in kind: a cluster, Istio as the chart says, the chart itself, and a sample service behind it.
 *
 * @module
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { createDevelopmentAuthority } from '../../alb/index.ts'
import { Failure } from '../../failure.ts'
import { findHelm, ownChart, renderChart } from '../../render/index.ts'
import type { Ingress, Service } from '../../resources/index.ts'
import type { PortRange } from '../bindings.ts'
import { missingTools, type RunOptions, runTool } from '../tool.ts'
import { installIstio, istioctlVersion, istioImages, requireOperator } from './istio.ts'
import { clusterExists, contextOf, createCluster, deleteCluster, loadImages, presentImages } from './kind.ts'
import { applyObjects, rolledOut } from './kubectl.ts'
import { sampleImage, sampleName, sampleRoute, sampleService } from './sample.ts'
import type { Step } from './steps.ts'

export interface EdgeOptions {
  /** The kind cluster. */
  cluster: string
  /** Nodes in all; of several the first is a control plane node, which takes no traffic. */
  nodes: number
  chart?: string
  values: string[]
  set: string[]
  /** Of the release, and of Istio. */
  namespace: string
  releaseName: string
  /** Default kind's own. */
  nodeImage?: string
  /** Hub and tag of Istio's images; default the chart's hub, and istioctl's own version. */
  istioHub?: string
  istioTag?: string
  /** Node ports that the host leads to. */
  ports?: PortRange
}

/** The tools that an edge in kind needs beside helm, which the render finds or brings. */
const tools = ['docker', 'kind', 'kubectl', 'istioctl'] as const

/** @throws Failure exit 3 with everything that is missing. */
async function requireEverything(): Promise<void> {
  const findings = await missingTools(tools)
  await findHelm().catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error
    findings.push(...error.findings)
  })
  if (findings.length > 0) throw new Failure(3, findings)
}

/** The steps to an edge in kind, in order; each can be undone. */
export function edgeSteps(options: EdgeOptions): Step[] {
  const { cluster, nodes, namespace, releaseName } = options
  const chart = options.chart ?? ownChart
  const context = contextOf(cluster)
  let operator = ''
  let images: string[] = []
  let existed = false

  /** Calls `use` with the values files: Istio's hub and tag first, so that the user's own win. */
  async function withValues<Result>(run: RunOptions, use: (values: string[]) => Promise<Result>): Promise<Result> {
    const folder = mkdtempSync(join(tmpdir(), 'istio-alb-values-'))
    try {
      const file = join(folder, 'istio.yaml')
      const tag = options.istioTag ?? (await istioctlVersion(run))
      writeFileSync(file, stringify({ gateway: { istioOperator: { hub: options.istioHub, tag } } }))
      return await use([file, ...options.values])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  const get = async <Found>(run: RunOptions, ...what: string[]): Promise<Found> =>
    JSON.parse(await runTool('kubectl', ['--context', context, '-n', namespace, 'get', ...what, '-o', 'json'], run))

  /** The labels of the gateway's pods: the selector of the Service that the Ingress sends to. */
  async function gatewaySelector(run: RunOptions): Promise<Record<string, string>> {
    const { items } = await get<{ items: Ingress[] }>(run, 'ingress')
    const backends = items.flatMap(({ spec }) => [
      spec?.defaultBackend,
      ...(spec?.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend))
    ])
    // `use-annotation` names an action, not a Service.
    const name = backends.find(backend => backend?.service && backend.service.port?.name !== 'use-annotation')
    return (await get<Service>(run, 'service', name?.service?.name ?? '')).spec?.selector ?? {}
  }

  return [
    {
      name: 'find docker, kind, kubectl, istioctl and helm',
      run: async () => {
        await requireEverything()
        return undefined
      }
    },
    {
      name: 'render the chart',
      run: signal =>
        withValues({ signal }, async values => {
          operator = requireOperator(
            await renderChart({
              ...options,
              values,
              set: [...options.set, 'gateway.istioOperator.render=resource'],
              showOnly: ['templates/istio-operator.yaml']
            })
          )
          images = [...(await istioImages(operator, { signal })), sampleImage]
          return undefined
        })
    },
    {
      name: `create the cluster ${cluster}`,
      run: async signal => {
        existed = await clusterExists(cluster, { signal })
        if (existed) return 'it is there already'
        const { nodeImage: image, ports } = options
        await createCluster({ name: cluster, nodes, ...(image && { image }), ...(ports && { ports }) }, { signal })
        return `${nodes} ${nodes === 1 ? 'node' : 'nodes'}`
      },
      undo: async () => {
        if (!existed) await deleteCluster(cluster)
      }
    },
    {
      name: 'load images',
      run: async signal => {
        const { present, absent } = await presentImages(images)
        await loadImages(cluster, present, { signal })
        return absent.length > 0 ? `the nodes will pull ${absent.join(', ')}` : `${present.length} images`
      }
    },
    {
      name: 'deploy the sample service',
      run: async signal => {
        await applyObjects(context, sampleService(), { signal })
        return undefined
      }
    },
    {
      name: 'install Istio',
      run: async signal => {
        await installIstio(context, operator, { signal })
        return undefined
      }
    },
    {
      name: 'install the chart',
      run: signal =>
        withValues({ signal }, async values => {
          const { command } = await findHelm()
          const release = ['upgrade', '--install', releaseName, chart, '--kube-context', context]
          const flags = [
            ...['--namespace', namespace],
            ...values.flatMap(file => ['--values', file]),
            ...options.set.flatMap(assignment => ['--set', assignment])
          ]
          await runTool('helm', [...release, ...flags], { signal, command })
          return undefined
        })
    },
    {
      name: 'route the gateway to the sample service',
      run: async signal => {
        const authority = await createDevelopmentAuthority()
        const certificate = await authority.issue('gateway', [`${sampleName}.example.com`])
        const selector = await gatewaySelector({ signal })
        await applyObjects(context, sampleRoute({ namespace, selector, certificate }), { signal })
        await rolledOut(context, { namespace: 'default', name: sampleName, seconds: 120 }, { signal })
        return undefined
      }
    }
  ]
}
