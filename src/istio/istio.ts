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
  serverCertificate?: string
  httpsRedirect?: boolean
}

export interface ServerSpec {
  port: { number: number; name?: string; protocol: string }
  hosts: string[]
  tls?: ServerTLS
  name?: string
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
  authority?: string
  port?: number
  derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT'
  scheme?: string
  redirectCode?: number
}

export interface HTTPRouteSpec {
  name?: string
  match?: HTTPMatch[]
  route?: { destination: DestinationSpec; weight?: number; headers?: Headers }[]
  redirect?: HTTPRedirect
  directResponse?: { status: number; body?: { string?: string; bytes?: string } }
  rewrite?: { uri?: string; authority?: string; uriRegexRewrite?: { match: string; rewrite: string } }
  fault?: { abort?: { httpStatus?: number; percentage?: { value?: number } } }
  headers?: Headers
}

export interface VirtualService extends KubernetesObject {
  kind: 'VirtualService'
  spec?: { hosts?: string[]; gateways?: string[]; exportTo?: string[]; http?: HTTPRouteSpec[] }
}

interface DestinationRule extends KubernetesObject {
  spec?: { host?: string; subsets?: { name: string }[] }
}

interface ServiceEntry extends KubernetesObject {
  spec?: { hosts?: string[]; ports?: { number: number }[] }
}

const group = 'networking.istio.io/'

/** By age, then by name, as istiod orders what it merges; files have no age. */
function ofIstio<Kind extends KubernetesObject>(resources: Resources, kind: string): Kind[] {
  function key({ metadata }: KubernetesObject): string {
    return `${(metadata as { creationTimestamp?: string }).creationTimestamp ?? ''} ${metadata.name}.${metadata.namespace ?? ''}`
  }
  return resources
    .list(kind)
    .filter(({ apiVersion }) => apiVersion.startsWith(group))
    .sort((a, b) => (key(a) < key(b) ? -1 : 1)) as Kind[]
}

export function istioGateways(resources: Resources): IstioGateway[] {
  return ofIstio(resources, 'Gateway')
}
export function virtualServices(resources: Resources): VirtualService[] {
  return ofIstio(resources, 'VirtualService')
}
export function destinationRules(resources: Resources): DestinationRule[] {
  return ofIstio(resources, 'DestinationRule')
}
export function serviceEntries(resources: Resources): ServiceEntry[] {
  return ofIstio(resources, 'ServiceEntry')
}
