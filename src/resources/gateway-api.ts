/**
 * The Gateway API's objects and the AWS Load Balancer Controller's configurations for them, with the fields that a load
 * balancer's plan is made of. Istio's class reads the same objects; what it makes of them is the stage `istio`.
 *
 * @module
 */
import type { Attribute, KubernetesObject, LabelSelector } from './kubernetes.ts'
import { meetsSelector } from './label-selector.ts'
import { objectKey, type Resources } from './resources.ts'

/** API group of Gateways and routes. */
export const gatewayAPIGroup = 'gateway.networking.k8s.io'

/** API group of the AWS Load Balancer Controller's configurations for Gateways. */
export const gatewayConfigurationGroup = 'gateway.k8s.aws'

/** A condition of a status. */
export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  observedGeneration?: number
  lastTransitionTime?: string
}

export interface ParametersReference {
  group?: string
  kind?: string
  name: string
  namespace?: string
}

export interface GatewayClass extends KubernetesObject {
  kind: 'GatewayClass'
  spec?: { controllerName?: string; parametersRef?: ParametersReference }
  status?: { conditions?: Condition[] }
}

export interface AllowedNamespaces {
  from?: string
  selector?: LabelSelector
}

/** A listener of a Gateway or a ListenerSet. */
export interface GatewayListener {
  name: string
  hostname?: string
  port: number
  protocol: string
  tls?: {
    mode?: string
    certificateRefs?: { group?: string; kind?: string; name: string; namespace?: string }[]
    options?: Record<string, string>
  }
  allowedRoutes?: { namespaces?: AllowedNamespaces; kinds?: { group?: string; kind: string }[] }
}

export interface Gateway extends KubernetesObject {
  kind: 'Gateway'
  spec?: {
    gatewayClassName?: string
    listeners?: GatewayListener[]
    infrastructure?: {
      labels?: Record<string, string>
      annotations?: Record<string, string>
      parametersRef?: ParametersReference
    }
    allowedListeners?: { namespaces?: AllowedNamespaces }
  }
  status?: {
    addresses?: { type?: string; value: string }[]
    conditions?: Condition[]
    listeners?: unknown[]
    attachedListenerSets?: number
  }
}

export interface ListenerSet extends KubernetesObject {
  kind: 'ListenerSet'
  spec?: { parentRef?: ParentReference; listeners?: GatewayListener[] }
  status?: { conditions?: Condition[] }
}

/** The Gateway, or ListenerSet, that a route wants to attach to. */
export interface ParentReference {
  group?: string
  kind?: string
  namespace?: string
  name: string
  sectionName?: string
  port?: number
}

/** Whether a parent that an object names, in its own namespace where it names none, is a Gateway or a ListenerSet. */
export function namesParent(
  { metadata: { namespace: own = 'default' } }: KubernetesObject,
  { kind = 'Gateway', namespace = own, name }: Pick<ParentReference, 'kind' | 'namespace' | 'name'>,
  parent: KubernetesObject
): boolean {
  const { metadata } = parent
  return kind === parent.kind && name === metadata.name && namespace === (metadata.namespace ?? 'default')
}

/**
 * ListenerSets that name a Gateway, by whether its `allowedListeners` takes those of their namespace; in neither where a selector
 * chooses namespaces, and that of the set is not among the objects.
 */
export interface ListenerSetsOfGateway {
  allowed: ListenerSet[]
  refused: ListenerSet[]
}

function createdAt({ metadata }: KubernetesObject): string {
  return (metadata as { creationTimestamp?: string }).creationTimestamp ?? ''
}

/** The ListenerSets of a Gateway of Istio's, the oldest first, then by namespace and name (Istio: NamespaceAcceptedByAllowListeners). */
export function listenerSetsOfGateway(gateway: Gateway, resources: Resources): ListenerSetsOfGateway {
  const { from = 'None', selector } = gateway.spec?.allowedListeners?.namespaces ?? {}
  const found: ListenerSetsOfGateway = { allowed: [], refused: [] }
  const naming = (resources.list('ListenerSet') as ListenerSet[])
    .filter(set => set.apiVersion.startsWith(`${gatewayAPIGroup}/`))
    .filter(({ spec, ...set }) => spec?.parentRef && namesParent(set as ListenerSet, spec.parentRef, gateway))
    .sort((one, other) =>
      [createdAt(one), objectKey(one)].join(' ').localeCompare([createdAt(other), objectKey(other)].join(' '), 'en')
    )
  for (const set of naming) {
    const own = set.metadata.namespace ?? 'default'
    const namespace = resources.find('Namespace', own)
    const isChosen = selector && namespace && meetsSelector(namespace.metadata.labels ?? {}, selector)
    const isAllowed =
      from === 'All' ||
      (from === 'Same' && own === (gateway.metadata.namespace ?? 'default')) ||
      (from === 'Selector' && isChosen)
    if (from !== 'Selector' || namespace) {
      found[isAllowed ? 'allowed' : 'refused'].push(set)
    }
  }
  return found
}

export interface BackendReference {
  group?: string
  kind?: string
  name: string
  namespace?: string
  port?: number
  weight?: number
}

interface ObjectReference {
  group?: string
  kind?: string
  name: string
}

interface HeaderMatch {
  type?: string
  name: string
  value: string
}

export interface PathModifier {
  type?: string
  replaceFullPath?: string
  replacePrefixMatch?: string
}

export interface HTTPRouteFilter {
  type?: string
  requestRedirect?: {
    scheme?: string
    hostname?: string
    path?: PathModifier
    port?: number
    statusCode?: number
  }
  urlRewrite?: { hostname?: string; path?: PathModifier }
  extensionRef?: ObjectReference
}

export interface HTTPRouteMatch {
  path?: { type?: string; value?: string }
  headers?: HeaderMatch[]
  queryParams?: HeaderMatch[]
  method?: string
}

export interface HTTPRouteRule {
  name?: string
  matches?: HTTPRouteMatch[]
  filters?: HTTPRouteFilter[]
  backendRefs?: BackendReference[]
}

export interface GRPCRouteMatch {
  method?: { type?: string; service?: string; method?: string }
  headers?: HeaderMatch[]
}

export interface GRPCRouteRule {
  name?: string
  matches?: GRPCRouteMatch[]
  filters?: { type?: string; extensionRef?: ObjectReference }[]
  backendRefs?: BackendReference[]
}

interface RouteSpec<Rule> {
  parentRefs?: ParentReference[]
  hostnames?: string[]
  rules?: Rule[]
}

interface RouteStatus {
  parents?: { parentRef: ParentReference; controllerName: string; conditions?: Condition[] }[]
}

export interface HTTPRoute extends KubernetesObject {
  kind: 'HTTPRoute'
  spec?: RouteSpec<HTTPRouteRule>
  status?: RouteStatus
}

export interface GRPCRoute extends KubernetesObject {
  kind: 'GRPCRoute'
  spec?: RouteSpec<GRPCRouteRule>
  status?: RouteStatus
}

/** A route of connections, not of requests. */
export interface Layer4Route extends KubernetesObject {
  kind: 'TCPRoute' | 'UDPRoute' | 'TLSRoute'
  spec?: RouteSpec<{ name?: string; backendRefs?: BackendReference[] }>
  status?: RouteStatus
}

export interface ReferenceGrant extends KubernetesObject {
  kind: 'ReferenceGrant'
  spec?: {
    from?: { group: string; kind: string; namespace: string }[]
    to?: { group: string; kind: string; name?: string }[]
  }
}

export interface ListenerConfiguration {
  protocolPort: string
  defaultCertificate?: string
  certificates?: string[]
  sslPolicy?: string
  alpnPolicy?: string
  targetGroupStickiness?: boolean
  mutualAuthentication?: {
    mode: string
    trustStore?: string
    ignoreClientCertificateExpiry?: boolean
    advertiseTrustStoreCaNames?: string
  }
  listenerAttributes?: Attribute[]
  quicEnabled?: boolean
}

export interface SubnetConfiguration {
  identifier?: string
  eipAllocation?: string
  privateIPv4Allocation?: string
  ipv6Allocation?: string
  sourceNatIPv6Prefix?: string
}

export interface LoadBalancerConfigurationSpec {
  mergingMode?: string
  loadBalancerName?: string
  scheme?: string
  ipAddressType?: string
  enforceSecurityGroupInboundRulesOnPrivateLinkTraffic?: string
  customerOwnedIpv4Pool?: string
  ipv4IPAMPoolId?: string
  loadBalancerSubnets?: SubnetConfiguration[]
  loadBalancerSubnetsSelector?: Record<string, string[]>
  listenerConfigurations?: ListenerConfiguration[]
  disableSecurityGroup?: boolean
  securityGroups?: string[]
  securityGroupPrefixes?: string[]
  sourceRanges?: string[]
  loadBalancerAttributes?: Attribute[]
  tags?: Record<string, string>
  enableICMP?: boolean
  manageBackendSecurityGroupRules?: boolean
  minimumLoadBalancerCapacity?: { capacityUnits: number }
  wafV2?: { webACL: string }
  shieldConfiguration?: { enabled?: boolean }
  defaultTargetGroupConfiguration?: { name: string }
}

export interface LoadBalancerConfiguration extends KubernetesObject {
  kind: 'LoadBalancerConfiguration'
  spec?: LoadBalancerConfigurationSpec
}

export interface TargetGroupProperties {
  targetGroupName?: string
  ipAddressType?: string
  healthCheckConfig?: {
    healthyThresholdCount?: number
    healthCheckInterval?: number
    healthCheckPath?: string
    healthCheckPort?: string
    healthCheckProtocol?: string
    healthCheckTimeout?: number
    unhealthyThresholdCount?: number
    matcher?: { httpCode?: string; grpcCode?: string }
  }
  nodeSelector?: LabelSelector
  targetGroupAttributes?: Attribute[]
  targetType?: string
  protocol?: string
  protocolVersion?: string
  targetControlPort?: number
  enableMultiCluster?: boolean
  tags?: Record<string, string>
}

export interface TargetGroupConfiguration extends KubernetesObject {
  kind: 'TargetGroupConfiguration'
  spec?: {
    targetReference?: ObjectReference
    defaultConfiguration?: TargetGroupProperties
    routeConfigurations?: {
      routeIdentifier?: { kind?: string; namespace?: string; name?: string }
      targetGroupProps?: TargetGroupProperties
    }[]
  }
}

interface Session {
  onUnauthenticatedRequest?: string
  scope?: string
  sessionCookieName?: string
  sessionTimeout?: number
  authenticationRequestExtraParams?: Record<string, string>
}

export interface ListenerRuleAction {
  type: string
  forwardConfig?: { targetGroupStickinessConfig?: { enabled?: boolean; durationSeconds?: number } }
  redirectConfig?: { query?: string }
  fixedResponseConfig?: { statusCode: number; contentType?: string; messageBody?: string }
  authenticateCognitoConfig?: Session & { userPoolArn: string; userPoolClientId: string; userPoolDomain: string }
  authenticateOIDCConfig?: Session & {
    issuer: string
    authorizationEndpoint: string
    tokenEndpoint: string
    userInfoEndpoint: string
    secret?: { name: string }
  }
  jwtValidationConfig?: {
    issuer: string
    jwksEndpoint: string
    additionalClaims?: { format: string; name: string; values?: string[] }[]
  }
}

export interface ListenerRuleConfiguration extends KubernetesObject {
  kind: 'ListenerRuleConfiguration'
  spec?: {
    actions?: ListenerRuleAction[]
    conditions?: { field: string; sourceIPConfig?: { values?: string[] }; matchIndexes?: number[] }[]
    tags?: Record<string, string>
  }
  status?: { accepted?: boolean; message?: string; observedGeneration?: number }
}

/** Whether an object is a Gateway of the Gateway API, not Istio's own kind of that name. */
export function isGateway({ apiVersion, kind }: KubernetesObject): boolean {
  return kind === 'Gateway' && apiVersion.startsWith(`${gatewayAPIGroup}/`)
}

/** The class that a Gateway names, if it is among the objects. */
export function classOfGateway({ spec }: Pick<Gateway, 'spec'>, resources: Resources): GatewayClass | undefined {
  const classes = resources.list('GatewayClass') as GatewayClass[]
  return classes.find(
    ({ apiVersion, metadata }) =>
      metadata.name === spec?.gatewayClassName && apiVersion.startsWith(`${gatewayAPIGroup}/`)
  )
}

/** Whether a Gateway is of Istio's own class: by the class's controller, by its well-known name where it is not there. */
export function isOfIstio(gateway: Pick<Gateway, 'spec'>, resources: Resources): boolean {
  const found = classOfGateway(gateway, resources)
  return found
    ? found.spec?.controllerName === 'istio.io/gateway-controller'
    : gateway.spec?.gatewayClassName === 'istio'
}
