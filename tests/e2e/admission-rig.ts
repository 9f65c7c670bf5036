import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { contextOf, createCluster, deleteCluster } from '../../src/cluster/index.ts'
import { runTool } from '../../src/cluster/tool.ts'
import { Api } from '../../src/controller/index.ts'
import type { KubernetesObject } from '../../src/resources/index.ts'
import { define } from './definitions.ts'

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean }[]
}

export interface Refusal {
  refusal: string
  object: string
  context: object
}

/** Requests at a time: more than an API server on a small machine is quicker with. */
const parallel = 8

/** An API server with definitions and nothing else, which is asked what it would say of objects. */
export class AdmissionRig {
  readonly cluster = `istio-alb-admission-${process.env.ISTIO_ALB_E2E_RUN ?? process.pid}`
  readonly #folder = join(tmpdir(), this.cluster)
  readonly #environment = { KUBECONFIG: join(this.#folder, 'kubeconfig') }
  readonly #resources = new Map<string, Promise<ResourceList>>()
  /** Objects that were asked about, by what they say: most renders share most of them. */
  readonly #verdicts = new Map<string, Promise<string | undefined>>()
  #api: Api | undefined

  async start(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true })
    const options = { environment: this.#environment }
    const { KIND_NODE_IMAGE: image } = process.env
    await createCluster({ name: this.cluster, nodes: 1, ...(image && { image }) }, options)
    const kubectl = (arguments_: string[], input?: string) =>
      runTool('kubectl', ['--context', contextOf(this.cluster), ...arguments_], { ...options, input })
    const items = await istioDefinitions()
    await kubectl(['create', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    await define(contextOf(this.cluster), options)
    await kubectl(['wait', '--for=condition=Established', 'customresourcedefinitions', '--all', '--timeout=60s'])
    this.#api = await Api.of({ file: this.#environment.KUBECONFIG, context: contextOf(this.cluster) })
  }

  async stop(): Promise<void> {
    await deleteCluster(this.cluster, { environment: this.#environment })
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** How many different objects the API server would have made. */
  admitted = 0

  /** What the API server refuses of the objects of renders, with what says where they come from. */
  async refusals(renders: readonly { objects: KubernetesObject[]; context: object }[]): Promise<Refusal[]> {
    const all = renders.flatMap(({ objects, context }) =>
      // An IstioOperator is a file of istioctl's: no API server has its kind.
      objects.filter(({ kind }) => kind !== 'IstioOperator').map(object => ({ object, context }))
    )
    const left = all.values()
    const refused: Refusal[] = []
    const ask = async (): Promise<void> => {
      for (const { object, context } of left) {
        const refusal = await this.#verdictOf(object)
        if (refusal !== undefined) {
          refused.push({ refusal, object: stringify(object), context })
        }
      }
    }
    await Promise.all(Array.from({ length: parallel }, ask))
    return refused
  }

  #verdictOf(object: KubernetesObject): Promise<string | undefined> {
    const key = JSON.stringify(object)
    const known = this.#verdicts.get(key) ?? this.#ask(object)
    this.#verdicts.set(key, known)
    return known
  }

  /** A dry run; into a namespace that is there, since the chart makes none: the name of the object's own is asked about too. */
  async #ask(object: KubernetesObject): Promise<string | undefined> {
    const { apiVersion, kind, metadata } = object
    const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    const list = this.#resources.get(group) ?? this.#api!.get<ResourceList>(group)
    this.#resources.set(group, list)
    const resource = (await list).resources.find(each => each.kind === kind && !each.name.includes('/'))
    if (!resource) {
      return `the server has no ${apiVersion} ${kind}`
    }
    if (resource.namespaced && metadata.namespace !== undefined && metadata.namespace !== 'default') {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: metadata.namespace } }
      const refusal = isThere.has(metadata.namespace) ? undefined : await this.#verdictOf(namespace)
      return refusal ?? this.#verdictOf({ ...object, metadata: { ...metadata, namespace: 'default' } })
    }
    const path = resource.namespaced ? `${group}/namespaces/default/${resource.name}` : `${group}/${resource.name}`
    return this.#api!.post(`${path}?dryRun=All&fieldValidation=Strict`, object).then(
      () => void this.admitted++,
      (error: Error) => error.message
    )
  }
}

/** Namespaces of every cluster. */
const isThere = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease'])

/** The definitions that istioctl installs. */
async function istioDefinitions(): Promise<KubernetesObject[]> {
  return objectsIn(await runTool('istioctl', ['manifest', 'generate', '--set', 'profile=minimal'])).filter(
    ({ kind }) => kind === 'CustomResourceDefinition'
  )
}

function objectsIn(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap(document => (document.toJS() as KubernetesObject | null) ?? [])
}
