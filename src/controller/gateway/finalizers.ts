/** The finalizers of what Gateways are made of beside themselves (LBC: pkg/shared_constants/finalizers.go). */
export const finalizerOf = {
  GatewayClass: 'gateway.k8s.aws/gatewayclass',
  LoadBalancerConfiguration: 'gateway.k8s.aws/loadbalancerconfigurations',
  TargetGroupConfiguration: 'gateway.k8s.aws/targetgroupconfigurations',
  ListenerRuleConfiguration: 'gateway.k8s.aws/listenerruleconfigurations'
} as const

export const configurationFinalizers: ReadonlySet<string> = new Set(Object.values(finalizerOf))
