import { createHash } from 'node:crypto'
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
  /** The folder that they are fetched from, and its files with their SHA-256: whatever is there one day, these are taken or none. */
  url: string
  files: Record<string, string>
}

/** Of the Gateway API, in the release that Istio 1.31 is built with. */
export const gatewayAPI: Definitions = {
  code: 'GATEWAY_API_MISSING',
  what: 'the Gateway API',
  definition: 'gateways.gateway.networking.k8s.io',
  variable: 'GATEWAY_API_CRDS',
  url: 'https://raw.githubusercontent.com/kubernetes-sigs/gateway-api/v1.6.0/config/crd/standard/',
  files: {
    'gateway.networking.k8s.io_backendtlspolicies.yaml':
      '05dd20abea3eb1b5108b9a842a8482d5099db24bd9047bfd3965c7f27a047db7',
    'gateway.networking.k8s.io_gatewayclasses.yaml': 'a09b320e69257056e34f268160f883e98d4da9b8786fff3463484ba5fda719df',
    'gateway.networking.k8s.io_gateways.yaml': '7dcaf56db92b197207bc149f049c1be0208bedc8608a56905900d3bfc71b8632',
    'gateway.networking.k8s.io_grpcroutes.yaml': 'a97b717e425979726039c813f308f8ab9686e5478ee5072eec5f94ec61db3bf5',
    'gateway.networking.k8s.io_httproutes.yaml': '8c05f321e53b5df6aa4bdbf622a01db9c331f26d7b9723b0fc47001c1341858a',
    'gateway.networking.k8s.io_listenersets.yaml': '2dc80892f2bf636bd678e504bca04f52856f21eef2202091ea842ef39b52339f',
    'gateway.networking.k8s.io_referencegrants.yaml':
      '37ab52cd8db78fb1fe14140aba96b64f6012a1fb6eb9b98daa321adb57b42f17',
    'gateway.networking.k8s.io_tcproutes.yaml': 'a4659f3e1fd7cdd21c44757d9f0febef930dac4fe5f0430c857d5eb853d6e686',
    'gateway.networking.k8s.io_tlsroutes.yaml': 'b3f7a900cb767b7be07fec6d277afe43a9b1db36053fef95beacccb1190fa6ca',
    'gateway.networking.k8s.io_udproutes.yaml': '33250d34719f05cd1791e5ea2f36d2c8323f6828c204643c53734df41d3d6e1b',
    'gateway.networking.k8s.io_vap_safeupgrades.yaml':
      'f3c4889dc8ad81a76b3c99b43462d492c8396de7c1387dbfb818edaf24841261'
  }
}

/** Of the AWS Load Balancer Controller: what its Gateways are configured with. */
export const controllerGatewayAPI: Definitions = {
  code: 'CONTROLLER_DEFINITIONS_MISSING',
  what: 'the AWS Load Balancer Controller',
  definition: 'loadbalancerconfigurations.gateway.k8s.aws',
  variable: 'AWS_LBC_CRDS',
  url: 'https://raw.githubusercontent.com/kubernetes-sigs/aws-load-balancer-controller/v3.5.0/config/crd/gateway/',
  files: { 'gateway-crds.yaml': 'fce68bbfc74b4ed7dbea675f46981cbef1fffc8981cf19c0c1e7a2e9d6464862' }
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
 * Definitions as one YAML text: of the folder that their variable names, else of the project's own, held against their digests.
 *
 * @param path the value that needs them, for the message.
 * @throws Failure exit 3 with their code.
 */
export async function readDefinitions(
  definitions: Definitions,
  path: string,
  { signal }: RunOptions = {}
): Promise<string> {
  const { url, files, variable } = definitions
  const folder = process.env[variable]
  if (folder !== undefined) {
    const given = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.yaml')) : []
    if (given.length === 0) {
      throw missing(definitions, path, `there is no YAML file in ${folder}, which ${variable} names`)
    }
    return given.map(name => readFileSync(join(folder, name), 'utf8')).join('\n---\n')
  }
  const limit = AbortSignal.timeout(60_000)
  const until = signal ? AbortSignal.any([signal, limit]) : limit
  try {
    const texts = await Promise.all(Object.entries(files).map(([name, sha256]) => fetchFile(url + name, sha256, until)))
    return texts.join('\n---\n')
  } catch (error) {
    signal?.throwIfAborted()
    throw missing(definitions, path, (error as Error).message, error)
  }
}

/** @throws {Error} that says why in a line. */
async function fetchFile(url: string, sha256: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal }).catch(({ message, cause }: Error) => {
    throw new Error(`cannot fetch ${url}: ${cause instanceof Error ? cause.message : message}`)
  })
  if (!response.ok) {
    throw new Error(`cannot fetch ${url}: HTTP ${response.status}`)
  }
  const bytes = Buffer.from(await response.arrayBuffer())
  const actual = createHash('sha256').update(bytes).digest('hex')
  if (actual !== sha256) {
    throw new Error(`${url} has the SHA-256 ${actual}, not the pinned ${sha256}`)
  }
  return bytes.toString()
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
