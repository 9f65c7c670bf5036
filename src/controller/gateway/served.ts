import type { GatewayPlan } from '../../model/index.ts'

const shared = [
  ...['GatewayClass', 'Gateway'],
  ...['LoadBalancerConfiguration', 'TargetGroupConfiguration', 'ListenerRuleConfiguration']
]

/** The kinds without which a controller of Gateways is off (LBC: pkg/gateway/crddetect). */
const neededKinds: Record<GatewayPlan['controller'], readonly string[]> = {
  'gateway.k8s.aws/alb': [...shared, 'HTTPRoute', 'GRPCRoute'],
  'gateway.k8s.aws/nlb': [...shared, 'TLSRoute', 'TCPRoute', 'UDPRoute']
}

/** The kinds that a controller of Gateways needs and a cluster lacks. */
export function missingKinds(controller: GatewayPlan['controller'], has: (kind: string) => boolean): string[] {
  return neededKinds[controller].filter(kind => !has(kind))
}
