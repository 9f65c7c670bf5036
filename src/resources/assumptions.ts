import { gatewayAPIServices } from './gateway-api-service.ts'
import { type GatewayService, gatewayServices, withNodePorts } from './gateway-service.ts'
import type { IngressClass, KubernetesObject, Secret, Service } from './kubernetes.ts'
import { objectKey, type Resources } from './resources.ts'

/** The IngressClass that the AWS Load Balancer Controller's own chart installs (its values `ingressClass: alb`). */
const controllerIngressClass: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'alb' },
  spec: { controller: 'ingress.k8s.aws/alb' }
}

/** A Service with the node ports that the API server would draw. */
function completeNodePorts(service: Service): Service {
  const { metadata, spec } = service
  const allocates = (spec as { allocateLoadBalancerNodePorts?: boolean })?.allocateLoadBalancerNodePorts ?? true
  if (!spec?.ports || !allocates || spec.ports.every(({ nodePort }) => nodePort)) {
    return service
  }
  const ports = withNodePorts(metadata.name, spec.type ?? 'ClusterIP', spec.ports)
  return ports === spec.ports ? service : { ...service, spec: { ...spec, ports } }
}

function isService(object: KubernetesObject): object is Service {
  return object.apiVersion === 'v1' && object.kind === 'Service'
}

const oidcAnnotation = 'alb.ingress.kubernetes.io/auth-idp-oidc'

/** The Secrets with an OIDC client that Ingresses name: nobody keeps those among manifests, and a plan needs them. */
function oidcSecrets(resources: Resources): Secret[] {
  function encode(text: string): string {
    return Buffer.from(text).toString('base64')
  }
  return resources.list('Ingress').flatMap(({ metadata }): Secret[] => {
    const name = /"secretName"\s*:\s*"([^"]+)"/i.exec(metadata.annotations?.[oidcAnnotation] ?? '')?.[1]
    if (name === undefined || resources.find('Secret', name, metadata.namespace)) {
      return []
    }
    const place = { name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) }
    return [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: place,
        data: { clientID: encode('assumed-client'), clientSecret: encode('assumed-secret') }
      }
    ]
  })
}

/**
 * Adds what a cluster would hold but manifests seldom do: the gateway Service that istioctl makes of an IstioOperator and
 * Istio of a Gateway, node ports that nobody set, Secrets with the OIDC client that an Ingress names, and the controller's
 * IngressClass `alb` where Ingresses name it and no IngressClass is among the objects at all.
 *
 * @returns the completed set, and one sentence for each object that was assumed.
 */
export function assumeMissing(resources: Resources): { resources: Resources; assumptions: string[] } {
  function isMissing({ service: { metadata } }: GatewayService): boolean {
    return !resources.find('Service', metadata.name, metadata.namespace)
  }
  const operated = resources.alternatives().toReversed().flatMap(gatewayServices).filter(isMissing)
  const automated = gatewayAPIServices(resources)
    .filter(isMissing)
    .map(({ service, origin }) => ({ service: completeNodePorts(service), origin }))
  const gateways = [...operated, ...automated]
  const namesClass = resources.list('Ingress').some(({ spec }) => spec?.ingressClassName === 'alb')
  const classes = namesClass && resources.list('IngressClass').length === 0 ? [controllerIngressClass] : []
  const secrets = oidcSecrets(resources)
  return {
    resources: resources
      .map(object => (isService(object) ? completeNodePorts(object) : object))
      .with(
        [...gateways.map(({ service }) => service), ...secrets, ...classes],
        new Map(gateways.flatMap(({ service, origin }) => (origin ? [[service, origin] as const] : [])))
      ),
    assumptions: [
      ...new Set([
        ...operated.map(({ service }) => `Service ${objectKey(service)}, as istioctl makes it of the IstioOperator`),
        ...automated.map(({ service }) => `Service ${objectKey(service)}, as Istio makes it of the Gateway`),
        ...secrets.map(
          secret => `Secret ${objectKey(secret)} with clientID and clientSecret, as ${oidcAnnotation} names it`
        ),
        ...classes.map(() => "IngressClass alb, as the AWS Load Balancer Controller's chart installs it")
      ])
    ]
  }
}
