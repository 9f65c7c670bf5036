import type { KubernetesObject, Resources } from '../../resources/index.ts'
import type { RunOptions } from '../tool.ts'
import { getJSON } from './kubectl.ts'

/** The label by which Istio marks what it makes of a Gateway. */
export const gatewayLabel = 'gateway.networking.k8s.io/gateway-name'

/** A Gateway of the Gateway API, not Istio's own kind of that name. */
export interface APIGateway extends KubernetesObject {
  spec?: {
    gatewayClassName?: string
    infrastructure?: { parametersRef?: { group?: string } }
    listeners?: { tls?: { certificateRefs?: { name: string }[] } }[]
  }
}

export function isAPIGateway(object: KubernetesObject): object is APIGateway {
  return object.kind === 'Gateway' && object.apiVersion.startsWith('gateway.networking.k8s.io/')
}

/** Whether the chart made a Gateway for the AWS Load Balancer Controller: it always gives it a configuration of that one's. */
export function isLoadBalancerGateway(object: KubernetesObject): object is APIGateway {
  return isAPIGateway(object) && object.spec?.infrastructure?.parametersRef?.group === 'gateway.k8s.aws'
}

/** The classes of such Gateways that are not among the objects. */
export function missingClassesOf(objects: Resources): KubernetesObject[] {
  const names = objects.all().flatMap(object => (isLoadBalancerGateway(object) ? object.spec!.gatewayClassName! : []))
  return [...new Set(names)]
    .filter(name => !objects.find('GatewayClass', name))
    .map(name => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name },
      spec: { controllerName: 'gateway.k8s.aws/alb' }
    }))
}

/** The Secrets of a namespace with certificates that Gateways of the Gateway API name, and that are not there. */
export async function missingSecretsOf(
  objects: Resources,
  { context, namespace }: { context: string; namespace: string },
  options: RunOptions = {}
): Promise<string[]> {
  const named = objects
    .all()
    .filter(isAPIGateway)
    .flatMap(({ spec }) => (spec?.listeners ?? []).flatMap(({ tls }) => tls?.certificateRefs ?? []))
    .map(({ name }) => name)
  if (named.length === 0) {
    return []
  }
  const { items } = await getJSON<{ items: KubernetesObject[] }>(
    context,
    ['secrets', '--namespace', namespace],
    options
  )
  return [...new Set(named)].filter(name => !items.some(({ metadata }) => metadata.name === name))
}
