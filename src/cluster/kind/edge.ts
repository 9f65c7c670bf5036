/**
 * An edge in kind: a cluster, Istio as the chart says, the chart itself, and a sample service behind it.
 *
 * @module
 */

import { stringify } from 'yaml'
import { createDevelopmentAuthority } from '../../load-balancer/index.ts'
import { findHelm, ownChart, type RenderOptions, renderChart, splitRender } from '../../render/index.ts'
import { type IstioOperator, parseManifests, Resources, readStandardInput } from '../../resources/index.ts'
import { type Assignments, assignmentFlags, standardInput } from '../../values/index.ts'
import type { PortRange } from '../bindings.ts'
import { type RunOptions, runTool } from '../tool.ts'
import { applyDefinitions, hasDefinitions, readDefinitions } from './definitions.ts'
import { findGateway, othersGateways, removeGateways, waitForGateway } from './gateway.ts'
import { missingClassesOf, missingSecretsOf } from './gateway-api.ts'
import {
  type ChartEdges,
  goneFromIstio,
  imagesOf,
  installIstio,
  istioctlVersion,
  istioImages,
  type RenderedIstio,
  readEdges,
  renderIstio,
  withoutGateways,
  withValuesFile
} from './istio.ts'
import { clusterExists, contextOf, createCluster, deleteCluster, loadImages, presentImages } from './kind.ts'
import { applyObjects, rolledOut } from './kubectl.ts'
import { nodeImage, pinnedNodeImage } from './node-image.ts'
import { goneFromRelease, readRelease } from './release.ts'
import { neededDefinitions, requireEverything, requireLoadBalancer } from './requirements.ts'
import { sampleName, sampleRoute, sampleService } from './sample.ts'
import type { Step } from './steps.ts'

export interface EdgeOptions extends Assignments {
  /** The kind cluster. */
  cluster: string
  /** Nodes in all; of several the first is a control plane node, which takes no traffic. */
  nodes: number
  chart?: string
  values: string[]
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
  /** The provider ID of each node of a new cluster, by its place; default kind's own. */
  providerID?(place: number): string
}

/** Where the edge is to be, and what its steps find out for those after them. */
class EdgeContext {
  readonly options: EdgeOptions
  readonly chart: string
  readonly kubeContext: string
  /** What the chart renders. */
  objects = new Resources()
  /** Definitions to be applied, with whose they are. */
  definitions: { what: string; text: string }[] = []
  images: string[] = []
  /** What the sample service runs on: any Node.js will do. */
  sampleImage = nodeImage
  /** Whether the cluster was there before. */
  existed = false
  /** What the chart renders for Istio: there once the chart is rendered. */
  istio!: RenderedIstio
  #edges: Promise<ChartEdges> | undefined

  constructor(options: EdgeOptions) {
    this.options = options
    this.chart = options.chart ?? ownChart
    this.kubeContext = contextOf(options.cluster)
  }

  /** What the values ask for; asked of the chart once. */
  readEdges(): Promise<ChartEdges> {
    this.#edges ??= readEdges(this.options)
    return this.#edges
  }

  /** Who runs the gateways. */
  async #runners(): Promise<Set<string>> {
    const { gateways } = await this.readEdges()
    return new Set(gateways.map(({ provider }) => provider))
  }

  /** Where Istio's images are, for values that may say so themselves. */
  async #imageSource(run: RunOptions): Promise<{ hub?: string; tag: string }> {
    const { istioHub, istioTag } = this.options
    return { ...(istioHub !== undefined && { hub: istioHub }), tag: istioTag ?? (await istioctlVersion(run)) }
  }

  /** What istioctl installs: where it runs no gateway the values have no word on its images, and these are used. */
  async readIstio(values: RenderOptions, run: RunOptions): Promise<RenderedIstio> {
    const istio = await renderIstio(values)
    const { operator } = istio
    return (await this.#runners()).has('istio-operator')
      ? istio
      : { ...istio, operator: { ...operator, spec: { ...operator.spec, ...(await this.#imageSource(run)) } } }
  }

  /** Calls `use` with what the chart is rendered with: what suits a cluster in kind first, so that the user's own wins. */
  async withValues<Result>(run: RunOptions, use: (options: RenderOptions) => Promise<Result>): Promise<Result> {
    const { options } = this
    const runners = await this.#runners()
    const gateway = {
      ...(runners.has('istio-operator') && { istioOperator: await this.#imageSource(run) }),
      // The image `auto` has no tag, and Kubernetes would have nodes pull it although they have been given it.
      ...(runners.has('injected') && { injected: { imagePullPolicy: 'IfNotPresent' } })
    }
    return withValuesFile({ gateway }, file => use({ ...options, values: [file, ...options.values] }))
  }
}

function renderStep(edge: EdgeContext): Step {
  const { kubeContext, options } = edge
  return {
    name: 'render the chart',
    run: signal =>
      edge.withValues({ signal }, async values => {
        const rendered = await renderChart(values)
        edge.objects = parseManifests(splitRender(rendered))
        requireLoadBalancer(await edge.readEdges())
        edge.istio = await edge.readIstio(values, { signal })
        const ofIstio = await istioImages(stringify(edge.istio.operator), { signal })
        edge.images = [...new Set([...ofIstio, ...imagesOf(rendered), nodeImage])]
        edge.existed = await clusterExists(options.cluster, { signal })
        // Before a cluster is made in vain.
        const { needed, path } = neededDefinitions(edge.objects.all())
        for (const definitions of needed) {
          if (!(edge.existed && (await hasDefinitions(kubeContext, definitions, { signal })))) {
            const text = await readDefinitions(definitions, path, { signal })
            edge.definitions.push({ what: definitions.what, text })
          }
        }
        return undefined
      })
  }
}

function clusterStep(edge: EdgeContext): Step {
  const { cluster, nodes, nodeImage: image, ports, providerID } = edge.options
  return {
    name: `create the cluster ${cluster}`,
    run: async signal => {
      if (edge.existed) {
        return 'it is there already'
      }
      const shape = { nodes, ...(ports && { ports }), ...(providerID && { providerID }) }
      await createCluster({ name: cluster, ...(image && { image }), ...shape }, { signal })
      return `${nodes} ${nodes === 1 ? 'node' : 'nodes'}`
    },
    undo: async () => {
      if (!edge.existed) {
        await deleteCluster(cluster)
      }
    }
  }
}

function imagesStep(edge: EdgeContext): Step {
  return {
    name: 'load images',
    run: async signal => {
      const { present, absent } = await presentImages(edge.images)
      await loadImages(edge.options.cluster, present, { signal })
      if (absent.includes(nodeImage)) {
        edge.sampleImage = pinnedNodeImage
      }
      return absent.length > 0 ? `the nodes will pull ${absent.join(', ')}` : `${present.length} images`
    }
  }
}

/**
 * Removes gateways that the chart's next release leaves to others, or takes from them: helm and istioctl would stumble
 * over their names, or remove them last. With the operator to install, and the gateways that are somebody else's.
 */
async function clearGateways(
  { istio, existed, objects, kubeContext, options }: EdgeContext,
  run: RunOptions
): Promise<{ operator: IstioOperator; removed: string[]; theirs: string[] }> {
  const { operator, standIns } = istio
  if (!existed) {
    return { operator, removed: [], theirs: [] }
  }
  const release = { context: kubeContext, namespace: options.namespace, name: options.releaseName }
  const goneOfRelease = goneFromRelease(await readRelease(release, run), objects)
  const removed = await removeGateways(kubeContext, goneOfRelease, run)
  const theirs = await othersGateways(kubeContext, { keys: standIns, operator: operator.metadata.name }, run)
  const left = withoutGateways(operator, theirs)
  removed.push(...(await removeGateways(kubeContext, await goneFromIstio(kubeContext, left, run), run)))
  return { operator: left, removed, theirs }
}

function istioStep(edge: EdgeContext): Step {
  const { kubeContext } = edge
  return {
    name: 'install Istio',
    run: async signal => {
      const said: string[] = []
      for (const { what, text } of edge.definitions) {
        await applyDefinitions(kubeContext, text, { signal })
        said.push(`with the definitions of ${what}`)
      }
      const { operator, removed, theirs } = await clearGateways(edge, { signal })
      if (removed.length > 0) {
        said.push(`removed ${removed.join(', ')}`)
      }
      await installIstio(kubeContext, stringify(operator), { signal })
      for (const key of edge.istio.standIns) {
        said.push(
          theirs.includes(key)
            ? `the gateway ${key} is there already`
            : `with the gateway ${key}, since nobody else runs it (gateway.provider existing)`
        )
      }
      return said.join('; ') || undefined
    }
  }
}

function chartStep(edge: EdgeContext): Step {
  const { namespace, releaseName } = edge.options
  return {
    name: 'install the chart',
    run: signal =>
      edge.withValues({ signal }, async ({ values = [], ...assignments }) => {
        const { command } = await findHelm()
        const install = ['upgrade', '--install', releaseName, edge.chart, '--kube-context', edge.kubeContext]
        const flags = [
          ...['--namespace', namespace, '--create-namespace'],
          ...values.flatMap(file => ['--values', file]),
          ...assignmentFlags.flatMap(([name, flag]) => (assignments[name] ?? []).flatMap(text => [flag, text]))
        ]
        await runTool('helm', [...install, ...flags], {
          signal,
          command,
          ...(values.includes(standardInput) && { input: readStandardInput('name a values file') })
        })
        return undefined
      })
  }
}

function routeStep(edge: EdgeContext): Step {
  const { kubeContext: context } = edge
  return {
    name: 'route the gateway to the sample service',
    run: async signal => {
      const authority = await createDevelopmentAuthority()
      const certificate = await authority.issue('gateway', [`${sampleName}.example.com`])
      const { gateways } = await edge.readEdges()
      const gateway = await findGateway(context, gateways[0]!, { signal })
      const missingSecrets = await missingSecretsOf(edge.objects, { context, ...gateway }, { signal })
      const missingClasses = missingClassesOf(edge.objects)
      await applyObjects(context, sampleRoute({ ...gateway, certificate, missingSecrets, missingClasses }), { signal })
      await rolledOut(context, { namespace: 'default', workload: `deployment/${sampleName}`, seconds: 120 }, { signal })
      return undefined
    }
  }
}

/** The steps to an edge in kind, in order; each can be undone. */
export function edgeSteps(options: EdgeOptions): Step[] {
  const edge = new EdgeContext(options)
  const { kubeContext } = edge
  return [
    {
      name: 'find docker, kind, kubectl, istioctl and helm',
      run: async () => {
        await requireEverything()
        return undefined
      }
    },
    renderStep(edge),
    clusterStep(edge),
    imagesStep(edge),
    {
      name: 'deploy the sample service',
      run: async signal => {
        await applyObjects(kubeContext, sampleService(edge.sampleImage), { signal })
        return undefined
      }
    },
    istioStep(edge),
    chartStep(edge),
    {
      name: 'wait for the gateway',
      run: async signal => {
        const { gateways } = await edge.readEdges()
        const workloads = await Promise.all(gateways.map(gateway => waitForGateway(kubeContext, gateway, { signal })))
        return workloads.flat().join(', ')
      }
    },
    routeStep(edge)
  ]
}
