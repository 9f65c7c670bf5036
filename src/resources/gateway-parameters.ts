/**
 * What istiod lays over the objects that it makes for a Gateway of its class: the ConfigMap of the class's defaults, and the one that
 * the Gateway names (Istio: pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go, render and applyOverlay).
 *
 * @module
 */

import { parse } from 'yaml'
import type { Change } from '../failure.ts'
import { nearestName } from '../nearest-name.ts'
import type { Gateway } from './gateway-api.ts'
import type { KubernetesObject } from './kubernetes.ts'
import type { Path } from './origin.ts'
import type { Resources } from './resources.ts'
import { describeShape } from './shape.ts'
import { describeYAMLProblem } from './yaml-problem.ts'

/** The objects that have a part in the parameters, by its key (supportedOverlays). */
const kinds: Record<string, { apiVersion: string; kind: string }> = {
  deployment: { apiVersion: 'apps/v1', kind: 'Deployment' },
  horizontalPodAutoscaler: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
  podDisruptionBudget: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  service: { apiVersion: 'v1', kind: 'Service' },
  serviceAccount: { apiVersion: 'v1', kind: 'ServiceAccount' }
}

/** Metadata that an overlay may not change, as well as the name and the namespace. */
const fixedMetadata = ['generateName', 'uid', 'ownerReferences', 'finalizers', 'managedFields']

/** The label of a ConfigMap with the defaults of a class, in Istio's own namespace. */
const defaultsLabel = 'gateway.istio.io/defaults-for-class'

/** A part that is laid over an object. */
export type Overlay = Partial<Omit<KubernetesObject, 'metadata'>> & { metadata?: Partial<KubernetesObject['metadata']> }

/** Why istiod makes nothing of a Gateway with such parameters. */
export interface ParameterProblem {
  /** In the ConfigMap; it leads into the text. */
  path: Path
  message: string
  expected?: string
  actual?: string
  hint: string
  changes?: Change[]
}

/** What istiod calls the objects that it makes for a Gateway. */
export function madeName({ metadata, spec }: Gateway): string {
  return metadata.annotations?.['gateway.istio.io/name-override'] ?? `${metadata.name}-${spec?.gatewayClassName}`
}

/** Annotations of a Gateway that stay with it (Istio: kube-gateway.yaml). */
const keptAnnotations = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'gateway.istio.io/name-override',
  'gateway.istio.io/service-account',
  'gateway.istio.io/controller-version'
]

/** Where the annotations stand that all objects get which istiod makes for a Gateway: its own only where its infrastructure has none. */
export function madeAnnotationsPath({ spec }: Gateway): Path {
  return spec?.infrastructure?.annotations ? ['spec', 'infrastructure', 'annotations'] : ['metadata', 'annotations']
}

/** Those annotations (Istio: extractInfrastructureMetadata). */
export function madeAnnotations({ metadata, spec }: Gateway): Record<string, string> {
  const annotations = spec?.infrastructure?.annotations ?? metadata.annotations ?? {}
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !keptAnnotations.includes(name)))
}

/** The ConfigMaps that are laid over, in their order; those that are not among the objects are left out. */
export function parametersOf({ metadata, spec }: Gateway, resources: Resources): KubernetesObject[] {
  const { group = '', kind, name } = spec?.infrastructure?.parametersRef ?? {}
  const [defaults] = resources
    .list('ConfigMap')
    .filter(
      one =>
        one.metadata.namespace === 'istio-system' && one.metadata.labels?.[defaultsLabel] === spec?.gatewayClassName
    )
  const own =
    kind === 'ConfigMap' && group === '' && name !== undefined
      ? resources.find('ConfigMap', name, metadata.namespace)
      : undefined
  return [defaults, own].filter(one => one !== undefined)
}

function textsOf({ data }: KubernetesObject): [key: string, text: string][] {
  return Object.entries((data ?? {}) as Record<string, string>)
}

/** The mapping that a text holds, or what is wrong with it. */
function read(text: string): { overlay: Overlay } | { problem: string } {
  try {
    const value: unknown = parse(text) ?? {}
    return typeof value === 'object' && !Array.isArray(value)
      ? { overlay: value as Overlay }
      : { problem: `holds ${Array.isArray(value) ? 'a list' : 'no mapping'}` }
  } catch (error) {
    return { problem: `is ${describeYAMLProblem(error as never)}` }
  }
}

/** What metadata says that istiod does not let a part change. */
function changedMetadata({ metadata = {} }: Overlay, gateway: Gateway): string[] {
  const { name = madeName(gateway), namespace = gateway.metadata.namespace } = metadata
  return [
    ...(name === madeName(gateway) ? [] : ['name']),
    ...(namespace === gateway.metadata.namespace ? [] : ['namespace']),
    ...fixedMetadata.filter(field => field in metadata)
  ]
}

/** What a key of parameters holds, with null for what is absent taken out of it; undefined where it is no mapping. */
interface Part {
  overlay?: Overlay
  problems: ParameterProblem[]
}

function partOf(key: string, text: string, gateway: Gateway): Part {
  const path = ['data', key]
  const { [key]: made } = kinds
  if (!made) {
    const meant = nearestName(key, Object.keys(kinds))
    const problem = {
      path,
      message: `unsupported overlay "${key}"`,
      expected: meant ?? Object.keys(kinds).join(', '),
      actual: key,
      hint: meant ? `did you mean ${meant}?` : 'remove it, or move it to a ConfigMap of its own',
      ...(meant && { changes: [{ path, rename: meant }] })
    }
    return { problems: [problem] }
  }
  const found = read(text)
  if ('problem' in found) {
    const expected = `a part of a ${made.kind}, as YAML`
    return { problems: [{ path, message: `${key} ${found.problem}`, expected, hint: `write ${expected}` }] }
  }
  const { overlay } = found
  const object = { ...made, ...overlay, metadata: { ...overlay.metadata, name: madeName(gateway) } }
  const shape = describeShape(object).map(({ path: below, message, expected, actual, hint }) => ({
    path: [...path, ...below],
    message: `${key}: ${message}`,
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
    hint
  }))
  const changed = shape.length > 0 ? [] : changedMetadata(overlay, gateway)
  const problems = [
    ...shape,
    ...changed.map(field => ({
      path: [...path, 'metadata', field],
      message: `${key}: illegal metadata change: ${field} is istiod's to set`,
      hint: `remove metadata.${field}`,
      changes: [{ path: [...path, 'metadata', field], remove: true as const }]
    }))
  ]
  return { overlay, problems }
}

/** Everything in parameters for which istiod makes nothing of a Gateway, neither pods nor a Service. */
export function parameterProblems(configMap: KubernetesObject, gateway: Gateway): ParameterProblem[] {
  return textsOf(configMap).flatMap(([key, text]) => partOf(key, text, gateway).problems)
}

/** Whether the parameters are of a kind that istiod does not read. */
export function namesOtherParameters({ spec }: Gateway): boolean {
  const { group = '', kind, name } = spec?.infrastructure?.parametersRef ?? {}
  return name !== undefined && (kind !== 'ConfigMap' || group !== '')
}

/** Whether istiod makes nothing of a Gateway of its class, for its parameters. A ConfigMap that is not among the objects may be there. */
export function isRefusedForParameters(gateway: Gateway, resources: Resources): boolean {
  return (
    namesOtherParameters(gateway) ||
    parametersOf(gateway, resources).some(configMap => parameterProblems(configMap, gateway).length > 0)
  )
}

/** The parts that are laid over one of the objects, in their order; without those that istiod refuses. */
export function overlaysOf(gateway: Gateway, key: 'deployment' | 'service', resources: Resources): Overlay[] {
  return parametersOf(gateway, resources).flatMap(configMap => {
    const text = (configMap.data as Record<string, string> | undefined)?.[key]
    const { overlay, problems } = text === undefined ? { problems: [] } : partOf(key, text, gateway)
    return overlay && problems.length === 0 ? [overlay] : []
  })
}
