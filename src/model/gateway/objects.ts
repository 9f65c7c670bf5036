import {
  type BackendReference,
  type Gateway,
  type GatewayClass,
  type GRPCRoute,
  gatewayAPIGroup,
  gatewayConfigurationGroup,
  type HTTPRoute,
  type KubernetesObject,
  type Layer4Route,
  type ListenerRuleConfiguration,
  type ListenerSet,
  type LoadBalancerConfiguration,
  type Namespace,
  type ParentReference,
  type ReferenceGrant,
  type Resources,
  type TargetGroupConfiguration,
  withGatewayDefaults
} from '../../resources/index.ts'
import { keyOf, namespaceOf } from '../build/cluster-objects.ts'
import { compareStrings } from '../go/format.ts'

interface Kinds {
  GatewayClass: GatewayClass
  Gateway: Gateway
  ListenerSet: ListenerSet
  HTTPRoute: HTTPRoute
  GRPCRoute: GRPCRoute
  TCPRoute: Layer4Route
  UDPRoute: Layer4Route
  TLSRoute: Layer4Route
  ReferenceGrant: ReferenceGrant
  LoadBalancerConfiguration: LoadBalancerConfiguration
  TargetGroupConfiguration: TargetGroupConfiguration
  ListenerRuleConfiguration: ListenerRuleConfiguration
}

export type RouteKind = 'HTTPRoute' | 'GRPCRoute' | 'TCPRoute' | 'UDPRoute' | 'TLSRoute'

/** A route of any kind, by the fields that all have. */
export type AnyRoute = HTTPRoute | GRPCRoute | Layer4Route

/** A parent that a route names, at its place among all that routes name. */
export interface NamedParent {
  route: AnyRoute
  parentRef: ParentReference
  /** Routes in the order in which the controller lists them, the parents of each in its own. */
  place: number
}

/** `Kind namespace/name` of a route's parent. */
export function parentKey(route: KubernetesObject, { kind = 'Gateway', namespace, name }: ParentReference): string {
  return `${kind} ${namespace ?? namespaceOf(route)}/${name}`
}

/** The namespace of what a route refers to. */
export function backendNamespace(route: KubernetesObject, { namespace }: BackendReference): string {
  return namespace ?? namespaceOf(route)
}

/**
 * The objects that Gateways are planned from, as an API server gives them: with the defaults of their definitions, listed by
 * namespace and name.
 */
export class GatewayObjects {
  readonly #resources: Resources
  readonly #lists = new Map<keyof Kinds, KubernetesObject[]>()
  readonly #indexes = new Map<keyof Kinds, Map<string, KubernetesObject>>()
  #parents: Map<string, NamedParent[]> | undefined
  #targetGroupConfigurations: Map<string, TargetGroupConfiguration> | undefined
  #grants: Map<string, ReferenceGrant[]> | undefined

  constructor(resources: Resources) {
    this.#resources = resources
  }

  list<Kind extends keyof Kinds>(kind: Kind): Kinds[Kind][] {
    let list = this.#lists.get(kind)
    if (!list) {
      const group = kind.endsWith('Configuration') ? gatewayConfigurationGroup : gatewayAPIGroup
      list = this.#resources
        .list(kind as string)
        .filter(({ apiVersion }) => apiVersion.startsWith(`${group}/`))
        .map(withGatewayDefaults)
        .sort(
          (left, right) =>
            compareStrings(namespaceOf(left), namespaceOf(right)) ||
            compareStrings(left.metadata.name, right.metadata.name)
        )
      this.#lists.set(kind, list)
    }
    return list as Kinds[Kind][]
  }

  find<Kind extends keyof Kinds>(kind: Kind, namespace: string, name: string): Kinds[Kind] | undefined {
    let index = this.#indexes.get(kind)
    if (!index) {
      index = new Map(this.list(kind).map(object => [keyOf(object), object]))
      this.#indexes.set(kind, index)
    }
    return index.get(`${namespace}/${name}`) as Kinds[Kind] | undefined
  }

  findClass(name: string | undefined): GatewayClass | undefined {
    return this.list('GatewayClass').find(({ metadata }) => metadata.name === name)
  }

  namespaces(): Namespace[] {
    return this.#resources.list('Namespace')
  }

  /** What routes of some kinds say of a parent, `Kind namespace/name`. */
  childrenOf(parent: string, kinds: readonly RouteKind[]): NamedParent[] {
    if (!this.#parents) {
      const routes = (['TCPRoute', 'UDPRoute', 'TLSRoute', 'HTTPRoute', 'GRPCRoute'] as const).flatMap(
        (kind): AnyRoute[] => this.list(kind)
      )
      const named = routes.flatMap(route => (route.spec?.parentRefs ?? []).map(parentRef => ({ route, parentRef })))
      this.#parents = Map.groupBy(
        named.map((one, place) => ({ ...one, place })),
        ({ route, parentRef }) => parentKey(route, parentRef)
      )
    }
    return (this.#parents.get(parent) ?? []).filter(({ route }) => kinds.includes(route.kind))
  }

  /** The TargetGroupConfiguration for a Service or Gateway; the first of several (LBC: LookUpTargetGroupConfiguration). */
  targetGroupConfigurationOf(
    kind: 'Service' | 'Gateway',
    namespace: string,
    name: string
  ): TargetGroupConfiguration | undefined {
    if (!this.#targetGroupConfigurations) {
      this.#targetGroupConfigurations = new Map()
      for (const configuration of this.list('TargetGroupConfiguration').toReversed()) {
        const reference = configuration.spec?.targetReference
        if (reference) {
          const target = `${reference.kind ?? 'Service'} ${namespaceOf(configuration)}/${reference.name}`
          this.#targetGroupConfigurations.set(target, configuration)
        }
      }
    }
    return this.#targetGroupConfigurations.get(`${kind} ${namespace}/${name}`)
  }

  /** Whether a ReferenceGrant lets a route refer to what is in another namespace (LBC: ValidateCrossNamespaceReference). */
  isGranted(route: KubernetesObject, to: { group: string; kind: string; namespace: string; name: string }): boolean {
    this.#grants ??= Map.groupBy(this.list('ReferenceGrant'), namespaceOf)
    return (this.#grants.get(to.namespace) ?? []).some(
      ({ spec }) =>
        spec?.from?.some(
          from => from.group === gatewayAPIGroup && from.kind === route.kind && from.namespace === namespaceOf(route)
        ) &&
        spec.to?.some(
          ({ group, kind, name }) => group === to.group && kind === to.kind && (name === undefined || name === to.name)
        )
    )
  }
}
