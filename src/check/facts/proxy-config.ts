import { parse, stringify } from 'yaml'
import type { Change } from '../../failure.ts'
import type { FoundOperator, KubernetesObject, Path, Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'

/** The parts of Istio's ProxyConfig that matter behind a load balancer (istio.io: MeshConfig, ProxyConfig). */
export interface ProxyConfig {
  gatewayTopology?: { numTrustedProxies?: number; proxyProtocol?: unknown }
  terminationDrainDuration?: string
}

/** A setting of the gateway's proxies, and where it stands. */
export interface ProxySetting<Value> {
  value: Value
  object: KubernetesObject
  path: Path
  /** The setting itself, also where an annotation's text holds it. */
  place: Path
}

/** One place that configures the proxies of a gateway. */
interface Source {
  config: ProxyConfig
  object: KubernetesObject
  path: Path
}

/** What is known of the proxies behind a Service: the places that configure them, the strongest first. */
export interface Proxies {
  sources: Source[]
  /** The object that installs them. */
  installation: KubernetesObject
}

const annotation = 'proxy.istio.io/config'

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Text that holds a mapping in YAML or JSON; anything else holds nothing. */
function parseMapping(text: unknown): Record<string, unknown> | undefined {
  if (typeof text !== 'string') {
    return undefined
  }
  try {
    const value: unknown = parse(text)
    return isMapping(value) ? value : undefined
  } catch {
    return undefined
  }
}

function podSource(annotations: unknown, object: KubernetesObject, path: Path): Source[] {
  const config = isMapping(annotations) ? parseMapping(annotations[annotation]) : undefined
  return config ? [{ config, object, path: [...path, annotation] }] : []
}

function meshSource(meshConfig: unknown, object: KubernetesObject, path: Path): Source[] {
  const config = isMapping(meshConfig) ? meshConfig.defaultConfig : undefined
  return isMapping(config) ? [{ config, object, path: [...path, 'defaultConfig'] }] : []
}

interface Component {
  name?: string
  k8s?: { podAnnotations?: unknown }
}

/** The operator's component that makes a Service; the profile's own has no entry. */
function componentIndex({ operator }: FoundOperator, service: Service): number {
  return ((operator.spec?.components?.ingressGateways ?? []) as Component[]).findIndex(
    ({ name = 'istio-ingressgateway' }) => name === service.metadata.name
  )
}

interface Workload extends KubernetesObject {
  spec?: {
    template?: {
      metadata?: { labels?: Record<string, string>; annotations?: unknown }
      spec?: { terminationGracePeriodSeconds?: number; containers?: { name?: string; image?: string }[] }
    }
    replicas?: number
  }
}

/** The Deployment or DaemonSet whose pods a Service selects. */
export function workloadOf(
  { resources }: Pick<Context, 'resources'>,
  { metadata, spec }: Service
): Workload | undefined {
  const selector = Object.entries(spec?.selector ?? {})
  if (selector.length === 0) {
    return undefined
  }
  return [...resources.list('Deployment'), ...resources.list('DaemonSet')].find(workload => {
    const labels = (workload as Workload).spec?.template?.metadata?.labels
    return (
      workload.metadata.namespace === metadata.namespace && selector.every(([key, value]) => labels?.[key] === value)
    )
  }) as Workload | undefined
}

/** The mesh's configuration as istiod reads it: ConfigMap `istio`, key `mesh`. */
function meshConfigMap({ resources }: Pick<Context, 'resources'>): Source[] {
  const configMap = resources.list('ConfigMap').find(({ metadata }) => metadata.name === 'istio')
  const data = configMap?.data as Record<string, string> | undefined
  const mesh = parseMapping(data?.mesh)
  return configMap && mesh ? meshSource(mesh, configMap, ['data', 'mesh']) : []
}

/** What configures the proxies behind a Service; undefined where their installation is not among the objects. */
export function proxiesOf(context: Context, service: Service): Proxies | undefined {
  const workload = workloadOf(context, service)
  const operator = workload
    ? undefined
    : context.operators.find(found => {
        const origin = context.originOf(service)
        const isIts = componentIndex(found, service) >= 0 || service.metadata.name === 'istio-ingressgateway'
        return isIts && (origin === undefined || origin.file === found.origin?.file)
      })
  const installation = workload ?? operator?.operator
  if (!installation) {
    return undefined
  }
  const index = operator ? componentIndex(operator, service) : -1
  const component = operator?.operator.spec?.components?.ingressGateways?.[index] as Component | undefined
  const sources = [
    ...podSource(workload?.spec?.template?.metadata?.annotations, installation, [
      ...['spec', 'template', 'metadata', 'annotations']
    ]),
    ...podSource(component?.k8s?.podAnnotations, installation, [
      ...['spec', 'components', 'ingressGateways', index, 'k8s', 'podAnnotations']
    ]),
    ...(operator ? meshSource(operator.operator.spec?.meshConfig, operator.operator, ['spec', 'meshConfig']) : []),
    ...meshConfigMap(context)
  ]
  return { sources, installation }
}

/** The change that sets a key of the proxies' configuration, in the strongest place that there is. */
export function setProxy(
  { sources, installation }: Proxies,
  value: unknown,
  ...path: Path
): { changed: KubernetesObject; changes: Change[] } {
  const [source] = sources
  if (source) {
    return { changed: source.object, changes: [{ path: [...source.path, ...path], value }] }
  }
  if (installation.kind === 'IstioOperator') {
    return { changed: installation, changes: [{ path: ['spec', 'meshConfig', 'defaultConfig', ...path], value }] }
  }
  const text = stringify(path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value))
  const place = ['spec', 'template', 'metadata', 'annotations', annotation]
  return { changed: installation, changes: [{ path: place, value: text }] }
}

/** A setting by the strongest place that has it. */
export function proxySetting<Value>(
  { sources }: Proxies,
  read: (config: ProxyConfig) => Value | undefined,
  ...path: Path
): ProxySetting<Value> | undefined {
  for (const { config, object, path: place } of sources) {
    const value = read(config)
    // An annotation's text is one key to the file; what a mesh holds is a path of its own.
    if (value !== undefined) {
      const whole = [...place, ...path]
      return { value, object, path: place.at(-1) === annotation ? place : whole, place: whole }
    }
  }
  return undefined
}
