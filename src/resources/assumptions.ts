import { gatewayServices, withNodePorts } from './gateway-service.ts'
import type { IngressClass, KubernetesObject, Service } from './kubernetes.ts'
import { objectKey, type Resources } from './resources.ts'

/** The IngressClass that the AWS Load Balancer Controller's own chart installs (its values `ingressClass: alb`). */
const controllerIngressClass: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'alb' },
  spec: { controller: 'ingress.k8s.aws/alb' }
}

/** A Service with the node ports that the API server would draw. */
function completeNodePorts(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Service') return object
  const { metadata, spec } = object as Service
  const allocates = (spec as { allocateLoadBalancerNodePorts?: boolean })?.allocateLoadBalancerNodePorts ?? true
  if (!spec?.ports || !allocates || spec.ports.every(({ nodePort }) => nodePort)) return object
  const ports = withNodePorts(metadata.name, spec.type ?? 'ClusterIP', spec.ports)
  return ports === spec.ports ? object : { ...object, spec: { ...spec, ports } }
}

/**
 * Adds what a cluster would hold but manifests seldom do: the gateway Service that istioctl makes of an IstioOperator, node
 * ports that nobody set, and the controller's IngressClass `alb` where Ingresses name it and no IngressClass is among the
 * objects at all.
 *
 * @returns the completed set, and one sentence for each object that was assumed.
 */
export function assumeMissing(resources: Resources): { resources: Resources; assumptions: string[] } {
  const gateways = resources
    .alternatives()
    .toReversed()
    .flatMap(gatewayServices)
    .filter(({ service: { metadata } }) => !resources.find('Service', metadata.name, metadata.namespace))
  const namesClass = resources.list('Ingress').some(({ spec }) => spec?.ingressClassName === 'alb')
  const classes = namesClass && resources.list('IngressClass').length === 0 ? [controllerIngressClass] : []
  return {
    resources: resources
      .map(completeNodePorts)
      .with(
        [...gateways.map(({ service }) => service), ...classes],
        new Map(gateways.flatMap(({ service, origin }) => (origin ? [[service, origin] as const] : [])))
      ),
    assumptions: [
      ...new Set([
        ...gateways.map(({ service }) => `Service ${objectKey(service)}, as istioctl makes it of the IstioOperator`),
        ...classes.map(() => "IngressClass alb, as the AWS Load Balancer Controller's chart installs it")
      ])
    ]
  }
}
