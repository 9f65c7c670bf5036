import { parseDocument } from 'yaml'
import type { Change } from '../../failure.ts'
import { nearestName } from '../../nearest-name.ts'
import { type KubernetesObject, objectName, type Path } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { gatewayBackends } from '../facts/gateway-pods.ts'
import { workloadOf } from '../facts/proxy-config.ts'
import { annotationPath, type Problem, type Rule } from '../rule.ts'

const annotation = 'proxy.istio.io/config'

/** Members of `gatewayTopology` (istio.io/api: mesh/v1alpha1 Topology). */
const topologyKeys = ['numTrustedProxies', 'forwardClientCertDetails', 'proxyProtocol']

/** Members of a ProxyConfig that matter to a gateway (istio.io/api: mesh/v1alpha1 ProxyConfig). */
const configKeys = [
  ...['gatewayTopology', 'terminationDrainDuration', 'drainDuration', 'holdApplicationUntilProxyStarts', 'concurrency'],
  ...['proxyMetadata', 'tracing', 'image', 'proxyStatsMatcher', 'proxyHeaders', 'readinessProbe', 'statusPort'],
  ...['discoveryAddress', 'interceptionMode', 'extraStatTags', 'caCertificatesPem', 'meshId', 'runtimeValues']
]

/** The name of a member as ProtoJSON takes it: in camel case, or as the proto has it. */
function toCamelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A member that Istio does not know. */
interface Unknown {
  key: string
  meant: string
  /** Only one member can be meant. */
  isOne?: true
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, step) => (isMapping(inner) ? inner[step] : undefined), value)
}

/** What gives a value another key; where that has a value already it is only taken away. */
function moveKey(place: Path, { key, meant }: Unknown, config: unknown): Change[] {
  const [from, to] = [key.split('.'), meant.split('.')]
  const path = [...place, ...from]
  if (valueAt(config, to) !== undefined) {
    return [{ path, remove: true }]
  }
  return from.length === to.length
    ? [{ path, rename: to.at(-1)! }]
    : [
        { path: [...place, ...to], value: valueAt(config, from) },
        { path, remove: true }
      ]
}

/** The first member that Istio does not know, with what was meant; of the outer ones only what is nearly one of them. */
function unknownKey(config: Record<string, unknown>): Unknown | undefined {
  const topology = isMapping(config.gatewayTopology) ? Object.keys(config.gatewayTopology) : []
  const inner = topology.find(key => !topologyKeys.includes(toCamelCase(key)))
  if (inner !== undefined) {
    const nearest = nearestName(inner, topologyKeys)
    return nearest
      ? { key: `gatewayTopology.${inner}`, meant: `gatewayTopology.${nearest}`, isOne: true }
      : { key: `gatewayTopology.${inner}`, meant: topologyKeys.join(' or ') }
  }
  for (const key of Object.keys(config)) {
    const meant = configKeys.includes(toCamelCase(key)) ? undefined : nearestName(key, [...configKeys, ...topologyKeys])
    if (meant !== undefined) {
      return { key, meant: topologyKeys.includes(meant) ? `gatewayTopology.${meant}` : meant, isOne: true }
    }
  }
  return undefined
}

/** Why injection refuses the text of the annotation; undefined where it does not. */
function whyRefused(text: string): Pick<Problem, 'message' | 'expected' | 'actual' | 'hint'> | undefined {
  const document = parseDocument(text)
  const [error] = document.errors
  const actual = text.trim()
  if (error) {
    const reason = error.message.split('\n')[0]!.replace(/:$/, '')
    return { message: `is no YAML: ${reason}`, expected: 'YAML or JSON', actual, hint: 'mend the YAML' }
  }
  const config: unknown = document.toJS()
  return isMapping(config) || config === null
    ? undefined
    : { message: 'is no mapping', expected: 'a mapping', actual, hint: 'write it as key: value' }
}

const podPath: Path = ['spec', 'template', 'metadata', 'annotations']

/** The workloads of gateways whose pods have the annotation, with its text. */
function* configuredWorkloads(context: Context): Generator<{ object: KubernetesObject; text: string }> {
  for (const { service } of gatewayBackends(context)) {
    const object = workloadOf(context, service)
    const annotations = object?.spec?.template?.metadata?.annotations
    const text = isMapping(annotations) ? annotations[annotation] : undefined
    if (object && typeof text === 'string' && text.trim() !== '') {
      yield { object, text }
    }
  }
}

/** Istiod validates the annotation as it injects pods (pkg/kube/inject, validateProxyConfig). */
export const proxyConfigRefused: Rule = {
  code: 'PROXY_CONFIG_REFUSED',
  severity: 'error',
  *find(context) {
    for (const { object, text } of configuredWorkloads(context)) {
      const refused = whyRefused(text)
      if (refused) {
        yield {
          ...refused,
          object,
          path: [...podPath, annotation],
          message: `${annotation} of the pods of ${objectName(object)} ${refused.message}: injection refuses the pods, and the gateway gets no new ones`
        }
      }
    }
  }
}

/** Istio skips what a ProxyConfig does not have (pkg/util/protomarshal, ApplyYAML). */
export const proxyConfigKey: Rule = {
  code: 'PROXY_CONFIG_KEY_UNKNOWN',
  severity: 'warning',
  *find(context) {
    for (const { object, text } of configuredWorkloads(context)) {
      const config: unknown = whyRefused(text) ? undefined : parseDocument(text).toJS()
      const unknown = isMapping(config) ? unknownKey(config) : undefined
      if (unknown) {
        yield {
          object,
          path: [...podPath, annotation],
          message: `${annotation} of the pods of ${objectName(object)} has ${unknown.key}, which no ProxyConfig has: Istio skips it without a word`,
          expected: unknown.meant,
          actual: unknown.key,
          hint: `did you mean ${unknown.meant}?`,
          ...(unknown.isOne && { changes: moveKey([...podPath, annotation], unknown, config) })
        }
      }
    }
  }
}

/** The annotation of a workload as its pods' own; where they have one, that is the one which counts. */
function movePodAnnotation(workload: KubernetesObject): Change[] {
  const value = workload.metadata.annotations?.[annotation]
  const isSet = valueAt(workload, [...(podPath as string[]), annotation]) !== undefined
  return [
    ...(isSet ? [] : [{ path: [...podPath, annotation], value }]),
    { path: annotationPath(annotation), remove: true }
  ]
}

function misplaced(object: KubernetesObject, workload: KubernetesObject | undefined): Problem | undefined {
  if (object.metadata.annotations?.[annotation] === undefined) {
    return undefined
  }
  const place = `${podPath.join('.')} of ${workload ? objectName(workload) : "the gateway's Deployment"}`
  return {
    object,
    path: annotationPath(annotation),
    message: `${annotation} stands on ${objectName(object)}, where nobody reads it: Istio reads the annotation of pods`,
    expected: place,
    actual: `metadata.annotations of the ${object.kind}`,
    ...(object === workload && { changes: movePodAnnotation(workload) }),
    hint: `move it to ${place}, and restart the pods`
  }
}

/** The annotation on a Service, or on a Deployment instead of its pods, configures nothing. */
export const proxyConfigMisplaced: Rule = {
  code: 'PROXY_CONFIG_MISPLACED',
  severity: 'warning',
  *find(context) {
    for (const { service } of gatewayBackends(context)) {
      const workload = workloadOf(context, service)
      for (const object of workload ? [service, workload] : [service]) {
        const problem = misplaced(object, workload)
        if (problem) {
          yield problem
        }
      }
    }
  }
}
