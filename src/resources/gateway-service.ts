/**
 * The gateway Services that istioctl makes of IstioOperators: manifests hold the operator, the load balancer's plan needs the
 * Service.
 *
 * @module
 */

import { parse } from 'yaml'
import type { Change, Edit } from '../failure.ts'
import type { KubernetesObject, Service, ServicePort } from './kubernetes.ts'
import { editAt, type Origin, type Path, type Position } from './origin.ts'
import type { Resources } from './resources.ts'
import { describeShape } from './shape.ts'

interface GatewayComponent {
  name?: string
  namespace?: string
  enabled?: boolean
  label?: Record<string, string>
  k8s?: { service?: Service['spec']; serviceAnnotations?: Record<string, string> }
}

interface GatewayValues {
  name?: string
  labels?: Record<string, string>
  type?: string
  ports?: ServicePort[]
  serviceAnnotations?: Record<string, string>
  externalTrafficPolicy?: string
}

/** An IstioOperator, `install.istio.io/v1alpha1`: the fields that make the gateway's Service. */
export interface IstioOperator extends KubernetesObject {
  kind: 'IstioOperator'
  spec?: {
    profile?: string
    namespace?: string
    hub?: string
    components?: { ingressGateways?: GatewayComponent[] }
    values?: {
      global?: { istioNamespace?: string; hub?: string }
      gateways?: Record<string, GatewayValues | undefined>
    }
    meshConfig?: unknown
  }
}

/** The ConfigMap key under which the chart keeps an IstioOperator for istioctl. */
export const operatorKey = 'istio-operator.yaml'

const defaultGateway = 'istio-ingressgateway'

/** Profiles that install the ingress gateway by themselves (Istio: manifests/profiles). */
const profilesWithGateway = new Set(['default', 'demo', 'openshift', 'preview'])

/** The ports of the chart `istio-ingress` (Istio: manifests/charts/gateways/istio-ingress/values.yaml). */
const defaultPorts: ServicePort[] = [
  { name: 'status-port', protocol: 'TCP', port: 15021, targetPort: 15021 },
  { name: 'http2', protocol: 'TCP', port: 80, targetPort: 8080 },
  { name: 'https', protocol: 'TCP', port: 443, targetPort: 8443 }
]

function isOperator(object: KubernetesObject): object is IstioOperator {
  return object.kind === 'IstioOperator' && object.apiVersion.startsWith('install.istio.io/')
}

/** An operator and where it was read; one inside a ConfigMap is at the position of its key. */
export interface FoundOperator {
  operator: IstioOperator
  origin: Origin | undefined
}

function changesBelow(changes: readonly Change[], translate: (path: Path) => Path): Change[] {
  return changes.map(change => ({ ...change, path: translate(change.path) }))
}

function atKey(origin: Origin): Origin {
  return {
    file: origin.file,
    positionOf: path => origin.positionOf(['data', operatorKey, ...path]),
    keyOfAnnotation: name => origin.keyOfAnnotation?.(name),
    editOf: changes =>
      editAt(
        origin,
        changesBelow(changes, path => ['data', operatorKey, ...path])
      )
  }
}

/** The operator in a ConfigMap's text; a text that is none is nobody's, and istioctl's to complain about. */
function parseOperator(text: string): IstioOperator | undefined {
  try {
    const value: unknown = parse(text)
    return describeShape(value).length === 0 && isOperator(value as KubernetesObject)
      ? (value as IstioOperator)
      : undefined
  } catch {
    return undefined
  }
}

/** Operators by the ConfigMap that they were read from: what completes a set of objects makes another set of the same ones. */
const parsedOperators = new WeakMap<KubernetesObject, { text: string; operator: IstioOperator | undefined }>()

function operatorIn(configMap: KubernetesObject, text: string): IstioOperator | undefined {
  const parsed = parsedOperators.get(configMap)
  if (parsed?.text === text) {
    return parsed.operator
  }
  const operator = parseOperator(text)
  parsedOperators.set(configMap, { text, operator })
  return operator
}

const knownOperators = new WeakMap<Resources, readonly FoundOperator[]>()

/** Every IstioOperator among the objects, those inside ConfigMaps too; one that is there in both forms counts once. */
export function istioOperators(resources: Resources): readonly FoundOperator[] {
  const known = knownOperators.get(resources) ?? findOperators(resources)
  knownOperators.set(resources, known)
  return known
}

function findOperators(resources: Resources): FoundOperator[] {
  const found = resources
    .all()
    .filter(isOperator)
    .map((operator): FoundOperator => ({ operator, origin: resources.originOf(operator) }))
  for (const configMap of resources.list('ConfigMap')) {
    const text = (configMap.data as Record<string, string> | undefined)?.[operatorKey]
    if (typeof text !== 'string') {
      continue
    }
    const operator = operatorIn(configMap, text)
    if (!operator || found.some(known => isSame(known.operator, operator))) {
      continue
    }
    const origin = resources.originOf(configMap)
    found.push({ operator, origin: origin && atKey(origin) })
  }
  return found
}

function isSame(one: IstioOperator, other: IstioOperator): boolean {
  return one.metadata.name === other.metadata.name && one.metadata.namespace === other.metadata.namespace
}

/** Values of the chart are quoted by it; a component's must be strings, or istioctl refuses them. */
function withStrings(annotations: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value ?? '') : String(value)
    ])
  )
}

/** A number in quotes is read as what is meant, and what is no number not at all; istioctl refuses both. */
function withNumbers(port: ServicePort): ServicePort {
  if (typeof port.port !== 'string' && typeof port.nodePort !== 'string') {
    return port
  }
  const numbers = { port: Number(port.port), nodePort: Number(port.nodePort) }
  const { nodePort: _, ...rest } = port
  return {
    ...rest,
    port: Number.isInteger(numbers.port) ? numbers.port : 0,
    ...(Number.isInteger(numbers.nodePort) && { nodePort: numbers.nodePort })
  }
}

/** Translates paths of the Service into those of what it is made of. */
export class GatewayOrigin implements Origin {
  readonly file: string
  readonly #origin: Origin
  readonly #translate: (path: Path) => Path

  constructor(origin: Origin, translate: (path: Path) => Path) {
    this.file = origin.file
    this.#origin = origin
    this.#translate = translate
  }

  keyOfAnnotation(name: string): string | undefined {
    return this.#origin.keyOfAnnotation?.(name)
  }

  positionOf(path: Path): Position {
    return this.#origin.positionOf(this.#translate(path))
  }

  editOf(changes: readonly Change[]): Edit | undefined {
    return editAt(this.#origin, changesBelow(changes, this.#translate))
  }
}

/** A Service that istioctl would make, with its place in the operator. */
export interface GatewayService {
  service: Service
  origin: Origin | undefined
}

/**
 * The Services that `istioctl install` makes of the IstioOperators among the objects: one for each enabled ingress gateway.
 * A component's `k8s.service` wins over `values.gateways.istio-ingressgateway`, each list of ports replaces the profile's
 * (Istio: operator/pkg/render).
 */
export function gatewayServices(resources: Resources): GatewayService[] {
  return istioOperators(resources).flatMap(({ operator, origin }) => {
    const { spec = {}, metadata } = operator
    const values = spec.values?.gateways?.[defaultGateway] ?? {}
    const installed = profilesWithGateway.has(spec.profile ?? 'default')
    const components: { component: GatewayComponent; index?: number }[] = (spec.components?.ingressGateways ?? []).map(
      (component, index) => ({ component, index })
    )
    const named = components.some(({ component }) => (component.name ?? defaultGateway) === defaultGateway)
    if (installed && !named) {
      components.push({ component: {} })
    }
    return components
      .filter(({ component }) => component.enabled ?? true)
      .map(({ component, index }): GatewayService => {
        const { service = {}, serviceAnnotations } = component.k8s ?? {}
        const name = component.name ?? values.name ?? defaultGateway
        const namespace =
          component.namespace ??
          spec.namespace ??
          spec.values?.global?.istioNamespace ??
          metadata.namespace ??
          'istio-system'
        const type = service.type ?? values.type ?? 'LoadBalancer'
        const ports = (service.ports ?? values.ports ?? defaultPorts).map(withNumbers)
        const labels = component.label ?? values.labels ?? { app: defaultGateway, istio: 'ingressgateway' }
        const ofComponent: Path = ['spec', 'components', 'ingressGateways', index ?? 0, 'k8s']
        const ofValues: Path = ['spec', 'values', 'gateways', defaultGateway]
        function translate(path: Path): Path {
          const [top, field, ...rest] = path
          if (top === 'metadata' && field === 'annotations') {
            return rest.length > 0 && serviceAnnotations?.[String(rest[0])] === undefined
              ? [...ofValues, 'serviceAnnotations', ...rest]
              : [...ofComponent, 'serviceAnnotations', ...rest]
          }
          if (top === 'spec' && field !== undefined) {
            return (service as Record<string, unknown>)[field] === undefined
              ? [...ofValues, field, ...rest]
              : [...ofComponent, 'service', field, ...rest]
          }
          return index === undefined ? ofValues : ofComponent
        }
        return {
          service: {
            apiVersion: 'v1',
            kind: 'Service',
            metadata: {
              name,
              namespace,
              labels,
              annotations: withStrings({ ...values.serviceAnnotations, ...serviceAnnotations })
            },
            spec: {
              selector: labels,
              ...(values.externalTrafficPolicy && { externalTrafficPolicy: values.externalTrafficPolicy }),
              ...service,
              type,
              ports
            }
          },
          origin: origin && new GatewayOrigin(origin, translate)
        }
      })
  })
}
