import type { Stack } from '../../model/index.ts'

/** More of something than an account's load balancer has, unless AWS raised the quota on request. */
export interface ExceededQuota {
  what: string
  actual: number
  allowed: number
}

/** Per load balancer. (User guide: "Quotas"; API: DescribeAccountLimits.) */
const quotas = {
  rules: 100,
  listeners: 50,
  'target groups': 100,
  'certificates beside the default ones': 25
}

/** The quotas that a stack goes over. They are no limits: the load balancer of the stack runs all the same. */
export function exceededQuotas({ resources }: Stack): ExceededQuota[] {
  const listeners = Object.values(resources['AWS::ElasticLoadBalancingV2::Listener'] ?? {})
  const certificates = listeners.flatMap(({ spec }) => spec.certificates?.slice(1) ?? [])
  const counts: Record<keyof typeof quotas, number> = {
    rules: Object.keys(resources['AWS::ElasticLoadBalancingV2::ListenerRule'] ?? {}).length,
    listeners: listeners.length,
    'target groups': Object.keys(resources['AWS::ElasticLoadBalancingV2::TargetGroup'] ?? {}).length,
    'certificates beside the default ones': new Set(certificates.map(({ certificateARN }) => certificateARN)).size
  }
  return (Object.keys(quotas) as (keyof typeof quotas)[])
    .map(what => ({ what, actual: counts[what], allowed: quotas[what] }))
    .filter(({ actual, allowed }) => actual > allowed)
}
