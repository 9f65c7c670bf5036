import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { missingFailure } from '../../failure.ts'
import type { KubernetesObject, Resources } from '../../resources/index.ts'
import { type RunOptions, runTool } from '../tool.ts'
import { getJSON } from './kubectl.ts'

/** The release that Istio 1.31 is built with. */
const url = 'https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.0/standard-install.yaml'

/** The label by which Istio marks what it makes of a Gateway. */
export const gatewayLabel = 'gateway.networking.k8s.io/gateway-name'

/** A Gateway of the Gateway API, not Istio's own kind of that name. */
export interface APIGateway extends KubernetesObject {
  spec?: { listeners?: { tls?: { certificateRefs?: { name: string }[] } }[] }
}

export function isAPIGateway(object: KubernetesObject): object is APIGateway {
  return object.kind === 'Gateway' && object.apiVersion.startsWith('gateway.networking.k8s.io/')
}

/** Whether a cluster has the definitions of the Gateway API. */
export async function hasGatewayAPI(context: string, options: RunOptions = {}): Promise<boolean> {
  const crd = ['get', 'customresourcedefinition', 'gateways.gateway.networking.k8s.io', '--ignore-not-found']
  return (await runTool('kubectl', ['--context', context, ...crd, '--output=name'], options)) !== ''
}

/**
 * The definitions of the Gateway API as one YAML text: of a folder where one is named, else of the project's release.
 *
 * @throws Failure exit 3 `GATEWAY_API_MISSING`.
 */
export async function readGatewayAPI(folder: string | undefined, { signal }: RunOptions = {}): Promise<string> {
  if (folder !== undefined) {
    return readDefinitions(folder)
  }
  try {
    const limit = AbortSignal.timeout(60_000)
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit })
    if (!response.ok) {
      throw new Error(`HTTP ${response.status}`)
    }
    return await response.text()
  } catch (error) {
    signal?.throwIfAborted()
    const { message, cause } = error as Error
    throw missing(`cannot fetch ${url}: ${cause instanceof Error ? cause.message : message}`, error)
  }
}

function readDefinitions(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.yaml')) : []
  if (files.length === 0) {
    throw missing(`there is no YAML file in ${folder}, which GATEWAY_API_CRDS names`)
  }
  return files.map(name => readFileSync(join(folder, name), 'utf8')).join('\n---\n')
}

function missing(reason: string, cause?: unknown) {
  return missingFailure(
    {
      code: 'GATEWAY_API_MISSING',
      message: `gateway.provider gateway-api needs the definitions of the Gateway API: ${reason}`,
      path: 'gateway.provider',
      hint: `set GATEWAY_API_CRDS to a folder with the files of ${url}, or apply them to the cluster yourself`
    },
    { cause }
  )
}

/** Applies definitions, on the server: they are too long for the annotation that kubectl would keep them in. */
export async function applyGatewayAPI(context: string, definitions: string, options: RunOptions = {}): Promise<void> {
  return void (await runTool('kubectl', ['--context', context, 'apply', '--server-side', '--filename', '-'], {
    ...options,
    input: definitions
  }))
}

/** The Secrets of a namespace with certificates that Gateways of the Gateway API name, and that are not there. */
export async function missingSecretsOf(
  objects: Resources,
  { context, namespace }: { context: string; namespace: string },
  options: RunOptions = {}
): Promise<string[]> {
  const named = objects
    .all()
    .filter(isAPIGateway)
    .flatMap(({ spec }) => (spec?.listeners ?? []).flatMap(({ tls }) => tls?.certificateRefs ?? []))
    .map(({ name }) => name)
  if (named.length === 0) {
    return []
  }
  const { items } = await getJSON<{ items: KubernetesObject[] }>(
    context,
    ['secrets', '--namespace', namespace],
    options
  )
  return [...new Set(named)].filter(name => !items.some(({ metadata }) => metadata.name === name))
}
