import {
  isOfIstio,
  type KubernetesObject,
  type LabelSelector,
  meetsSelector,
  type Namespace,
  objectKey,
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
  own: string,
  resources: Resources
): { settings?: ServerTLS } | { problem: TLSProblem } {
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
      isGranted({ kind: 'Gateway', namespace: own }, { kind: 'Secret', name, namespace }, resources)
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
          reason: `no ReferenceGrant of namespace ${first.namespace} lets Gateways of ${own} take its Secret ${first.name}`,
          certificate: { index: 0, ...first }
        }
      : { reason: 'its tls names no certificate' }
  }
}

/** A listener as a Gateway of Istio's with one server. */
export interface Bound {
  gateway: GatewayObject
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

/** The listeners of the Gateways of Istio's class that can be served, each for one Service. */
export function boundListeners(resources: Resources): Bound[] {
  return gatewaysOf(resources).flatMap(gateway =>
    (gateway.spec?.listeners ?? []).flatMap(listener => bind(gateway, listener, resources))
  )
}

/** A listener of a Gateway of Istio's class that is not programmed: nothing listens for it. */
export interface UnservedListener extends TLSProblem {
  gateway: GatewayObject
  listener: Listener
  /** Of the listener in its Gateway. */
  place: number
  /** The Services whose port it would be: `namespace/name`. */
  services: string[]
}

/** The listeners of the Gateways of Istio's class that cannot be served, as their TLS does not allow it. */
export function unservedListeners(resources: Resources): UnservedListener[] {
  return gatewaysOf(resources).flatMap(gateway =>
    (gateway.spec?.listeners ?? []).flatMap((listener, place) => {
      const tls = tlsOf(listener, namespaceOf(gateway), resources)
      return 'problem' in tls ? [{ gateway, listener, place, services: servicesOf(gateway), ...tls.problem }] : []
    })
  )
}

/** Those of a port of a Service. */
export function unservedOn({ port }: ServicePort, service: Service, resources: Resources): UnservedListener[] {
  return unservedListeners(resources).filter(
    ({ listener, services }) => listener.port === port && services.includes(objectKey(service))
  )
}

/** A listener for each Service of its Gateway; none where its certificate may not be used. */
function bind(gateway: GatewayObject, listener: Listener, resources: Resources): Bound[] {
  const own = namespaceOf(gateway)
  const tls = tlsOf(listener, own, resources)
  if ('problem' in tls) {
    return []
  }
  const { settings } = tls
  const namespaces = allowedNamespaces(listener, own, resources)
  const { name, port, protocol, hostname = '*' } = listener
  return servicesOf(gateway).map((service, index) => ({
    gateway,
    listener,
    namespaces,
    object: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: {
        ...gateway.metadata,
        name: `${gateway.metadata.name}-istio-autogenerated-k8s-gateway-${name}${index === 0 ? '' : `-${index}`}`,
        namespace: own,
        annotations: {
          [serviceAnnotation]: service,
          [parentAnnotation]: `Gateway ${own}/${gateway.metadata.name} listener ${name}`
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
