import {
  type Gateway,
  isOfIstio,
  type KubernetesObject,
  type LabelSelector,
  listenerSetsOfGateway,
  meetsSelector,
  type Namespace,
  objectKey,
  objectName,
  type Resources,
  type Service,
  type ServicePort
} from '../../resources/index.ts'
import type { IstioGateway, ServerTLS } from '../istio.ts'
import { namespaceOf, ofGroup } from './object.ts'
import { isGranted } from './reference-grant.ts'

/** Annotation with the Service that a Gateway is for, where no selector says it; istiod has one of its own for it. */
export const serviceAnnotation = 'internal.istio.io/gateway-service'

/** Annotation with the object that a Gateway was made of. */
export const parentAnnotation = 'internal.istio.io/parents'

export interface Listener {
  name: string
  port: number
  protocol: string
  hostname?: string
  allowedRoutes?: {
    namespaces?: { from?: string; selector?: LabelSelector }
    kinds?: { group?: string; kind: string }[]
  }
  tls?: {
    mode?: 'Terminate' | 'Passthrough'
    certificateRefs?: { group?: string; kind?: string; name: string; namespace?: string }[]
    options?: Record<string, string>
  }
}

export interface GatewayObject extends KubernetesObject {
  spec?: {
    gatewayClassName?: string
    addresses?: { type?: string; value?: string }[]
    listeners?: Listener[]
  }
}

/** The Service of a Gateway: the one that istiod makes, or those that its addresses name. */
function servicesOf({ metadata, spec }: GatewayObject): string[] {
  const namespace = namespaceOf({ metadata })
  const named = (spec?.addresses ?? []).filter(({ type = 'Hostname', value }) => type === 'Hostname' && value)
  if (named.length > 0) {
    return named.map(({ value }) => {
      const [name, owner = namespace] = value!.split('.')
      return `${owner}/${name}`
    })
  }
  return [`${namespace}/${metadata.annotations?.['gateway.istio.io/name-override'] ?? `${metadata.name}-istio`}`]
}

/** The namespaces whose routes a listener takes; `*` for all. */
export function allowedNamespaces({ allowedRoutes }: Listener, own: string, resources: Resources): string[] {
  const { from = 'Same', selector } = allowedRoutes?.namespaces ?? {}
  if (from === 'All') {
    return ['*']
  }
  if (from !== 'Selector') {
    return [own]
  }
  return resources
    .list('Namespace')
    .filter(({ metadata }: Namespace) => selector && meetsSelector(metadata.labels ?? {}, selector))
    .map(({ metadata }) => metadata.name)
}

/** Why a listener's TLS cannot be served. */
export interface TLSProblem {
  reason: string
  /** The certificate of another namespace that no ReferenceGrant lets the Gateway take, with its place in `certificateRefs`. */
  certificate?: { index: number; name: string; namespace: string }
}

/** How a listener ends TLS (Istio: buildTLS); certificates that may not be used do no harm beside one that may. */
function tlsOf(
  { tls, protocol }: Listener,
  owner: GatewayObject,
  resources: Resources
): { settings?: ServerTLS } | { problem: TLSProblem } {
  const own = namespaceOf(owner)
  if (!tls) {
    return protocol === 'HTTPS' || protocol === 'TLS' ? { problem: { reason: 'it has no tls' } } : {}
  }
  if (tls.mode === 'Passthrough') {
    return { settings: { mode: 'PASSTHROUGH' } }
  }
  const mode = tls.options?.['gateway.istio.io/tls-terminate-mode']
  if (mode === 'ISTIO_MUTUAL') {
    return { settings: { mode } }
  }
  if (mode === 'ISTIO_SIMPLE') {
    return { settings: { mode: 'SIMPLE', credentialName: 'builtin://' } }
  }
  const certificates = (tls.certificateRefs ?? []).map(({ name, namespace = own }) => ({ name, namespace }))
  const usable = certificates.find(
    ({ name, namespace }) =>
      namespace === own ||
      isGranted({ kind: owner.kind, namespace: own }, { kind: 'Secret', name, namespace }, resources)
  )
  if (usable) {
    const { name, namespace } = usable
    return {
      settings: {
        mode: mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL' ? mode : 'SIMPLE',
        credentialName: `kubernetes-gateway://${namespace}/${name}`
      }
    }
  }
  const [first] = certificates
  return {
    problem: first
      ? {
          reason: `no ReferenceGrant of namespace ${first.namespace} lets ${owner.kind}s of ${own} take its Secret ${first.name}`,
          certificate: { index: 0, ...first }
        }
      : { reason: 'its tls names no certificate' }
  }
}

/** What has listeners: a Gateway of Istio's class, or a ListenerSet that one takes. */
export interface ListenerOwner {
  object: GatewayObject
  /** To whose Service its listeners belong. */
  gateway: GatewayObject
}

/** A listener as a Gateway of Istio's with one server. */
export interface Bound {
  /** The Gateway, or the ListenerSet, that it stands in. */
  owner: GatewayObject
  listener: Listener
  /** Namespaces whose routes it takes. */
  namespaces: string[]
  object: IstioGateway
}

/** The Gateways of Istio's class, the oldest first. */
export function gatewaysOf(resources: Resources): GatewayObject[] {
  return ofGroup<GatewayObject>(resources, 'Gateway').filter(({ spec }) =>
    isOfIstio({ spec: { gatewayClassName: spec?.gatewayClassName ?? '' } }, resources)
  )
}

/** Those Gateways, each with the ListenerSets that it takes behind it. */
export function listenerOwnersOf(resources: Resources): ListenerOwner[] {
  return gatewaysOf(resources).flatMap(gateway =>
    [gateway, ...(listenerSetsOfGateway(gateway as Gateway, resources).allowed as GatewayObject[])].map(object => ({
      object,
      gateway
    }))
  )
}

/** Whether two listeners of a port cannot be one Gateway's (Istio: listenersDistinct). */
function excludeEachOther(one: Listener, other: Listener): boolean {
  const hasBytesAlone = [one, other].some(({ protocol }) => protocol === 'TCP' || protocol === 'UDP')
  return one.port === other.port && (hasBytesAlone || (one.hostname ?? '*') === (other.hostname ?? '*'))
}

/** Protocols that Istio serves at a gateway, as they have to be written (Istio: listenerProtocolToIstio). */
const protocols = ['HTTP', 'HTTPS', 'TLS', 'TCP']

/** A protocol that Istio does not serve, with the one that may be meant. */
export interface ProtocolProblem {
  written: string
  meant?: string
}

/** What is wrong with a listener's protocol; undefined where nothing is. */
export function protocolProblemOf({ protocol }: Listener): ProtocolProblem | undefined {
  const meant = protocols.find(one => one === protocol.toUpperCase())
  return meant === protocol ? undefined : { written: protocol, ...(meant !== undefined && { meant }) }
}

interface Judged extends ListenerOwner {
  listener: Listener
  /** Of the listener in its owner. */
  place: number
  /** Why a listener of a ListenerSet does not count, as one before it has its place. */
  conflict?: string
}

/** All listeners in the order of their rank: the Gateway's own come first (Istio: ComputeGatewayListenerConflicts). */
function judgedListeners(resources: Resources): Judged[] {
  const accepted = new Map<GatewayObject, Judged[]>()
  return listenerOwnersOf(resources).flatMap(({ object, gateway }) =>
    (object.spec?.listeners ?? []).map((listener, place): Judged => {
      const before = accepted.get(gateway) ?? []
      const judged = { object, gateway, listener, place }
      const other = object === gateway ? undefined : before.find(one => excludeEachOther(one.listener, listener))
      if (other) {
        const hostname = listener.hostname ?? '*'
        const conflict = `listener ${other.listener.name} of ${objectName(other.object)} before it has port ${listener.port}${other.listener.protocol === listener.protocol ? ` and the host ${hostname}` : ` with protocol ${other.listener.protocol}`}`
        return { ...judged, conflict }
      }
      accepted.set(gateway, [...before, judged])
      return judged
    })
  )
}

/** The listeners of the Gateways of Istio's class and of their ListenerSets that can be served, each for one Service. */
export function boundListeners(resources: Resources): Bound[] {
  return judgedListeners(resources).flatMap(judged =>
    judged.conflict === undefined && protocolProblemOf(judged.listener) === undefined
      ? bind(judged, judged.listener, resources)
      : []
  )
}

/** A listener of a Gateway of Istio's class that is not programmed: nothing listens for it. */
export interface UnservedListener extends TLSProblem {
  /** The Gateway, or the ListenerSet, that it stands in. */
  owner: GatewayObject
  listener: Listener
  /** Of the listener in its owner. */
  place: number
  /** The Services whose port it would be: `namespace/name`. */
  services: string[]
  /** Another listener has its place. */
  isConflict?: true
  protocol?: ProtocolProblem
}

/** The listeners of the Gateways of Istio's class that cannot be served, by their TLS or for one that is there before them. */
export function unservedListeners(resources: Resources): UnservedListener[] {
  return judgedListeners(resources).flatMap(
    ({ object: owner, gateway, listener, place, conflict }): UnservedListener[] => {
      const found = { owner, listener, place, services: servicesOf(gateway) }
      if (conflict !== undefined) {
        return [{ ...found, reason: conflict, isConflict: true }]
      }
      const protocol = protocolProblemOf(listener)
      if (protocol) {
        const reason = `Istio serves no protocol ${protocol.written} at a gateway${protocol.meant === undefined ? '' : `, but ${protocol.meant}`}`
        return [{ ...found, reason, protocol }]
      }
      const tls = tlsOf(listener, owner, resources)
      return 'problem' in tls ? [{ ...found, ...tls.problem }] : []
    }
  )
}

/** Those of a port of a Service. */
export function unservedOn({ port }: ServicePort, service: Service, resources: Resources): UnservedListener[] {
  return unservedListeners(resources).filter(
    ({ listener, services }) => listener.port === port && services.includes(objectKey(service))
  )
}

/** A listener for each Service of its Gateway; none where its certificate may not be used. */
function bind({ object: owner, gateway }: ListenerOwner, listener: Listener, resources: Resources): Bound[] {
  const own = namespaceOf(owner)
  const tls = tlsOf(listener, owner, resources)
  if ('problem' in tls) {
    return []
  }
  const { settings } = tls
  const namespaces = allowedNamespaces(listener, own, resources)
  const { name, port, protocol, hostname = '*' } = listener
  return servicesOf(gateway).map((service, index) => ({
    owner,
    listener,
    namespaces,
    object: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: {
        ...owner.metadata,
        name: `${owner.metadata.name}-istio-autogenerated-k8s-gateway-${name}${index === 0 ? '' : `-${index}`}`,
        namespace: own,
        annotations: {
          [serviceAnnotation]: service,
          [parentAnnotation]: `${objectName(owner)} listener ${name}`
        }
      },
      spec: {
        servers: [
          {
            port: { number: port, name: 'default', protocol },
            hosts: namespaces.length === 0 ? [`~/${hostname}`] : namespaces.map(one => `${one}/${hostname}`),
            ...(settings && { tls: settings })
          }
        ]
      }
    }
  }))
}
