/**
 * The Istio kinds that decide what an ingress gateway does, with the fields that are read
 * (istio.io/api: networking/v1 Gateway, VirtualService, DestinationRule, ServiceEntry).
 *
 * @module
 */

import type { KubernetesObject, Resources } from '../resources/index.ts'

export interface ServerTLS {
  mode?: 'PASSTHROUGH' | 'SIMPLE' | 'MUTUAL' | 'AUTO_PASSTHROUGH' | 'ISTIO_MUTUAL' | 'OPTIONAL_MUTUAL'
  /** Secret in the namespace of the gateway's pods. */
  credentialName?: string
  credentialNames?: string[]
  /** Files in the gateway's pods. */
  serverCertificate?: string
  privateKey?: string
  caCertificates?: string
  /** Secret or, as `configmap://…`, the ConfigMap of the authority that signs clients' certificates. */
  caCertCredentialName?: string
  httpsRedirect?: boolean
  minProtocolVersion?: 'TLS_AUTO' | 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3'
  maxProtocolVersion?: 'TLS_AUTO' | 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3'
}

export interface ServerSpec {
  port: { number: number; name?: string; protocol: string }
  hosts: string[]
  tls?: ServerTLS
  name?: string
  bind?: string
}

export interface IstioGateway extends KubernetesObject {
  kind: 'Gateway'
  spec?: { selector?: Record<string, string>; servers?: ServerSpec[] }
}

/** Exactly one of the three; none asks for presence. */
export interface StringMatch {
  exact?: string
  prefix?: string
  regex?: string
}

export interface HTTPMatch {
  name?: string
  uri?: StringMatch
  scheme?: StringMatch
  method?: StringMatch
  authority?: StringMatch
  headers?: Record<string, StringMatch>
  withoutHeaders?: Record<string, StringMatch>
  queryParams?: Record<string, StringMatch>
  ignoreUriCase?: boolean
  port?: number
  gateways?: string[]
  sourceLabels?: Record<string, string>
  sourceNamespace?: string
}

export interface HeaderOperations {
  set?: Record<string, string>
  add?: Record<string, string>
  remove?: string[]
}

export interface Headers {
  request?: HeaderOperations
  response?: HeaderOperations
}

export interface DestinationSpec {
  host: string
  subset?: string
  port?: { number?: number }
}

export interface HTTPRedirect {
  uri?: string
  /** Replaces the prefix that the match asked for. */
  prefixRewrite?: string
  authority?: string
  port?: number
  derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT'
  scheme?: string
  redirectCode?: number
}

export interface Percentage {
  value?: number
}

export interface Fault {
  abort?: { httpStatus?: number; grpcStatus?: string; percentage?: Percentage }
  delay?: { fixedDelay?: string; percentage?: Percentage; percent?: number }
}

export interface CorsPolicy {
  allowOrigins?: StringMatch[]
  allowOrigin?: string[]
  allowMethods?: string[]
  allowHeaders?: string[]
  exposeHeaders?: string[]
  maxAge?: string
  allowCredentials?: boolean
  unmatchedPreflights?: 'UNSPECIFIED' | 'FORWARD' | 'IGNORE'
}

export interface RouteDestination {
  destination: DestinationSpec
  weight?: number
  headers?: Headers
}

export interface Retries {
  attempts?: number
  perTryTimeout?: string
  retryOn?: string
  retryRemoteLocalities?: boolean
}

export interface HTTPRouteSpec {
  name?: string
  match?: HTTPMatch[]
  route?: RouteDestination[]
  redirect?: HTTPRedirect
  directResponse?: { status: number; body?: { string?: string; bytes?: string } }
  delegate?: { name?: string; namespace?: string }
  rewrite?: { uri?: string; authority?: string; uriRegexRewrite?: { match: string; rewrite: string } }
  fault?: Fault
  corsPolicy?: CorsPolicy
  headers?: Headers
  timeout?: string
  retries?: Retries
  mirror?: DestinationSpec
  mirrors?: { destination?: DestinationSpec; percentage?: Percentage }[]
  mirrorPercent?: number
  mirrorPercentage?: Percentage
}

/** What decides on a connection before anything of its content is known. */
export interface Layer4Match {
  port?: number
  gateways?: string[]
  /** Of TLS routes. */
  sniHosts?: string[]
}

export interface Layer4Route {
  match?: Layer4Match[]
  route?: RouteDestination[]
}

export interface VirtualServiceSpec {
  hosts?: string[]
  gateways?: string[]
  exportTo?: string[]
  http?: HTTPRouteSpec[]
  tls?: Layer4Route[]
  tcp?: Layer4Route[]
}

export interface VirtualService extends KubernetesObject {
  kind: 'VirtualService'
  spec?: VirtualServiceSpec
}

export interface ClientTLS {
  mode?: 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL'
}

export interface OutlierDetection {
  baseEjectionTime?: string
  interval?: string
  maxEjectionPercent?: number
  minHealthPercent?: number
  consecutiveLocalOriginFailures?: number
  splitExternalLocalOriginErrors?: boolean
}

export interface ConnectionPool {
  http?: {
    http1MaxPendingRequests?: number
    http2MaxRequests?: number
    maxRequestsPerConnection?: number
    maxRetries?: number
    maxConcurrentStreams?: number
    idleTimeout?: string
    h2UpgradePolicy?: string
    useClientProtocol?: boolean
  }
  tcp?: {
    maxConnections?: number
    connectTimeout?: string
    maxConnectionDuration?: string
    idleTimeout?: string
    tcpKeepalive?: { time?: string; interval?: string }
  }
}

/** What a policy says of a host, and of one of its ports. */
interface PortPolicy {
  tls?: ClientTLS
  outlierDetection?: OutlierDetection
  connectionPool?: ConnectionPool
}

export interface TrafficPolicy extends PortPolicy {
  portLevelSettings?: (PortPolicy & { port?: { number?: number } })[]
}

export interface DestinationRule extends KubernetesObject {
  spec?: {
    host?: string
    exportTo?: string[]
    trafficPolicy?: TrafficPolicy
    subsets?: { name: string; labels?: Record<string, string>; trafficPolicy?: TrafficPolicy }[]
    workloadSelector?: { matchLabels?: Record<string, string> }
  }
}

export interface ServiceEntry extends KubernetesObject {
  spec?: {
    hosts?: string[]
    addresses?: string[]
    exportTo?: string[]
    ports?: { number: number; name?: string; protocol?: string }[]
    resolution?: string
    location?: string
    endpoints?: unknown[]
    workloadSelector?: unknown
  }
}

const group = 'networking.istio.io/'

type Aged = KubernetesObject & { metadata: { creationTimestamp?: string } }

/**
 * By age, then by name, then by namespace, as istiod orders what it merges; files have no age, and stand beside each other
 * (Istio: sortConfigByCreationTime).
 */
export function byAge(one: Pick<KubernetesObject, 'metadata'>, other: Pick<KubernetesObject, 'metadata'>): number {
  const keys = [one, other].map(({ metadata }) => [
    (metadata as Aged['metadata']).creationTimestamp ?? '',
    metadata.name,
    metadata.namespace ?? ''
  ]) as [string[], string[]]
  for (const [place, key] of keys[0].entries()) {
    if (key !== keys[1][place]) {
      return key < keys[1][place]! ? -1 : 1
    }
  }
  return 0
}

const known = new WeakMap<Resources, Map<string, readonly KubernetesObject[]>>()

/** The objects of a kind, by age; sorted once, as every request asks. */
function ofIstio<Kind extends KubernetesObject>(resources: Resources, kind: string): readonly Kind[] {
  const ofResources = known.get(resources) ?? new Map<string, readonly KubernetesObject[]>()
  known.set(resources, ofResources)
  const objects =
    ofResources.get(kind) ??
    resources
      .list(kind)
      .filter(({ apiVersion }) => apiVersion.startsWith(group))
      .sort(byAge)
  ofResources.set(kind, objects)
  return objects as readonly Kind[]
}

export function istioGateways(resources: Resources): readonly IstioGateway[] {
  return ofIstio(resources, 'Gateway')
}
export function virtualServices(resources: Resources): readonly VirtualService[] {
  return ofIstio(resources, 'VirtualService')
}
export function destinationRules(resources: Resources): readonly DestinationRule[] {
  return ofIstio(resources, 'DestinationRule')
}
export function serviceEntries(resources: Resources): readonly ServiceEntry[] {
  return ofIstio(resources, 'ServiceEntry')
}
