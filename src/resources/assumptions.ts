import { gatewayServices } from './gateway-service.ts'
import type { IngressClass } from './kubernetes.ts'
import { objectKey, type Resources } from './resources.ts'

/** The IngressClass that the AWS Load Balancer Controller's own chart installs (its values `ingressClass: alb`). */
const controllerIngressClass: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'alb' },
  spec: { controller: 'ingress.k8s.aws/alb' }
}

/**
 * Adds what a cluster would hold but manifests seldom do: the gateway Service that istioctl makes of an IstioOperator, and
 * the controller's IngressClass `alb` where Ingresses name it and no IngressClass is among the objects at all.
 *
 * @returns the completed set, and one sentence for each object that was assumed.
 */
export function assumeMissing(resources: Resources): { resources: Resources; assumptions: string[] } {
  const gateways = gatewayServices(resources).filter(
    ({ service: { metadata } }) => !resources.find('Service', metadata.name, metadata.namespace)
  )
  const namesClass = resources.list('Ingress').some(({ spec }) => spec?.ingressClassName === 'alb')
  const classes = namesClass && resources.list('IngressClass').length === 0 ? [controllerIngressClass] : []
  return {
    resources: resources.with(
      [...gateways.map(({ service }) => service), ...classes],
      new Map(gateways.flatMap(({ service, origin }) => (origin ? [[service, origin] as const] : [])))
    ),
    assumptions: [
      ...gateways.map(({ service }) => `Service ${objectKey(service)}, as istioctl makes it of the IstioOperator`),
      ...classes.map(() => "IngressClass alb, as the AWS Load Balancer Controller's chart installs it")
    ]
  }
}
