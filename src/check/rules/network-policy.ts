import { namespaceOf } from '../../model/index.ts'
import { type KubernetesObject, objectName } from '../../resources/index.ts'
import { podPort } from '../../targets/index.ts'
import { podsOf } from '../facts/gateway-pods.ts'
import type { Rule } from '../rule.ts'

interface Ingress {
  from?: { ipBlock?: unknown }[]
  ports?: { port?: number | string; endPort?: number; protocol?: string }[]
}

interface Selector {
  matchLabels?: Record<string, string>
  matchExpressions?: unknown[]
}

interface NetworkPolicy extends KubernetesObject {
  spec?: { podSelector?: Selector; policyTypes?: string[]; ingress?: Ingress[] }
}

/** Policies of the pods' namespace that surely select them, and isolate them for what comes in. */
function isolating(policies: NetworkPolicy[], namespace: string, labels: Record<string, string>): NetworkPolicy[] {
  return policies.filter(policy => {
    const { podSelector = {}, policyTypes } = policy.spec ?? {}
    const isOurs = Object.entries(podSelector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
    return (
      policy.apiVersion.startsWith('networking.k8s.io/') &&
      namespaceOf(policy) === namespace &&
      (policyTypes?.includes('Ingress') ?? true) &&
      isOurs &&
      !podSelector.matchExpressions?.length
    )
  })
}

/** Whether a rule lets an address of the VPC to a port; a port's name is taken for the right one. */
function lets({ from, ports }: Ingress, port: number): boolean {
  const isFromAddresses = !from?.length || from.some(({ ipBlock }) => ipBlock !== undefined)
  const isToPort =
    !ports?.length ||
    ports.some(
      ({ port: first, endPort }) =>
        typeof first !== 'number' || first === port || (first < port && endPort !== undefined && port <= endPort)
    )
  return isFromAddresses && isToPort
}

/**
 * To a NetworkPolicy a load balancer is an address of the VPC, or the node that passes its requests on: no selector of pods
 * or namespaces chooses it, only an ipBlock or a rule for everybody.
 */
export const networkPolicy: Rule = {
  code: 'NETWORK_POLICY_KEEPS_OUT',
  severity: 'warning',
  *find(context) {
    const policies = context.resources.list('NetworkPolicy') as NetworkPolicy[]
    const seen = new Set<unknown>()
    for (const { service, port, ingress } of policies.length > 0 ? context.backends : []) {
      const { namespace, labels } = podsOf(context, service)
      const number = podPort(service, port, context.resources)
      const found = Object.keys(labels).length > 0 ? isolating(policies, namespace, labels) : []
      const [first] = found
      if (!first || seen.has(first) || typeof number !== 'number') {
        continue
      }
      if (found.some(({ spec }) => spec?.ingress?.some(rule => lets(rule, number)))) {
        continue
      }
      seen.add(first)
      yield {
        object: first,
        path: ['spec', ...(first.spec?.ingress ? ['ingress'] : [])],
        message: `${found.map(objectName).join(', ')} lets no address to port ${number} of the pods of ${objectName(service)}: the load balancer of ${objectName(ingress)}, which no selector of pods chooses, is kept out, and requests get 504`,
        expected: `an ipBlock with the load balancer's subnets, to port ${number}`,
        actual: first.spec?.ingress?.length ? 'other callers or ports alone' : 'nobody',
        hint: `let the subnets of the load balancer and the nodes (ipBlock) to port ${number} and to the port of the health check`
      }
    }
  }
}
