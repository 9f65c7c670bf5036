import {
  type KubernetesObject,
  objectKey,
  type Resources,
  type Service,
  type ServicePort,
  serviceAnnotationPrefix
} from '../resources/index.ts'
import { gatewaysOf } from './gateway-api/listener.ts'
import { ingressConfiguration } from './ingress.ts'
import { istioGateways } from './istio.ts'
import { roleOf } from './port.ts'
import { firstMaker, selects } from './topology.ts'

/** What answers behind a gateway for which nobody wrote a Gateway. */
export const sampleService = 'istio-alb-sample'

const knownGateways = new WeakMap<Resources, Map<Service, boolean>>()

/**
 * Whether a Service is an ingress gateway of Istio's: it has the status port, the label that Istio's gateways carry, or an
 * Istio Gateway selects its pods.
 */
export function isGateway(service: Service, resources: Resources): boolean {
  const ofResources = knownGateways.get(resources) ?? new Map<Service, boolean>()
  knownGateways.set(resources, ofResources)
  const known = ofResources.get(service) ?? looksLikeGateway(service, resources)
  ofResources.set(service, known)
  return known
}

function looksLikeGateway(service: Service, resources: Resources): boolean {
  const { selector, ports = [] } = service.spec ?? {}
  if (ports.some(port => roleOf(port) === 'status') || selector?.istio || service.metadata.labels?.istio) {
    return true
  }
  const gateways = istioGateways(resources).filter(({ spec }) => Object.keys(spec?.selector ?? {}).length > 0)
  if (gateways.length === 0) {
    return false
  }
  const labels = selector && firstMaker(selector, resources)?.spec?.template?.metadata?.labels
  return gateways.some(({ spec }) => selects(spec!.selector, { ...selector, ...labels }))
}

/**
 * Whether labels are those of an egress gateway by their text, as istioctl (`istio: egressgateway`) and the Helm chart of a
 * release `istio-egress` write them. It stands beside the ingress gateway, and often in none of the files.
 */
export function namesEgressGateway(labels: Readonly<Record<string, string>> = {}): boolean {
  return Object.values(labels).some(value => /(^|-)egress(-?gateway)?$/.test(value))
}

/**
 * Adds a Gateway for every host and a VirtualService to a sample service for each ingress gateway, where there is no
 * Gateway at all among the objects but those of egress gateways, whether of Istio's kind, of the Gateway API or by an Ingress of Istio's
 * class: those are written by the teams behind the edge, and seldom stand beside it.
 *
 * @returns the completed set, and one sentence for each gateway that routes were assumed for.
 */
export function assumeRoutes(resources: Resources): { resources: Resources; assumptions: string[] } {
  // Those that do not count, or are not served, are there all the same: nobody means a Gateway for every host instead.
  const written = [...istioGateways(resources), ...ingressConfiguration(resources).gateways]
  const isWritten = gatewaysOf(resources).length > 0 || written.some(({ spec }) => !namesEgressGateway(spec?.selector))
  if (isWritten) {
    return { resources, assumptions: [] }
  }
  const gateways = resources
    .list('Service')
    .filter(service => isGateway(service, resources))
    .filter(({ spec }) => written.length === 0 || !namesEgressGateway(spec?.selector))
  const objects = gateways.flatMap(service => routesTo(service))
  return {
    resources: objects.length === 0 ? resources : resources.with(objects),
    assumptions: gateways.map(
      service =>
        `a Gateway for every host on ${objectKey(service)}, and a VirtualService to a sample service that echoes`
    )
  }
}

/** Whether the Service's own load balancer ends TLS at a port and hands plain bytes on, so that a server of TLS cannot be meant. */
function isSpokenToInPlain({ metadata: { annotations = {} } }: Service, { name, port }: ServicePort): boolean {
  function read(setting: string): string | undefined {
    return annotations[`${serviceAnnotationPrefix}aws-load-balancer-${setting}`]
  }
  const ports = read('ssl-ports')
    ?.split(',')
    .map(text => text.trim()) ?? ['*']
  const isDecrypted = ['*', String(port), name].some(one => one !== undefined && ports.includes(one))
  return read('ssl-cert') !== undefined && isDecrypted && !/^(ssl|https)$/i.test(read('backend-protocol') ?? '')
}

function routesTo(service: Service): KubernetesObject[] {
  const { name, namespace = 'default', labels } = service.metadata
  const metadata = { name: `${name}-sample`, namespace }
  const servers = (service.spec?.ports ?? [])
    .filter(port => roleOf(port) !== 'status')
    .map(port => {
      const tls = roleOf(port) === 'tls' && !isSpokenToInPlain(service, port)
      return {
        port: { number: port.port, name: port.name ?? `port-${port.port}`, protocol: tls ? 'HTTPS' : 'HTTP' },
        hosts: ['*'],
        ...(tls && { tls: { mode: 'SIMPLE', credentialName: metadata.name } })
      }
    })
  return [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata,
      spec: { selector: service.spec?.selector ?? labels ?? {}, servers }
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata,
      spec: {
        hosts: ['*'],
        gateways: [metadata.name],
        http: [{ route: [{ destination: { host: sampleService, port: { number: 80 } } }] }]
      }
    }
  ]
}
