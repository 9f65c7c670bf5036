import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { missingFailure } from '../../failure.ts'
import { type RunOptions, runTool } from '../tool.ts'

/** Definitions of kinds that a project releases, and a cluster in kind lacks at first. */
export interface Definitions {
  /** The code of the finding where they cannot be had. */
  code: string
  /** Whose they are, in words. */
  what: string
  /** One of them: a cluster that has it has all. */
  definition: string
  /** The environment variable that names a folder with them. */
  variable: string
  url: string
}

/** Of the Gateway API, in the release that Istio 1.31 is built with. */
export const gatewayAPI: Definitions = {
  code: 'GATEWAY_API_MISSING',
  what: 'the Gateway API',
  definition: 'gateways.gateway.networking.k8s.io',
  variable: 'GATEWAY_API_CRDS',
  url: 'https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.0/standard-install.yaml'
}

/** Of the AWS Load Balancer Controller: what its Gateways are configured with. */
export const controllerGatewayAPI: Definitions = {
  code: 'CONTROLLER_DEFINITIONS_MISSING',
  what: 'the AWS Load Balancer Controller',
  definition: 'loadbalancerconfigurations.gateway.k8s.aws',
  variable: 'AWS_LBC_CRDS',
  url: 'https://raw.githubusercontent.com/kubernetes-sigs/aws-load-balancer-controller/v3.5.0/config/crd/gateway/gateway-crds.yaml'
}

/** Whether a cluster has them. */
export async function hasDefinitions(
  context: string,
  { definition }: Definitions,
  options: RunOptions = {}
): Promise<boolean> {
  const crd = ['get', 'customresourcedefinition', definition, '--ignore-not-found']
  return (await runTool('kubectl', ['--context', context, ...crd, '--output=name'], options)) !== ''
}

/**
 * Definitions as one YAML text: of the folder that their variable names, else of the project's release.
 *
 * @param path the value that needs them, for the message.
 * @throws Failure exit 3 with their code.
 */
export async function readDefinitions(
  definitions: Definitions,
  path: string,
  { signal }: RunOptions = {}
): Promise<string> {
  const { url, variable } = definitions
  const folder = process.env[variable]
  if (folder !== undefined) {
    const files = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.yaml')) : []
    if (files.length === 0) {
      throw missing(definitions, path, `there is no YAML file in ${folder}, which ${variable} names`)
    }
    return files.map(name => readFileSync(join(folder, name), 'utf8')).join('\n---\n')
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
    const reason = `cannot fetch ${url}: ${cause instanceof Error ? cause.message : message}`
    throw missing(definitions, path, reason, error)
  }
}

function missing({ code, what, url, variable }: Definitions, path: string, reason: string, cause?: unknown) {
  return missingFailure(
    {
      code,
      message: `${path} needs the definitions of ${what}: ${reason}`,
      path,
      hint: `set ${variable} to a folder with the files of ${url}, or apply them to the cluster yourself`
    },
    { cause }
  )
}

/** Applies definitions, on the server: they are too long for the annotation that kubectl would keep them in. */
export async function applyDefinitions(context: string, definitions: string, options: RunOptions = {}): Promise<void> {
  return void (await runTool('kubectl', ['--context', context, 'apply', '--server-side', '--filename', '-'], {
    ...options,
    input: definitions
  }))
}
