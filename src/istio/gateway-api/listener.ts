import type { KubernetesObject, Namespace, Resources } from '../../resources/index.ts'
import type { IstioGateway, ServerTLS } from '../istio.ts'
import { namespaceOf, ofGroup } from './object.ts'
import { isGranted } from './reference-grant.ts'

/** Annotation with the Service that a Gateway is for, where no selector says it; istiod has one of its own for it. */
export const serviceAnnotation = 'internal.istio.io/gateway-service'

/** Annotation with the object that a Gateway was made of. */
export const parentAnnotation = 'internal.istio.io/parents'

interface Selector {
  matchLabels?: Record<string, string>
}

export interface Listener {
  name: string
  port: number
  protocol: string
  hostname?: string
  allowedRoutes?: { namespaces?: { from?: string; selector?: Selector }; kinds?: { group?: string; kind: string }[] }
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

/** Whether a Gateway is of Istio's own class: by the class's controller, by its well-known name where it is not there. */
function isIstioClass(name: string | undefined, resources: Resources): boolean {
  const found = ofGroup(resources, 'GatewayClass').find(({ metadata }) => metadata.name === name)
  const controller = (found?.spec as { controllerName?: string } | undefined)?.controllerName
  return found ? controller === 'istio.io/gateway-controller' : name === 'istio'
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
    .filter(({ metadata }: Namespace) => {
      const labels: Record<string, string> = { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels }
      return Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
    })
    .map(({ metadata }) => metadata.name)
}

function tlsOf({ tls, protocol }: Listener, own: string, resources: Resources): ServerTLS | undefined | 'invalid' {
  if (!tls) {
    return protocol === 'HTTPS' || protocol === 'TLS' ? 'invalid' : undefined
  }
  if (tls.mode === 'Passthrough') {
    return { mode: 'PASSTHROUGH' }
  }
  const mode = tls.options?.['gateway.istio.io/tls-terminate-mode']
  const reference = tls.certificateRefs?.[0]
  if (mode === 'ISTIO_MUTUAL') {
    return { mode }
  }
  if (!reference) {
    return 'invalid'
  }
  const { name, namespace = own } = reference
  const allowed =
    namespace === own || isGranted({ kind: 'Gateway', namespace: own }, { kind: 'Secret', name, namespace }, resources)
  return allowed
    ? {
        mode: mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL' ? mode : 'SIMPLE',
        credentialName: `kubernetes-gateway://${namespace}/${name}`
      }
    : 'invalid'
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
    isIstioClass(spec?.gatewayClassName, resources)
  )
}

/** The listeners of the Gateways of Istio's class that can be served, each for one Service. */
export function boundListeners(resources: Resources): Bound[] {
  return gatewaysOf(resources).flatMap(gateway =>
    (gateway.spec?.listeners ?? []).flatMap(listener => bind(gateway, listener, resources))
  )
}

/** A listener for each Service of its Gateway; none where its certificate may not be used. */
function bind(gateway: GatewayObject, listener: Listener, resources: Resources): Bound[] {
  const own = namespaceOf(gateway)
  const tls = tlsOf(listener, own, resources)
  if (tls === 'invalid') {
    return []
  }
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
            ...(tls && { tls })
          }
        ]
      }
    }
  }))
}
