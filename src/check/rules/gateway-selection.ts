import { isGateway, isGatewayFor, istioGateways } from '../../istio/index.ts'
import { type KubernetesObject, objectName, type Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { gatewayBackends } from '../facts/gateway-pods.ts'
import type { Rule } from '../rule.ts'

/** Every object whose pods a Gateway could be for. */
function podMakers({ resources }: Context): KubernetesObject[] {
  return ['Deployment', 'DaemonSet', 'StatefulSet', 'Pod'].flatMap(kind => resources.list(kind))
}

function labelsOf({ kind, metadata, spec }: KubernetesObject): Record<string, string> {
  const template = (spec as { template?: { metadata?: { labels?: Record<string, string> } } } | undefined)?.template
  return (kind === 'Pod' ? metadata.labels : template?.metadata?.labels) ?? {}
}

function describe(selector: Record<string, string>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/**
 * A Gateway that selects no pods is for nobody (istioctl analyze: IST0101; istio/istio#29680). Told where a load balancer leads
 * to a gateway and nothing among the objects has the labels.
 */
export const gatewaySelection: Rule = {
  code: 'GATEWAY_SELECTS_NO_PODS',
  severity: 'error',
  explains: ['TARGET_GIVES_NO_ANSWER', 'HEALTH_CHECK_FAILS', 'GATEWAY_HAS_NO_HOST'],
  *find(context) {
    const { resources } = context
    const [first] = [...gatewayBackends(context)]
    const services = (resources.list('Service') as Service[]).filter(service => isGateway(service, resources))
    if (!first) {
      return
    }
    for (const gateway of istioGateways(resources)) {
      const selector = gateway.spec?.selector ?? {}
      const entries = Object.entries(selector)
      const isForPods = podMakers(context).some(object => {
        const labels = labelsOf(object)
        return entries.every(([key, value]) => labels[key] === value)
      })
      if (entries.length === 0 || isForPods || services.some(one => isGatewayFor(gateway, one, resources))) {
        continue
      }
      const wanted = first.service.spec?.selector ?? {}
      const istio = wanted.istio
      const isOne = istio !== undefined && Object.keys(selector).length === 1 && selector.istio !== undefined
      const isServed = istioGateways(resources).some(one => isGatewayFor(one, first.service, resources))
      const path = ['spec', 'selector']
      yield {
        object: gateway,
        path,
        message: `${objectName(gateway)} selects ${describe(selector)}, and no pods among the objects have these labels: the gateway behind ${objectName(first.ingress)}, ${objectName(first.service)}, has nothing of it`,
        expected: describe(wanted),
        actual: describe(selector),
        // Beside Gateways that the pods have it may be for a gateway of other files.
        ...(isServed && { severity: 'warning' as const }),
        hint: 'select labels that the gateway’s pods have',
        ...(isOne && { changes: [{ path: [...path, 'istio'], value: istio }] })
      }
    }
  }
}
