import { type KubernetesObject, objectName, type Service } from '../../resources/index.ts'
import { type RunOptions, runTool } from '../tool.ts'
import { gatewayLabel, isAPIGateway } from './gateway-api.ts'
import { type ChartGateway, ownerLabel } from './istio.ts'
import { getJSON, rolledOut } from './kubectl.ts'

/** Seconds that a gateway may take to run, its image pulled. */
const patience = 180

type Labels = Record<string, string>

/** A gateway as it is in the cluster. */
export interface FoundGateway {
  namespace: string
  /** Labels of its pods; none where its Service selects none. */
  selector: Labels
}

/** A gateway of the values, by its Service in the cluster. */
export async function findGateway(
  context: string,
  { namespace, name }: ChartGateway,
  options: RunOptions = {}
): Promise<FoundGateway> {
  const service = await getJSON<Service>(context, ['service', name, '--namespace', namespace], options)
  return { namespace, selector: service.spec?.selector ?? {} }
}

interface Workload extends KubernetesObject {
  spec: { template: { metadata?: { labels?: Labels } } }
}

/** Whether a Service with this selector leads to a workload's pods. */
function leadsTo(selector: Labels, { spec }: Workload): boolean {
  const labels = Object.entries(selector)
  return labels.length > 0 && labels.every(([name, value]) => spec.template.metadata?.labels?.[name] === value)
}

/**
 * Waits, by watches, until a gateway runs, whoever made it. Istio makes that of a Gateway in its own time.
 *
 * @returns its workloads, `kind/name`.
 */
export async function waitForGateway(
  context: string,
  gateway: ChartGateway,
  options: RunOptions = {}
): Promise<string[]> {
  if (gateway.provider === 'gateway-api') {
    const where = ['--context', context, '--namespace', gateway.namespace]
    const what = [`gateways.gateway.networking.k8s.io/${gateway.name}`, '--for=condition=Programmed']
    await runTool('kubectl', [...where, 'wait', ...what, `--timeout=${patience}s`], options)
  }
  const { namespace, selector } = await findGateway(context, gateway, options)
  const words = ['deployments,daemonsets', '--namespace', namespace]
  const { items } = await getJSON<{ items: Workload[] }>(context, words, options)
  const workloads = items
    .filter(item => leadsTo(selector, item))
    .map(({ kind, metadata: { name } }) => `${kind.toLowerCase()}/${name}`)
  for (const workload of workloads) {
    await rolledOut(context, { namespace, workload, seconds: patience }, options)
  }
  return workloads
}

/** Which of the gateway Services, `namespace/name`, are in the cluster and not from istioctl's own hand. */
export async function othersGateways(
  context: string,
  { keys, operator }: { keys: readonly string[]; operator: string },
  options: RunOptions = {}
): Promise<string[]> {
  const found = await Promise.all(
    keys.map(async key => {
      const [namespace = '', name = ''] = key.split('/')
      const words = ['service', name, '--namespace', namespace, '--ignore-not-found']
      const service = await getJSON<Service | undefined>(context, words, options)
      return service && service.metadata.labels?.[ownerLabel] !== operator
    })
  )
  return keys.filter((_, index) => found[index])
}

const workloadKinds = new Set(['Deployment', 'DaemonSet'])

/**
 * Removes what gateways are made of, and waits until others can make gateways of the same names; pods go on draining.
 *
 * @returns what was removed, by name, without what only belongs to it.
 */
export async function removeGateways(
  context: string,
  objects: readonly KubernetesObject[],
  options: RunOptions = {}
): Promise<string[]> {
  if (objects.length === 0) {
    return []
  }
  const items = objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, namespace }
  }))
  await runTool('kubectl', ['--context', context, 'delete', '--ignore-not-found', '--filename', '-'], {
    ...options,
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  })
  // What Istio made of a Gateway goes after it.
  const made = 'deployments,services,serviceaccounts,horizontalpodautoscalers,poddisruptionbudgets'
  for (const { metadata } of objects.filter(isAPIGateway)) {
    const where = ['--context', context, ...(metadata.namespace ? ['--namespace', metadata.namespace] : [])]
    const what = ['--selector', `${gatewayLabel}=${metadata.name}`, '--for=delete', '--timeout=60s']
    await runTool('kubectl', [...where, 'wait', made, ...what], options)
  }
  return objects.filter(object => workloadKinds.has(object.kind) || isAPIGateway(object)).map(objectName)
}
