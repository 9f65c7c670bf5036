import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { missingFailure } from '../../failure.ts'
import { type RenderOptions, renderChart } from '../../render/index.ts'
import { type IstioOperator, type KubernetesObject, writeWhole } from '../../resources/index.ts'
import type { Values } from '../../values/index.ts'
import { type RunOptions, runTool } from '../tool.ts'
import { getJSON } from './kubectl.ts'

/** The label with the IstioOperator's name that istioctl puts on what it makes. */
export const ownerLabel = 'install.operator.istio.io/owning-resource'

/** The Istio version that istioctl would install: the tag of its images. */
export async function istioctlVersion(options: RunOptions = {}): Promise<string> {
  const text = await runTool('istioctl', ['version', '--remote=false', '--output', 'json'], options)
  const version = (JSON.parse(text) as { clientVersion?: { version?: string } }).clientVersion?.version
  if (version) {
    return version
  }
  throw missingFailure({
    code: 'ISTIOCTL_UNREADABLE',
    message: `istioctl does not say its version: ${text}`,
    hint: 'set ISTIO_TAG to the Istio version to install'
  })
}

interface Workload extends KubernetesObject {
  spec?: { template?: { spec?: { containers?: { image?: string }[]; initContainers?: { image?: string }[] } } }
}

/** What Istio's injector is told: which proxy it puts into pods. */
interface InjectorValues {
  global?: { hub?: string; tag?: string | number; proxy?: { image?: string } }
}

/** The proxy that a manifest's injector puts into pods and makes gateways of (Istio: pkg/kube/inject, ProxyImage). */
function injectedImages({ kind, metadata, data }: KubernetesObject): string[] {
  if (kind !== 'ConfigMap' || !metadata.name.startsWith('istio-sidecar-injector')) {
    return []
  }
  const { values = '{}' } = (data ?? {}) as { values?: string }
  const { hub, tag, proxy } = (JSON.parse(values) as InjectorValues).global ?? {}
  if (!proxy?.image) {
    return []
  }
  return [proxy.image.includes('/') ? proxy.image : `${hub}/${proxy.image}:${tag}`]
}

/**
 * The images of the workloads in a manifest of several documents, and the one that its injector puts in where they say
 * `auto`.
 */
export function imagesOf(manifest: string): string[] {
  const images = parseAllDocuments(manifest).flatMap(document => {
    const object = document.toJS() as Workload | null
    const pod = object?.spec?.template?.spec
    const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]
    return [...containers.flatMap(({ image }) => image ?? []), ...(object ? injectedImages(object) : [])]
  })
  return [...new Set(images)].filter(image => image !== 'auto').toSorted()
}

/** The images of what an IstioOperator installs. Finds at once what istioctl would refuse in it. */
export async function istioImages(operator: string, options: RunOptions = {}): Promise<string[]> {
  return imagesOf(await runTool('istioctl', ['manifest', 'generate', '-f', '-'], { ...options, input: operator }))
}

/** Installs Istio as an IstioOperator says, and waits until its Deployments run. */
export async function installIstio(context: string, operator: string, options: RunOptions = {}): Promise<void> {
  return void (await runTool('istioctl', ['install', '--skip-confirmation', '--context', context, '-f', '-'], {
    ...options,
    input: operator
  }))
}

/** Calls `use` with the name of a values file, which is there for as long. */
export async function withValuesFile<Result>(values: Values, use: (file: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'istio-alb-values-'))
  try {
    const file = join(folder, 'values.yaml')
    writeWhole(file, stringify(values))
    return await use(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Calls `use` with what renders one template of ours with a person's values, and nothing else. */
function withTemplate<Result>(
  template: string,
  options: RenderOptions,
  use: (options: RenderOptions) => Promise<Result>
): Promise<Result> {
  return withValuesFile({ extraObjects: [template] }, file =>
    use({
      ...options,
      values: [...(options.values ?? []), file],
      // Of a list helm would lay a person's own objects over this one.
      set: (options.set ?? []).filter(assignment => !assignment.startsWith('extraObjects')),
      showOnly: ['templates/extra-objects.yaml']
    })
  )
}

/** A gateway of a person's values: who runs it, and the Service that it has in the cluster. */
export interface ChartGateway {
  provider: string
  namespace: string
  name: string
}

/** What a person's values ask for. */
export interface ChartEdges {
  gateways: ChartGateway[]
  /** `loadBalancer.type` of each edge. */
  loadBalancers: string[]
}

const edges = `
gateways:
{{- range .Values._edges.gateways }}
  - provider: {{ .Values.gateway.provider }}
    namespace: {{ include "istio-alb-ingress.namespace" . | toJson }}
    name: {{ .Values.gateway.name | toJson }}
{{- end }}
loadBalancers:
{{- range .Values._edges.all }}
  - {{ .Values.loadBalancer.type }}
{{- end }}
`

/**
 * The gateways and load balancers of a person's values: the chart refuses what has no effect beside a provider.
 *
 * @throws Failure as `renderChart` does.
 */
export function readEdges(options: RenderOptions): Promise<ChartEdges> {
  return withTemplate(edges, options, async template => parse(await renderChart(template)) as ChartEdges)
}

/**
 * The chart's IstioOperator, whoever runs the gateways: the chart itself renders it only where istioctl runs one. Twice:
 * with the gateways that istioctl runs, and with those too that `existing` leaves to somebody else.
 */
const operators = `
{{ include "istio-alb-ingress.istioOperator" . }}
---
{{- range .Values._edges.gateways }}
{{- if eq .Values.gateway.provider "existing" }}{{ $_ := set .Values.gateway "provider" "istio-operator" }}{{ end }}
{{- end }}
{{ include "istio-alb-ingress.istioOperator" . }}
`

export interface RenderedIstio {
  operator: IstioOperator
  /** Its gateways, `namespace/name`, that the values leave to somebody else. */
  standIns: string[]
}

function gatewaysOf({ spec }: IstioOperator) {
  return spec?.components?.ingressGateways ?? []
}

function keyOf({ namespace, name }: { namespace?: string; name?: string }): string {
  return `${namespace}/${name}`
}

function enabledIn(operator: IstioOperator): string[] {
  return gatewaysOf(operator)
    .filter(({ enabled }) => enabled)
    .map(keyOf)
}

/**
 * What istioctl has to install for the chart: the control plane, the gateways that it runs, and in the place of each that
 * somebody else runs one with the same name and ports.
 *
 * @throws Failure as `renderChart` does.
 */
export function renderIstio(options: RenderOptions): Promise<RenderedIstio> {
  return withTemplate(operators, options, async template => {
    const rendered = await renderChart(template)
    const [own, whole] = parseAllDocuments(rendered).flatMap(
      document => (document.toJS() as IstioOperator | null) ?? []
    )
    return { operator: whole!, standIns: enabledIn(whole!).filter(key => !enabledIn(own!).includes(key)) }
  })
}

/**
 * What istioctl made of the operator's gateways, and the operator has no longer. istioctl itself removes it last, and the
 * Deployment only once its pods have drained.
 */
export async function goneFromIstio(
  context: string,
  operator: IstioOperator,
  options: RunOptions = {}
): Promise<KubernetesObject[]> {
  const kinds = 'deployments,services,horizontalpodautoscalers,poddisruptionbudgets'
  const labels = `${ownerLabel}=${operator.metadata.name},operator.istio.io/component=IngressGateways`
  const words = [kinds, '--all-namespaces', '--selector', labels]
  const { items } = await getJSON<{ items: KubernetesObject[] }>(context, words, options)
  return items.filter(({ metadata }) => !enabledIn(operator).includes(keyOf(metadata)))
}

/** An operator that leaves some of its gateways, `namespace/name`, alone. */
export function withoutGateways(operator: IstioOperator, keys: readonly string[]): IstioOperator {
  return {
    ...operator,
    spec: {
      ...operator.spec,
      components: {
        ...operator.spec?.components,
        ingressGateways: gatewaysOf(operator).map(gateway =>
          keys.includes(keyOf(gateway))
            ? { name: gateway.name!, namespace: gateway.namespace!, enabled: false }
            : gateway
        )
      }
    }
  }
}
