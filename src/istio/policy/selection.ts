/**
 * Which policies are for which pods (Istio: pkg/config/labels, pilot/pkg/model policyattachment).
 *
 * @module
 */

import type { KubernetesObject, Resources } from '../../resources/index.ts'
import { byAge } from '../istio.ts'
import { whyRefused } from '../refusal.ts'
import { meshConfigOf, selects } from '../topology.ts'

/** Pods that policies may be for. */
export interface PolicyTarget {
  namespace: string
  labels: Record<string, string>
}

interface TargetRef {
  group?: string
  kind?: string
  name?: string
}

/** The fields by which a policy chooses its pods; they differ by kind. */
interface PolicySpec {
  selector?: { matchLabels?: Record<string, string> }
  workloadSelector?: { labels?: Record<string, string> }
  targetRef?: TargetRef
  targetRefs?: TargetRef[]
}

/** Label of the pods that istiod makes for a Gateway of the Gateway API. */
const gatewayLabel = 'gateway.networking.k8s.io/gateway-name'

/** Whether a policy is for pods: of its namespace, of all where it stands in the root namespace. */
function isFor(policy: KubernetesObject, { namespace, labels }: PolicyTarget, root: string): boolean {
  const { selector, workloadSelector, targetRef, targetRefs = [] } = (policy.spec ?? {}) as PolicySpec
  const own = policy.metadata.namespace ?? 'default'
  if (own !== namespace && own !== root) {
    return false
  }
  const references = targetRef ? [targetRef, ...targetRefs] : targetRefs
  if (references.length > 0) {
    return (
      own === namespace &&
      references.some(({ kind, name }) => kind === 'Gateway' && name !== undefined && labels[gatewayLabel] === name)
    )
  }
  return selects(selector?.matchLabels ?? workloadSelector?.labels, labels)
}

/** The policies of a kind of Istio's for pods, by age; those that the webhook refuses do not count. */
export function policiesFor<Policy extends KubernetesObject>(
  kind: string,
  target: PolicyTarget,
  resources: Resources
): Policy[] {
  const root = meshConfigOf(resources).rootNamespace ?? 'istio-system'
  return resources
    .list(kind)
    .filter(({ apiVersion }) => /\.istio\.io\//.test(apiVersion))
    .filter(policy => whyRefused(policy).length === 0 && isFor(policy, target, root))
    .sort(byAge) as Policy[]
}
