import { gatewayAPIGroup, gatewayConfigurationGroup } from './gateway-api.ts'
import type { KubernetesObject } from './kubernetes.ts'

/** What the API server calls the objects of a kind. */
const plurals: Record<string, string> = {
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  IngressClassParams: 'ingressclassparams',
  TargetGroupBinding: 'targetgroupbindings',
  Service: 'services',
  Node: 'nodes',
  Namespace: 'namespaces',
  Pod: 'pods',
  Secret: 'secrets',
  EndpointSlice: 'endpointslices',
  GatewayClass: 'gatewayclasses',
  Gateway: 'gateways',
  ListenerSet: 'listenersets',
  HTTPRoute: 'httproutes',
  GRPCRoute: 'grpcroutes',
  TCPRoute: 'tcproutes',
  UDPRoute: 'udproutes',
  TLSRoute: 'tlsroutes',
  ReferenceGrant: 'referencegrants',
  LoadBalancerConfiguration: 'loadbalancerconfigurations',
  TargetGroupConfiguration: 'targetgroupconfigurations',
  ListenerRuleConfiguration: 'listenerruleconfigurations'
}

/** The name of a kind's collection; a kind's definition is called so too, with its group behind. */
function pluralOf(kind: string): string {
  const plural = plurals[kind]
  if (plural === undefined) {
    throw new Error(`nothing is known of the kind ${kind}`)
  }
  return plural
}

/** A kind that a definition makes; it may be missing. */
export interface DefinedKind {
  kind: string
  group: string
  /** Versions that can be read, the best one first. */
  versions: readonly string[]
}

function defined(group: string, versions: string[], ...kinds: string[]): DefinedKind[] {
  return kinds.map(kind => ({ kind, group, versions }))
}

/** The kinds that others define, each watched once its definition is there; the controller works without them. */
export const definedKinds: readonly DefinedKind[] = [
  ...defined('elbv2.k8s.aws', ['v1beta1'], 'IngressClassParams', 'TargetGroupBinding'),
  ...defined(gatewayAPIGroup, ['v1'], 'GatewayClass', 'Gateway', 'ListenerSet', 'HTTPRoute', 'GRPCRoute'),
  ...defined(gatewayAPIGroup, ['v1', 'v1alpha3', 'v1alpha2'], 'TCPRoute', 'UDPRoute', 'TLSRoute'),
  ...defined(gatewayAPIGroup, ['v1', 'v1beta1'], 'ReferenceGrant'),
  ...defined(
    gatewayConfigurationGroup,
    ['v1', 'v1beta1'],
    'LoadBalancerConfiguration',
    'TargetGroupConfiguration',
    'ListenerRuleConfiguration'
  )
]

/** What the definition of a kind is called. */
export function definitionName({ kind, group }: DefinedKind): string {
  return `${pluralOf(kind)}.${group}`
}

/** Where the objects of a kind are: `/apis/networking.k8s.io/v1/namespaces/shop/ingresses`; of all namespaces without one. */
export function collectionPath(apiVersion: string, kind: string, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${root}${namespace ? `/namespaces/${namespace}` : ''}/${pluralOf(kind)}`
}

export function objectPath({ apiVersion, kind, metadata }: KubernetesObject): string {
  return `${collectionPath(apiVersion, kind, metadata.namespace)}/${metadata.name}`
}
