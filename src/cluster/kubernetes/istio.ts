import { parseAllDocuments } from 'yaml'
import { missingFailure, usageFailure } from '../../failure.ts'
import { type RunOptions, runTool } from '../tool.ts'

/** The Istio version that istioctl would install: the tag of its images. */
export async function istioctlVersion(options: RunOptions = {}): Promise<string> {
  const text = await runTool('istioctl', ['version', '--remote=false', '--output', 'json'], options)
  const version = (JSON.parse(text) as { clientVersion?: { version?: string } }).clientVersion?.version
  if (version) return version
  throw missingFailure({
    code: 'ISTIOCTL_UNREADABLE',
    message: `istioctl does not say its version: ${text}`,
    hint: 'set ISTIO_TAG to the Istio version to install'
  })
}

interface Workload {
  spec?: { template?: { spec?: { containers?: { image?: string }[]; initContainers?: { image?: string }[] } } }
}

/** The images of the workloads in a manifest of several documents; `auto` stands for what the injector puts in. */
export function imagesOf(manifest: string): string[] {
  const images = parseAllDocuments(manifest).flatMap(document => {
    const pod = (document.toJS() as Workload | null)?.spec?.template?.spec
    return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].flatMap(({ image }) => image ?? [])
  })
  return [...new Set(images)].filter(image => image !== 'auto').toSorted()
}

/** The images of what an IstioOperator installs. Finds at once what istioctl would refuse in it. */
export const istioImages = async (operator: string, options: RunOptions = {}): Promise<string[]> =>
  imagesOf(await runTool('istioctl', ['manifest', 'generate', '-f', '-'], { ...options, input: operator }))

/** Installs Istio as an IstioOperator says, and waits until its Deployments run. */
export const installIstio = async (context: string, operator: string, options: RunOptions = {}): Promise<void> =>
  void (await runTool('istioctl', ['install', '--skip-confirmation', '--context', context, '-f', '-'], {
    ...options,
    input: operator
  }))

/** @throws Failure exit 2 where the values leave the gateway to somebody else. */
export function requireOperator(operator: string): string {
  if (/^kind: IstioOperator$/m.test(operator)) return operator
  throw usageFailure({
    code: 'ISTIO_NOT_RENDERED',
    message: 'the chart renders no IstioOperator, so there is no Istio to install',
    path: 'gateway.provider',
    expected: 'istio-operator',
    hint: 'leave gateway.provider at istio-operator'
  })
}
