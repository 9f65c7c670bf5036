import type { KubernetesObject } from '../../resources/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { gatewayBackends, podsOf } from '../facts/gateway-pods.ts'
import type { Rule } from '../rule.ts'

interface Scaled {
  scaleTargetRef?: { kind?: string; name?: string }
  minReplicas?: number
}

function selects(selector: Record<string, string> | undefined, labels: Record<string, string>): boolean {
  const entries = Object.entries(selector ?? {})
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value)
}

/** How many pods there are at least; undefined where neither the workload nor an autoscaler says it. */
function leastReplicas({ kind, metadata, spec }: KubernetesObject, { resources }: Context): number | undefined {
  const scaler = resources
    .list('HorizontalPodAutoscaler')
    .filter(one => (one.metadata.namespace ?? 'default') === (metadata.namespace ?? 'default'))
    .map(one => (one.spec ?? {}) as Scaled)
    .find(({ scaleTargetRef }) => scaleTargetRef?.kind === kind && scaleTargetRef?.name === metadata.name)
  return scaler ? (scaler.minReplicas ?? 1) : (spec as { replicas?: number } | undefined)?.replicas
}

/**
 * A gateway of one pod that nothing keeps on its node: each drain of the node takes the edge away until another pod is ready
 * (istio/istio#12602 is what a disruption budget then says).
 */
export const gatewaySpare: Rule = {
  code: 'GATEWAY_WITHOUT_SPARE',
  severity: 'info',
  *find(context) {
    const { resources } = context
    for (const { service, ingress } of gatewayBackends(context)) {
      const { namespace, labels } = podsOf(context, service)
      const maker = resources.list('Deployment').find(({ metadata, spec }) => {
        const own = (spec as { template?: { metadata?: { labels?: Record<string, string> } } } | undefined)?.template
          ?.metadata
        return (metadata.namespace ?? 'default') === namespace && selects(service.spec?.selector, own?.labels ?? {})
      })
      const budget = resources.list('PodDisruptionBudget').some(({ metadata, spec }) => {
        const { selector } = (spec ?? {}) as { selector?: { matchLabels?: Record<string, string> } }
        return (metadata.namespace ?? 'default') === namespace && selects(selector?.matchLabels, labels)
      })
      if (!maker || budget || leastReplicas(maker, context) !== 1) {
        continue
      }
      const isTold = (maker.spec as { replicas?: number }).replicas !== undefined
      yield {
        object: maker,
        path: isTold ? ['spec', 'replicas'] : ['spec'],
        message: `${objectName(maker)} makes one pod behind ${objectName(ingress)}, and no PodDisruptionBudget keeps it: a drain of its node takes the edge away until another pod is ready`,
        expected: 'two replicas or more',
        actual: '1',
        hint: 'run two replicas, with a PodDisruptionBudget of maxUnavailable: 1'
      }
    }
  }
}
